"""Queries stay the same whatever the number of rows; the figures are literal."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident
from incidents.services import work
from incidents.vocabulary import Status
from secdesk.core.people.models import Person
from tests.incidents.stories import bring_to, report
from tests.login import log_in

# Session, person, postings, roles and the rest of the frame cost the same on every page.
QUEUE, OWN_REPORTS, OWN_REPORT = 5, 5, 8
HOME = 15  # the frame and other apps add to this page; it never grows with the rows
CASE = {Status.CHECKING: 15, Status.HANDLING: 12, Status.PREVENTING: 13}
ROWS = pytest.mark.parametrize("rows", [1, 3, 30])


def _open(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


@ROWS
def test_queue(client: Client, cast: dict[str, Person], rows: int, django_assert_num_queries: Any) -> None:
    for name in ("clerk", "other_clerk", "office")[:rows]:
        for _ in range(max(rows // 3, 1)):
            report(cast[name])
    assert Incident.objects.count() == rows
    log_in(client, cast["csirt"])
    _open(client, reverse("incidents:queue"))
    with django_assert_num_queries(QUEUE):
        _open(client, reverse("incidents:queue"))


@ROWS
def test_own_reports(client: Client, cast: dict[str, Person], rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        report(cast["clerk"])
    log_in(client, cast["clerk"])
    with django_assert_num_queries(OWN_REPORTS):
        _open(client, reverse("incidents:my_reports"))


@ROWS
@pytest.mark.parametrize("who", ["csirt", "clerk"])
def test_home(client: Client, cast: dict[str, Person], rows: int, who: str, django_assert_max_num_queries: Any) -> None:
    for number in range(rows):
        incident = report(cast["clerk"])
        if number % 2:
            bring_to(incident, Status.HANDLING, by=cast["csirt"])
    log_in(client, cast[who])
    with django_assert_max_num_queries(HOME):
        _open(client, reverse("home:home"))


def _work(incident: Incident, cast: dict[str, Person], rows: int) -> None:
    people = [cast["csirt"], cast["csirt2"], cast["csirt_head"]]
    for number in range(rows):
        by = people[number % 3]
        work.log_line(incident, f"行 {number}", by=by, happened_at=timezone.now())
        work.send_message(incident, f"連絡 {number}", by=by, from_csirt=True)


@pytest.mark.parametrize(
    ("status", "rows"),
    [(Status.HANDLING, 1), (Status.HANDLING, 3), (Status.HANDLING, 30), (Status.CHECKING, 3), (Status.PREVENTING, 3)],
)
def test_case(
    client: Client, cast: dict[str, Person], rows: int, status: Status, django_assert_num_queries: Any
) -> None:
    incident = bring_to(report(cast["clerk"]), status, by=cast["csirt"])
    _work(incident, cast, rows)
    log_in(client, cast["csirt"])
    with django_assert_num_queries(CASE[status]):
        _open(client, incident.get_absolute_url())


@ROWS
def test_own_report(client: Client, cast: dict[str, Person], rows: int, django_assert_num_queries: Any) -> None:
    incident = bring_to(report(cast["clerk"]), Status.HANDLING, by=cast["csirt"])
    _work(incident, cast, rows)
    log_in(client, cast["clerk"])
    with django_assert_num_queries(OWN_REPORT):
        _open(client, reverse("incidents:my_report", args=[incident.pk]))
