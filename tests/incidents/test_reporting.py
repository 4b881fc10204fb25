"""Reports come in: references, double posts, telephone, what the ledger may know."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from incidents.models import Incident, IncidentType
from incidents.services import reporting
from incidents.vocabulary import Concern, Source, Status, TrackCode
from secdesk.core.ledger.models import LedgerDetails
from secdesk.core.people.models import Person
from tests.incidents.stories import CANARY, report

JST = dt.timezone(dt.timedelta(hours=9))


def test_the_starting_list_of_types_is_there(db: None) -> None:
    assert IncidentType.objects.count() == 28
    assert IncidentType.objects.exclude(source="").count() == 28


@pytest.mark.parametrize(
    ("at", "reference"),
    [
        (dt.datetime(2026, 3, 31, 23, 59, tzinfo=JST), "R7-0001"),
        (dt.datetime(2026, 4, 1, 0, 0, tzinfo=JST), "R8-0001"),
        (dt.datetime(2027, 1, 15, 12, 0, tzinfo=JST), "R8-0001"),
    ],
)
def test_the_reference_counts_by_fiscal_year_in_japan(db: None, at: dt.datetime, reference: str) -> None:
    assert reporting.next_reference(at)[1] == reference


def test_a_report_makes_a_row_with_four_tracks(cast: dict[str, Person], city: object) -> None:
    incident = report(cast["clerk"])
    assert incident.status == Status.NEW
    assert incident.title == "講座の案内メールを、宛先をCCに入れたまま32人に送った"
    assert incident.department == cast["clerk"].department
    assert incident.bureau == cast["clerk"].department.bureau
    assert incident.known_at == incident.noticed_at
    assert incident.kind is not None
    assert incident.kind.reported_as == "sent"
    assert {track.code for track in incident.tracks.all()} == {code.value for code in TrackCode}


def test_the_ledger_knows_no_free_text(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], what=f"{CANARY}さんの書類を渡した", reporter_name=CANARY)
    assert Incident.objects.filter(outline__contains=CANARY, reporter_name=CANARY).exists()
    details = " ".join(LedgerDetails.objects.values_list("content", flat=True))
    assert incident.reference in details
    assert CANARY not in details


def test_a_telephone_report_keeps_its_true_times_and_is_in_hand(cast: dict[str, Person]) -> None:
    called = timezone.now() - dt.timedelta(hours=2)
    said = reporting.Report(
        what="USBメモリが見当たらない",
        noticed_at=called - dt.timedelta(hours=1),
        concerns=[Concern.MEDIA],
        reported_as="lost",
        reporter_name="夜警の田口",
    )
    incident = reporting.record_telephone_report(
        said,
        by=cast["csirt"],
        called_at=called,
        known_at=called - dt.timedelta(hours=1),
        reporter=None,
        department=cast["other_clerk"].department,
    )
    assert (incident.source, incident.status, incident.owner) == (Source.TELEPHONE, Status.CHECKING, cast["csirt"])
    assert incident.reported_at == called
    assert incident.reporter_shown == "夜警の田口"
    assert incident.department == cast["other_clerk"].department


@pytest.mark.django_db(transaction=True)
def test_parallel_reports_get_references_of_their_own(cast: dict[str, Person]) -> None:
    failures: list[BaseException] = []

    def send() -> None:
        try:
            for _ in range(3):
                report(Person.objects.get(number="clerk"))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    references = list(Incident.objects.values_list("reference", flat=True))
    assert len(references) == len(set(references)) == 18
