"""Bulk-made incidents are those the services make, row for row."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.db import models

from incidents import history
from incidents.models import Incident, Phase, StatusChange, TimelineEntry, Track
from incidents.services import life, reporting, work
from secdesk.core.history import Purpose, Refused
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.people.models import Department, Person
from tests.cast import City
from tests.incidents.past import stories

NOW = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
# What must differ: ids, when the row itself was made, chance.
DIFFERENT = {"id", "incident", "created_at"}


@pytest.fixture
def fifty(cast: dict[str, Person], city: City) -> list[history.Story]:
    return list(
        stories(
            50,
            reporters=[cast["clerk"], cast["other_clerk"], cast["head"]],
            csirt=[cast["csirt"], cast["csirt2"]],
            sections=[city.branch, city.tax, city.ict],
            until=NOW,
            days=400,
        )
    )


def by_services(story: history.Story) -> Incident:
    """The same story, act by act, each at its time."""
    with time_machine.travel(story.at, tick=False):
        incident = reporting.report_incident(story.report, by=story.by)
    for act in story.acts:
        with time_machine.travel(act.at, tick=False):
            match act:
                case history.Moved(name="accept"):
                    life.accept(incident, by=act.by)
                case history.Moved():
                    life.move_incident(incident, act.name, by=act.by, reason=act.reason)
                case history.Triage():
                    life.change_facts(incident, by=act.by, values=act.values)
                case history.TrackEnded():
                    work.set_track(incident, act.code, act.state, by=act.by, reason=act.reason)
                case history.PhaseMoved():
                    work.set_phase(incident, act.code, act.progress, by=act.by)
                case history.Logged():
                    work.log_line(incident, act.text, by=act.by, happened_at=act.at, kind=act.kind)
    return incident


def values(row: models.Model) -> dict[str, Any]:
    """A row's values, without what must differ."""
    fields = [field for field in row._meta.concrete_fields if field.name not in DIFFERENT]
    return {field.name: getattr(row, field.attname) for field in fields}


def whole(incident: Incident) -> dict[str, Any]:
    """The incident and everything that belongs to it, ledger included."""
    parts = {
        model.__name__: [values(row) for row in model._default_manager.filter(incident=incident).order_by("id")]
        for model in (Track, StatusChange, Phase, TimelineEntry)
    }
    entries = LedgerEntry.objects.filter(target_type="incidents.incident", target_id=incident.pk).order_by("at", "id")
    ledger = [(e.event, e.at, e.actor, e.request_id, json.loads(e.details.content)) for e in entries]
    return {"incident": values(incident), "ledger": ledger, **parts}


def forget_everything() -> None:
    """Undo what the first way wrote, so that the second begins with the same numbers."""
    for model in (Track, StatusChange, Phase, TimelineEntry):
        model._default_manager.all().delete()
    Incident._base_manager.all().delete()
    history.ReferenceCounter.objects.all().delete()


def test_fifty_both_ways(fifty: list[history.Story], settings: Any) -> None:
    settings.SECDESK_MODE = "demo"
    made = [whole(Incident.objects.get(pk=by_services(story).pk)) for story in fifty]
    counters = set(history.ReferenceCounter.objects.values_list("fiscal_year", "last"))
    forget_everything()
    assert history.load_incidents(fifty, purpose=Purpose.DEMO) == 50
    loaded = [whole(incident) for incident in Incident.objects.order_by("id")]
    assert len(loaded) == 50
    for one, other in zip(made, loaded, strict=True):
        assert one == other
    assert set(history.ReferenceCounter.objects.values_list("fiscal_year", "last")) == counters
    assert {row["incident"]["status"] for row in made} >= {"new", "checking", "near", "void", "handling", "done"}


def test_details_are_bound_to_their_entries(fifty: list[history.Story], settings: Any) -> None:
    import hashlib

    settings.SECDESK_MODE = "demo"
    history.load_incidents(fifty[:5], purpose=Purpose.BENCHMARK)
    rows = LedgerDetails.objects.select_related("entry")
    assert rows
    for row in rows:
        assert hashlib.sha256(bytes(row.salt) + row.content.encode()).hexdigest() == row.entry.details_hash


@pytest.mark.parametrize("purpose", [Purpose.DEMO, Purpose.BENCHMARK])
def test_production_refuses(fifty: list[history.Story], settings: Any, purpose: Purpose) -> None:
    settings.SECDESK_MODE = "production"
    with pytest.raises(Refused):
        history.load_incidents(fifty, purpose=purpose)
    assert not Incident.objects.exists()
    assert history.load_incidents(fifty[:3], purpose=Purpose.IMPORT) == 3


def test_an_impossible_story_is_refused_whole(fifty: list[history.Story], city: City, settings: Any) -> None:
    settings.SECDESK_MODE = "demo"
    first = fifty[0]
    wrong = history.Story(first.report, first.by, first.at, first.department, (history.Moved(NOW, first.by, "close"),))
    with pytest.raises(ValueError, match="close does not start from new"):
        history.load_incidents([*fifty[:3], wrong], purpose=Purpose.DEMO)
    assert not Incident.objects.exists()
    assert Department.objects.exists()
