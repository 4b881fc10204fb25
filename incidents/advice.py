"""First steps beside the report form, by the tile that is chosen; the stylesheet shows the one that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from incidents.vocabulary import ReportedAs
from secdesk.core.first_steps import FIRST_STEPS

_BY_CODE = {entry.code: entry for entry in FIRST_STEPS}


@dataclass(frozen=True)
class Advice:
    """CSS class that the tile switches, heading of the type, steps with icon and sentence."""

    css: str
    title: Any
    steps: tuple[tuple[str, Any], ...]


def _advice(tile: ReportedAs, code: str) -> Advice:
    return Advice(f"for-{tile.value}", _BY_CODE[code].title, _BY_CODE[code].steps)


ADVICE = (
    _advice(ReportedAs.SENT, "missent"),
    _advice(ReportedAs.LOST, "lost"),
    _advice(ReportedAs.VIRUS, "infection"),
    _advice(ReportedAs.WEB, "mispublished"),
    _advice(ReportedAs.HANDED, "mishanded"),
    Advice(
        "for-none",
        "",
        (
            ("archive", _("Keep mails, screens and papers just as they are.")),
            ("notebook-pen", _("Note when, where and what happened.")),
            ("phone", _("If in doubt, telephone.")),
        ),
    ),
)
