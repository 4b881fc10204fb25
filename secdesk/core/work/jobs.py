"""The scheduler keeps its own house."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.core.jobs import JobContext, job
from secdesk.core.work.models import JobRun, SchedulerBeat

KEPT = dt.timedelta(days=366)  # operation records are kept a year (facts §5.8)
KEPT_WHEN_DONE = dt.timedelta(days=2)  # a run without a word to say
BATCH = 500


@job("work.sweep", cron="40 3 * * *", title=_("Remove old records of runs"))
def sweep(context: JobContext) -> None:
    """Delete uneventful runs after two days and all others after a year; each job keeps its last one."""
    now = timezone.now()
    newest = JobRun.objects.filter(finished_at__isnull=False).values("job").annotate(last=Max("id")).values("last")
    old = JobRun.objects.exclude(pk__in=list(newest.values_list("last", flat=True))).exclude(
        outcome=JobRun.Outcome.BASELINE
    )
    _delete(old.filter(finished_at__lt=now - KEPT))
    _delete(old.filter(finished_at__lt=now - KEPT_WHEN_DONE, outcome=JobRun.Outcome.DONE, attempt=1))
    SchedulerBeat.objects.filter(seen_at__lt=now - KEPT_WHEN_DONE).delete()


def _delete(rows: QuerySet[JobRun]) -> None:
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        JobRun.objects.filter(pk__in=batch).delete()
