"""What the one line understands."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.logline import read_line
from incidents.vocabulary import EntryKind

JST = dt.timezone(dt.timedelta(hours=9))
NOW = dt.datetime(2026, 12, 4, 14, 5, tzinfo=JST)
MIDNIGHT = dt.datetime(2026, 12, 4, 0, 10, tzinfo=JST)


@pytest.mark.parametrize(
    ("typed", "kind", "at", "text"),
    [
        ("端末を隔離した", "note", "12-04 14:05", "端末を隔離した"),
        ("13:40 電話あり", "phone", "12-04 13:40", "電話あり"),
        ("13:40 業者が到着", "note", "12-04 13:40", "業者が到着"),
        ("１３：４０　業者が到着", "note", "12-04 13:40", "業者が到着"),
        ("13時40分 業者が到着", "note", "12-04 13:40", "業者が到着"),
        ("9:05、端末の電源を確認", "note", "12-04 09:05", "端末の電源を確認"),
        ("/判断 公表する", "decision", "12-04 14:05", "公表する"),
        ("／判断 公表する", "decision", "12-04 14:05", "公表する"),
        ("/電話 13:40 県へ連絡", "phone", "12-04 13:40", "県へ連絡"),
        ("13:40 /電話 県へ連絡", "phone", "12-04 13:40", "県へ連絡"),
        ("/phone the SOC called", "phone", "12-04 14:05", "the SOC called"),
        ("/unknown word", "note", "12-04 14:05", "/unknown word"),
        ("電話 3件", "phone", "12-04 14:05", "電話 3件"),
        ("23:50 気づいた", "note", "12-03 23:50", "気づいた"),
        ("昨日 22:00 最後に見た", "note", "12-03 22:00", "最後に見た"),
        ("12/3 23:50 最後に見た", "note", "12-03 23:50", "最後に見た"),
        ("12月3日 23:50 最後に見た", "note", "12-03 23:50", "最後に見た"),
        ("2026-12-03 23:50 最後に見た", "note", "12-03 23:50", "最後に見た"),
        ("R8.12.3 23:50 最後に見た", "note", "12-03 23:50", "最後に見た"),
        ("192.168.0.1 に通信", "note", "12-04 14:05", "192.168.0.1 に通信"),
        ("3:2 で勝った", "note", "12-04 14:05", "3:2 で勝った"),
        ("2/30 10:00 ない日", "note", "12-04 14:05", "2/30 10:00 ない日"),
        ("291件を確認 13:40まで", "note", "12-04 14:05", "291件を確認 13:40まで"),
    ],
)
def test_reads(typed: str, kind: str, at: str, text: str) -> None:
    line = read_line(typed, NOW)
    assert (line.kind, f"{line.happened_at:%m-%d %H:%M}", line.text) == (EntryKind(kind), at, text)
    assert line.happened_at.year == 2026


def test_after_midnight_a_time_that_lies_ahead_is_yesterdays() -> None:
    assert read_line("23:50 電話", MIDNIGHT).happened_at == dt.datetime(2026, 12, 3, 23, 50, tzinfo=JST)
    assert read_line("0:12 電話", MIDNIGHT).happened_at == dt.datetime(2026, 12, 4, 0, 12, tzinfo=JST)


def test_a_day_without_year_that_lies_ahead_is_last_years() -> None:
    assert read_line("12/31 10:00 確認", NOW).happened_at == dt.datetime(2025, 12, 31, 10, 0, tzinfo=JST)
    assert read_line("R7.2.7 9:00 公開", NOW).happened_at == dt.datetime(2025, 2, 7, 9, 0, tzinfo=JST)
