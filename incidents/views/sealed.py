"""Seal, lift the seal, and the team of a sealed incident."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents.conflicts import step_conflict
from incidents.forms import MemberForm, csirt_members
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.services import sealing
from incidents.views.reports import READ_WRITE, person_of, posted
from secdesk.core.access import requires_on
from secdesk.core.people.models import Person
from secdesk.core.states import Conflict


@requires_on(Incident, IncidentPerm.SEAL)
@require_http_methods(READ_WRITE)
def team(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Who sees a sealed incident; seals an open one."""
    form = MemberForm(None if {"seal", "remove"} & set(request.POST) else posted(request))
    if request.method == "POST":
        try:
            if response := _change(request, incident, form):
                return response
        except Conflict:
            return step_conflict(request, incident)
        except sealing.NoTeam:
            messages.error(request, _("Somebody who can work on it must stay on the team."))
    context = {
        "incident": incident,
        "form": form,
        "team": incident.grants.select_related("user"),
        "candidates": csirt_members().exclude(pk=person_of(request).pk) if not incident.sealed else (),
    }
    return render(request, "incidents/team.html", context, status=422 if request.method == "POST" else 200)


def _change(request: HttpRequest, incident: Incident, form: MemberForm) -> HttpResponse | None:
    by, target = person_of(request), redirect("incidents:team", incident.pk)
    if "seal" in request.POST:
        sealing.seal(incident, by=by, members=csirt_members().filter(pk__in=_numbers(request, "member")))
        return target
    if "remove" in request.POST:
        member = Person.objects.filter(pk__in=incident.grants.values("user_id"), number=request.POST["remove"]).first()
        if member is None:
            return target
        sealing.remove_member(incident, member, by=by)
        return redirect("incidents:queue") if member == by else target
    if form.is_valid():
        sealing.add_member(incident, form.cleaned_data["number"], by=by)
        return target
    return None


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(value) for value in request.POST.getlist(name) if value.isdigit()]


@requires_on(Incident, IncidentPerm.SEAL)
@require_POST
def unseal(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Lift the seal."""
    try:
        sealing.unseal(incident, by=person_of(request))
    except Conflict:
        return step_conflict(request, incident)
    return redirect("incidents:detail", incident.pk)
