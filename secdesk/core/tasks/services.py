"""Ask for long work, cancel it, read and withdraw its result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from secdesk.core.access import holds
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record
from secdesk.core.people.models import Person
from secdesk.core.states import move
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.registry import Kind, kind_of
from secdesk.core.tasks.results import read_result
from secdesk.core.tasks.states import TASKS

Status = Task.Status


def start_task(kind: str, *, by: Person, params: Mapping[str, Any] | None = None) -> Task:
    """Put a piece of long work into the queue; its page is `task.get_absolute_url()`.

    `params` are JSON values and hold no residents' data. Raises KeyError for an unknown kind,
    PermissionDenied when `by` may not do it.
    """
    if not may(by, kind_of(kind)):
        raise PermissionDenied
    with transaction.atomic():
        task = Task.objects.create(kind=kind, owner=by, params=dict(params or {}), created_at=timezone.now())
        record(Event.TASK_QUEUED, by=by, target=task)
    return task


def may(person: Person, kind: Kind) -> bool:
    """Whether the person may have this kind of work done, and read its result, today."""
    return person.is_active and (kind.permission is None or holds(person, kind.permission))


def cancel_task(task: Task, *, by: Person) -> None:
    """Cancel: at once when it waits, at its next step when it runs; nothing when it is over.

    Raises Conflict when it began or ended at the same moment.
    """
    if task.status == Status.QUEUED:
        move(task, TASKS, "cancel", by=by, values={"finished_at": timezone.now()})
    elif task.status == Status.RUNNING:
        with transaction.atomic():
            running = Task.objects.filter(pk=task.pk, status=Status.RUNNING, cancel_asked_at__isnull=True)
            if running.update(cancel_asked_at=timezone.now()):
                record(Event.TASK_CANCEL_ASKED, by=by, target=task)


def open_result(task: Task, *, by: Person) -> Iterator[bytes]:
    """The bytes of the result; reading is recorded. Raises PermissionDenied, Damaged, and ValueError without a file."""
    if not may(by, kind_of(task.kind)):
        raise PermissionDenied
    if task.file_key is None:
        raise ValueError("no result")
    key = settings.KEY_RING.decrypt(bytes(task.file_key), context=task.key_context)
    pieces = read_result(task.file_id, key)
    first = next(pieces)  # a damaged file is found before the answer begins
    with transaction.atomic():
        record(Event.TASK_RESULT_READ, by=by, target=task, size=task.file_size)
    return _chained(first, pieces)


def withdraw_results(kinds: Iterable[str], *, by: Actor) -> int:
    """Make the results of these kinds unreadable and let running work of theirs begin anew.

    In the caller's transaction; for what must leave exports at once, such as an incident that was
    sealed. Gives how many files were lost.
    """
    kinds = list(kinds)
    with transaction.atomic():
        running = Task.objects.filter(kind__in=kinds, status=Status.RUNNING)
        running.update(version=F("version") + 1, holder="", expires_at=timezone.now(), cursor=None, done=0)
        tasks = list(Task.objects.filter(kind__in=kinds, file_key__isnull=False))
        for task in tasks:
            record(Event.TASK_RESULT_WITHDRAWN, by=by, target=task)
        Task.objects.filter(pk__in=[task.pk for task in tasks]).update(file_key=None)
    return len(tasks)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
