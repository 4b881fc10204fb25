"""Golden cases of the calendar: facts §5.3 and §9."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secdesk.core import calendar

D = dt.date


@pytest.mark.parametrize(
    ("known_on", "days", "last_day", "due_on"),
    [
        (D(2026, 12, 2), 30, D(2026, 12, 31), D(2027, 1, 4)),
        (D(2026, 12, 2), 60, D(2027, 1, 30), D(2027, 2, 1)),
        (D(2026, 4, 1), 30, D(2026, 4, 30), D(2026, 4, 30)),
        (D(2026, 4, 1), 60, D(2026, 5, 30), D(2026, 6, 1)),
        (D(2025, 10, 20), 30, D(2025, 11, 18), D(2025, 11, 18)),
    ],
)
def test_final_report(known_on: D, days: int, last_day: D, due_on: D) -> None:
    term = calendar.statutory_term(known_on, days)
    assert (term.last_day, term.due_on) == (last_day, due_on)
    assert term.rolled == (last_day != due_on)


def test_the_office_plans_back_over_the_new_year() -> None:
    term = calendar.statutory_term(D(2026, 12, 2), 30)
    assert term.practical_on == D(2026, 12, 28)
    assert term.decide_on == D(2026, 12, 25)
    assert term.consult_on == D(2026, 12, 24)
    assert term.draft_on == D(2026, 12, 22)


def test_first_report_window_is_not_rolled() -> None:
    assert calendar.first_report_window(D(2026, 12, 2)) == (D(2026, 12, 4), D(2026, 12, 6))


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (D(2026, 11, 23), "令和8年11月23日", "R8.11.23"),
        (D(2019, 5, 1), "令和元年5月1日", "R1.5.1"),
        (D(2019, 4, 30), "平成31年4月30日", "H31.4.30"),
        (D(1989, 1, 7), "昭和64年1月7日", "S64.1.7"),
    ],
)
def test_wareki(day: D, long: str, short: str) -> None:
    assert (calendar.wareki(day), calendar.wareki_short(day)) == (long, short)


def test_days_before_the_eras_are_refused() -> None:
    with pytest.raises(ValueError, match="1926-12-24"):
        calendar.wareki(D(1926, 12, 24))


def test_fiscal_years() -> None:
    assert calendar.fiscal_year(D(2027, 3, 31)) == 2026
    assert calendar.fiscal_year(D(2027, 4, 1)) == 2027
    assert calendar.fiscal_year_days(2026) == (D(2026, 4, 1), D(2027, 3, 31))
    assert calendar.fiscal_year_name(2026) == "令和8年度"
    assert calendar.fiscal_year_name(2019) == "令和元年度"


@pytest.mark.parametrize("day", [D(2026, 12, 29), D(2027, 1, 3), D(2026, 11, 23), D(2026, 9, 22), D(2026, 11, 28)])
def test_days_off(day: D) -> None:
    assert calendar.is_day_off(day)


@pytest.mark.parametrize("day", [D(2026, 12, 28), D(2027, 1, 4), D(2026, 11, 24)])
def test_open_days(day: D) -> None:
    assert not calendar.is_day_off(day)


def test_open_days_over_the_new_year() -> None:
    assert calendar.add_open_days(D(2026, 12, 28), 1) == D(2027, 1, 4)
    assert calendar.add_open_days(D(2027, 1, 4), -1) == D(2026, 12, 28)
    assert calendar.open_days_between(D(2026, 12, 25), D(2027, 1, 5)) == 3


@given(st.dates(D(2020, 1, 1), D(2035, 12, 31)), st.sampled_from([30, 60]))
def test_a_term_never_ends_on_a_day_off_and_its_plan_lies_in_order(known_on: D, days: int) -> None:
    term = calendar.statutory_term(known_on, days)
    assert not calendar.is_day_off(term.due_on)
    assert term.due_on >= term.last_day
    assert term.draft_on < term.consult_on < term.decide_on < term.practical_on <= term.last_day
