"""The list component, proved on the roster."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.lists.listing import registered
from secdesk.core.lists.models import SavedView
from secdesk.core.people.models import Person
from tests.cast import City, make_person
from tests.login import log_in

URL = "/people/"


@pytest.fixture
def office(client: Client, cast: dict[str, Person]) -> Client:
    """A client logged in as the office."""
    log_in(client, cast["office"])
    return client


def more_people(number: int) -> None:
    """People enough for several pages."""
    Person.objects.bulk_create(
        Person(number=f"x{n:03}", name=f"山田 {n}", kana=f"ヤマダ {n:03}") for n in range(number)
    )


def names(html: str) -> list[str]:
    """Names in the order of the page."""
    return re.findall(r'<th scope="row" class="cell-title\s*">([^<]*)</th>', html)


def link(html: str, rel: str) -> str:
    """Address of the pager's link."""
    found = re.search(rf'rel="{rel}" href="([^"]*)"', html)
    return found[1].replace("&amp;", "&") if found else ""


def test_pages_forward_and_back(office: Client) -> None:
    more_people(120)
    everybody = [person.name for person in Person.objects.order_by("kana", "pk")]
    seen, query, pages = [], "", []
    while True:
        html = office.get(URL + query).content.decode()
        pages.append(names(html))
        seen += pages[-1]
        if not link(html, "next"):
            break
        query = link(html, "next")
    assert seen == everybody
    assert [len(page) for page in pages[:-1]] == [50] * (len(pages) - 1)
    assert f"<b>{len(everybody)}" in html
    for page in reversed(pages[:-1]):
        html = office.get(URL + link(html, "prev")).content.decode()
        assert names(html) == page
    assert not link(html, "prev")


def test_filter_chip_and_sort(office: Client, cast: dict[str, Person], city: City) -> None:
    html = office.get(URL, {"role": "CSIRT", "sort": "-number"}).content.decode()
    assert names(html) == ["河野 沙織", "甲斐 悠斗"]
    assert 'class="chip"' in html
    assert 'aria-sort="descending"' in html
    assert set(names(office.get(URL, {"department": f"b{city.citizens.pk}", "q": "佐藤"}).content.decode())) == {
        "佐藤 美咲"
    }
    assert "退職 済" in names(office.get(URL, {"service": "left"}).content.decode())


def test_a_condition_that_is_not_understood_shows_nothing(office: Client) -> None:
    response = office.get(URL, {"role": "KING"})
    assert not names(response.content.decode())
    assert 'role="alert"' in response.content.decode()
    assert office.get(URL, {"role": "KING", "format": "csv"}).status_code == 400


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_queries_stay_constant(
    office: Client, cast: dict[str, Person], city: City, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        make_person(f"y{n}", f"一覧 {n}", city.tax)
    office.get(URL)
    with django_assert_num_queries(9):
        html = office.get(URL, {"q": "一覧"}).content.decode()
    assert len(names(html)) == rows


def test_exports_are_what_is_shown(office: Client) -> None:
    more_people(620)
    Person.objects.filter(number="x001").update(name="=HYPERLINK(1)")
    shown = office.get(URL, {"q": "ヤマダ", "sort": "-number"}).content.decode()
    response = office.get(URL, {"q": "ヤマダ", "sort": "-number", "format": "csv"})
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[call-overload]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 621
    assert [row[1] for row in rows[1:51]] == names(shown)
    assert rows[-2][1] == "'=HYPERLINK(1)"
    response = office.get(URL, {"q": "ヤマダ", "sort": "-number", "format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert [cell.value for cell in sheet["B"][1:51]] == names(shown)
    assert sheet["B"][-2].value == "=HYPERLINK(1)"
    assert sheet["B"][-2].data_type == "s"
    entry = LedgerEntry.objects.filter(event="list.exported").latest("pk")
    assert '"filters":["q","sort"]' in entry.details.content
    assert "ヤマダ" not in entry.details.content


def test_a_view_is_kept_found_and_removed(office: Client, cast: dict[str, Person]) -> None:
    back = f"{URL}?role=CSIRT"
    data = {"list": "people", "name": "私のCSIRT", "query": "role=CSIRT&evil=1&after=x", "back": back}
    assert office.post(reverse("core:view_save"), data)["Location"] == back
    view = SavedView.objects.get()
    assert parse_qs(view.query) == {"role": ["CSIRT"]}
    html = office.get(back).content.decode()
    assert re.search(r'aria-current="page">\s*私のCSIRT', html)
    office.post(reverse("core:view_save"), data)
    assert SavedView.objects.count() == 1
    other = Client()
    log_in(other, cast["admin"])
    assert "私のCSIRT" not in other.get(URL).content.decode()
    assert other.post(reverse("core:view_forget", args=[view.pk])).status_code == 404
    office.post(reverse("core:view_forget", args=[view.pk]), {"back": "https://evil.example/"})
    assert not SavedView.objects.exists()
    assert set(LedgerEntry.objects.values_list("event", flat=True)) >= {"list.view_saved", "list.view_removed"}


def test_saving_never_leads_elsewhere(office: Client) -> None:
    data = {"list": "people", "name": "x", "query": "", "back": "foo"}
    assert office.post(reverse("core:view_save"), data)["Location"] == "/"
    data = {"list": "people", "name": "y", "query": "", "back": "//evil.example/"}
    response = office.post(reverse("core:view_save"), data)
    assert urlsplit(response["Location"]).netloc == ""
    assert office.post(reverse("core:view_save"), {**data, "list": "nothing"}).status_code == 404


def test_every_list_sorts_along_an_index() -> None:
    assert registered()
    for listing in registered().values():
        model = listing.model
        for name in listing.sorts:
            field = model._meta.get_field(name)
            assert not field.null, (listing.name, name)
            indexed = {tuple(field.removeprefix("-") for field in index.fields) for index in model._meta.indexes}
            assert field.unique or any(fields == (name, "id") for fields in indexed), (listing.name, name)
