"""All models of the ground floor, gathered where Django looks for them."""

from secdesk.core.desk.models import Desk
from secdesk.core.ledger.models import Checkpoint, LedgerDetails, LedgerEntry, LedgerEpoch, LedgerSeal
from secdesk.core.lists.models import SavedView
from secdesk.core.outbox.models import OutboxHold, OutboxMessage
from secdesk.core.people.models import Department, Organ, Person, Posting, RoleAssignment
from secdesk.core.submissions.models import Submission
from secdesk.core.tasks.models import Task
from secdesk.core.work.models import JobRun, SchedulerBeat

__all__ = [
    "Checkpoint",
    "Department",
    "Desk",
    "JobRun",
    "LedgerDetails",
    "LedgerEntry",
    "LedgerEpoch",
    "LedgerSeal",
    "Organ",
    "OutboxHold",
    "OutboxMessage",
    "Person",
    "Posting",
    "RoleAssignment",
    "SavedView",
    "SchedulerBeat",
    "Submission",
    "Task",
]
