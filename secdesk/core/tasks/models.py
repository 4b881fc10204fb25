"""Pieces of long work."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from secdesk.core.access import GuardedQuerySet
from secdesk.core.people.models import Person
from secdesk.core.tasks.permissions import TaskPerm


class TaskQuerySet(GuardedQuerySet["Task"]):
    """A task belongs to the person who asked for it, and to nobody else."""

    view_permission = TaskPerm.VIEW

    def branches(self, person: Any, perm: Any) -> list[Q]:
        return [Q(owner=person)] if isinstance(person, Person) and person.is_active else []


class Task(models.Model):
    """One piece of long work; while it runs, `holder` has it until `expires_at`."""

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("task", "Waiting to start")
        RUNNING = "running", pgettext_lazy("task", "In progress")
        DONE = "done", pgettext_lazy("task", "Finished")
        FAILED = "failed", pgettext_lazy("task", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("task", "Cancelled")

    class Reason(models.TextChoices):
        """Why a task did not come to its end, in words for its owner."""

        NONE = "", ""
        ERROR = "error", _("An error stopped the work. Nothing more was changed; the administrators can see the cause.")
        INTERRUPTED = "interrupted", _("The desk was stopped in the middle of the work. Please start it again.")
        NO_RIGHT = "no_right", _("You no longer have the right this work needs.")
        INPUT = "input", _("The work could not be done with what was given.")

    kind = models.CharField(max_length=60)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="tasks")
    params = models.JSONField(default=dict)
    cursor = models.JSONField(null=True, blank=True)  # where a resumable task goes on
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    reason = models.CharField(max_length=12, choices=Reason, default=Reason.NONE, blank=True)
    error = models.CharField(max_length=200, blank=True)  # class and place, for administrators
    version = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # steps of `total`
    total = models.PositiveIntegerField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=120, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    file_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_key = models.BinaryField(null=True, blank=True)  # of the result file, wrapped; without it the file is noise
    file_name = models.CharField(max_length=120, blank=True)
    file_type = models.CharField(max_length=80, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)

    ledger_fields = frozenset({"status", "reason", "attempt"})
    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(name="task_progress", condition=Q(total__isnull=True) | Q(done__lte=F("total"))),
        )
        indexes = (
            models.Index(fields=("status", "id"), name="task_status"),
            models.Index(fields=("owner", "-id"), name="task_owner"),
            models.Index(fields=("finished_at",), name="task_finished"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("core:task", args=[self.pk])

    @property
    def ledger_label(self) -> str:
        """How the ledger names the task."""
        return self.kind

    @property
    def key_context(self) -> bytes:
        """What binds the wrapped key of the result file to this task's present file."""
        return f"task.file:{self.file_id.hex}".encode()

    @property
    def is_open(self) -> bool:
        """Waiting or at work."""
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def has_result(self) -> bool:
        """There is a file, and it has not been withdrawn or grown old."""
        return not self.is_open and self.file_key is not None

    @property
    def time_left(self) -> dt.timedelta | None:
        """How long the rest takes at the present pace; None while that can't be said."""
        if self.status != self.Status.RUNNING or not self.total or not self.done or self.started_at is None:
            return None
        elapsed = timezone.now() - self.started_at
        return elapsed * ((self.total - self.done) / self.done) if elapsed.total_seconds() >= 2 else None
