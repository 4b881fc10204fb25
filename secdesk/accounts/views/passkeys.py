"""Log in with a passkey: both factors at once. The one task that needs JavaScript (static/js/passkey.js)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from secdesk.accounts import entry, passkey_ceremony
from secdesk.accounts.factor_forms import PasskeyLoginForm
from secdesk.accounts.models.factors import Method
from secdesk.accounts.passkey_ceremony import LOGIN, UNLOCK
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.services.limits import TooManyAttempts
from secdesk.accounts.services.passkeys import person_of_assertion
from secdesk.accounts.services.sessions import unlock_session
from secdesk.accounts.views.login import next_page
from secdesk.accounts.webauthn import PasskeyRefused
from secdesk.core.access import pending, public
from secdesk.core.people.models import Person


@public
@never_cache
@require_POST
def login_options(request: HttpRequest) -> HttpResponse:
    """A challenge for this browser."""
    return JsonResponse(passkey_ceremony.assertion_options(request, LOGIN))


@public
@never_cache
@require_POST
def passkey_login(request: HttpRequest) -> HttpResponse:
    """The device's answer opens the full session."""
    form = PasskeyLoginForm(request.POST)
    try:
        challenge = passkey_ceremony.challenge_of(request, LOGIN)
        cookie = entry.device_cookie(request)
        person = person_of_assertion(form.answer(), challenge, device_cookie=cookie)
    except (PasskeyRefused, TooManyAttempts):
        messages.error(request, _("The passkey could not be checked. Try again, or log in with your password."))
        return redirect("accounts:login")
    response = redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
    entry.enter(request, response, person, Method.PASSKEY, shared=form.is_shared())
    return response


@pending
@never_cache
@require_POST
def unlock_options(request: DeskRequest) -> HttpResponse:
    """A challenge for a locked session."""
    if _locked_person(request) is None:
        return redirect("accounts:login")
    return JsonResponse(passkey_ceremony.assertion_options(request, UNLOCK))


@pending
@never_cache
@require_POST
def unlock_by_passkey(request: DeskRequest) -> HttpResponse:
    """The owner's passkey opens the very page again."""
    person, row = _locked_person(request), request.session.row
    if person is None or row is None:
        return redirect("accounts:login")
    try:
        challenge = passkey_ceremony.challenge_of(request, UNLOCK)
        answer = PasskeyLoginForm(request.POST).answer()
        if person_of_assertion(answer, challenge, device_cookie=entry.device_cookie(request)) != person:
            raise PasskeyRefused("somebody else's passkey")
    except (PasskeyRefused, TooManyAttempts):
        messages.error(request, _("The passkey could not be checked. Try again, or use another way."))
        return redirect(f"{resolve_url('accounts:lock')}?{urlencode({'next': next_page(request)})}")
    unlock_session(row, by=person, method=Method.PASSKEY.value)
    entry.confirm(request)
    return redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)


def _locked_person(request: DeskRequest) -> Person | None:
    person: Person | None = getattr(request, "locked_person", None)
    return person
