"""The list of incidents. For CSIRT: the queue, reports by telephone, emergency access."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from incidents.forms import BreakGlassForm, TelephoneForm
from incidents.lists import INCIDENTS
from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.selectors import WAIT_TARGET, queue_for
from incidents.services.reporting import record_telephone_report
from incidents.services.sealing import NoTeam, break_glass
from incidents.views.reports import READ_WRITE, person_of, posted
from secdesk.accounts.decorators import recent_sign_in
from secdesk.core.access import requires
from secdesk.core.lists.views import list_view
from secdesk.core.people.models import Person
from secdesk.core.submissions.web import once


@requires(IncidentPerm.VIEW)
@require_http_methods(READ_WRITE)
def incident_list(request: HttpRequest) -> HttpResponse:
    """What the reader may see: filtered, exported, worked on in bulk."""
    return list_view(request, INCIDENTS, "incidents/list.html")


@requires(IncidentPerm.QUEUE)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """受付の列: what nobody has accepted yet."""
    context = {"queue": queue_for(request.user)[:200], "now": timezone.now(), "target": WAIT_TARGET.seconds // 60}
    return render(request, "incidents/queue.html", context)


@requires(IncidentPerm.TELEPHONE)
@require_http_methods(READ_WRITE)
def telephone(request: HttpRequest) -> HttpResponse:
    """Record a report that came by telephone."""
    form = TelephoneForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            return once(request, form, lambda: _record(form, person_of(request)))
        except NoTeam:
            form.add_error("quiet", _("Nobody could see it then. Record it openly and seal it afterwards."))
    return render(request, "incidents/telephone.html", {"form": form}, status=422 if request.method == "POST" else 200)


def _record(form: TelephoneForm, by: Person) -> str:
    data = form.cleaned_data
    incident = record_telephone_report(
        form.report(),
        by=by,
        called_at=data["called_at"],
        known_at=data["known_at"] or data["called_at"],
        reporter=data["caller_number"],
        department=data["department"],
    )
    return incident.get_absolute_url()


@requires(IncidentPerm.BREAK_GLASS)
@require_http_methods(READ_WRITE)
@recent_sign_in
def emergency_access(request: HttpRequest) -> HttpResponse:
    """Break-glass of the CISO or the deputy: by reference, with a reason; the team is told."""
    form = BreakGlassForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            incident = break_glass(data["reference"].upper(), by=person_of(request), reason=data["reason"])
            messages.warning(request, _("You see this sealed incident now. Its team has been told."))
            return redirect("incidents:detail", incident.pk)
        except Incident.DoesNotExist:
            form.add_error("reference", _("There is no sealed incident with this reference."))
    return render(
        request, "incidents/break_glass.html", {"form": form}, status=422 if request.method == "POST" else 200
    )
