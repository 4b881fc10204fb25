"""Two people on one record: the second gets both texts side by side, nothing is lost."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from incidents.forms import TriageForm
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.selectors import history_of
from secdesk.core.submissions import web


def facts_conflict(request: HttpRequest, incident: Incident, form: TriageForm) -> HttpResponse:
    """409: what was typed beside what stands now, to choose from field by field."""
    now = present(request, incident)
    last = history_of(now, 1)
    return web.conflict_page(
        request,
        form,
        values=form.values_of(now),
        version=now.version,
        record_url=now.get_absolute_url(),
        saved_by=last[0].who if last else "",
        saved_at=last[0].at if last else None,
    )


def step_conflict(request: HttpRequest, incident: Incident, typed: str = "") -> HttpResponse:
    """409: a step that was not made because the state is another one by now; the reason typed is shown."""
    now = present(request, incident)
    context: dict[str, Any] = {"incident": now, "history": history_of(now, 3), "typed": typed}
    return render(request, "incidents/conflict.html", context, status=409)


def present(request: HttpRequest, incident: Incident) -> Incident:
    """The incident as it stands now, through the door again."""
    return Incident.objects.get_for(request.user, IncidentPerm.WORK, pk=incident.pk)
