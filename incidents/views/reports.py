"""For everybody: report, and see what became of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents.advice import ADVICE
from incidents.forms import MessageForm, ReportForm
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.selectors import life_of, own_reports
from incidents.services.reporting import report_incident
from incidents.services.sealing import NoTeam
from incidents.services.work import send_message
from secdesk.accounts.kept_forms import kept_data
from secdesk.core.access import requires, requires_on
from secdesk.core.people.models import Person
from secdesk.core.submissions.web import once

READ_WRITE = ("GET", "HEAD", "POST")


def person_of(request: HttpRequest) -> Person:
    """The person behind a request that passed the door."""
    assert isinstance(request.user, Person)
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to; an empty POST is bound too, and told what is missing.

    Before a POST: what the person typed into this page when their session ended, if anything.
    """
    return request.POST if request.method == "POST" else kept_data(request)


@requires(IncidentPerm.REPORT)
@require_http_methods(READ_WRITE)
def report(request: HttpRequest) -> HttpResponse:
    """報告する."""
    person = person_of(request)
    form = ReportForm(posted(request), initial={"phone": person.phone})
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, form, lambda: _own_page(report_incident(form.report(), by=person)))
        except NoTeam:
            form.add_error("quiet", _("Nobody but your head could see it now. Please telephone instead."))
    context = {"form": form, "advice": ADVICE, "now": timezone.now()}
    return render(request, "incidents/report.html", context, status=422 if request.method == "POST" else 200)


@requires(IncidentPerm.OWN_REPORT)
@require_safe
def my_reports(request: HttpRequest) -> HttpResponse:
    """Everything the reader has reported."""
    return render(request, "incidents/my_reports.html", {"incidents": own_reports(request.user)[:200]})


@requires_on(Incident, IncidentPerm.OWN_REPORT)
@require_safe
def my_report(request: HttpRequest, incident: Incident) -> HttpResponse:
    """The reporter's own page: reference, state in plain words, messages."""
    kept = kept_data(request, reverse("incidents:my_message", args=[incident.pk]))
    return _my_report(request, incident, MessageForm(kept))


@requires_on(Incident, IncidentPerm.OWN_REPORT)
@require_POST
def my_message(request: HttpRequest, incident: Incident) -> HttpResponse:
    """A message to CSIRT."""
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _my_report(request, incident, form)
    text, by = form.cleaned_data["text"], person_of(request)

    def send() -> str:
        send_message(incident, text, by=by, from_csirt=False)
        return _own_page(incident)

    return once(request, form, send)


def _own_page(incident: Incident) -> str:
    return reverse("incidents:my_report", args=[incident.pk])


def _my_report(request: HttpRequest, incident: Incident, form: MessageForm) -> HttpResponse:
    context = {
        "incident": incident,
        "life": life_of(incident),
        "messages_sent": incident.messages.select_related("by"),
        "form": form,
    }
    return render(request, "incidents/my_report.html", context, status=422 if request.method == "POST" else 200)
