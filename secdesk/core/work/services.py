"""The tick and the runs. The insert of a slot is the lease; an expired lease is taken over."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Callable, Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from secdesk.core.jobs import Job, JobContext
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import SystemActor, record
from secdesk.core.work.leases import kept_alive
from secdesk.core.work.models import JobRun, SchedulerBeat

log = logging.getLogger("secdesk.work")

MAX_ATTEMPTS = 10  # then a failing slot is given up and shown as failed; a killed process does not count
RETRY_FIRST, RETRY_LONGEST = dt.timedelta(minutes=1), dt.timedelta(hours=1)
Outcome = JobRun.Outcome


def never() -> bool:
    """A process that nobody stops."""
    return False


def tick(jobs: Iterable[Job], holder: str, *, execute: Callable[[Job], object] | None = None) -> None:
    """Say that this scheduler lives, and hand each job that is due to `execute` (default: run it here)."""
    now = timezone.now()
    SchedulerBeat.objects.update_or_create(
        holder=holder, defaults={"seen_at": now}, create_defaults={"seen_at": now, "started_at": now}
    )
    for job in jobs:
        if plan(job, now) is not None:
            execute(job) if execute else work_off(job, holder)


def work_off(job: Job, holder: str, stopping: Callable[[], bool] = never) -> None:
    """Run the job's due slots one after another, as long as this process gets the lease."""
    while not stopping():
        run = claim(job, holder)
        if run is None:
            return
        perform(job, run, stopping)


def plan(job: Job, now: dt.datetime) -> tuple[dt.datetime, JobRun | None] | None:
    """Slot to run and the unfinished run to take over; None when nothing is due or somebody is at it.

    A job seen for the first time gets a baseline: what lies before it is not run.
    """
    runs = JobRun.objects.filter(job=job.name)
    last = runs.filter(finished_at__isnull=False, slot__lte=now).order_by("-slot").first()
    if last is None:
        _register(job, now)
        return None
    unfinished = runs.filter(finished_at__isnull=True).first()
    slot = job.due_slot(last.slot, now)
    if unfinished is None:
        return (slot, None) if slot else None
    newer = slot is not None and slot > unfinished.slot
    if unfinished.expires_at <= now:
        return (slot if newer and slot else unfinished.slot, unfinished)
    if newer and slot and unfinished.outcome == Outcome.WAITING:  # no need to wait for the repeat of an older slot
        return slot, unfinished
    return None


def claim(job: Job, holder: str) -> JobRun | None:
    """Get the lease on the due slot, or None when another process was first."""
    now = timezone.now()
    planned = plan(job, now)
    if planned is None:
        return None
    slot, unfinished = planned
    lease = {"holder": holder, "started_at": now, "heartbeat_at": now, "expires_at": now + job.lease}
    if unfinished is not None and unfinished.slot == slot:
        return _take_over(unfinished, lease)
    try:
        with transaction.atomic():
            if unfinished is not None and not _as_read(unfinished).update(outcome=Outcome.SUPERSEDED, finished_at=now):
                return None
            return JobRun.objects.create(job=job.name, slot=slot, **lease)
    except IntegrityError:
        return None


def perform(job: Job, run: JobRun, stopping: Callable[[], bool] = never) -> None:
    """Call the job's function under the lease and write what became of it."""

    def extend() -> bool:
        now = timezone.now()
        return _held(run).update(heartbeat_at=now, expires_at=now + job.lease) == 1

    try:
        with kept_alive(extend, job.lease) as lost:
            job.function(JobContext(job.name, run.slot, lambda: stopping() or lost.is_set()))
    except Exception as error:
        log.error("job %s failed: %s\n%s", job.name, place_of(error), frames_of(error))
        _failed(run, place_of(error))
    else:
        if not _held(run).update(outcome=Outcome.DONE, finished_at=timezone.now(), error=""):
            log.warning("job %s lost its lease on %s", job.name, run.slot.isoformat())


def retire(holder: str) -> None:
    """A scheduler stops in good order."""
    SchedulerBeat.objects.filter(holder=holder).delete()


def _register(job: Job, now: dt.datetime) -> None:
    values = {"holder": "", "started_at": now, "heartbeat_at": now, "expires_at": now, "finished_at": now}
    try:
        with transaction.atomic():
            JobRun.objects.create(job=job.name, slot=now, outcome=Outcome.BASELINE, **values)
    except IntegrityError:  # registered by another scheduler, or while the clock stood too far ahead
        JobRun.objects.filter(job=job.name, outcome=Outcome.BASELINE, slot__gt=now).update(slot=now)


def _take_over(run: JobRun, lease: dict[str, object]) -> JobRun | None:
    attempt = run.attempt + 1
    if not _as_read(run).update(outcome=Outcome.RUNNING, attempt=attempt, **lease):
        return None
    run.refresh_from_db()
    return run


def _as_read(run: JobRun) -> QuerySet[JobRun]:
    """The run, if nobody took or extended it since it was read."""
    return JobRun.objects.filter(
        pk=run.pk, holder=run.holder, attempt=run.attempt, expires_at=run.expires_at, finished_at__isnull=True
    )


def _held(run: JobRun) -> QuerySet[JobRun]:
    """The run, if the lease is still ours."""
    return JobRun.objects.filter(pk=run.pk, holder=run.holder, attempt=run.attempt, finished_at__isnull=True)


def _failed(run: JobRun, error: str) -> None:
    """Give the slot back for another try, or give it up after `MAX_ATTEMPTS`."""
    now = timezone.now()
    if run.attempt < MAX_ATTEMPTS:
        pause = min(RETRY_FIRST * 2 ** (run.attempt - 1), RETRY_LONGEST)
        _held(run).update(outcome=Outcome.WAITING, error=error, heartbeat_at=now, expires_at=now + pause)
        return
    with transaction.atomic():
        if _held(run).update(outcome=Outcome.FAILED, error=error, finished_at=now):
            record(Event.JOB_GIVEN_UP, by=SystemActor(run.job), target=run, slot=run.slot.isoformat())


def place_of(error: BaseException) -> str:
    """Class of the error and the line it came from; its message is left out, it may hold what nobody should read."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"[:200]


def frames_of(error: BaseException) -> str:
    """The way to the error for the log, again without its message."""
    return "".join(traceback.format_tb(error.__traceback__))
