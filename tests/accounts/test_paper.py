"""Code sheets and recovery codes."""

from __future__ import annotations

import math

import pytest
from django.core.exceptions import PermissionDenied

from secdesk.accounts import paper_codes
from secdesk.accounts.models import RecoveryCode, SheetCode
from secdesk.accounts.services import recovery, sheets
from secdesk.core.people.models import Person


def test_codes_are_long_enough() -> None:
    bits = math.log2(len(set(paper_codes.ALPHABET)))
    assert bits * paper_codes.SHEET_LETTERS >= 50
    assert bits * paper_codes.RECOVERY_LETTERS >= 128
    assert recovery.CODES >= 10
    assert not set("01OI") & set(paper_codes.ALPHABET)


def test_a_sheet_is_used_number_by_number(cast: dict[str, Person]) -> None:
    clerk = cast["clerk"]
    _, codes = sheets.issue_sheet(clerk, by=clerk)
    assert len(codes) == 40
    assert len(codes[0]) == len("XXXX-XXXX-XXX")
    assert sheets.use_sheet(clerk, codes[1]) is None  # not the number that was asked for
    assert sheets.use_sheet(clerk, codes[0].lower().replace("-", " ")) is not None
    assert sheets.use_sheet(clerk, codes[0]) is None
    assert sheets.next_code(clerk).number == 2
    assert sheets.use_sheet(clerk, "".join(chr(ord(ch) + 0xFEE0) for ch in codes[1])) is not None  # full width
    assert sheets.codes_left(clerk) == 38


def test_a_new_sheet_kills_the_old_one(cast: dict[str, Person]) -> None:
    clerk = cast["clerk"]
    _, old = sheets.issue_sheet(clerk, by=clerk)
    _, new = sheets.issue_sheet(clerk, by=clerk)
    assert sheets.use_sheet(clerk, old[0]) is None
    assert sheets.use_sheet(clerk, new[0]) is not None


def test_an_empty_sheet_opens_nothing(cast: dict[str, Person]) -> None:
    clerk = cast["clerk"]
    sheets.issue_sheet(clerk, by=clerk)
    SheetCode.objects.update(used_at="2026-01-01T00:00Z")
    assert sheets.next_code(clerk) is None
    assert sheets.use_sheet(clerk, "") is None


@pytest.mark.parametrize("name", ["csirt", "office", "auditor", "admin", "ciso", "bureau_head", "privacy"])
def test_paper_sheets_only_beside_staff_roles(cast: dict[str, Person], name: str) -> None:
    with pytest.raises(PermissionDenied):
        sheets.issue_sheet(cast[name], by=cast[name])


@pytest.mark.parametrize("name", ["clerk", "helper", "head"])
def test_staff_may_use_paper(cast: dict[str, Person], name: str) -> None:
    sheets.issue_sheet(cast[name], by=cast[name])


def test_recovery_codes_work_once_each(cast: dict[str, Person]) -> None:
    clerk = cast["clerk"]
    codes = recovery.issue_recovery_codes(clerk, by=clerk)
    stored = set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert not {paper_codes.clean(code) for code in codes} & stored
    assert recovery.use_recovery_code(cast["colleague"], codes[0]) is None  # somebody else's
    assert recovery.use_recovery_code(clerk, codes[0]) is not None
    assert recovery.use_recovery_code(clerk, codes[0]) is None
    assert recovery.recovery_codes_left(clerk) == 9
    recovery.issue_recovery_codes(clerk, by=clerk)
    assert recovery.use_recovery_code(clerk, codes[1]) is None


@pytest.mark.parametrize("name", ["csirt", "admin"])
def test_no_recovery_codes_for_strong_roles(cast: dict[str, Person], name: str) -> None:
    with pytest.raises(PermissionDenied):
        recovery.issue_recovery_codes(cast[name], by=cast[name])


def test_recovery_code_is_found_by_one_look_up(cast: dict[str, Person], django_assert_num_queries: object) -> None:
    recovery.issue_recovery_codes(cast["clerk"], by=cast["clerk"])
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert recovery.use_recovery_code(cast["clerk"], "WRONG") is None
