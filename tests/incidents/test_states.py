"""Every state with every move, and whole lives."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from incidents.services import life, work
from incidents.states import LIFE_CYCLE
from incidents.vocabulary import PHASES, Category, Progress, Status, TrackCode, TrackState
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Person
from secdesk.core.states import Conflict, MissingFields
from tests.incidents.stories import bring_to, report, step

ROADS = {  # the table of facts §5.6, written once more by hand
    ("new", "accept"): "checking",
    ("checking", "handle"): "handling",
    ("checking", "near"): "near",
    ("checking", "void"): "void",
    ("handling", "near"): "near",
    ("handling", "void"): "void",
    ("handling", "prevent"): "preventing",
    ("handling", "recheck"): "checking",
    ("preventing", "resume"): "handling",
    ("preventing", "close"): "done",
    ("done", "reopen"): "handling",
    ("near", "review"): "checking",
    ("void", "review"): "checking",
}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", sorted(LIFE_CYCLE.moves))
def test_every_state_with_every_move(cast: dict[str, Person], status: Status, name: str) -> None:
    incident = bring_to(report(cast["clerk"]), status, by=cast["csirt"])
    entries = LedgerEntry.objects.count()
    target = ROADS.get((status.value, name))
    if target is None:
        with pytest.raises((Conflict, MissingFields, life.TracksOpen)):
            life.move_incident(incident, name, by=cast["csirt"], reason="x")
        assert Incident.objects.get(pk=incident.pk).status == status
        assert LedgerEntry.objects.count() == entries
        return
    step(incident, name, by=cast["csirt"])
    fresh = Incident.objects.get(pk=incident.pk)
    assert fresh.status == target
    assert LedgerEntry.objects.filter(event=LIFE_CYCLE.moves[name].event.value, target_id=incident.pk).exists()
    assert list(fresh.status_changes.all())[-1].status == target


@pytest.mark.parametrize("name", [name for name, move in LIFE_CYCLE.moves.items() if "status_reason" in move.requires])
def test_a_move_that_asks_for_a_reason_is_refused_without(cast: dict[str, Person], name: str) -> None:
    source = Status(sorted(LIFE_CYCLE.moves[name].sources)[0])
    incident = bring_to(report(cast["clerk"]), source, by=cast["csirt"])
    for track in incident.tracks.all():
        if source != Status.DONE:
            work.set_track(incident, track.code, TrackState.DONE, by=cast["csirt"])
    with pytest.raises(MissingFields):
        life.move_incident(incident, name, by=cast["csirt"])
    assert Incident.objects.get(pk=incident.pk).status == source


def test_closing_is_refused_while_a_track_is_open(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), Status.PREVENTING, by=cast["csirt"])
    for code in list(TrackCode)[1:]:
        work.set_track(incident, code, TrackState.DONE, by=cast["csirt"])
    with pytest.raises(life.TracksOpen) as refused:
        life.move_incident(incident, "close", by=cast["csirt"], reason="済み")
    assert refused.value.codes == [TrackCode.OUTSIDE]
    assert Incident.objects.get(pk=incident.pk).status == Status.PREVENTING


def test_a_track_of_a_closed_incident_stays_as_it_is(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), Status.DONE, by=cast["csirt"])
    with pytest.raises(Conflict):
        work.set_track(incident, TrackCode.OUTSIDE, TrackState.OPEN, by=cast["csirt"])
    step(incident, "reopen", by=cast["csirt"])
    work.set_track(incident, TrackCode.OUTSIDE, TrackState.OPEN, by=cast["csirt"])
    assert incident.tracks.get(code=TrackCode.OUTSIDE).state == TrackState.OPEN


def test_a_track_is_not_needed_only_with_a_reason(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    with pytest.raises(work.ReasonMissing):
        work.set_track(incident, TrackCode.OUTSIDE, TrackState.NOT_NEEDED, by=cast["csirt"], reason="  ")


def test_two_people_accept_and_one_wins(cast: dict[str, Person]) -> None:
    first = report(cast["clerk"])
    second = Incident.objects.get(pk=first.pk)
    life.accept(first, by=cast["csirt"])
    with pytest.raises(Conflict):
        life.accept(second, by=cast["csirt2"])
    assert Incident.objects.get(pk=first.pk).owner == cast["csirt"]


def test_closing_keeps_who_when_why_and_reopening_clears_it(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), Status.DONE, by=cast["csirt"])
    fresh = Incident.objects.get(pk=incident.pk)
    assert (fresh.closed_by, fresh.status_reason) == (cast["csirt"], "手順どおり")
    assert fresh.closed_at is not None
    step(incident, "reopen", by=cast["csirt_head"])
    fresh = Incident.objects.get(pk=incident.pk)
    assert (fresh.closed_by, fresh.closed_at) == (None, None)
    assert [change.status for change in fresh.status_changes.all()] == [
        "new", "checking", "handling", "preventing", "done", "handling",
    ]  # fmt: skip


def test_phases_follow_the_category_and_keep_what_was_done(cast: dict[str, Person]) -> None:
    from incidents.models import IncidentType

    incident = bring_to(report(cast["clerk"]), Status.HANDLING, by=cast["csirt"])
    assert [phase.code for phase in incident.phases.all()] == list(PHASES[Category.LEAK])
    work.set_phase(incident, "facts", Progress.DONE, by=cast["csirt"])
    malware = IncidentType.objects.get(code="malware")
    life.change_facts(incident, by=cast["csirt"], values={"kind": malware})
    assert [phase.code for phase in incident.phases.all()] == ["facts", *PHASES[Category.CYBER]]
    assert incident.phases.get(code="facts").at is not None
