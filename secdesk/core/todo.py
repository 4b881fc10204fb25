"""「あなたがすること」: what is due for a person, from every app, in one list.

An app registers one function in its `AppConfig.ready()`: `todo.register(things_to_do)`. The function
gets the person, reads through the door, and gives few items (what one person can do this week).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils import timezone

from secdesk.core.people.models import Person


@dataclass(frozen=True)
class Todo:
    """One thing to do: its words, its page, the verb on its button, and until when (a day or a moment)."""

    title: str
    url: str
    action: str
    note: str = ""
    due: dt.date | None = None
    kind: str = "limit"  # limit: may be over; target: a guideline figure that passes

    @property
    def order(self) -> tuple[bool, dt.datetime]:
        """Nearest first; what has no date comes last, a day ends at its midnight."""
        if self.due is None:
            return True, timezone.now()
        if isinstance(self.due, dt.datetime):
            return False, self.due
        return False, timezone.make_aware(dt.datetime.combine(self.due, dt.time.max))


Source = Callable[[Person], Iterable[Todo]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Make an app's due items known; once per function."""
    if source not in _sources:
        _sources.append(source)


def todos_for(person: Person) -> list[Todo]:
    """Everything that waits for `person`, nearest first."""
    found = [item for source in _sources for item in source(person)]
    return sorted(found, key=lambda item: item.order)
