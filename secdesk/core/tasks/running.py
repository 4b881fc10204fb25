"""The scheduler's side: take the next piece of long work under a lease, do it, write what became of it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from secdesk.core.ledger.services import SystemActor
from secdesk.core.states import Conflict, move
from secdesk.core.tasks.context import LeaseLost, TaskCancelled, TaskContext, TaskPaused, TaskRefused, held
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.registry import Kind, kind_of
from secdesk.core.tasks.services import may
from secdesk.core.tasks.states import TASKS
from secdesk.core.work.leases import kept_alive, new_holder
from secdesk.core.work.services import frames_of, place_of

log = logging.getLogger("secdesk.work")

LEASE = dt.timedelta(minutes=1)
MAX_ATTEMPTS = 5  # a task that kills its process again and again is given up
ACTOR = SystemActor("tasks.run")
Status, Reason = Task.Status, Task.Reason


def run_waiting(stopping: Callable[[], bool] = lambda: False) -> int:
    """Do waiting tasks one after another until none is left; gives how many were taken up."""
    holder, count = new_holder(), 0
    while not stopping():
        task = take(holder)
        if task is None:
            break
        perform(task, stopping)
        count += 1
    return count


def take(holder: str) -> Task | None:
    """Lease the oldest waiting task, or one whose process died; None when there is none."""
    now = timezone.now()
    dead = Q(status=Status.RUNNING, expires_at__lte=now)
    for task in Task.objects.filter(Q(status=Status.QUEUED) | dead).select_related("owner").order_by("id"):
        try:
            if _begin(task, holder, now):
                return task
        except Conflict:  # another process was first
            continue
    return None


def _begin(task: Task, holder: str, now: dt.datetime) -> bool:
    """Lease the task; False when it may not or can't be done any more and was closed instead."""
    ended: dict[str, Any] = {"finished_at": now, "file_key": None}
    kind = _kind(task)
    if kind is None or not may(task.owner, kind):
        move(task, TASKS, "cancel", by=ACTOR, values={"reason": Reason.NO_RIGHT, **ended})
        return False
    died = task.status == Status.RUNNING
    if died and task.cancel_asked_at is not None:
        move(task, TASKS, "cancel", by=task.owner, values=ended)
        return False
    if died and (not kind.resumable or task.attempt >= MAX_ATTEMPTS):
        move(task, TASKS, "fail", by=ACTOR, values={"reason": Reason.INTERRUPTED, **ended})
        return False
    lease = {"holder": holder, "expires_at": now + LEASE, "attempt": task.attempt + 1, "started_at": now}
    fresh = {} if task.cursor is not None else {"done": 0}
    move(task, TASKS, "resume" if died else "begin", by=ACTOR, values=lease | fresh)
    return True


def _kind(task: Task) -> Kind | None:
    try:
        return kind_of(task.kind)
    except KeyError:  # the kind went with an upgrade
        return None


def perform(task: Task, stopping: Callable[[], bool]) -> None:
    """Call the kind's function under the lease and close the task."""
    kind = kind_of(task.kind)

    def extend() -> bool:
        return held(task).update(expires_at=timezone.now() + LEASE) == 1

    with kept_alive(extend, LEASE) as lost:
        context = TaskContext(task, stopping if kind.resumable else lambda: False, lost.is_set)
        try:
            name, values = _outcome(kind, context)
            by = task.owner if name == "cancel" else ACTOR
            move(task, TASKS, name, by=by, values=values | ({} if name == "pause" else {"finished_at": timezone.now()}))
        except (LeaseLost, Conflict):
            log.warning("task %s was taken over by another process", task.pk)


def _outcome(kind: Kind, context: TaskContext) -> tuple[str, dict[str, Any]]:
    """Name of the move that closes the task and what it writes."""
    task = context.task
    try:
        kind.function(context)
    except TaskCancelled:
        return "cancel", {"done": task.done}
    except TaskPaused:
        return "pause", {"holder": ""}  # cursor and count stay as the last transaction left them
    except TaskRefused:
        return "fail", {"reason": Reason.INPUT, "done": task.done, **_file(context)}
    except Exception as error:
        log.error("task %s failed: %s\n%s", kind.name, place_of(error), frames_of(error))
        return "fail", {"reason": Reason.ERROR, "error": place_of(error), "done": task.done}
    return "finish", {"done": task.done if task.total is None else task.total, **_file(context)}


def _file(context: TaskContext) -> dict[str, Any]:
    """Columns of the result file, when one was written."""
    task, writer = context.task, context.writer
    if writer is None:
        return {}
    return {
        "file_key": settings.KEY_RING.encrypt(writer.key, context=task.key_context),
        "file_id": task.file_id,
        "file_name": task.file_name,
        "file_type": task.file_type,
        "file_size": writer.size,
    }
