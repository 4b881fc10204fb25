"""Show a factor again before a dangerous act, then go on where one was."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from secdesk.accounts import entry, passkey_ceremony
from secdesk.accounts.factor_forms import PasskeyLoginForm
from secdesk.accounts.factor_rules import needs_strong_factor
from secdesk.accounts.forms import UnlockForm
from secdesk.accounts.models import Passkey
from secdesk.accounts.passkey_ceremony import CONFIRM
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.selectors import methods_of
from secdesk.accounts.services.limits import TooManyAttempts
from secdesk.accounts.services.passkeys import person_of_assertion
from secdesk.accounts.services.unlocking import proves
from secdesk.accounts.views.login import next_page
from secdesk.accounts.webauthn import PasskeyRefused
from secdesk.core.access import signed_in
from secdesk.core.secret_fields import holds_secrets


@signed_in
@never_cache
@holds_secrets("proof")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: DeskRequest) -> HttpResponse:
    """One factor again; then back to the very page."""
    person = request.user
    form = UnlockForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and proves(person, **form.cleaned_data, device_cookie=entry.device_cookie(request)):
        entry.confirm(request)
        return redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
    if form.is_valid():
        form.add_error("proof", _("That is not right. After five wrong entries, wait five minutes."))
    has_passkey = Passkey.objects.filter(person=person).exists()
    context = {"form": form, "methods": methods_of(person), "next": next_page(request), "has_passkey": has_passkey}
    context["by_password"] = not needs_strong_factor(person)
    return render(request, "accounts/confirm.html", context)


@signed_in
@never_cache
@require_POST
def confirm_options(request: DeskRequest) -> HttpResponse:
    """A challenge for this session."""
    return JsonResponse(passkey_ceremony.assertion_options(request, CONFIRM))


@signed_in
@never_cache
@require_POST
def confirm_passkey(request: DeskRequest) -> HttpResponse:
    """The same by passkey, which must be the person's own."""
    try:
        challenge = passkey_ceremony.challenge_of(request, CONFIRM)
        cookie = entry.device_cookie(request)
        owner = person_of_assertion(PasskeyLoginForm(request.POST).answer(), challenge, device_cookie=cookie)
        if owner != request.user:
            raise PasskeyRefused("somebody else's passkey")
    except (PasskeyRefused, TooManyAttempts):
        messages.error(request, _("The passkey could not be checked. Try again, or use another way."))
        return redirect(f"{resolve_url('accounts:confirm')}?{urlencode({'next': next_page(request)})}")
    entry.confirm(request)
    return redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
