"""Two lanes of long work, so that one long import does not keep a short export waiting; and the broom."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.core.jobs import JobContext, job
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.results import folder, path_of
from secdesk.core.tasks.running import run_waiting

RESULT_KEPT = dt.timedelta(days=7)
ORPHAN_KEPT = dt.timedelta(hours=1)  # since it was last written to: its row names it when it is whole
ROW_KEPT = dt.timedelta(days=366)  # operation records are kept a year (facts §5.8)
BATCH = 500


@job("tasks.run_1", cron="* * * * *", second="*/20", title=_("Long work, first lane"))
@job("tasks.run_2", cron="* * * * *", second="*/20", title=_("Long work, second lane"))
def run(context: JobContext) -> None:
    """Do what waits."""
    run_waiting(context.stopping)


@job("tasks.sweep", cron="15 * * * *", title=_("Remove old results of long work"))
def sweep(context: JobContext) -> None:
    """Forget results after a week, remove files that belong to no task, and rows after a year."""
    now = timezone.now()
    Task.objects.filter(file_key__isnull=False, finished_at__lt=now - RESULT_KEPT).update(file_key=None)
    named = Task.objects.filter(file_key__isnull=False).values_list("file_id", flat=True)
    kept = {path_of(file_id).name for file_id in named}
    for file in folder().iterdir():
        if file.name not in kept and file.stat().st_mtime < (now - ORPHAN_KEPT).timestamp():
            file.unlink(missing_ok=True)
    old = Task.objects.filter(finished_at__lt=now - ROW_KEPT)
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        Task.objects.filter(pk__in=batch).delete()
