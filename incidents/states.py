"""The life of an incident in one table (facts §5.6). Buttons, diagrams and tests are drawn from it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incidents.permissions import IncidentPerm
from incidents.vocabulary import Status
from secdesk.core.ledger.events import Event
from secdesk.core.states import Machine, Move

_REASON = ("status_reason",)


def _from(*sources: Status) -> frozenset[str]:
    return frozenset(source.value for source in sources)


LIFE_CYCLE = Machine(
    Move(
        "accept", pgettext_lazy("incident", "Accept"),
        _from(Status.NEW), Status.CHECKING, IncidentPerm.WORK, Event.INCIDENT_ACCEPTED,
    ),
    Move(
        "handle", _("Start handling"),
        _from(Status.CHECKING), Status.HANDLING, IncidentPerm.WORK, Event.INCIDENT_HANDLED, ("kind_id", "owner_id"),
    ),
    Move(
        "near", _("Record as a near miss"),
        _from(Status.CHECKING, Status.HANDLING), Status.NEAR, IncidentPerm.CLOSE, Event.INCIDENT_NEAR_MISS, _REASON,
    ),
    Move(
        "void", _("Not an incident"),
        _from(Status.CHECKING, Status.HANDLING), Status.VOID, IncidentPerm.CLOSE, Event.INCIDENT_VOIDED, _REASON,
    ),
    Move(
        "prevent", _("Go on to preventing recurrence"),
        _from(Status.HANDLING), Status.PREVENTING, IncidentPerm.WORK, Event.INCIDENT_PREVENTION_BEGUN,
    ),
    Move(
        "recheck", _("Back to checking"),
        _from(Status.HANDLING), Status.CHECKING, IncidentPerm.WORK, Event.INCIDENT_RECHECKED, _REASON,
    ),
    Move(
        "resume", _("Back to handling"),
        _from(Status.PREVENTING), Status.HANDLING, IncidentPerm.WORK, Event.INCIDENT_RESUMED, _REASON,
    ),
    Move(
        "close", pgettext_lazy("incident", "Close"),
        _from(Status.PREVENTING), Status.DONE, IncidentPerm.CLOSE, Event.INCIDENT_CLOSED, _REASON,
    ),
    Move(
        "reopen", _("Re-open"),
        _from(Status.DONE), Status.HANDLING, IncidentPerm.CLOSE, Event.INCIDENT_REOPENED, _REASON,
    ),
    Move(
        "review", _("Re-open and check"),
        _from(Status.VOID, Status.NEAR), Status.CHECKING, IncidentPerm.CLOSE, Event.INCIDENT_REVIEWED, _REASON,
    ),
)  # fmt: skip
