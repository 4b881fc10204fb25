"""The list of incidents: what it shows, filters, keeps and does to many at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import forms
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from incidents.forms import csirt_members
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.services.life import NotOfTheTeam, change_facts
from incidents.vocabulary import OPEN_STATUSES, Severity, Status
from secdesk.core.forms import DeskForm
from secdesk.core.lists.filters import ChoiceFilter, DateRangeFilter, DepartmentFilter, PersonFilter, TextFilter
from secdesk.core.lists.listing import BulkAction, Column, Listing, View, register
from secdesk.core.people.models import Person
from secdesk.core.states import Conflict
from secdesk.core.templatetags.desk import moment

_REFERENCE = re.compile(r"R\d+-\d+", re.IGNORECASE)
SEVERITIES = (
    ("4", gettext_lazy("IV crisis")),
    ("3+", gettext_lazy("III serious and above")),
    ("2+", gettext_lazy("II medium and above")),
    ("1", gettext_lazy("I minor")),
    ("none", gettext_lazy("not judged yet")),
)
AT_LEAST = {
    "3+": Q(severity__gte=Severity.SERIOUS),
    "2+": Q(severity__gte=Severity.MEDIUM),
    "none": Q(severity__isnull=True),
}


@dataclass(frozen=True)
class WordFilter(TextFilter):
    """Words of the title; a whole reference is looked up by its index."""

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        """A reference exactly, anything else anywhere in title or reference."""
        text = values[self.name].strip()
        return Q(reference=text.upper()) if _REFERENCE.fullmatch(text) else super().condition(values, person)


class OwnerForm(DeskForm):
    """Who takes the chosen incidents."""

    owner = forms.ModelChoiceField(
        label=gettext_lazy("In charge"), queryset=Person.objects.none(), empty_label=gettext_lazy("Choose a person")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = csirt_members()  # type: ignore[attr-defined]


def assign_owner(incident: Incident, *, by: Person, owner: Person) -> None:
    """One incident into somebody's hands."""
    change_facts(incident, by=by, values={"owner": owner})


# --- cells -----------------------------------------------------------------------------------------


def _title(row: Incident) -> SafeString:
    seal = format_html(' <span class="tag">{}</span>', _("Sealed")) if row.sealed else ""
    return format_html(
        '<a class="title-link" href="{}">{}</a>{}<br><span class="meta">{}</span>',
        row.get_absolute_url(), row.title, seal, row.kind or _("type not known yet"),
    )  # fmt: skip


@cache
def _severity_html(level: int | None, language: str) -> str:
    return render_to_string("components/severity.html", {"level": level})


@cache
def _state_html(status: str, language: str) -> str:
    return render_to_string("components/state.html", {"code": status, "label": Status(status).label})


def _severity(row: Incident) -> str:
    return _severity_html(row.severity, get_language() or "")


def _state(row: Incident) -> str:
    return _state_html(row.status, get_language() or "")


def _section(row: Incident) -> str:
    """Owning section; before triage the reporter's own, marked as such."""
    if row.owning_section:
        return row.owning_section.full_name
    return _("(%(section)s)") % {"section": row.department.full_name} if row.department else ""


def _owner(row: Incident) -> Any:
    return row.owner.name if row.owner else _("nobody yet")


INCIDENTS = register(
    Listing(
        name="incidents",
        title=gettext_lazy("Incidents"),
        rows=Incident.objects.all,
        permission=IncidentPerm.VIEW,
        order="-id",
        related=("kind", "owner", "owning_section__bureau", "department__bureau"),
        columns=(
            Column(
                "reference", gettext_lazy("Reference"), lambda row: row.reference, sort="id",
                css="nowrap fixed cell-mark",
            ),
            Column("title", gettext_lazy("Title and type"), lambda row: row.title, _title, title=True),
            Column("kind", gettext_lazy("Type"), lambda row: str(row.kind or ""), export_only=True),
            Column(
                "severity", gettext_lazy("Severity"), lambda row: row.get_severity_display() or "", _severity,
                css="cell-mark nowrap",
            ),
            Column(
                "status", pgettext_lazy("incident", "State"), lambda row: row.get_status_display(), _state,
                css="cell-mark nowrap",
            ),
            Column("section", gettext_lazy("Owning section"), _section, css="cell-name"),
            Column(
                "known_at", gettext_lazy("Known since"), lambda row: row.known_at, lambda row: moment(row.known_at),
                sort="known_at", css="nowrap",
            ),
            Column("owner", gettext_lazy("In charge"), _owner, css="nowrap"),
        ),
        filters=(
            WordFilter(
                "q", gettext_lazy("Words"), "", columns=("title", "reference"),
                placeholder=gettext_lazy("Title, reference"),
            ),
            ChoiceFilter(
                "state", pgettext_lazy("incident", "State"), "status",
                choices=(("open", gettext_lazy("Not closed")), *Status.choices),
                conditions={"open": Q(status__in=OPEN_STATUSES)},
            ),
            ChoiceFilter("severity", gettext_lazy("Severity"), "severity", choices=SEVERITIES, conditions=AT_LEAST),
            DepartmentFilter("section", gettext_lazy("Owning section"), "owning_section", bureau="bureau"),
            PersonFilter(
                "owner", gettext_lazy("In charge"), "owner", people=csirt_members, nobody=gettext_lazy("nobody yet")
            ),
            DateRangeFilter("known", gettext_lazy("Known since"), "known_at", with_end=False),
        ),
        views=(
            View(gettext_lazy("Not accepted"), "state=new"),
            View(gettext_lazy("Not closed"), "state=open"),
            View(gettext_lazy("Nobody in charge"), "owner=none&state=open"),
            View(gettext_lazy("Mine"), "owner=me&state=open"),
        ),
        bulk=(
            BulkAction(
                "owner", gettext_lazy("Put somebody in charge"), IncidentPerm.WORK, assign_owner, OwnerForm,
                refusals=(Conflict, NotOfTheTeam),
            ),
        ),
        row_text=lambda row: f"{row.reference} {row.title}",
        empty=gettext_lazy(
            "Here stand the incidents you may see: what was reported, who works on it, how far it is."
        ),
    )
)  # fmt: skip
