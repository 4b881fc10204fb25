"""Nine invented incidents in every state, so that no page of the demo is empty."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils import timezone

from incidents.history import Act, Logged, Moved, Story, TrackEnded, Triage, load_incidents
from incidents.models import IncidentType
from incidents.services.reporting import Report
from incidents.vocabulary import EntryKind, Status, TrackCode
from secdesk.core.history import Purpose
from secdesk.core.people.models import Department, Person

# Moves that lead to each state, after the case was accepted.
ROADS = {
    Status.CHECKING: (),
    Status.HANDLING: ("handle",),
    Status.PREVENTING: ("handle", "prevent"),
    Status.DONE: ("handle", "prevent", "close"),
    Status.NEAR: ("near",),
    Status.VOID: ("void",),
}
STEP = dt.timedelta(minutes=21)


def make_incidents() -> int:
    """Load the stories with their ledger entries; gives how many."""
    content = json.loads((Path(__file__).parent / "incidents.json").read_text("utf-8"))
    return load_incidents([_story(row) for row in content["stories"]], purpose=Purpose.DEMO)


def _story(row: dict[str, Any]) -> Story:
    at, by = _moment(row), Person.objects.get(number=row["by"])
    report = Report(what=row["what"], noticed_at=at - STEP, concerns=row["about"], reported_as=row["as"])
    acts = tuple(_acts(row, at)) if row["until"] != Status.NEW else ()
    return Story(report=report, by=by, at=at, department=by.department, acts=acts)


def _moment(row: dict[str, Any]) -> dt.datetime:
    now = timezone.localtime()
    if "minutes_ago" in row:
        return now - dt.timedelta(minutes=row["minutes_ago"])
    hour, minute = (int(part) for part in row["at"].split(":"))
    day = now - dt.timedelta(days=row["days_ago"])
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _acts(row: dict[str, Any], at: dt.datetime) -> Iterator[Act]:
    """Accepted, triaged, logged, moved on; the tracks end before the case does."""
    owner = Person.objects.get(number=row["owner"])
    times = iter(at + STEP * count for count in range(1, 40))
    yield Moved(next(times), owner, name="accept")
    values = {
        "kind": IncidentType.objects.get(code=row["kind"]),
        "severity": row["severity"],
        "segment": row["segment"],
        "owning_section": Department.objects.get(name=row["section"]),
    }
    yield Triage(next(times), owner, values=values)
    for kind, text in row["log"]:
        yield Logged(next(times), owner, text=text, kind=EntryKind(kind))
    for name in ROADS[Status(row["until"])]:
        if name == "close":
            for code in TrackCode:
                yield TrackEnded(next(times), owner, code=code.value)
        yield Moved(next(times), owner, name=name, reason=row["close"] if name in ("close", "near", "void") else "")
