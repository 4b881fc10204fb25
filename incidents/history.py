"""Past incidents in bulk: the rows and entries that the services would have written, without the services.

Every rule here mirrors one in incidents/services; tests/incidents/test_history.py holds the two together.
Sealed incidents and messages are not made in bulk: they need a team and its grants.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils import timezone

from incidents.models import Incident, IncidentType, Phase, ReferenceCounter, StatusChange, TimelineEntry, Track
from incidents.models.incident import title_of
from incidents.services.life import CODED, FREE_TEXT, coded
from incidents.services.reporting import Report, reference_of
from incidents.states import LIFE_CYCLE
from incidents.vocabulary import PHASES, Concern, EntryKind, Progress, Source, Status, TrackCode, TrackState
from secdesk.core.calendar import fiscal_year
from secdesk.core.history import BATCH, PastEvent, Purpose, load
from secdesk.core.ledger.events import Event
from secdesk.core.people.models import Department, Person


@dataclass(frozen=True)
class Act:
    """One act in the life of a past incident: its time and who did it."""

    at: dt.datetime
    by: Person


@dataclass(frozen=True)
class Triage(Act):
    """Facts that were set; names and values of `services.life.change_facts`."""

    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Moved(Act):
    """A move of the state table; "accept" takes the case into one's hands."""

    name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class TrackEnded(Act):
    """A track that was done, or judged not needed with a reason."""

    code: str = ""
    state: TrackState = TrackState.DONE
    reason: str = ""


@dataclass(frozen=True)
class PhaseMoved(Act):
    """A phase that began or ended."""

    code: str = ""
    progress: Progress = Progress.DONE


@dataclass(frozen=True)
class Logged(Act):
    """A line of the timeline."""

    text: str = ""
    kind: EntryKind = EntryKind.NOTE


@dataclass(frozen=True)
class Story:
    """A report, who made it when from which department, and what came after, in order of time."""

    report: Report
    by: Person
    at: dt.datetime
    department: Department | None
    acts: tuple[Act, ...] = ()


def load_incidents(stories: Iterable[Story], *, purpose: Purpose) -> int:
    """Write the stories, `BATCH` to a transaction; gives how many. References go on from the last of their year.

    Raises history.Refused.
    """
    numbers = dict(ReferenceCounter.objects.values_list("fiscal_year", "last"))
    types = {
        kind.reported_as: kind for kind in reversed(IncidentType.objects.filter(is_active=True)) if kind.reported_as
    }
    rest, count = iter(stories), 0
    while batch := list(islice(rest, BATCH)):
        pasts = [_Past(story, numbers, types) for story in batch]
        load(purpose, [past.incident for past in pasts], (part for past in pasts for part in past.parts()))
        _keep_counters(numbers)
        count += len(batch)
    return count


def _keep_counters(numbers: dict[int, int]) -> None:
    rows = [ReferenceCounter(fiscal_year=year, last=last) for year, last in numbers.items()]
    ReferenceCounter.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["fiscal_year"], update_fields=["last"]
    )


class _Past:
    """The rows of one story, with the incident as it is at the story's end."""

    def __init__(self, story: Story, numbers: dict[int, int], types: dict[str, IncidentType]) -> None:
        self.story = story
        self.incident = self._first(numbers, types)
        self.tracks = {code.value: Track(incident=self.incident, code=code) for code in TrackCode}
        self.phases: dict[str, Phase] = {}
        self.others: list[Any] = []
        self._enter(Status.NEW, story)
        after = {"status": self.incident.status, "source": self.incident.source, "sealed": False}
        self._tell(story, Event.INCIDENT_REPORTED, after=after)
        for act in story.acts:
            getattr(self, f"_{type(act).__name__.lower()}")(act)
        self.incident.full_clean(exclude=self.incident.RELATIONS, validate_unique=False, validate_constraints=False)

    def parts(self) -> Iterator[Any]:
        """Everything but the incident itself."""
        yield from self.tracks.values()
        yield from self.phases.values()
        yield from self.others

    def _first(self, numbers: dict[int, int], types: dict[str, IncidentType]) -> Incident:
        story, report = self.story, self.story.report
        year = fiscal_year(timezone.localtime(story.at).date())
        numbers[year] = numbers.get(year, 0) + 1
        return Incident(
            reference=reference_of(year, numbers[year]),
            fiscal_year=year,
            title=title_of(report.what),
            outline=report.what,
            reported_text=report.what,
            reported_as=report.reported_as,
            concerns=[concern.value for concern in Concern if concern.value in report.concerns],
            kind=types.get(report.reported_as),
            noticed_at=report.noticed_at,
            known_at=report.noticed_at,
            reported_at=story.at,
            source=Source.PROXY if report.reporter_name else Source.OWN,
            reporter=story.by,
            reporter_name=report.reporter_name,
            recorded_by=story.by,
            phone=report.phone,
            department=story.department,
            bureau_id=story.department.bureau_id if story.department else None,
            organ_id=story.department.organ_id if story.department else None,
        )

    def _tell(self, act: Any, event: Event, **details: Any) -> None:
        self.others.append(PastEvent(act.at, event, act.by, self.incident, **details))

    def _enter(self, status: str, act: Any, reason: str = "") -> None:
        change = StatusChange(incident=self.incident, status=status, at=act.at, by=act.by, reason=reason)
        self.others.append(change)

    def _moved(self, act: Moved) -> None:
        incident, step = self.incident, LIFE_CYCLE.moves[act.name]
        source = incident.status
        if source not in step.sources:
            raise ValueError(f"{act.name} does not start from {source}")
        incident.status, incident.status_reason = step.target, act.reason
        incident.version += 1
        if act.name == "accept" and not incident.owner_id:
            incident.owner = act.by
        done = step.target == Status.DONE
        incident.closed_at, incident.closed_by = (act.at, act.by) if done else (None, None)
        self._tell(act, step.event, before={"status": source}, after={"status": step.target})
        self._enter(step.target, act, act.reason)
        if step.target == Status.HANDLING:
            self._add_phases()

    def _triage(self, act: Triage) -> None:
        incident = self.incident
        changed = {name: value for name, value in act.values.items() if getattr(incident, name) != value}
        if not changed:
            return
        before = {name: coded(getattr(incident, name)) for name in CODED if name in changed}
        after = {name: coded(changed[name]) for name in CODED if name in changed}
        for name, value in changed.items():
            setattr(incident, name, value)
        if "owning_section" in changed:
            section = changed["owning_section"] or incident.department
            incident.bureau_id = section.bureau_id if section else None
            incident.organ_id = section.organ_id if section else None
        incident.version += 1
        if "kind" in changed and incident.status in (Status.HANDLING, Status.PREVENTING):
            self._add_phases()
        rewritten = {name: len(changed[name]) for name in FREE_TEXT if name in changed}
        self._tell(act, Event.INCIDENT_CHANGED, before=before, after=after, facts={"rewritten": rewritten})

    def _add_phases(self) -> None:
        if self.incident.category is None:
            return
        wanted = PHASES[self.incident.category]
        kept = {code: phase for code, phase in self.phases.items() if code in wanted or phase.at}
        for code in wanted:
            kept.setdefault(code.value, Phase(incident=self.incident, code=code))
        self.phases = kept

    def _phasemoved(self, act: PhaseMoved) -> None:
        phase = self.phases[act.code]
        was = phase.progress
        if was == act.progress:
            return
        phase.progress, phase.at, phase.by = act.progress, act.at, act.by
        facts = {"phase": act.code, "was": str(was), "now": act.progress.value}
        self._tell(act, Event.INCIDENT_PHASE_CHANGED, facts=facts)

    def _trackended(self, act: TrackEnded) -> None:
        track = self.tracks[act.code]
        facts = {"track": act.code, "was": str(track.state), "now": act.state.value}
        track.state, track.reason, track.at, track.by = act.state, act.reason.strip(), act.at, act.by
        self._tell(act, Event.INCIDENT_TRACK_CHANGED, facts=facts)

    def _logged(self, act: Logged) -> None:
        self.others.append(
            TimelineEntry(
                incident=self.incident, kind=act.kind, happened_at=act.at, entered_at=act.at, text=act.text, by=act.by
            )
        )
        self._tell(act, Event.INCIDENT_LOGGED, facts={"kind": act.kind.value, "length": len(act.text)})
