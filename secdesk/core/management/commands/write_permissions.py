"""`manage.py write_permissions`: docs/permissions.md from what the code declares."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from secdesk.core import access
from secdesk.core.people.roles import ROLE_NAMES, SCOPED_ROLES, Role

PAGE = "docs/permissions.md"
INTRODUCTION = """# Who may do what

Made by `manage.py write_permissions` from what the code declares; a test compares. Do not edit.

Roles are dated. Those marked \u00b9 count in their department and what is under it, all others in the
whole city. `STAFF` is everybody with a posting today. Nobody holds everything; sealed cases are seen
by their team alone, whatever the role.
"""
KINDS = {
    "public": "anybody, without log-in",
    "pending": "the steps of log-in and registration; each checks its own marker",
    "signed_in": "everybody with a posting or a role, after both factors",
}


class Command(BaseCommand):
    help = f"Write {PAGE} from the permissions and views the code declares."

    def handle(self, *args: Any, **options: Any) -> None:
        (Path(settings.BASE_DIR) / PAGE).write_text(page(), "utf-8")


def page() -> str:
    """The whole page."""
    with translation.override("en"):
        parts = [
            INTRODUCTION,
            "## Roles\n",
            *_roles(),
            "\n## Permissions\n",
            *_permissions(),
            "\n## Pages\n",
            *_views(),
        ]
    return "\n".join(parts) + "\n"


def _roles() -> Iterator[str]:
    yield "| code | name |\n|---|---|"
    for role in Role:
        yield f"| `{role.value}`{_mark(role)} | {ROLE_NAMES[role]} |"


def _permissions() -> Iterator[str]:
    yield "| permission | held by |\n|---|---|"
    for perm, holders in sorted(access.registered().items()):
        yield f"| `{perm.value}` | {_names(holders)} |"


def _names(roles: frozenset[Role]) -> str:
    return ", ".join(f"{role.value}{_mark(role)}" for role in Role if role in roles) or "nobody"


def _mark(role: Role) -> str:
    return "\u00b9" if role in SCOPED_ROLES else ""


def _views() -> Iterator[str]:
    yield "| page | address | who |\n|---|---|---|"
    for name, route, view in sorted(_walk(get_resolver().url_patterns, "", "")):
        yield f"| `{name}` | `/{route}` | {_who(getattr(view, 'access', None))} |"


def _who(declared: access.Access | None) -> str:
    if declared is None:
        return "**undeclared: refused**"
    if declared.permission is None:
        return KINDS[declared.kind]
    perm: StrEnum = declared.permission
    where = f" on the {declared.model._meta.verbose_name}" if declared.model is not None else ""
    return f"`{perm.value}`{where}"


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[tuple[str, str, Any]]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, route, f"{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", route, entry.callback
