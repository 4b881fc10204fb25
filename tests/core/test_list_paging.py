"""Paging and counting over branches give what one OR would give, page by page, both ways."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.models import Incident
from secdesk.core.lists.paging import Cursor, Order, Selection
from secdesk.core.people.models import Person

BRANCHES = [
    [Q()],
    [Q(kana="a"), Q(kana="b")],
    [Q(kana="a"), Q(number__startswith="p0"), Q(pk__in=())],
    [Q(pk__in=())],
    [],
]  # fmt: skip
ORDERS = ["kana", "-kana", "number", "-starts_on", "-id"]


def make_people(kana: list[str]) -> None:
    """People with many equal values in the columns they are sorted by."""
    Person.objects.bulk_create(
        Person(number=f"p{n:03}", name=f"人 {n}", kana=letter, starts_on=dt.date(2020, 1, 1 + n % 3))
        for n, letter in enumerate(kana)
    )


class EveryPage(TestCase):
    """Hypothesis: any rows, any branches, any order."""

    @settings(max_examples=25, deadline=None)
    @given(
        kana=st.lists(st.sampled_from("abc"), max_size=12),
        branches=st.sampled_from(BRANCHES),
        order=st.sampled_from(ORDERS),
        size=st.integers(1, 5),
    )
    def test_forward_and_back(self, kana: list[str], branches: list[Q], order: str, size: int) -> None:
        make_people(kana)
        walk = Order.parse(order)
        selection = Selection(Person.objects.all(), branches)
        whole = Q(pk__in=())
        for branch in branches:
            whole |= branch or Q(pk__gt=0)
        expected = list(Person.objects.filter(whole).order_by(*walk.names))
        batches = list(selection.batches(walk, size))
        assert [row for batch in batches for row in batch] == expected
        assert selection.count().number == len(expected)
        assert selection.count().exact
        if len(expected) > size:
            last = Cursor.at(expected[-1], walk, 0)
            cursor = Cursor.decode(last.encode(), Person, walk)
            assert cursor is not None
            before = list(selection.first(walk.reversed(), size, cursor))
            assert before == expected[-2 : -2 - size : -1]


def test_count_stops_at_the_limit(db: None) -> None:
    make_people(["a", "b"] * 6)
    for branches in ([Q()], [Q(kana="a"), Q(kana="b")]):
        selection = Selection(Person.objects.all(), branches)
        assert (selection.count(11).number, selection.count(11).exact) == (11, False)
        assert (selection.count(12).number, selection.count(12).exact) == (12, True)


@pytest.mark.parametrize("text", ["", "x", "%%%", "WzEsMl0", "bnVsbA", "W251bGwsMSwwXQ", "あ", "W1siYSJdLCJiIiwwXQ"])
def test_a_foreign_cursor_is_no_cursor(text: str) -> None:
    assert Cursor.decode(text, Person, Order("kana")) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("kana", "\ud800"), ("kana", "a\0b"), ("known_at", "0001-01-01T00:00:00+00:00"), ("known_at", "9999-12-31"),
     ("severity", 10**30)],
)  # fmt: skip
def test_a_cursor_no_database_can_look_for_is_no_cursor(field: str, value: object) -> None:
    text = base64.urlsafe_b64encode(json.dumps([value, 1, 0]).encode()).decode().rstrip("=")
    assert Cursor.decode(text, Person if field == "kana" else Incident, Order(field)) is None
