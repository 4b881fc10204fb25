"""The modules at the left. An entry is shown only when its page exists and its reader may open it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from secdesk.core.access import Access, holds


@dataclass(frozen=True)
class Entry:
    """A module: the name of its first page, its word and its icon."""

    url_name: str
    label: Promise
    icon: str


@dataclass(frozen=True)
class Link:
    """An entry as it is shown to one reader."""

    url: str
    label: Promise
    icon: str
    is_current: bool


ENTRIES = (
    Entry("home:home", _("Home"), "house"),
    Entry("incidents:report", _("Report"), "megaphone"),
    Entry("incidents:queue", _("Queue"), "inbox"),
    Entry("incidents:list", _("Incidents"), "shield-alert"),
    Entry("incidents:emergency_access", _("Emergency access"), "life-buoy"),
    Entry("accounts:enrolment", _("Registration status"), "id-card"),
    Entry("accounts:attestations", _("Vouch for a colleague"), "user-check"),
    Entry("accounts:tokens", _("Hardware tokens"), "key-round"),
    Entry("core:people", _("People"), "users"),
    Entry("core:ledger", _("Ledger"), "layers"),
    Entry("home:operation", _("Operation"), "gauge"),
)


@lru_cache
def _page(url_name: str) -> tuple[str, Access] | None:
    """Address and declared access of a page without arguments; None when it does not exist."""
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        return None
    return url, resolve(url).func.access  # type: ignore[attr-defined]


def reachable(person: Any, url_name: str) -> str:
    """The page's address when it exists and `person` may open it, else an empty string."""
    page = _page(url_name)
    if page is None:
        return ""
    url, access = page
    if access.kind == "requires" and access.permission is not None and not holds(person, access.permission):
        return ""
    return url


def links(request: HttpRequest) -> list[Link]:
    """The modules of this reader; the one whose address leads furthest to this page is the current one."""
    shown = list(_shown(request.user))
    current = max((url for _entry, url in shown if _leads(url, request.path)), key=len, default="")
    return [Link(url, entry.label, entry.icon, url == current) for entry, url in shown]


def _shown(person: Any) -> Iterator[tuple[Entry, str]]:
    for entry in ENTRIES:
        if url := reachable(person, entry.url_name):
            yield entry, url


def _leads(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
