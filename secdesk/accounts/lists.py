"""The stock of hardware tokens as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from secdesk.accounts.models import HardwareToken
from secdesk.accounts.permissions import AccountsPerm
from secdesk.core.lists.filters import ChoiceFilter, TextFilter
from secdesk.core.lists.listing import Column, Listing, View, register
from secdesk.core.people.models import Person

STATES = {
    "free": (_("Free"), Q(person__isnull=True, retired_at__isnull=True)),
    "handed": (_("Handed out"), Q(person__isnull=False, activated_at__isnull=True, retired_at__isnull=True)),
    "used": (_("In use"), Q(activated_at__isnull=False, retired_at__isnull=True)),
    "retired": (_("Retired"), Q(retired_at__isnull=False)),
}


@dataclass(frozen=True)
class StateFilter(ChoiceFilter):
    """Where the device is."""

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        state = values[self.name]
        return STATES[state][1] if state else None


def state_of(token: HardwareToken) -> Any:
    """The word for where the device is."""
    if token.retired_at:
        return STATES["retired"][0]
    if token.person_id is None:
        return STATES["free"][0]
    return STATES["used" if token.activated_at else "handed"][0]


def _rows() -> QuerySet[HardwareToken]:
    return HardwareToken.objects.select_related("person")


def _link(token: HardwareToken) -> Any:
    return format_html('<a href="{}">{}</a>', reverse("accounts:token", args=[token.pk]), token.serial)


def _kind(token: HardwareToken) -> str:
    digits = ngettext("%(n)d digit", "%(n)d digits", token.digits) % {"n": token.digits}
    if token.kind == HardwareToken.Kind.HOTP:
        return f"{token.get_kind_display()} {digits}"
    seconds = ngettext("%(n)d second", "%(n)d seconds", token.period) % {"n": token.period}
    return f"{token.get_kind_display()} {digits} {seconds}"


TOKENS = register(
    Listing(
        name="tokens",
        title=_("Hardware tokens"),
        rows=_rows,
        permission=AccountsPerm.MANAGE_TOKENS,
        order="serial",
        columns=(
            Column("serial", _("Serial number"), lambda row: row.serial, _link, "serial", "nowrap fixed", title=True),
            Column("kind", _("Kind"), _kind),
            Column("state", _("State"), state_of, css="nowrap"),
            Column("owner", _("Owner"), lambda row: row.person.name if row.person else ""),
            Column("number", _("Employee number"), lambda row: row.person.number if row.person else "", css="fixed"),
        ),
        filters=(
            TextFilter("q", _("Words"), "", columns=("serial", "person__name", "person__number")),
            StateFilter("state", _("State"), "", choices=[(key, label) for key, (label, _rows_) in STATES.items()]),
        ),
        views=(View(_("Free"), "state=free"), View(_("In use"), "state=used")),
        empty=_("No tokens yet. Register the maker's seed file to begin."),
    )
)
