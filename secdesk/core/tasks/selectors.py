"""Long work for the operator: what runs and waits, without what it is about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from secdesk.core.tasks.models import Task
from secdesk.core.tasks.registry import kind_of

SHOWN = 50


@dataclass(frozen=True)
class OpenTask:
    """One piece of open long work."""

    title: Any
    owner: str
    status: str
    status_label: str
    done: int
    total: int | None
    since: dt.datetime


def open_tasks() -> list[OpenTask]:
    """What runs and waits, oldest first: whom to ask before the desk is stopped."""
    rows = Task.objects.filter(status__in=(Task.Status.QUEUED, Task.Status.RUNNING)).select_related("owner")
    return [
        OpenTask(
            _title(task), task.owner.name, task.status, task.get_status_display(), task.done, task.total,
            task.started_at or task.created_at,
        )
        for task in rows.order_by("id")[:SHOWN]
    ]  # fmt: skip


def _title(task: Task) -> Any:
    try:
        return kind_of(task.kind).title
    except KeyError:
        return task.kind
