"""Whose desk this is and whom to call, as every page shows it.

Read from the database once, when a process starts: it stands on every page, and changes only when
an administrator runs `setup_desk`, after which the desk is restarted.
"""

from __future__ import annotations

from dataclasses import dataclass

from secdesk.core.desk.models import Desk


@dataclass(frozen=True)
class Identity:
    """Name of the city, the office in charge, and telephones as (label, number, note), main one first."""

    organisation: str = ""
    contact: str = ""
    phones: tuple[tuple[str, str, str], ...] = ()


DEMO = Identity(
    "大分市",
    "情報政策課 セキュリティ担当",
    (
        ("庁内から", "内線 5566", "24時間"),
        ("外から", "097-000-5566", "24時間"),
        ("つながらない", "内線 5500", "守衛室"),
    ),
)

_current = Identity()


def current() -> Identity:
    """The identity this process started with."""
    return _current


def load(desk: Desk) -> None:
    """Take over what the database says."""
    global _current
    phones = tuple((label, number, note) for label, number, note in desk.phones)
    _current = Identity(desk.organisation, desk.contact, phones)
