"""Home, display settings, language."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from incidents.selectors import case_board, csirt_home, own_reports
from secdesk.core.access import public, signed_in
from secdesk.core.display import shown_to
from secdesk.core.people.models import Person
from secdesk.core.todo import todos_for
from secdesk.home.forms import DisplayForm
from secdesk.home.services import change_display


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """What the reader has to do, and what their roles have to watch."""
    person = _person(request)
    context = {
        "todos": todos_for(person),
        "now": timezone.now(),
        "csirt": csirt_home(person),
        "board": case_board(person),
        "reports": own_reports(person)[:3],
    }
    return render(request, "home/home.html", context)


@signed_in
def display(request: HttpRequest) -> HttpResponse:
    """Language and calendar."""
    person = _person(request)
    form = DisplayForm(request.POST or None, initial={"language": person.language, "era": person.era})
    if request.method == "POST" and form.is_valid():
        change_display(person, by=person, **form.cleaned_data)
        with shown_to(person):
            messages.success(request, _("Pages are now shown as you chose."))
        return _with_language(redirect("home:display"), person.language)
    return render(
        request, "home/display.html", {"form": form, "now": timezone.now()}, status=422 if form.is_bound else 200
    )


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language before log-in; the page it was asked from comes back."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    code = request.POST.get("language", "")
    response = HttpResponseRedirect(target)
    return _with_language(response, code) if code in dict(settings.LANGUAGES) else response


def _with_language(response: HttpResponse, code: str) -> HttpResponse:
    """The pages before log-in remember it by a cookie."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 3600,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user
