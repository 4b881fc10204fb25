"""What to do first when something has happened, by type: shown before log-in and on the report page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class FirstSteps:
    """Steps of one type: icon of the sprite and sentence."""

    code: str
    title: str | Promise
    steps: tuple[tuple[str, str | Promise], ...]


FIRST_STEPS = (
    FirstSteps(
        "infection",
        _("Infection or suspicious screen"),
        (
            ("unplug", _("Pull the LAN cable out. Switch wireless off.")),
            ("power-off", _("Leave the power on. Don't restart.")),
            ("eye", _("Leave the screen and the mail as they are.")),
        ),
    ),
    FirstSteps(
        "missent",
        _("Sent to the wrong address"),
        (
            ("mail", _("Don't send an apology to everybody yet.")),
            ("archive", _("Don't delete the mail you sent.")),
            ("notebook-pen", _("Note how many addresses and which attachments.")),
        ),
    ),
    FirstSteps(
        "lost",
        _("Lost or stolen"),
        (
            ("clock", _("Note where and when you last saw it.")),
            ("search", _("Go back the way you came, two of you, and search.")),
            ("file-text", _("Report the loss or theft to the police.")),
        ),
    ),
    FirstSteps(
        "mispublished",
        _("Published by mistake"),
        (
            ("eye", _("Save the screen, then stop the publication.")),
            ("search", _("Ask search sites to delete their cache.")),
            ("notebook-pen", _("Note since when it was public.")),
        ),
    ),
    FirstSteps(
        "mishanded",
        _("Handed to the wrong person"),
        (
            ("phone", _("Ask the one who received it to keep it untouched.")),
            ("users", _("Fetch it with two people.")),
            ("notebook-pen", _("Ask whether it was read and whether there is a copy.")),
        ),
    ),
)
