"""What a piece of long work is given: its owner and parameters, progress, and a place for its result."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from secdesk.core.ledger.services import SystemActor
from secdesk.core.people.models import Person
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.results import ResultWriter

WRITE_SECONDS = 0.5


class TaskRefused(Exception):
    """The work can't be done with what was given; a result file written before may say why (a list of errors)."""


class TaskCancelled(BaseException):
    """Its owner no longer wants it. Like KeyboardInterrupt no `except Exception` may swallow it."""


class TaskPaused(BaseException):
    """The process is to end; a resumable task goes on elsewhere."""


class LeaseLost(BaseException):
    """Somebody else has the task now."""


class TaskContext:
    """Passed to the function of a kind. Call `advance` at least every few seconds."""

    def __init__(self, task: Task, stopping: Callable[[], bool], lost: Callable[[], bool]) -> None:
        self.task = task
        self.owner: Person = task.owner
        self.params: dict[str, Any] = task.params
        self.cursor: Any = task.cursor
        self.writer: ResultWriter | None = None
        self._stopping, self._lost = stopping, lost
        self._written_at = 0.0

    @property
    def actor(self) -> SystemActor:
        """The task as it stands in the ledger for what the desk does by itself."""
        return SystemActor(f"task:{self.task.kind}")

    def expect(self, total: int) -> None:
        """Say how many steps there are."""
        self.task.total = total
        self._write(total=total)

    def advance(self, steps: int = 1, *, cursor: Any = None) -> None:
        """Count steps done. A cursor is written at once, in the caller's transaction, with the work it stands for.

        Raises TaskCancelled, TaskPaused (between two cursors, when the process is to end) and LeaseLost.
        """
        self.task.done += steps
        if self.task.total is not None:
            self.task.done = min(self.task.done, self.task.total)
        if cursor is not None:
            self.cursor = cursor
            self._write(done=self.task.done, cursor=cursor)
        elif time.monotonic() - self._written_at > WRITE_SECONDS:
            self._write(done=self.task.done)
        if self._stopping():
            raise TaskPaused

    def result(self, name: str, content_type: str) -> ResultWriter:
        """Open the result file, for a `with` block; `name` is what its owner's browser saves it as."""
        self.task.file_name, self.task.file_type = name, content_type
        self.task.file_id = uuid.uuid4()  # a former attempt may still be writing its own
        self.writer = ResultWriter(self.task.file_id)
        return self.writer

    def _write(self, **values: Any) -> None:
        self._written_at = time.monotonic()
        if self._lost() or not held(self.task).update(**values):
            raise LeaseLost
        if held(self.task).filter(cancel_asked_at__isnull=False).exists():
            raise TaskCancelled


def held(task: Task) -> QuerySet[Task]:
    """The task's row, if we still have it."""
    return Task.objects.filter(pk=task.pk, holder=task.holder, version=task.version, status=Task.Status.RUNNING)
