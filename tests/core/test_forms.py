"""What people type is understood, and what cannot be is answered with what to do."""

import datetime as dt

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from secdesk.core.display import calendar_shown
from secdesk.core.forms import (
    CountField,
    DeskForm,
    JapaneseDateField,
    JapaneseDateTimeField,
    JapaneseTimeField,
    ProseField,
    TileBoxes,
)

NOW = dt.datetime(2026, 12, 10, 3, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-04", "2026/12/4", "2026.12.4", "2026年12月4日", "20261204", "R8.12.4", "r8/12/4", "令和8年12月4日",
        "令和８年１２月４日", "２０２６－１２－０４", "12/4", "12月4日", "12月4日(金)", " 令和 8年 12月 4日(金) ",
        "㋿8年12月4日",
    ],
)  # fmt: skip
@time_machine.travel(NOW)
def test_dates_are_read(text: str) -> None:
    assert JapaneseDateField().clean(text) == dt.date(2026, 12, 4)


@pytest.mark.parametrize(
    ("text", "day"),
    [("令和元年5月1日", dt.date(2019, 5, 1)), ("H31.4.30", dt.date(2019, 4, 30)), ("S64.1.7", dt.date(1989, 1, 7))],
)
def test_eras_are_read(text: str, day: dt.date) -> None:
    assert JapaneseDateField().clean(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [("2026-02-30", "absent"), ("R8.13.1", "absent"), ("H31.5.1", "absent"), ("令和元年4月1日", "absent"),
     ("昭和元年1月1日", "absent"), ("きのう", "unread"), ("12", "unread"), ("2026-12", "unread"), ("", "required")],
)  # fmt: skip
def test_wrong_dates_are_told_apart(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        JapaneseDateField().clean(text)
    assert caught.value.code == code


@time_machine.travel(NOW)
def test_a_day_after_today_can_be_refused() -> None:
    assert JapaneseDateField(future=False).clean("12/10") == dt.date(2026, 12, 10)
    with pytest.raises(ValidationError) as caught:
        JapaneseDateField(future=False).clean("12/11")
    assert caught.value.code == "future"


@pytest.mark.parametrize(
    "text", ["13:40", "1340", "13時40分", "午後1時40分", "１３：４０", "1:40PM", "PM 1:40", "13:40:00"]
)
def test_times_are_read(text: str) -> None:
    assert JapaneseTimeField().clean(text) == dt.time(13, 40)


@pytest.mark.parametrize(
    ("text", "time"),
    [("9時", dt.time(9)), ("午前0時5分", dt.time(0, 5)), ("午後12時30分", dt.time(12, 30)), ("905", dt.time(9, 5))],
)
def test_odd_times(text: str, time: dt.time) -> None:
    assert JapaneseTimeField().clean(text) == time


@pytest.mark.parametrize("text", ["25:00", "1370", "午後13時", "昼"])
def test_wrong_times(text: str) -> None:
    with pytest.raises(ValidationError):
        JapaneseTimeField().clean(text)


@time_machine.travel(NOW)
def test_a_moment_is_in_japan() -> None:
    moment = JapaneseDateTimeField(future=False).clean(["R8.12.10", "1130"])
    assert moment == dt.datetime(2026, 12, 10, 2, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (["12/9", ""], "incomplete"),
        (["", "9:00"], "incomplete"),
        (["", ""], "required"),
        (["12/10", "12:01"], "future"),
    ],
)
@time_machine.travel(NOW)
def test_wrong_moments(value: list[str], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        JapaneseDateTimeField(future=False).clean(value)
    assert caught.value.code == code


def test_counts() -> None:
    assert CountField().clean("３２０人") == 320
    assert CountField().clean("1,200") == 1200
    assert CountField(required=False).clean("") is None
    with pytest.raises(ValidationError, match="数字"):
        CountField().clean("四十人くらい")


def test_prose_is_kept_as_typed() -> None:
    assert ProseField().clean("①㈱ 全角ＡＢ\r\n二行目\x00") == "①㈱ 全角ＡＢ\n二行目"


class Sample(DeskForm):
    day = JapaneseDateField(label="Day")
    kinds = forms.MultipleChoiceField(label="Kinds", choices=[("a", "A"), ("b", "B")], widget=TileBoxes)
    at = JapaneseDateTimeField(label="At", required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)


def test_widgets_carry_the_desks_classes_and_what_assistive_technology_needs() -> None:
    html = str(Sample(data={"day": "x"})["day"])
    assert 'class="input w-m"' in html
    assert 'aria-required="true"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_day_helptext id_day_error"' in html
    assert " required" not in html
    assert 'class="textarea"' in str(Sample()["note"])


def test_a_field_shows_its_value_in_the_persons_calendar() -> None:
    moment = timezone.make_aware(dt.datetime(2026, 12, 4, 9, 5))
    form = Sample(initial={"day": dt.date(2026, 12, 4), "at": moment})
    assert 'value="2026-12-04"' in str(form["day"])
    with calendar_shown(japanese=True):
        assert 'value="R8.12.4"' in str(form["day"])
        assert 'value="R8.12.4"' in str(form["at"])
        assert 'value="09:05"' in str(form["at"])


def test_errors_are_japanese() -> None:
    with translation.override("ja"):
        assert JapaneseDateField.default_error_messages["required"] != "Please write the date."
