"""Need to know (architecture §3.6): a sealed incident is seen by its named team and nobody else."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from incidents.models import Incident, IncidentGrant
from incidents.models.incident import TeamBasis
from incidents.permissions import IncidentPerm
from incidents.selectors import csirt_people
from incidents.services import life, notices, work
from incidents.vocabulary import EntryKind
from secdesk.core import access
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person
from secdesk.core.people.roles import Role
from secdesk.core.states import Conflict

_NEVER = frozenset({Role.CISO, Role.DEPUTY_CISO})


class NoTeam(Exception):
    """Nobody would be left who may see the incident."""


class QuietReport(Exception):
    """The reporter asked that the head not be told: a head of the CSIRT alone lifts the seal or names such people."""


def first_team(incident: Incident) -> list[Person]:
    """Who is told of a report made with 「所属長に知らせない」.

    Everybody of the CSIRT (head and members: a city has no shifts, all of them answer), but never
    the head of the reporter's section or bureau, the CISO, the deputy, or an administrator, whatever
    other role they hold. Where every member is an administrator too, those stay: a report that
    nobody sees would be worse.
    """
    members = [person for person in csirt_people() if not _NEVER & person.role_codes and not _heads(person, incident)]
    return [person for person in members if Role.ADMIN not in person.role_codes] or members


def _kept_from(person: Person, incident: Incident) -> bool:
    return bool((_NEVER | {Role.ADMIN}) & person.role_codes) or _heads(person, incident)


def _heads(person: Person, incident: Incident) -> bool:
    above = {incident.department_id, incident.bureau_id}
    heads = (Role.SECTION, Role.BUREAU)
    return any(row.role in heads and row.department_id in above for row in person.current_roles)


def name_first_team(incident: Incident, *, by: Person) -> None:
    """Give the first team its grants, inside the report's transaction. Raises NoTeam."""
    team = first_team(incident)
    if not team:
        raise NoTeam
    for person in team:
        _join(incident, person, TeamBasis.ROLE, by=by)


def seal(incident: Incident, *, by: Person, members: Iterable[Person] = ()) -> None:
    """Seal an open incident; its team is whoever seals it and `members`. Raises Conflict.

    An owner who is not on the team no longer has it in charge: they could not even open it.
    """
    team = {by, *members}
    with transaction.atomic():
        _switch(incident, sealed=True)
        record(Event.INCIDENT_SEALED, by=by, target=incident, before={"sealed": False}, after={"sealed": True})
        for person in team:
            _join(incident, person, _basis(person), by=by)
        if incident.owner is not None and incident.owner not in team:
            life.change_facts(incident, by=by, values={"owner": None})


def unseal(incident: Incident, *, by: Person, reason: str = "") -> None:
    """Lift the seal: everybody whose role reaches the incident sees it again. Raises Conflict.

    Of a quiet report only a head of the CSIRT on its team may, with a reason for the timeline; the
    reporter is told. Raises QuietReport.
    """
    if incident.quiet and not (reason.strip() and may_unseal(incident, by)):
        raise QuietReport
    with transaction.atomic():
        _switch(incident, sealed=False)
        if incident.quiet:
            line = work.log_line(
                incident, reason, by=by, happened_at=timezone.now(), kind=EntryKind.DECISION, decided_by=by.name
            )
            notices.quiet_unsealed(incident, entry_id=line.pk)
        record(Event.INCIDENT_UNSEALED, by=by, target=incident, before={"sealed": True}, after={"sealed": False})
        for grant in list(incident.grants.select_related("user")):
            _leave(incident, grant.user, by=by)


def may_unseal(incident: Incident, person: Person) -> bool:
    """Whether the person may lift the seal of this incident."""
    perm = IncidentPerm.UNSEAL_QUIET if incident.quiet else IncidentPerm.SEAL
    return Incident.objects.allowed(person, perm).filter(pk=incident.pk, sealed=True).exists()


def add_member(incident: Incident, person: Person, *, by: Person) -> None:
    """Name somebody to the team; for a sealed incident only (Conflict).

    Of a quiet report, whoever its first team leaves out is named by a head of the CSIRT alone (QuietReport):
    else any member could tell the very people the reporter wanted to be kept from.
    """
    if not incident.sealed:
        raise Conflict(f"{incident.reference} is not sealed")
    if incident.quiet and _kept_from(person, incident) and not may_unseal(incident, by):
        raise QuietReport
    with transaction.atomic():
        _join(incident, person, _basis(person), by=by)


def remove_member(incident: Incident, person: Person, *, by: Person) -> None:
    """Take somebody off the team; they no longer have it in charge. Raises NoTeam for the last who can work on it."""
    with transaction.atomic():
        _leave(incident, person, by=by)
        if incident.sealed and incident.owner == person:
            life.change_facts(incident, by=by, values={"owner": None})
        left = Person.objects.filter(pk__in=incident.grants.values("user_id"))
        rows = Incident.objects.filter(pk=incident.pk)
        if incident.sealed and not any(rows.allowed(other, IncidentPerm.WORK).exists() for other in left):
            raise NoTeam


def break_glass(reference: str, *, by: Person, reason: str) -> Incident:
    """Emergency access of the CISO or the deputy: reason, two entries, the team is told.

    Raises Incident.DoesNotExist for a reference that is not a sealed incident.
    """
    incident = Incident.objects.allowed(by, IncidentPerm.BREAK_GLASS).get(reference=reference)
    with transaction.atomic():
        record(Event.INCIDENT_GLASS_BROKEN, by=by, target=incident, length=len(reason))
        _join(incident, by, TeamBasis.GLASS, by=by)
        line = work.log_line(
            incident, reason, by=by, happened_at=timezone.now(), kind=EntryKind.DECISION, decided_by=by.name
        )
        notices.glass_broken(incident, entry_id=line.pk, by=by)
    return incident


def _basis(person: Person) -> TeamBasis:
    return TeamBasis.ROLE if access.holds(person, IncidentPerm.WORK) else TeamBasis.NAME


def _switch(incident: Incident, *, sealed: bool) -> None:
    rows = Incident.objects.filter(pk=incident.pk, version=incident.version, sealed=not sealed)
    if not rows.update(sealed=sealed, version=F("version") + 1):
        raise Conflict(f"{incident.reference} was changed by somebody else")
    incident.sealed = sealed
    incident.version += 1


def _join(incident: Incident, person: Person, basis: TeamBasis, *, by: Person) -> None:
    access.grant(IncidentGrant, basis.value, person, incident)
    record(Event.INCIDENT_TEAM_JOINED, by=by, target=incident, member=person.number, basis=basis.value)


def _leave(incident: Incident, person: Person, *, by: Person) -> None:
    for basis in TeamBasis:
        access.withdraw(IncidentGrant, basis.value, person, incident)
    record(Event.INCIDENT_TEAM_LEFT, by=by, target=incident, member=person.number)
