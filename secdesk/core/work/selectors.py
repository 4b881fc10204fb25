"""How the desk runs: jobs, scheduler, backup, seal. Names of work and times only, nothing of any record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils import timezone

from secdesk.core.jobs import Job, registered
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint, LedgerEntry
from secdesk.core.work.models import JobRun

LATE = dt.timedelta(minutes=3)  # a slot that nobody took for so long is late: a tick comes every 20 s
SEAL_LIMIT = dt.timedelta(minutes=10)  # twice the longest time an entry may wait for its seal
BACKUP_LIMIT = dt.timedelta(hours=2)  # twice the interval of the hourly backup
OK, RUNNING, LATE_STATE, RETRY, FAILED, NEW = "ok", "running", "late", "retry", "failed", "new"


@dataclass(frozen=True)
class JobState:
    """One job for the operator: `state` is one of the constants above, `note` a class of error and its place."""

    name: str
    title: Any
    state: str
    last_at: dt.datetime | None
    next_at: dt.datetime | None
    note: str = ""

    @property
    def needs_eyes(self) -> bool:
        """Late, failing or failed."""
        return self.state in (LATE_STATE, RETRY, FAILED)


def job_states() -> list[JobState]:
    """All jobs: those that need eyes first, then by name."""
    now = timezone.now()
    newest = JobRun.objects.filter(finished_at__isnull=False).values("job").annotate(last=Max("id")).values("last")
    last = {run.job: run for run in JobRun.objects.filter(pk__in=[row["last"] for row in newest])}
    open_runs = {run.job: run for run in JobRun.objects.filter(finished_at__isnull=True)}
    states = [_state(job, last.get(job.name), open_runs.get(job.name), now) for job in registered()]
    return sorted(states, key=lambda state: (not state.needs_eyes, state.name))


def _state(job: Job, last: JobRun | None, unfinished: JobRun | None, now: dt.datetime) -> JobState:
    if last is None:
        return JobState(job.name, job.title, NEW, None, job.next_slot(now))
    missed = job.next_slot(last.slot)  # the first slot since the last finished one
    state, note = OK, last.error
    if unfinished is not None and unfinished.outcome == JobRun.Outcome.WAITING:
        state, note = RETRY, unfinished.error
    elif unfinished is not None and unfinished.expires_at > now:
        state = RUNNING
    elif missed is not None and now - missed > LATE:
        state = LATE_STATE
    elif last.outcome == JobRun.Outcome.FAILED:
        state = FAILED
    ran_at = last.finished_at if last.outcome != JobRun.Outcome.BASELINE else None
    return JobState(job.name, job.title, state, ran_at, job.next_slot(now), note)


def last_backup_at() -> dt.datetime | None:
    """When a backup was last made, as the ledger knows it."""
    made = LedgerEntry.objects.filter(event=Event.BACKUP_MADE).order_by("-id").values_list("at", flat=True)
    return made.first()


def last_checkpoint_at() -> dt.datetime | None:
    """When the ledger was last sealed with a checkpoint."""
    return Checkpoint.objects.order_by("-tree_size").values_list("at", flat=True).first()


def seal_is_late() -> bool:
    """Whether an entry has waited for its seal longer than it may."""
    sealed = Checkpoint.objects.order_by("-tree_size").values_list("highest_entry_id", flat=True).first() or 0
    return LedgerEntry.objects.filter(id__gt=sealed, at__lt=timezone.now() - SEAL_LIMIT).exists()


def is_old(made_at: dt.datetime) -> bool:
    """Whether a backup of that time is too old."""
    return timezone.now() - made_at > BACKUP_LIMIT
