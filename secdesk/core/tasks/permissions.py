"""Who may use long work: everybody their own (see TaskQuerySet); what a task does has permissions of its own."""

from __future__ import annotations

from enum import StrEnum

from secdesk.core.people.roles import Role


class TaskPerm(StrEnum):
    """Acts on one's own task."""

    VIEW = "tasks.view"
    CANCEL = "tasks.cancel"


HOLDERS = {perm: frozenset(Role) for perm in TaskPerm}
