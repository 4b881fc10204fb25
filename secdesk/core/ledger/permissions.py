"""Permissions on the ledger, and who holds them."""

from __future__ import annotations

from enum import StrEnum

from secdesk.core.people.roles import Role


class LedgerPerm(StrEnum):
    """What may be done with the ledger; nobody may change it."""

    VIEW = "ledger.view"


HOLDERS = {LedgerPerm.VIEW: frozenset({Role.ADMIN, Role.CSIRT_HEAD, Role.AUDIT_HEAD, Role.OFFICE})}
