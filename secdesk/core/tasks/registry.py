"""Kinds of long work: `@task("people.import", title=_("…"))` on a function in an app's `tasks.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from secdesk.core.jobs import discover

if TYPE_CHECKING:
    from secdesk.core.tasks.context import TaskContext

TaskFunction = Callable[["TaskContext"], object]


@dataclass(frozen=True)
class Kind:
    """A kind of long work.

    `permission`: what its owner must hold when it is asked for, when it runs and when the result is read.
    `resumable`: it may be begun again after its process died, at the cursor it last wrote, if any.
    """

    name: str
    function: TaskFunction
    title: Any  # lazy text, heading of its page
    permission: StrEnum | None = None
    resumable: bool = False


_kinds: dict[str, Kind] = {}


def task(
    name: str, *, title: Any, permission: StrEnum | None = None, resumable: bool = False
) -> Callable[[TaskFunction], TaskFunction]:
    """Register a function as a kind of long work. Raises ValueError for a name used twice."""

    def register(function: TaskFunction) -> TaskFunction:
        if name in _kinds:
            raise ValueError(f"two kinds of long work are named {name}")
        _kinds[name] = Kind(name, function, title, permission, resumable)
        return function

    return register


def kind_of(name: str) -> Kind:
    """The kind by its name; raises KeyError."""
    discover("tasks")
    return _kinds[name]
