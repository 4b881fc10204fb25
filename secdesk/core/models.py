"""All models of the ground floor, gathered where Django looks for them."""

from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.people.models import Department, Organ, Person, Posting, RoleAssignment

__all__ = [
    "Department",
    "LedgerDetails",
    "LedgerEntry",
    "Organ",
    "Person",
    "Posting",
    "RoleAssignment",
]
