"""Permissions about people, and who holds them."""

from __future__ import annotations

from enum import StrEnum

from secdesk.core.people.roles import Role


class PeoplePerm(StrEnum):
    """What may be done with the roster."""

    VIEW_ROSTER = "people.view_roster"


HOLDERS = {PeoplePerm.VIEW_ROSTER: frozenset({Role.ADMIN, Role.PERSONNEL, Role.OFFICE})}
