"""The ledger as a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from secdesk.core.access import holds
from secdesk.core.ledger.events import SENTENCES, Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.ledger.permissions import LedgerPerm
from secdesk.core.ledger.selectors import Line, disclose, reachable_targets
from secdesk.core.lists.filters import ChoiceFilter, DateRangeFilter, Filter
from secdesk.core.lists.listing import Column, Listing, View, register
from secdesk.core.people.models import Person
from secdesk.core.templatetags.desk import moment

# The first word of an event's name, as a heading in the filter.
AREAS = {
    "person": gettext_lazy("People"),
    "role": gettext_lazy("Roles"),
    "login": gettext_lazy("Log-in"),
    "incident": gettext_lazy("Incidents"),
    "ledger": gettext_lazy("Ledger"),
}
PEOPLE_AT_MOST = 50


class ActorFilter(Filter):
    """Who did it, by employee number, name, or `system:job`.

    Keeps to targets the reader reaches: else the count would tell what somebody did out of sight.
    """

    def form_fields(self) -> dict[str, forms.Field]:
        widget = forms.TextInput(attrs={"type": "search", "class": "input", "placeholder": _("number or name")})
        return {self.name: forms.CharField(label=self.label, required=False, max_length=80, widget=widget)}

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        if not (text := values[self.name]):
            return None
        people = Person.objects.filter(Q(number=text) | Q(name__icontains=text)).values_list("pk", flat=True)
        actors = [text, *(f"person:{pk}" for pk in people[:PEOPLE_AT_MOST])]
        return Q(actor__in=actors) & reachable_targets(person)

    def chips(self, values: Mapping[str, Any], form: forms.Form) -> Iterable[tuple[str, str]]:
        if values[self.name]:
            yield self.name, f"{self.label} 「{values[self.name]}」"


def _events() -> list[tuple[str, list[tuple[str, Any]]]]:
    """Events under the heading of their area."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for event in Event:
        area = event.value.split(".")[0]
        groups.setdefault(area if area in AREAS else "", []).append((event.value, SENTENCES[event]))
    return [(str(AREAS.get(area, _("Others"))), choices) for area, choices in sorted(groups.items(), reverse=True)]


def _branches(person: Person, permission: StrEnum) -> list[Q]:
    """Who may read the ledger reads that an entry is there; `disclose` says how much of it."""
    return [Q()] if holds(person, permission) else []


def _disclosed(rows: Sequence[LedgerEntry], person: Person) -> None:
    """Give each row its line as `person` may see it."""
    for row, line in zip(rows, disclose(rows, person), strict=True):
        row.line = line  # type: ignore[attr-defined]


def _line(row: Any) -> Line:
    line: Line = row.line
    return line


def _told(line: Line) -> str:
    parts = (f"{c.label}: {c.before} → {c.after}" if c.before else f"{c.label}: {c.after}" for c in line.changes)
    return _("details disposed of") if line.disposed else " / ".join(parts)


def _target_cell(row: Any) -> Any:
    line = _line(row)
    if not line.visible:
        return format_html('<span class="meta">{}</span>', line.target)
    shown = format_html('<span class="nowrap">{}</span>', line.target)
    return format_html('<a href="{}">{}</a>', line.url, shown) if line.url else shown


def _told_cell(row: Any) -> Any:
    line = _line(row)
    if line.disposed:
        return format_html('<span class="meta">{}</span>', _("details disposed of"))
    shown = [(c.label, f"{c.before} → {c.after}" if c.before else c.after) for c in line.changes]
    if line.address:
        shown.append((_("address"), line.address))
    return format_html_join("", '<span class="told"><b>{}</b> {}</span> ', shown)


LEDGER = register(
    Listing(
        name="ledger",
        title=gettext_lazy("Ledger"),
        rows=LedgerEntry.objects.all,
        permission=LedgerPerm.VIEW,
        branches=_branches,
        prepare=_disclosed,
        columns=(
            Column("at", gettext_lazy("Time"), lambda row: timezone.localtime(row.at).isoformat(timespec="seconds"),
                   lambda row: moment(row.at, "year"), sort="at", css="nowrap"),
            Column("event", gettext_lazy("What happened"), lambda row: _line(row).sentence, title=True),
            Column("actor", gettext_lazy("Who"), lambda row: _line(row).actor),
            Column("target", gettext_lazy("Concerning"), lambda row: _line(row).target, _target_cell),
            Column("told", gettext_lazy("Details"), lambda row: _told(_line(row)), _told_cell, css="cell-full"),
            Column("number", gettext_lazy("Entry"), lambda row: row.pk, css="number"),
        ),
        order="-at",
        filters=(
            ActorFilter("who", gettext_lazy("Who"), "actor"),
            ChoiceFilter("event", gettext_lazy("What happened"), "event", choices=_events),
            DateRangeFilter("at", gettext_lazy("Day"), "at"),
        ),
        views=(
            View(gettext_lazy("Failed log-ins"), "event=login.failed"),
            View(gettext_lazy("Roles assigned"), "event=role.assigned"),
        ),
        empty=gettext_lazy("Every act of a person and of the desk itself is written here, by itself."),
    )
)  # fmt: skip
