"""Moves of the main state, and triage: what kind of incident it is and who works on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from incidents.models import Incident, IncidentType, Phase, StatusChange, Track
from incidents.permissions import IncidentPerm
from incidents.services import notices
from incidents.states import LIFE_CYCLE
from incidents.vocabulary import PHASES, Status, TrackState
from secdesk.core import states
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Department, Person

# Fields that `change_facts` writes; the ledger tells their codes, and of free text only that it changed.
CODED = ("kind", "severity", "segment", "owner", "owning_section", "known_at", "occurred_from", "occurred_to")
FREE_TEXT = ("title", "outline")


class TracksOpen(Exception):
    """An incident cannot be closed while one of its tracks is open; `codes` names them."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class NotOfTheTeam(Exception):
    """The person named as owner does not work for the CSIRT, or is not on the sealed incident's team."""


def accept(incident: Incident, *, by: Person) -> None:
    """受け付ける: the report is being checked, by the one who accepted it."""
    values = {} if incident.owner_id else {"owner_id": by.pk}
    move_incident(incident, "accept", by=by, values=values)


def move_incident(
    incident: Incident, name: str, *, by: Person, reason: str = "", values: Mapping[str, Any] | None = None
) -> None:
    """Move along the state table; keeps the time and the reason of the step.

    Raises states.Conflict, states.MissingFields, TracksOpen.
    """
    target = LIFE_CYCLE.moves[name].target
    if target == Status.DONE:
        _refuse_open_tracks(incident)
    now = timezone.now()
    closing = {"closed_at": now, "closed_by_id": by.pk} if target == Status.DONE else {}
    opening = {"closed_at": None, "closed_by_id": None} if incident.closed_at and not closing else {}
    with transaction.atomic():
        written = {"status_reason": reason, **closing, **opening, **(values or {})}
        states.move(incident, LIFE_CYCLE, name, by=by, values=written)
        if target == Status.DONE:  # again under the row's lock: a track may have been opened meanwhile
            _refuse_open_tracks(incident)
        change = StatusChange.objects.create(incident=incident, status=target, at=now, by=by, reason=reason)
        if target == Status.HANDLING:
            _add_phases(incident)
        if target in (Status.DONE, Status.VOID, Status.NEAR):
            notices.closed(incident, change_id=change.pk, by=by)


def _refuse_open_tracks(incident: Incident) -> None:
    still = Track.objects.filter(incident=incident, state=TrackState.OPEN).values_list("code", flat=True)
    if still:
        raise TracksOpen(list(still))


def _add_phases(incident: Incident) -> None:
    """Phases of the category; those of an earlier category stay when something was done in them."""
    if incident.category is None:
        return
    wanted = PHASES[incident.category]
    incident.phases.exclude(code__in=wanted).filter(at__isnull=True).delete()
    present = set(incident.phases.values_list("code", flat=True))
    Phase.objects.bulk_create(Phase(incident=incident, code=code) for code in wanted if code not in present)


def change_facts(incident: Incident, *, by: Person, values: Mapping[str, Any]) -> list[str]:
    """Write facts of the case (model instances for relations); returns the names that changed.

    Raises states.Conflict when the incident was changed since it was read, NotOfTheTeam.
    """
    changed = {name: value for name, value in values.items() if getattr(incident, name) != value}
    if not changed:
        return []
    owner = changed.get("owner")
    if owner is not None and not Incident.objects.allowed(owner, IncidentPerm.WORK).filter(pk=incident.pk).exists():
        raise NotOfTheTeam
    before = {name: coded(getattr(incident, name)) for name in CODED if name in changed}
    after = {name: coded(changed[name]) for name in CODED if name in changed}
    with transaction.atomic():
        written = changed | _scope_of(incident, changed)
        rows = Incident.objects.filter(pk=incident.pk, version=incident.version)
        if not rows.update(version=F("version") + 1, **written):
            raise states.Conflict(f"{incident.reference} was changed by somebody else")
        for name, value in written.items():
            setattr(incident, name, value)
        incident.version += 1
        incident.full_clean(exclude=incident.RELATIONS, validate_unique=False)
        if "kind" in changed and incident.status in (Status.HANDLING, Status.PREVENTING):
            _add_phases(incident)
        rewritten = {name: len(changed[name]) for name in FREE_TEXT if name in changed}
        record(Event.INCIDENT_CHANGED, by=by, target=incident, before=before, after=after, rewritten=rewritten)
    return sorted(changed)


def triage(incident: Incident, *, by: Person, values: Mapping[str, Any], move: str = "") -> None:
    """Type, severity, segment, owner and owning section in one act, and the move that follows from them."""
    with transaction.atomic():
        change_facts(incident, by=by, values=values)
        if move:
            move_incident(incident, move, by=by)


def _scope_of(incident: Incident, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Bureau and organ follow the owning section; without one, the reporter's department."""
    if "owning_section" not in changed:
        return {}
    section = changed["owning_section"] or incident.department
    return {"bureau_id": section.bureau_id if section else None, "organ_id": section.organ_id if section else None}


def coded(value: Any) -> Any:
    """How the ledger names a value: a row by its name on that day, ISO time, or the plain value."""
    if isinstance(value, Person):
        return value.name
    if isinstance(value, Department):
        return value.full_name
    if isinstance(value, IncidentType):
        return value.name_ja
    return value.isoformat() if hasattr(value, "isoformat") else value
