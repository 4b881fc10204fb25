"""Who sees how the desk runs, and who may act on it."""

from __future__ import annotations

from enum import StrEnum

from secdesk.core.people.roles import Role


class OperationPerm(StrEnum):
    """Operation of the desk; opens no record of anybody."""

    VIEW = "operation.view"
    ACT = "operation.act"


HOLDERS = {perm: frozenset({Role.ADMIN}) for perm in OperationPerm}
