"""What the clock started: one row per slot of a job, one per scheduler process that lives."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JobRun(models.Model):
    """One slot of a job. While `finished_at` is empty the row is a lease: `holder` has it until `expires_at`.

    The constraints are what makes several schedulers safe: a slot exists once, and a job has at most
    one unfinished slot, so it never runs twice at the same time.
    """

    class Outcome(models.TextChoices):
        RUNNING = "running", pgettext_lazy("job", "Running")
        WAITING = "waiting", _("Failed, will be tried again")
        DONE = "done", pgettext_lazy("job", "Done")
        FAILED = "failed", pgettext_lazy("job", "Failed")
        SUPERSEDED = "superseded", _("Replaced by a later run")
        BASELINE = "baseline", _("Registered")  # nothing before this time is run

    job = models.CharField(max_length=80)
    slot = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.RUNNING)
    attempt = models.PositiveSmallIntegerField(default=1)
    holder = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)  # class and place, never a message: it may hold a secret

    ledger_open = True
    ledger_fields = frozenset({"outcome"})

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("job", "slot"), name="job_slot_once"),
            models.UniqueConstraint(
                fields=("job",), condition=Q(finished_at__isnull=True), name="job_runs_one_at_a_time"
            ),
            models.UniqueConstraint(fields=("job",), condition=Q(outcome="baseline"), name="job_registered_once"),
        )
        indexes = (
            models.Index(fields=("finished_at",), name="jobrun_finished"),
            models.Index(fields=("job", "-slot"), condition=Q(finished_at__isnull=False), name="jobrun_last"),
        )

    def __str__(self) -> str:
        return f"{self.job} {self.slot:%Y-%m-%d %H:%M:%S} {self.outcome}"

    @property
    def ledger_label(self) -> str:
        """How the ledger names the run."""
        return self.job


class SchedulerBeat(models.Model):
    """A scheduler process says every tick that it lives; the row goes when it stops in good order."""

    holder = models.CharField(max_length=120, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.holder
