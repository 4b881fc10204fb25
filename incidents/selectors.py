"""What the pages of incidents show: read through the door, composed here."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from incidents.models import Incident, Phase, StatusChange, TimelineEntry
from incidents.permissions import HOLDERS, IncidentPerm
from incidents.states import LIFE_CYCLE
from incidents.vocabulary import (
    LIFE,
    OPEN_STATUSES,
    EntryKind,
    PhaseCode,
    Progress,
    Segment,
    Severity,
    Status,
    TrackCode,
)
from secdesk.core import access
from secdesk.core.ledger.events import SENTENCES, Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Department, Person, RoleAssignment
from secdesk.core.people.roles import Role
from secdesk.core.states import Move

LINES = 500  # of a timeline on its page
HISTORY = 8
WAIT_TARGET = dt.timedelta(minutes=30)  # how soon CSIRT wants to accept a report

ICONS = {
    EntryKind.NOTE: "notebook-pen",
    EntryKind.PHONE: "phone",
    EntryKind.MAIL: "mail",
    EntryKind.ACTION: "check",
    EntryKind.DECISION: "scale",
    EntryKind.REPORT: "file-text",
    EntryKind.PUBLICATION: "megaphone",
    EntryKind.INTAKE: "inbox",
    EntryKind.KNOWN: "flag",
    EntryKind.STATE: "route",
}


# --- timeline --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line as it is shown: when it happened, when it was written down, by whom."""

    at: dt.datetime
    entered_at: dt.datetime
    kind: EntryKind
    text: str
    who: str = ""
    decided_by: str = ""
    reason: str = ""

    @property
    def icon(self) -> str:
        """Icon of its kind."""
        return ICONS[self.kind]

    @property
    def written_later(self) -> bool:
        """Whether entry and event lie on different days: then the entry's day is shown too."""
        return timezone.localdate(self.at) != timezone.localdate(self.entered_at)


@dataclass(frozen=True)
class Day:
    """Lines of one day; `number` counts from the day on which the first member of staff knew (day 1)."""

    day: dt.date
    number: int
    lines: list[Line]


def timeline_of(incident: Incident) -> list[Day]:
    """Days and lines, newest first: what people wrote, what the life of the incident adds itself."""
    lines = [*_written(incident), *_changes(incident), _known(incident)]
    lines.sort(key=lambda line: (line.at, line.entered_at), reverse=True)
    known_on = timezone.localdate(incident.known_at)
    days = itertools.groupby(lines[:LINES], key=lambda line: timezone.localdate(line.at))
    return [Day(day, (day - known_on).days + 1, list(group)) for day, group in days]


def _written(incident: Incident) -> Iterator[Line]:
    rows: QuerySet[TimelineEntry] = incident.timeline.select_related("by")[:LINES]
    for row in rows:
        kind = EntryKind(row.kind)
        yield Line(row.happened_at, row.entered_at, kind, row.text, family(row.by), row.decided_by, row.reason)


def _changes(incident: Incident) -> Iterator[Line]:
    for row in changes_of(incident):
        kind = EntryKind.INTAKE if row.status == Status.NEW else EntryKind.STATE
        text = _("The report came in") if row.status == Status.NEW else Status(row.status).label
        yield Line(row.at, row.at, kind, str(text), family(row.by), reason=row.reason)


def changes_of(incident: Incident) -> list[StatusChange]:
    """Steps of the life, read once per page."""
    if not hasattr(incident, "_changes"):
        incident._changes = list(incident.status_changes.select_related("by"))  # type: ignore[attr-defined]
    changes: list[StatusChange] = incident._changes  # type: ignore[attr-defined]
    return changes


def _known(incident: Incident) -> Line:
    return Line(incident.known_at, incident.reported_at, EntryKind.KNOWN, _("The first member of staff knew. Day 1"))


def family(person: Person | None) -> str:
    """Family name, as an office signs."""
    return person.name.split()[0] if person and person.name.split() else ""


# --- life, phases, tracks --------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step of the life as it is drawn: passed, current or ahead."""

    status: Status
    at: dt.datetime | None
    state: str  # done | now | ahead


def life_of(incident: Incident) -> list[Step]:
    """The five steps with their times; 非該当 and ヒヤリ・ハット end the road where they were judged."""
    entered = {change.status: change.at for change in changes_of(incident)}
    now = Status(incident.status)
    road = LIFE if now in LIFE else (Status.NEW, Status.CHECKING, now)
    here = road.index(now)
    return [
        Step(
            status, entered.get(status) if place <= here else None,
            "now" if place == here else "done" if place < here else "ahead",
        )
        for place, status in enumerate(road)
    ]  # fmt: skip


_NEXT = {Progress.OPEN: Progress.DOING, Progress.DOING: Progress.DONE, Progress.DONE: Progress.DOING}


@dataclass(frozen=True)
class PhaseStep:
    """A phase with the one thing that may be done with it next."""

    code: str
    label: str
    progress: Progress
    at: dt.datetime | None
    next: Progress


def phases_of(incident: Incident) -> list[PhaseStep]:
    """Phases in their order."""
    rows: list[Phase] = list(incident.phases.all())
    return [
        PhaseStep(
            row.code, str(PhaseCode(row.code).label), Progress(row.progress), row.at, _NEXT[Progress(row.progress)]
        )
        for row in rows
    ]


# --- permissions of a page -------------------------------------------------------------------------

_PAGE_PERMS = (IncidentPerm.WORK, IncidentPerm.LOG, IncidentPerm.MESSAGE, IncidentPerm.CLOSE, IncidentPerm.SEAL)


@dataclass(frozen=True)
class Page:
    """What one reader may do on an incident's page."""

    work: bool
    log: bool
    message: bool
    seal: bool
    moves: list[Move] = field(default_factory=list)

    @property
    def forward(self) -> Move | None:
        """The move that goes on along the straight road, when it needs no form of its own."""
        return next((move for move in self.moves if move.name in ("accept", "prevent")), None)

    @property
    def others(self) -> list[Move]:
        """All other moves but those that have a form on the page."""
        return [move for move in self.moves if move.name not in ("accept", "prevent", "handle", "close")]


def page_for(person: Any, incident: Incident) -> Page:
    """Buttons are drawn from the state table and the door, in one query."""
    held = Incident.objects.permissions_on(person, incident.pk, _PAGE_PERMS)
    moves = [move for move in LIFE_CYCLE.moves_from(incident.status) if move.permission in held]
    return Page(
        work=IncidentPerm.WORK in held,
        log=IncidentPerm.LOG in held,
        message=IncidentPerm.MESSAGE in held,
        seal=IncidentPerm.SEAL in held,
        moves=moves,
    )


# --- history ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One entry of the ledger in words."""

    at: dt.datetime
    who: str
    sentence: str | Promise
    details: list[str]


def history_of(incident: Incident, limit: int = HISTORY) -> list[Change]:
    """Newest entries of the ledger about an incident that the caller got through the door."""
    rows = LedgerEntry.objects.filter(target_type=Incident._meta.label_lower, target_id=incident.pk)
    return [_change(row) for row in rows.select_related("details").order_by("-id")[:limit]]


def _change(row: LedgerEntry) -> Change:
    details = getattr(row, "details", None)
    content = json.loads(details.content) if details and details.content else {}
    who = content.get("actor", {}).get("name", row.actor)
    return Change(row.at, who, SENTENCES[Event(row.event)], list(_details(content)))


def _details(content: dict[str, Any]) -> Iterator[str]:
    before, after, facts = (content.get(key, {}) for key in ("before", "after", "facts"))
    for name in sorted(set(before) & set(after)):
        if name != "status":
            yield f"{_field(name)}: {_shown(name, before[name])} → {_shown(name, after[name])}"
    if "phase" in facts:
        yield f"{PhaseCode(facts['phase']).label}: {Progress(facts['now']).label}"
    if "member" in facts:
        yield str(facts["member"])
    if "track" in facts:
        yield str(TrackCode(facts["track"]).label)
    for name in facts.get("rewritten", {}):
        yield str(_field(name))


def _field(name: str) -> str:
    if name in ("kind", "owner", "owning_section"):
        return {"kind": _("Type"), "owner": _("In charge"), "owning_section": _("Owning section")}[name]
    return str(Incident._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _shown(name: str, value: Any) -> str:
    if value in (None, ""):
        return _("(empty)")
    labels: dict[str, Any] = {"severity": Severity, "segment": Segment}
    if name in labels:
        return str(labels[name](value).label)
    if name in ("known_at", "occurred_from", "occurred_to"):
        return f"{timezone.localtime(dt.datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    return str(value)


# --- queue and home --------------------------------------------------------------------------------


def queue_for(person: Any) -> QuerySet[Incident]:
    """Reports that nobody has accepted yet, the oldest first."""
    rows = Incident.objects.allowed(person, IncidentPerm.WORK).filter(status=Status.NEW)
    return rows.select_related("kind", "reporter", "department__bureau").order_by("reported_at", "id")


@dataclass(frozen=True)
class CsirtHome:
    """What the CSIRT's home page shows of incidents."""

    counts: list[tuple[Status, int]]
    queue: list[Incident]
    mine: list[Incident]


def csirt_home(person: Person) -> CsirtHome | None:
    """Counts by open state, the queue, the reader's own cases; None for who is not of the CSIRT."""
    if not access.holds(person, IncidentPerm.QUEUE):
        return None
    rows = Incident.objects.allowed(person, IncidentPerm.WORK).filter(status__in=OPEN_STATUSES)
    found = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    mine = rows.filter(owner=person).select_related("kind").order_by(F("severity").desc(nulls_last=True), "-id")[:10]
    return CsirtHome(
        counts=[(status, found.get(status, 0)) for status in OPEN_STATUSES],
        queue=list(queue_for(person)[:10]),
        mine=list(mine),
    )


@dataclass(frozen=True)
class CaseBoard:
    """How the cases a head or the CISO may see stand: counts by open state, the gravest ones by name."""

    counts: list[tuple[Status, int]]
    cases: list[Incident]

    @property
    def is_empty(self) -> bool:
        """Whether there is no open case."""
        return not any(number for _status, number in self.counts)


def case_board(person: Person) -> CaseBoard | None:
    """Open cases of the reader's section, bureau or city; None for who sees none by role, or works them as CSIRT."""
    if not access.holds(person, IncidentPerm.VIEW) or access.holds(person, IncidentPerm.QUEUE):
        return None
    rows = Incident.objects.visible_to(person).filter(status__in=OPEN_STATUSES)
    found = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    cases = rows.select_related("owner", "owning_section__bureau", "department__bureau")
    return CaseBoard(
        counts=[(status, found.get(status, 0)) for status in OPEN_STATUSES],
        cases=list(cases.order_by(F("severity").desc(nulls_last=True), "-id")[:10]),
    )


def own_reports(person: Any) -> QuerySet[Incident]:
    """What the person reported, newest first."""
    return Incident.objects.allowed(person, IncidentPerm.OWN_REPORT).select_related("owner").order_by("-id")


def place_of(incident: Incident) -> Department | None:
    """The section that owns it, or until then the reporter's."""
    return incident.owning_section or incident.department


# --- people ----------------------------------------------------------------------------------------


def csirt_people() -> list[Person]:
    """Everybody who works for the CSIRT today: a city has no shifts, all of them answer."""
    return _in_service(RoleAssignment.objects.today().filter(role__in=HOLDERS[IncidentPerm.WORK]))


def section_heads(department_id: int | None) -> list[Person]:
    """Heads of a section today."""
    return _in_service(RoleAssignment.objects.today().filter(role=Role.SECTION, department_id=department_id))


def _in_service(roles: QuerySet[RoleAssignment]) -> list[Person]:
    people = Person.objects.filter(pk__in=roles.values("person_id"))
    return [person for person in people if person.is_active]
