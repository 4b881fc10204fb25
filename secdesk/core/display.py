"""How dates and words are shown to the person of this request: language and calendar.

A context variable, because a template filter sees no request; the middleware sets it per request,
mails and documents set it per addressee with `shown_to`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.utils import translation

from secdesk.core.desk import identity
from secdesk.core.people.models import Person

_japanese_era: ContextVar[bool] = ContextVar("japanese_era", default=False)


def in_japanese_era() -> bool:
    """Whether years are shown as 令和8年 rather than 2026."""
    return _japanese_era.get()


@contextmanager
def calendar_shown(japanese: bool) -> Iterator[None]:
    """Years in the Japanese or the Western calendar."""
    token = _japanese_era.set(japanese)
    try:
        yield
    finally:
        _japanese_era.reset(token)


@contextmanager
def shown_to(person: Person) -> Iterator[None]:
    """Words in the person's language, years in the person's calendar."""
    with calendar_shown(person.era == Person.Era.JAPANESE), translation.override(person.language):
        yield


def desk(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page: whose desk this is and whom to call (label, number, note)."""
    shown = identity.current()
    return {"city_name": shown.organisation, "contact": shown.contact, "phones": shown.phones}
