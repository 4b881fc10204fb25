"""Two texts of one form side by side, each field named as on the form, what differs marked."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

MOST_COMPARED = 20_000  # letters; longer texts are shown without marks


@dataclass(frozen=True)
class Side:
    """One of the two: what is shown, and what the form would post for it."""

    html: SafeString
    value: str


@dataclass(frozen=True)
class Row:
    """A field in which the two differ. `boxes` are (value, word, mine, theirs) where several may be chosen."""

    name: str
    label: str
    mine: Side
    theirs: Side
    boxes: tuple[tuple[str, str, bool, bool], ...] = ()


def differing(form: forms.BaseForm, theirs: Mapping[str, Any]) -> list[Row]:
    """Fields of the bound `form` that differ from `theirs`: raw values by field name, as widgets read or draw them."""
    rows = []
    for bound in form:
        if bound.name not in theirs or isinstance(bound.field.widget, forms.FileInput):
            continue
        mine_raw, their_raw = bound.data, theirs[bound.name]
        mine, other = shown(bound.field, mine_raw), shown(bound.field, their_raw)
        if mine.strip() != other.strip():
            rows.append(_row(bound, mine_raw, their_raw, mine, other))
    return rows


def raw_of(form: forms.BaseForm, data: QueryDict) -> dict[str, Any]:
    """Raw values of another sending of the same form."""
    return {bound.name: bound.field.widget.value_from_datadict(data, {}, bound.html_name) for bound in form}


def raw_of_record(form: forms.BaseForm, values: Mapping[str, Any]) -> dict[str, Any]:
    """Raw values of the record as it stands, from Python values by field name."""
    raw = {}
    for name, value in values.items():
        field = form.fields[name]
        widget = field.widget
        raw[name] = widget.decompress(value) if isinstance(widget, forms.MultiWidget) else field.prepare_value(value)
    return raw


def shown(field: forms.Field, raw: Any) -> str:
    """A raw value in words: labels instead of codes."""
    if isinstance(field.widget, forms.CheckboxInput):
        return _("yes") if raw in (True, "on", "true", "True") else _("no")
    words = {str(value): str(word) for value, word in _options(field)}
    values = raw if isinstance(raw, (list, tuple)) else [raw]
    glue = " " if isinstance(field.widget, forms.MultiWidget) else _(", ")
    texts = [words.get(_text(value), _text(value)) for value in values if _text(value)]
    return glue.join(texts).replace("\r\n", "\n")


def marked(text: str, other: str) -> SafeString:
    """`text` as HTML, with what `other` has not in <ins>."""
    if not text or not other or len(text) + len(other) > MOST_COMPARED:
        return _lines(escape(text))
    matcher = difflib.SequenceMatcher(None, other, text, autojunk=False)
    parts = []
    for tag, _from, _to, start, end in matcher.get_opcodes():
        piece = escape(text[start:end])
        parts.append(f"<ins>{piece}</ins>" if tag in ("insert", "replace") and piece else piece)
    return _lines("".join(parts))


def _row(bound: BoundField, mine_raw: Any, their_raw: Any, mine: str, theirs: str) -> Row:
    boxes: tuple[tuple[str, str, bool, bool], ...] = ()
    if isinstance(bound.field.widget, (forms.CheckboxSelectMultiple, forms.SelectMultiple)):
        ours, others = {_text(v) for v in mine_raw or ()}, {_text(v) for v in their_raw or ()}
        boxes = tuple(
            (str(value), str(word), str(value) in ours, str(value) in others)
            for value, word in _options(bound.field)
            if str(value) in ours | others
        )
    return Row(
        bound.html_name,
        str(bound.label),
        Side(marked(mine, theirs), _posted(bound.field, mine_raw)),
        Side(marked(theirs, mine), _posted(bound.field, their_raw)),
        boxes,
    )


def _posted(field: forms.Field, raw: Any) -> str:
    if isinstance(field.widget, forms.CheckboxInput):
        return "true" if raw in (True, "on", "true", "True") else "false"
    if isinstance(raw, (list, tuple)):
        return " ".join(_text(part) for part in raw)
    return _text(raw)


def _options(field: forms.Field) -> list[tuple[Any, Any]]:
    flat: list[tuple[Any, Any]] = []
    for value, word in getattr(field, "choices", ()):
        flat += word if isinstance(word, (list, tuple)) else [(value, word)]
    return flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(getattr(value, "value", value))


def _lines(html: str) -> SafeString:
    return mark_safe(html.replace("\n", "<br>"))  # noqa: S308  every piece was escaped above
