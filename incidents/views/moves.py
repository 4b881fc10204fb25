"""Moves of the main state, triage and the facts; two people on one record get both texts side by side."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents.conflicts import facts_conflict, present, step_conflict
from incidents.forms import FactsForm, MoveForm, TriageForm
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.services import life, work
from incidents.states import LIFE_CYCLE
from incidents.views.case import case_page
from incidents.views.reports import READ_WRITE, person_of, posted
from incidents.vocabulary import Status
from secdesk.core.access import requires_on
from secdesk.core.states import Conflict, MissingFields, Move


@requires_on(Incident, IncidentPerm.WORK)
@require_POST
def accept(request: HttpRequest, incident: Incident) -> HttpResponse:
    """受け付ける: the report is mine now."""
    try:
        life.accept(incident, by=person_of(request))
    except Conflict:
        return step_conflict(request, incident)
    return redirect("incidents:detail", incident.pk)


@requires_on(Incident, IncidentPerm.WORK)
@require_POST
def triage(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Type, severity, segment, owner, owning section, and with 「対応を始める」 the move."""
    form = TriageForm(request.POST, incident=incident)
    move = "handle" if "handle" in request.POST else ""
    if not form.is_valid():
        return case_page(request, incident, status=422, triage_form=form)
    incident.version = form.cleaned_data["version"]
    try:
        life.triage(incident, by=person_of(request), values=form.facts(), move=move)
    except Conflict:
        return facts_conflict(request, incident, form)
    except MissingFields:
        for name in ("kind", "owner"):
            if not form.cleaned_data[name]:
                form.add_error(name, _("This is needed to start handling."))
        fresh = Incident.objects.get_for(request.user, IncidentPerm.WORK, pk=incident.pk)
        return case_page(request, fresh, status=422, triage_form=form)
    return redirect("incidents:detail", incident.pk)


@requires_on(Incident, IncidentPerm.WORK)
@require_http_methods(READ_WRITE)
def facts(request: HttpRequest, incident: Incident) -> HttpResponse:
    """All facts of the case on one form."""
    form = FactsForm(posted(request), incident=incident)
    if request.method == "POST" and form.is_valid():
        incident.version = form.cleaned_data["version"]
        try:
            life.change_facts(incident, by=person_of(request), values=form.facts())
            return redirect("incidents:detail", incident.pk)
        except Conflict:
            return facts_conflict(request, incident, form)
    context = {"incident": incident, "form": form}
    return render(request, "incidents/facts.html", context, status=422 if request.method == "POST" else 200)


@requires_on(Incident, IncidentPerm.WORK)
@require_http_methods(READ_WRITE)
def move(request: HttpRequest, incident: Incident, name: str) -> HttpResponse:
    """One move of the state table; those that need a reason have a form."""
    step = _step(request, incident, name)
    if request.method == "POST" and not step.requires:
        return _moved(request, incident, step)
    form = MoveForm(posted(request), incident=incident, target=step.target)
    if request.method == "POST" and form.is_valid():
        incident.version = form.cleaned_data["version"]
        return _moved(request, incident, step, form)
    context = {"incident": incident, "move": step, "form": form, "closing": step.target == Status.DONE}
    return render(request, "incidents/move.html", context, status=422 if request.method == "POST" else 200)


def _step(request: HttpRequest, incident: Incident, name: str) -> Move:
    step = LIFE_CYCLE.moves.get(name)
    if step is None:
        raise Http404
    if step.permission not in Incident.objects.permissions_on(request.user, incident.pk, [step.permission]):
        raise PermissionDenied
    return step


def _moved(request: HttpRequest, incident: Incident, step: Move, form: MoveForm | None = None) -> HttpResponse:
    by, reason = person_of(request), form.cleaned_data["reason"] if form else ""
    try:
        work.end_tracks_and_move(incident, step.name, by=by, reason=reason, tracks=form.tracks() if form else {})
    except Conflict:
        return _conflict(request, incident, step, form)
    except (life.TracksOpen, MissingFields):  # what is missing has its form on the page
        return redirect("incidents:detail", incident.pk)
    return redirect("incidents:detail", incident.pk)


def _conflict(request: HttpRequest, incident: Incident, step: Move, form: MoveForm | None) -> HttpResponse:
    """The move may still be made: the form comes back with what was typed. Else the present state is shown."""
    now = present(request, incident)
    if form is None or now.status not in step.sources:
        return step_conflict(request, incident, form.cleaned_data["reason"] if form else "")
    data = request.POST.copy()
    data["version"] = str(now.version)
    again = MoveForm(data, incident=now, target=step.target)
    again.add_error(None, _("Somebody else changed this incident meanwhile. Please look once more, then go on."))
    context = {"incident": now, "move": step, "form": again, "closing": step.target == Status.DONE}
    return render(request, "incidents/move.html", context, status=409)
