"""Reads the one line that CSIRT types at night: 「13:40 電話あり」, 「/判断 …」, 「12/3 23:50 …」."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from django.utils import timezone

from incidents.vocabulary import EntryKind

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
    r"(?:(?P<day>昨日|yesterday|(?P<month>\d{1,2})[/月](?P<date>\d{1,2})日?)\s*)?"
    r"(?P<hour>[01]?\d|2[0-3])[:時](?P<minute>[0-5]\d)分?(?=\s|\D)[\s、,]*",
    re.IGNORECASE,
)
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
    if found["month"]:
        try:
            moment = moment.replace(month=int(found["month"]), day=int(found["date"]))
        except ValueError:
            return at, text
        if moment > now + _AHEAD:
            moment = moment.replace(year=moment.year - 1)
    elif found["day"] or moment > now + _AHEAD:
        moment -= dt.timedelta(days=1)
    return moment, text[found.end() :].strip()
