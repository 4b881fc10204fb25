"""The page of one incident and what is done on it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents.conflicts import step_conflict
from incidents.forms import DecisionForm, LineForm, MessageForm, MoveForm, TrackForm, TriageForm
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.selectors import history_of, life_of, page_for, phases_of, timeline_of
from incidents.services import work
from incidents.states import LIFE_CYCLE
from incidents.views.reports import READ_WRITE, person_of, posted
from incidents.vocabulary import Progress, Status, TrackState
from secdesk.accounts.kept_forms import kept_data
from secdesk.core.access import requires_on
from secdesk.core.states import Conflict
from secdesk.core.submissions.web import once


def case_page(request: HttpRequest, incident: Incident, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The whole page; `forms` replaces those that came back with errors."""
    page = page_for(request.user, incident)
    may = {move.name for move in page.moves}
    kept_line = kept_data(request, reverse("incidents:log", args=[incident.pk]))
    kept_message = kept_data(request, reverse("incidents:message", args=[incident.pk]))
    is_decision = "decided_by" in (kept_line or ())
    context: dict[str, Any] = {
        "incident": incident,
        "page": page,
        "life": life_of(incident),
        "phases": phases_of(incident),
        "tracks": incident.tracks.all(),
        "days": timeline_of(incident),
        "history": history_of(incident),
        "now": timezone.now(),
        "line_form": LineForm(None if is_decision else kept_line),
        "decision_form": DecisionForm(kept_line if is_decision else None),
        "team": incident.grants.select_related("user") if incident.sealed else (),
    }
    if page.message:
        context |= {"messages_sent": incident.messages.select_related("by"), "message_form": MessageForm(kept_message)}
    if page.work and incident.status == Status.CHECKING:
        context["triage_form"] = TriageForm(incident=incident, proposal=True)
    if "close" in may:
        context["close_form"] = MoveForm(incident=incident, target=Status.DONE)
        context["close_move"] = LIFE_CYCLE.moves["close"]
    return render(request, "incidents/detail.html", context | forms, status=status)


@requires_on(Incident, IncidentPerm.VIEW)
@require_safe
def detail(request: HttpRequest, incident: Incident) -> HttpResponse:
    """The incident's page; asked by htmx, its timeline alone (every 15 s, without extending the session)."""
    if getattr(request, "htmx", False):
        context = {"incident": incident, "days": timeline_of(incident), "seen": request.GET.get("seen", "")}
        response = render(request, "incidents/_timeline.html", context)
    else:
        response = case_page(request, incident)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires_on(Incident, IncidentPerm.LOG)
@require_POST
def log(request: HttpRequest, incident: Incident) -> HttpResponse:
    """One line into the timeline."""
    form = DecisionForm(request.POST) if "decided_by" in request.POST else LineForm(request.POST)
    htmx = bool(getattr(request, "htmx", False))
    if form.is_valid():
        by, entry = person_of(request), form.entry(timezone.now())

        def write() -> str:
            work.log_line(incident, by=by, **entry)
            return f"{incident.get_absolute_url()}#log"

        response = once(request, form, write)
        return _log_part(request, incident, LineForm()) if htmx and response.status_code == 302 else response
    if htmx:
        return _log_part(request, incident, form)
    name = "decision_form" if isinstance(form, DecisionForm) else "line_form"
    return case_page(request, incident, status=422, **{name: form})


def _log_part(request: HttpRequest, incident: Incident, form: Any) -> HttpResponse:
    context = {"incident": incident, "days": timeline_of(incident), "line_form": form, "now": timezone.now()}
    return render(request, "incidents/_log.html", context)


@requires_on(Incident, IncidentPerm.MESSAGE)
@require_POST
def message(request: HttpRequest, incident: Incident) -> HttpResponse:
    """A message to the reporter."""
    form = MessageForm(request.POST)
    if not form.is_valid():
        return case_page(request, incident, status=422, message_form=form)
    text, by = form.cleaned_data["text"], person_of(request)

    def send() -> str:
        work.send_message(incident, text, by=by, from_csirt=True)
        return f"{incident.get_absolute_url()}#messages"

    return once(request, form, send)


@requires_on(Incident, IncidentPerm.WORK)
@require_POST
def phase(request: HttpRequest, incident: Incident, code: str) -> HttpResponse:
    """A phase begins, ends or is taken back."""
    progress = request.POST.get("progress", "")
    if progress in Progress.values and incident.phases.filter(code=code).exists():
        try:
            work.set_phase(incident, code, Progress(progress), by=person_of(request))
        except Conflict:
            return step_conflict(request, incident)
    return redirect("incidents:detail", incident.pk)


@requires_on(Incident, IncidentPerm.WORK)
@require_http_methods(READ_WRITE)
def track(request: HttpRequest, incident: Incident, code: str) -> HttpResponse:
    """A track ends, is judged not needed, or opens again."""
    row = incident.tracks.filter(code=code).first()
    if row is None:
        return redirect("incidents:detail", incident.pk)
    form = TrackForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            work.set_track(incident, code, TrackState(data["state"]), by=person_of(request), reason=data["reason"])
        except Conflict:
            return step_conflict(request, incident)
        return redirect("incidents:detail", incident.pk)
    context = {"incident": incident, "track": row, "form": form}
    return render(request, "incidents/track.html", context, status=422 if request.method == "POST" else 200)
