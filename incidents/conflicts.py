"""Two people edited one record: the second gets both texts side by side, nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from incidents.forms import TriageForm
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.selectors import history_of


@dataclass(frozen=True)
class Difference:
    """A field in which the two texts differ."""

    field: BoundField
    mine: str
    theirs: str


def conflict_page(request: HttpRequest, incident: Incident, form: TriageForm | None = None) -> HttpResponse:
    """409 with what stands now and what was typed; sending again writes over it, knowingly."""
    now = Incident.objects.get_for(request.user, IncidentPerm.WORK, pk=incident.pk)
    context: dict[str, Any] = {"incident": now, "history": history_of(now, 3)}
    if form is not None:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = str(now.version)  # type: ignore[index]
        context |= {"form": form, "differences": list(_differences(form, now)), "target": request.path}
    return render(request, "incidents/conflict.html", context, status=409)


def _differences(form: TriageForm, now: Incident) -> list[Difference]:
    facts = form.facts()
    return [
        Difference(form[name], shown(mine, name), shown(getattr(now, name), name))
        for name, mine in facts.items()
        if mine != getattr(now, name)
    ]


def shown(value: Any, name: str) -> str:
    """A value as its field's words."""
    field = Incident._meta.get_field(name)
    choices = dict(getattr(field, "flatchoices", ()))
    if value in choices:
        return str(choices[value])
    if hasattr(value, "isoformat"):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(value) if value not in (None, "") else ""
