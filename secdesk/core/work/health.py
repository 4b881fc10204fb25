"""Is the desk alive, and ready for work?"""

from __future__ import annotations

import datetime as dt

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from secdesk.core.access import public
from secdesk.core.work.models import SchedulerBeat

BEAT_LIMIT = dt.timedelta(seconds=90)  # four ticks and a bit


def scheduler_lives() -> bool:
    """Whether a scheduler has said within 90 seconds that it lives."""
    return SchedulerBeat.objects.filter(seen_at__gte=timezone.now() - BEAT_LIMIT).exists()


class _Migrations:
    """Asked until the answer is yes, which it stays as long as the process runs this code."""

    applied = False

    def are_applied(self) -> bool:
        if not self.applied:
            executor = MigrationExecutor(connection)
            self.applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self.applied


migrations = _Migrations()


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, migrations and scheduler are in order; says no more than that, anybody may ask."""
    try:
        ready = migrations.are_applied() and scheduler_lives()
    except DatabaseError:
        ready = False
    return HttpResponse("ok\n" if ready else "not ready\n", content_type="text/plain", status=200 if ready else 503)
