"""The list of incidents: who sees which rows, filters, exports, many at a time."""

from __future__ import annotations

import base64
import csv
import io
import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from incidents.lists import INCIDENTS
from incidents.models import Incident
from incidents.services import life, sealing
from incidents.vocabulary import Severity, Status
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.lists.models import SavedView
from secdesk.core.lists.paging import Cursor, Order, Selection
from secdesk.core.people.models import Person
from tests.cast import City
from tests.incidents.stories import CANARY, bring_to, report
from tests.login import log_in

URL = "/incidents/"


def references(client: Client, query: str = "") -> list[str]:
    """References of the page, in its order."""
    return re.findall(r"R\d+-\d{4}(?=</td>)", client.get(URL + query).content.decode())


@pytest.fixture
def csirt(client: Client, cast: dict[str, Person]) -> Client:
    log_in(client, cast["csirt"])
    return client


def test_each_sees_their_own(cast: dict[str, Person], city: City) -> None:
    mine = report(cast["clerk"])
    theirs = report(cast["other_clerk"])
    owned = report(cast["other_clerk"])
    life.change_facts(owned, by=cast["csirt"], values={"owning_section": city.branch})
    sealed = report(cast["clerk"])
    sealing.seal(sealed, by=cast["csirt"], members=[cast["csirt_head"]])
    expected = {
        "csirt": [sealed, owned, theirs, mine],
        "csirt2": [owned, theirs, mine],
        "ciso": [owned, theirs, mine],
        "head": [owned, mine],
        "helper": [owned],
        "other_head": [owned, theirs],
        "bureau_head": [owned, mine],
        "other_bureau_head": [theirs],
        "link": [],
    }
    for who, incidents in expected.items():
        client = Client()
        log_in(client, cast[who])
        assert references(client) == [incident.reference for incident in incidents], who
        text = b"".join(client.get(URL, {"format": "csv"})).decode("utf-8-sig")  # type: ignore[call-overload]
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert [row[0] for row in rows[1:]] == [incident.reference for incident in incidents], who


@pytest.mark.parametrize("rows", [1, 3, 30])
@pytest.mark.parametrize("who", ["csirt", "head"])
def test_queries_stay_constant(
    client: Client, cast: dict[str, Person], rows: int, who: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        bring_to(report(cast["clerk"]), Status.HANDLING, by=cast["csirt"])
    log_in(client, cast[who])
    client.get(URL)
    with django_assert_max_num_queries(9):
        assert len(references(client)) == rows


def test_filters(csirt: Client, cast: dict[str, Person], city: City) -> None:
    new, handled, closed = (report(cast["clerk"]) for _ in range(3))
    bring_to(handled, Status.HANDLING, by=cast["csirt"])
    life.change_facts(handled, by=cast["csirt"], values={"severity": Severity.SERIOUS, "owning_section": city.tax})
    bring_to(closed, Status.DONE, by=cast["csirt2"])
    assert references(csirt, "?state=new") == [new.reference]
    assert references(csirt, "?state=open") == [handled.reference, new.reference]
    assert references(csirt, "?severity=3%2B") == [handled.reference]
    assert references(csirt, "?severity=none&state=done") == [closed.reference]
    assert references(csirt, f"?section=b{city.finance.pk}") == [handled.reference]
    assert references(csirt, f"?section=s{city.tax.pk}") == [handled.reference]
    assert references(csirt, "?owner=none") == [new.reference]
    assert references(csirt, "?owner=me") == [handled.reference]
    assert references(csirt, f"?owner={cast['csirt2'].pk}") == [closed.reference]
    assert references(csirt, f"?q={new.reference.lower()}") == [new.reference]
    assert references(csirt, "?q=CC 32") == [closed.reference, handled.reference, new.reference]
    assert references(csirt, "?known_from=R99.1.1") == []
    assert references(csirt, "?known_from=2020-01-01&sort=known_at")[0] == new.reference


def test_many_into_one_hand(csirt: Client, cast: dict[str, Person]) -> None:
    incidents = [report(cast["clerk"]) for _ in range(4)]
    sealed = report(cast["clerk"])
    sealing.seal(sealed, by=cast["csirt2"])
    picks = [incident.pk for incident in (*incidents[:2], sealed)]
    answer = csirt.post(URL, {"action": "owner", "pick": picks})
    assert answer.status_code == 200
    assert incidents[0].title in answer.content.decode()
    assert sealed.reference not in answer.content.decode()  # not of its team: neither shown nor touched
    assert not Incident.objects.filter(owner__isnull=False).exists()  # asked once more before anything happens
    data = {"action": "owner", "pick": picks, "confirmed": "1", "owner": cast["csirt2"].pk}
    assert csirt.post(f"{URL}?state=new", data)["Location"] == f"{URL}?state=new"
    owned = Incident.objects.filter(owner=cast["csirt2"])
    assert set(owned) == set(incidents[:2])
    entries = LedgerEntry.objects.filter(event="incident.changed")
    assert set(entries.values_list("target_id", flat=True)) == {incident.pk for incident in incidents[:2]}


def test_all_that_the_filter_leaves(csirt: Client, cast: dict[str, Person]) -> None:
    new = [report(cast["clerk"]) for _ in range(3)]
    done = bring_to(report(cast["clerk"]), Status.DONE, by=cast["csirt"])
    data = {"action": "owner", "mark": "all", "confirmed": "1", "owner": cast["csirt2"].pk}
    csirt.post(f"{URL}?state=new", data)
    assert set(Incident.objects.filter(owner=cast["csirt2"])) == set(new)
    done.refresh_from_db()
    assert done.owner == cast["csirt"]


def test_nothing_marked_and_unknown_actions_change_nothing(csirt: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    assert csirt.post(URL, {"action": "owner"}).status_code == 302
    assert csirt.post(URL, {"action": "delete", "pick": incident.pk}).status_code == 400
    confirmed = {"action": "owner", "pick": ["x", "9" * 30, incident.pk], "confirmed": "1", "owner": cast["clerk"].pk}
    assert csirt.post(URL, confirmed).status_code == 200  # a clerk is no choice; the form comes back
    incident.refresh_from_db()
    assert incident.owner is None


def test_who_only_sees_cannot_assign(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    log_in(client, cast["ciso"])
    assert references(client) == [incident.reference]
    assert 'name="pick"' not in client.get(URL).content.decode()
    data = {"action": "owner", "pick": incident.pk, "confirmed": "1", "owner": cast["csirt"].pk}
    assert client.post(URL, data).status_code == 400


def test_a_saved_view_keeps_filters_not_rights(csirt: Client, cast: dict[str, Person]) -> None:
    data = {"list": "incidents", "name": "重い", "query": "severity=3%2B&sort=-known_at&pk=1", "back": URL}
    csirt.post(reverse("core:view_save"), data)
    assert SavedView.objects.get().query == "severity=3%2B&sort=-known_at"


def test_the_name_of_a_saved_view_stays_out_of_the_ledger(csirt: Client, cast: dict[str, Person]) -> None:
    csirt.post(reverse("core:view_save"), {"list": "incidents", "name": CANARY, "query": "", "back": URL})
    csirt.post(reverse("core:view_forget", args=[SavedView.objects.get(name=CANARY).pk]))
    told = LedgerDetails.objects.filter(entry__event__in=(Event.LIST_VIEW_SAVED, Event.LIST_VIEW_REMOVED))
    assert told.count() == 2
    assert not told.filter(content__contains=CANARY).exists()


def test_a_cursor_no_database_can_look_for_opens_the_first_page(csirt: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    for value in ("0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00"):
        after = base64.urlsafe_b64encode(json.dumps([value, 1, 0]).encode()).decode()
        assert references(csirt, f"?sort=known_at&after={after}") == [incident.reference]


def test_titles_are_shown_as_text(csirt: Client, cast: dict[str, Person]) -> None:
    report(cast["clerk"], "<script>alert(1)</script><b onclick=x>件名")
    html = csirt.get(URL).content.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html
    assert "<b onclick" not in html


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, whatever the index")
@pytest.mark.parametrize("who", ["csirt", "head", "helper", "bureau_head", "link", "ciso"])
@pytest.mark.parametrize("sort", ["-id", "id", "-known_at", "known_at"])
def test_every_branch_walks_an_index_in_the_order_of_the_list(cast: dict[str, Person], who: str, sort: str) -> None:
    report(cast["clerk"])
    selection = INCIDENTS.selection(cast[who])
    order = Order.parse(sort)
    for place in range(len(selection.branches)):
        alone = Selection(selection.rows, selection.branches[place : place + 1])
        is_team = "content_object" in str(alone.queries()[0].query)
        for cursor in (None, Cursor("2026-01-01T00:00:00+00:00" if "known" in sort else 5, 5)):
            plan = alone.first(order, 51, cursor).explain()
            assert not re.search(r"SCAN incidents_incident(?! USING INDEX)", plan) or order.field == "id", plan
            assert is_team or "USE TEMP B-TREE" not in plan, plan
        assert "USE TEMP B-TREE" in alone.first(Order("title"), 51).explain()  # the plan does tell a sort
