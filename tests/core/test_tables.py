"""Exports keep text as text and give back what went in (security.md D2)."""

import csv
import datetime as dt
import io
import zoneinfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secdesk.core.tables import BOM, csv_lines, plain_text, safe_text, xlsx_bytes

JAPAN = zoneinfo.ZoneInfo("Asia/Tokyo")
FORMULAS = ["=1+1", "+81", "-5 degrees", "@SUM(A1)", "＝1", "＋1", "－1", "＠A", "\tx", "\rx", "'=1+1", "''@x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_is_marked_as_text(text: str) -> None:
    assert safe_text(text) == "'" + text
    assert plain_text(safe_text(text)) == text


@pytest.mark.parametrize("text", ["", "受付", "a=1", "'quoted'", "R8-0041", " =1"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text == plain_text(text)


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert plain_text(safe_text(text)) == text
    assert not safe_text(text).startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"))


def test_csv_has_bom_and_comes_back() -> None:
    noon = dt.datetime(2026, 12, 4, 3, 0, tzinfo=dt.UTC)
    rows = [["番号", "件名"], [-5, '改行\nと"引用"'], [None, "=cmd|' /C calc'!A0"], [noon, dt.date(2026, 12, 4)]]
    text = "".join(csv_lines(rows))
    assert text.startswith(BOM)
    assert "\r\n" in text
    back = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))
    assert back[1] == ["-5", '改行\nと"引用"']
    assert back[2] == ["", "'=cmd|' /C calc'!A0"]
    assert back[3] == ["2026-12-04 12:00", "2026-12-04"]


def test_xlsx_holds_no_formula_and_no_link() -> None:
    noon = dt.datetime(2026, 12, 4, 3, 0, tzinfo=dt.UTC)
    rows = [[text, -5, noon, None] for text in [*FORMULAS, "https://example.jp/", "a\x07b"]]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes("一覧: [1]", ["件名", "数", "日時", "空"], rows))).active
    assert [cell.value for cell in sheet[1]] == ["件名", "数", "日時", "空"]
    back = list(sheet.iter_rows(min_row=2))
    assert {row[0].data_type for row in back} == {"s"}
    assert all(row[0].hyperlink is None for row in back)
    assert [row[0].value for row in back][:8] == FORMULAS[:8]
    assert back[0][1].value == -5
    assert back[0][2].value == dt.datetime(2026, 12, 4, 12, 0)
    assert back[-1][0].value == "ab"
