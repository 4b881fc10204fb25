"""Reads the one line that CSIRT types at night: 「13:40 電話あり」, 「/判断 …」, 「12/3 23:50 …」."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.vocabulary import EntryKind
from secdesk.core.forms import parse_date

_COMMANDS = {
    "電話": EntryKind.PHONE,
    "phone": EntryKind.PHONE,
    "call": EntryKind.PHONE,
    "メール": EntryKind.MAIL,
    "mail": EntryKind.MAIL,
    "対処": EntryKind.ACTION,
    "action": EntryKind.ACTION,
    "判断": EntryKind.DECISION,
    "decision": EntryKind.DECISION,
    "報告": EntryKind.REPORT,
    "report": EntryKind.REPORT,
    "公表": EntryKind.PUBLICATION,
    "publication": EntryKind.PUBLICATION,
}
_COMMAND = re.compile(r"/(\S+)\s+")
_TIME = re.compile(
    r"(?:(?P<day>[0-9RHS令平昭昨][^\s:]{1,12}|yesterday)\s+)?"
    r"(?P<hour>[01]?\d|2[0-3])[:時](?P<minute>[0-5]\d)分?(?=\s|\D)[\s、,]*",
    re.IGNORECASE,
)
_YEARLESS = re.compile(r"\d{1,2}[月/.-]\d{1,2}日?")
_YESTERDAY = ("昨日", "yesterday")
_TELEPHONE = re.compile(r"電話|telephone|phone call", re.IGNORECASE)
_AHEAD = dt.timedelta(minutes=5)  # a clock on the wall may be a little fast


@dataclass(frozen=True)
class Line:
    """What was typed: kind, the moment it happened, and the rest."""

    kind: EntryKind
    happened_at: dt.datetime
    text: str


def read_line(typed: str, now: dt.datetime) -> Line:
    """Split off command and time, in either order; without a time it happened `now`.

    A time of day that lies ahead is yesterday's (at 0:10 one writes down what was at 23:50);
    a date that lies ahead is last year's. Unknown commands stay part of the text.
    """
    kind, at, rest = EntryKind.NOTE, now, typed.strip()
    for _turn in range(2):
        kind, rest = _command(kind, rest)
        at, rest = _moment(at, rest, now)
    if kind == EntryKind.NOTE and _TELEPHONE.match(rest):
        kind = EntryKind.PHONE
    return Line(kind, at, rest)


def _plain(text: str) -> str:
    """The beginning in plain letters and figures, of the same length as `text`."""
    return "".join(unicodedata.normalize("NFKC", letter)[:1] for letter in text[:30]) + text[30:]


def _command(kind: EntryKind, text: str) -> tuple[EntryKind, str]:
    found = _COMMAND.match(_plain(text))
    if found and found[1].lower() in _COMMANDS:
        return _COMMANDS[found[1].lower()], text[found.end() :].strip()
    return kind, text


def _moment(at: dt.datetime, text: str, now: dt.datetime) -> tuple[dt.datetime, str]:
    found = _TIME.match(_plain(text))
    if not found:
        return at, text
    local = timezone.localtime(now)
    moment = local.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0)
    day = (found["day"] or "").lower()
    if day and day not in _YESTERDAY:
        try:
            moment = dt.datetime.combine(parse_date(day), moment.timetz())
        except ValidationError:
            return at, text
        if _YEARLESS.fullmatch(day) and moment > now + _AHEAD:
            moment = moment.replace(year=moment.year - 1)
    elif day or moment > now + _AHEAD:
        moment -= dt.timedelta(days=1)
    return moment, text[found.end() :].strip()
