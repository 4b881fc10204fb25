"""Fiscal years, 和暦, days off, statutory terms, open days back and forth.

Sources: 個人情報保護法施行規則43条・44条 (terms), 地方自治法4条の2 and city ordinances (days off,
12/29-1/3), 国民の祝日に関する法律 (through `jpholiday`), 地方自治法208条 (fiscal year April to March).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import jpholiday

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Era:
    """A Japanese era: its name, the letter of its short form, its first day."""

    name: str
    letter: str
    first_day: dt.date
    english: str


ERAS = (
    Era("令和", "R", dt.date(2019, 5, 1), "Reiwa"),
    Era("平成", "H", dt.date(1989, 1, 8), "Heisei"),
    Era("昭和", "S", dt.date(1926, 12, 25), "Showa"),
)


def era_of(day: dt.date) -> tuple[Era, int]:
    """The era of `day` and the year in it; ValueError before 1926-12-25."""
    for era in ERAS:
        if day >= era.first_day:
            return era, day.year - era.first_day.year + 1
    raise ValueError(f"{day} lies before the eras known here")


def wareki(day: dt.date) -> str:
    """`day` in the long form of offices: 令和8年12月4日, 令和元年5月1日."""
    era, year = era_of(day)
    return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def wareki_short(day: dt.date) -> str:
    """`day` in the short form of offices: R8.12.4."""
    era, year = era_of(day)
    return f"{era.letter}{year}.{day.month}.{day.day}"


def fiscal_year(day: dt.date) -> int:
    """The calendar year in which the fiscal year of `day` began (April 1)."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_days(year: int) -> tuple[dt.date, dt.date]:
    """First and last day of the fiscal year that began in `year`."""
    return dt.date(year, 4, 1), dt.date(year + 1, 3, 31)


def fiscal_year_name(year: int) -> str:
    """令和8年度 for 2026; 2019 counts as 令和元年度, as the government named it."""
    era, number = era_of(dt.date(year, 5, 1))
    return f"{era.name}{'元' if number == 1 else number}年度"


def is_day_off(day: dt.date) -> bool:
    """Saturday, Sunday, national holiday, or December 29 to January 3."""
    new_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() >= 5 or new_year or bool(jpholiday.is_holiday(day))


def next_open_day(day: dt.date) -> dt.date:
    """`day`, or the first open day after it."""
    while is_day_off(day):
        day += ONE_DAY
    return day


def previous_open_day(day: dt.date) -> dt.date:
    """`day`, or the last open day before it."""
    while is_day_off(day):
        day -= ONE_DAY
    return day


def add_open_days(day: dt.date, count: int) -> dt.date:
    """The open day `count` open days after `day` (before it, when negative); zero gives `day` itself."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day += step
        while is_day_off(day):
            day += step
    return day


def open_days_between(start: dt.date, end: dt.date) -> int:
    """Open days after `start` up to and with `end`; zero when `end` is not later."""
    days = (start + dt.timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(not is_day_off(day) for day in days)


@dataclass(frozen=True)
class Reckoning:
    """A statutory term counted from the day on which the first member of staff knew (day 1).

    `due_on` is the legal limit. The office needs open days for its decision: `practical_on` is the
    last open day up to the unrolled last day, and before it lie decision, consultation and draft.
    """

    known_on: dt.date
    days: int
    last_day: dt.date
    due_on: dt.date
    practical_on: dt.date
    decide_on: dt.date
    consult_on: dt.date
    draft_on: dt.date

    @property
    def rolled(self) -> bool:
        """Whether the last day fell on a day off."""
        return self.due_on != self.last_day


def statutory_term(known_on: dt.date, days: int, *, decide: int = 1, consult: int = 1, draft: int = 2) -> Reckoning:
    """Reckon 30 or 60 calendar days, days off counted; a last day off rolls to the next open day.

    `decide`, `consult`, `draft` are the open days these steps take, counted back from the practical limit.
    """
    last_day = known_on + dt.timedelta(days=days - 1)
    practical_on = previous_open_day(last_day)
    decide_on = add_open_days(practical_on, -decide)
    consult_on = add_open_days(decide_on, -consult)
    return Reckoning(
        known_on=known_on,
        days=days,
        last_day=last_day,
        due_on=next_open_day(last_day),
        practical_on=practical_on,
        decide_on=decide_on,
        consult_on=consult_on,
        draft_on=add_open_days(consult_on, -draft),
    )


def first_report_window(known_on: dt.date) -> tuple[dt.date, dt.date]:
    """Days 3 and 5 of the 速報: a guideline figure (目安), so it never rolls and is never a 期限."""
    return known_on + 2 * ONE_DAY, known_on + 4 * ONE_DAY
