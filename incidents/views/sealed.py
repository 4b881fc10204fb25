"""Seal, lift the seal, and the team of a sealed incident."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents.conflicts import step_conflict
from incidents.forms import MemberForm, UnsealForm, csirt_members
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.services import sealing
from incidents.views.reports import READ_WRITE, person_of, posted
from secdesk.accounts.decorators import recent_sign_in
from secdesk.core.access import requires_on
from secdesk.core.states import Conflict

MOST_DIGITS = 19  # of an id; more does not fit into the database


@requires_on(Incident, IncidentPerm.SEAL)
@require_http_methods(READ_WRITE)
@recent_sign_in
def team(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Who sees a sealed incident; seals an open one."""
    form = MemberForm(None if {"seal", "remove"} & set(request.POST) else posted(request))
    if request.method == "POST":
        try:
            if response := _change(request, incident, form):
                return response
        except Conflict:
            return step_conflict(request, incident)
        except sealing.QuietReport:
            messages.error(
                request, _("The reporter asked to be kept from this person. A head of the CSIRT may add them.")
            )
        except sealing.NoTeam:
            messages.error(request, _("Somebody who can work on it must stay on the team."))
    context = {
        "incident": incident,
        "form": form,
        "team": incident.grants.select_related("user"),
        "candidates": csirt_members().exclude(pk=person_of(request).pk) if not incident.sealed else (),
        "may_unseal": incident.sealed and sealing.may_unseal(incident, person_of(request)),
        "unseal_form": UnsealForm(),
    }
    return render(request, "incidents/team.html", context, status=422 if request.method == "POST" else 200)


def _change(request: HttpRequest, incident: Incident, form: MemberForm) -> HttpResponse | None:
    by, target = person_of(request), redirect("incidents:team", incident.pk)
    if "seal" in request.POST:
        sealing.seal(incident, by=by, members=csirt_members().filter(pk__in=_numbers(request, "member")))
        return target
    if "remove" in request.POST:
        team = (grant.user for grant in incident.grants.select_related("user"))
        member = next((person for person in team if person.number == request.POST["remove"]), None)
        if member is None:
            return target
        sealing.remove_member(incident, member, by=by)
        return redirect("incidents:queue") if member == by else target
    if form.is_valid():
        sealing.add_member(incident, form.cleaned_data["number"], by=by)
        return target
    return None


def _numbers(request: HttpRequest, name: str) -> list[int]:
    values = request.POST.getlist(name)
    return [int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < MOST_DIGITS]


@requires_on(Incident, IncidentPerm.SEAL)
@require_POST
@recent_sign_in
def unseal(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Lift the seal."""
    form = UnsealForm(request.POST)
    form.is_valid()  # the service demands a reason where one is needed
    try:
        sealing.unseal(incident, by=person_of(request), reason=form.cleaned_data.get("reason", ""))
    except sealing.QuietReport:
        messages.error(request, _("The head of the CSIRT lifts this seal, and writes why."))
        return redirect("incidents:team", incident.pk)
    except Conflict:
        return step_conflict(request, incident)
    return redirect("incidents:detail", incident.pk)
