"""Hardware tokens: the stock, its import, one device."""

from __future__ import annotations

import base64
import json

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from secdesk.accounts import totp
from secdesk.accounts.decorators import recent_sign_in
from secdesk.accounts.lists import TOKENS
from secdesk.accounts.models import HardwareToken
from secdesk.accounts.permissions import AccountsPerm
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.services.token_import import ImportRefused, import_tokens, look_at
from secdesk.accounts.services.tokens import assign_token, resynchronise_token, retire_token, return_token
from secdesk.accounts.token_forms import AssignForm, ResyncForm, SeedFileForm
from secdesk.core.access import requires, requires_on
from secdesk.core.keyring import DecryptionFailed
from secdesk.core.lists.views import list_view

MANAGE = AccountsPerm.MANAGE_TOKENS
_WAITING = "seed-file"  # in the session: the looked-at file, sealed, until it is registered


@requires(MANAGE)
def token_list(request: DeskRequest) -> HttpResponse:
    """All devices: free, handed out, in use, retired."""
    return list_view(request, TOKENS, "accounts/tokens.html")


@requires(MANAGE)
@recent_sign_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_import(request: DeskRequest) -> HttpResponse:
    """First look what a seed file holds, then register all of it or nothing."""
    if request.method == "POST" and request.POST.get("act") == "register":
        return _register(request)
    form = SeedFileForm(request.POST, request.FILES) if request.method == "POST" else SeedFileForm()
    found = None
    if form.is_valid():
        found = look_at(form.cleaned_data["text"], pre_shared_key=form.cleaned_data["key"])
        _keep(request, form.cleaned_data["text"], form.cleaned_data["key"])
    return render(request, "accounts/token_import.html", {"form": form, "found": found})


@requires_on(HardwareToken, MANAGE)
@recent_sign_in
@require_http_methods(["GET", "HEAD", "POST"])
def token_page(request: DeskRequest, hardwaretoken: HardwareToken) -> HttpResponse:
    """One device: hand it out, take it back, set its clock right, retire it."""
    act = request.POST.get("act", "")
    assign = AssignForm(request.POST if act == "assign" else None)
    resync = ResyncForm(request.POST if act == "resync" else None)
    try:
        if _act(request, hardwaretoken, act, assign, resync):
            return redirect("accounts:token", hardwaretoken.pk)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("accounts:token", hardwaretoken.pk)
    except totp.InvalidCode:
        resync.add_error("first", _("These two numbers don't follow each other on this device. Try the next two."))
    context = {"token": hardwaretoken, "assign": assign, "resync": resync}
    return render(request, "accounts/token.html", context)


def _act(request: DeskRequest, token: HardwareToken, act: str, assign: AssignForm, resync: ResyncForm) -> bool:
    """Do what was asked; False when there is nothing to do or a form needs mending."""
    if act == "assign" and assign.is_valid():
        assign_token(token, to=assign.cleaned_data["person"], by=request.user)
        messages.success(request, _("Assigned. The owner makes it ready with a number of it."))
    elif act == "resync" and resync.is_valid():
        resynchronise_token(token, **resync.cleaned_data, by=request.user)
        messages.success(request, _("The device is set right."))
    elif act == "return":
        return_token(token, by=request.user)
        messages.success(request, _("Taken back. The device is free."))
    elif act == "retire":
        retire_token(token, by=request.user)
        messages.success(request, _("Retired. Nobody can log in with it any more."))
    else:
        return False
    return True


def _register(request: DeskRequest) -> HttpResponse:
    waiting = _kept(request)
    if waiting is None:
        messages.error(request, _("Choose the file again."))
        return redirect("accounts:token_import")
    text, key = waiting
    try:
        count = import_tokens(text, by=request.user, pre_shared_key=key)
    except ImportRefused:
        messages.error(request, _("The stock has changed since you looked. Look at the file again."))
        return redirect("accounts:token_import")
    request.session.pop(_WAITING, None)
    text = ngettext("%(count)d token is registered.", "%(count)d tokens are registered.", count)
    messages.success(request, text % {"count": count})
    return redirect("accounts:tokens")


def _keep(request: DeskRequest, text: str, key: bytes) -> None:
    sealed = settings.KEY_RING.encrypt(json.dumps([text, key.hex()]).encode(), context=_context(request))
    request.session[_WAITING] = base64.b64encode(sealed).decode()


def _kept(request: DeskRequest) -> tuple[str, bytes] | None:
    try:
        sealed = base64.b64decode(request.session.get(_WAITING, ""))
        text, key = json.loads(settings.KEY_RING.decrypt(sealed, context=_context(request)))
    except (DecryptionFailed, ValueError):
        return None
    return text, bytes.fromhex(key)


def _context(request: DeskRequest) -> bytes:
    return f"accounts.seed_file:{request.user.pk}".encode()
