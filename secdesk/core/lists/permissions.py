"""What people may do with lists themselves; what a list shows is the door's matter."""

from __future__ import annotations

from enum import StrEnum

from secdesk.core.people.roles import Role


class ListPerm(StrEnum):
    """Permissions on lists."""

    KEEP_VIEWS = "lists.keep_views"


HOLDERS = {ListPerm.KEEP_VIEWS: frozenset(Role)}
