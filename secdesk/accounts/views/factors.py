"""One's own means of authentication: see, add, name, remove; change the password."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from secdesk.accounts import entry, passkey_ceremony, totp
from secdesk.accounts.decorators import recent_sign_in
from secdesk.accounts.factor_forms import AppForm, NameForm, PasskeyForm, PasswordChangeForm, TokenCodeForm
from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.models import HardwareToken, Passkey, TotpCredential
from secdesk.accounts.models.factors import Method
from secdesk.accounts.passkey_ceremony import REGISTER
from secdesk.accounts.permissions import AccountsPerm
from secdesk.accounts.qr import qr_svg
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.selectors import factors_of
from secdesk.accounts.services import tokens
from secdesk.accounts.services.change_password import WrongPassword, change_password
from secdesk.accounts.services.factors import OwnFactor, remove_factor, rename_factor
from secdesk.accounts.services.limits import TooManyAttempts
from secdesk.accounts.services.passkeys import register_passkey
from secdesk.accounts.services.recovery import issue_recovery_codes
from secdesk.accounts.services.sheets import issue_sheet
from secdesk.accounts.services.totp_codes import enrol_totp
from secdesk.accounts.webauthn import PasskeyRefused
from secdesk.core.access import requires_on, signed_in
from secdesk.core.desk import identity
from secdesk.core.secret_fields import holds_secrets

_SECRET, _CODES = "new-app-secret", "fresh-codes"  # in the session, which is sealed in the database
GET_OR_POST = ["GET", "HEAD", "POST"]


@signed_in
@require_GET
def factors_page(request: DeskRequest) -> HttpResponse:
    """What the person logs in with."""
    return render(request, "accounts/factors.html", {"factors": factors_of(request.user)})


@signed_in
@recent_sign_in
@require_http_methods(GET_OR_POST)
def add_passkey(request: DeskRequest) -> HttpResponse:
    """Register a passkey or security key on this device."""
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answer, name = form.cleaned_data["answer_json"], form.cleaned_data["name"]
        try:
            challenge = passkey_ceremony.challenge_of(request, REGISTER)
            register_passkey(request.user, answer=answer, challenge=challenge, name=name, by=request.user)
            return _changed(request, _("The passkey is registered."))
        except PasskeyRefused:
            form.add_error(None, _("The device could not be registered. Try again, or use another device."))
    return render(request, "accounts/add_passkey.html", {"form": form})


@signed_in
@recent_sign_in
@never_cache
@require_POST
def passkey_options(request: DeskRequest) -> HttpResponse:
    """A challenge for registering."""
    return JsonResponse(passkey_ceremony.registration_options(request, request.user))


@signed_in
@recent_sign_in
@never_cache
@require_http_methods(GET_OR_POST)
def add_app(request: DeskRequest) -> HttpResponse:
    """Register an authenticator app by QR code or typed key; a number of it proves that it works."""
    if Method.TOTP not in allowed_methods(request.user):
        raise PermissionDenied
    secret = bytes.fromhex(request.session.setdefault(_SECRET, totp.new_secret().hex()))
    form = AppForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            code, name = form.cleaned_data["code"], form.cleaned_data["name"]
            enrol_totp(request.user, secret=secret, code=code, name=name, by=request.user)
            del request.session[_SECRET]
            return _changed(request, _("The app is registered."))
        except totp.InvalidCode:
            form.add_error("code", _("This number does not fit. Check the clock of the phone, and type the next one."))
    context = {"form": form, "qr": _qr(request, secret), "key": _spaced(totp.base32(secret))}
    return render(request, "accounts/add_app.html", context)


@signed_in
@recent_sign_in
@require_http_methods(GET_OR_POST)
def activate_own_token(request: DeskRequest) -> HttpResponse:
    """A number of the device that was handed over shows that it arrived."""
    waiting = list(HardwareToken.objects.handed_to(request.user))
    if not waiting:
        return redirect("accounts:factors")
    form = TokenCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            tokens.activate_own_token(request.user, form.cleaned_data["code"])
            return _changed(request, _("The token is ready. From the next log-in you can use it."))
        except totp.InvalidCode:
            form.add_error("code", _("This number does not fit. Wait for the next one."))
        except TooManyAttempts:
            form.add_error("code", _("Too many entries. Wait five minutes, then type the next code."))
    return render(request, "accounts/activate_token.html", {"form": form, "tokens": waiting})


@signed_in
@recent_sign_in
@require_POST
def new_sheet(request: DeskRequest) -> HttpResponse:
    """Make a new code sheet; the old one dies."""
    _sheet, codes = issue_sheet(request.user, by=request.user)
    return _show_codes(request, Method.SHEET, codes)


@signed_in
@recent_sign_in
@require_POST
def new_recovery_codes(request: DeskRequest) -> HttpResponse:
    """Make new recovery codes; the old ones die."""
    return _show_codes(request, Method.RECOVERY, issue_recovery_codes(request.user, by=request.user))


@signed_in
@never_cache
@require_http_methods(GET_OR_POST)
def fresh_codes(request: DeskRequest) -> HttpResponse:
    """Codes that were just made, until the person says that they are printed or written down."""
    fresh = request.session.get(_CODES)
    if fresh is None or request.method == "POST":
        request.session.pop(_CODES, None)
        return redirect("accounts:factors")
    numbered = list(enumerate(fresh["codes"], 1))
    return render(request, "accounts/fresh_codes.html", {"kind": fresh["kind"], "codes": numbered})


@requires_on(Passkey, AccountsPerm.USE_OWN)
@recent_sign_in
@require_http_methods(GET_OR_POST)
def passkey_page(request: DeskRequest, passkey: Passkey) -> HttpResponse:
    """Name a passkey, or remove it."""
    return _factor_page(request, passkey)


@requires_on(TotpCredential, AccountsPerm.USE_OWN)
@recent_sign_in
@require_http_methods(GET_OR_POST)
def app_page(request: DeskRequest, totpcredential: TotpCredential) -> HttpResponse:
    """Name an app, or remove it."""
    return _factor_page(request, totpcredential)


@signed_in
@recent_sign_in
@never_cache
@holds_secrets("old", "new", "again")
@require_http_methods(GET_OR_POST)
def password_page(request: DeskRequest) -> HttpResponse:
    """Change the password."""
    form = PasswordChangeForm(request.POST if request.method == "POST" else None, person=request.user)
    if form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        try:
            change_password(request.user, old=old, new=new, device_cookie=entry.device_cookie(request))
            return _changed(request, _("The password is changed. You are logged out on all other devices."))
        except WrongPassword:
            form.add_error("old", _("This is not the password now in force."))
    return render(request, "accounts/password.html", {"form": form})


def _factor_page(request: DeskRequest, factor: OwnFactor) -> HttpResponse:
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": factor.name})
    if request.method == "POST" and request.POST.get("act") == "remove":
        try:
            remove_factor(factor, by=request.user)
            return _changed(request, _("Removed. You are logged out on all other devices."))
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return redirect("accounts:factors")
    if form.is_valid():
        rename_factor(factor, name=form.cleaned_data["name"], by=request.user)
        return redirect("accounts:factors")
    return render(request, "accounts/factor.html", {"form": form, "factor": factor})


def _changed(request: DeskRequest, text: str) -> HttpResponse:
    """Back to the factors page, in a session that lives on while all others end."""
    response = redirect("accounts:factors")
    request.user.refresh_from_db(fields=["password", "session_epoch"])
    entry.keep_session(request, response, request.user)
    messages.success(request, text)
    return response


def _show_codes(request: DeskRequest, kind: Method, codes: list[str]) -> HttpResponse:
    response = _changed(request, _("Print or write down these codes now. They are shown only this once."))
    request.session[_CODES] = {"kind": kind.value, "codes": codes}
    response["Location"] = redirect("accounts:fresh_codes")["Location"]
    return response


def _qr(request: DeskRequest, secret: bytes) -> SafeString:
    issuer = identity.current().organisation or _("Information Security Desk")
    return qr_svg(totp.provisioning_uri(secret, account=request.user.number, issuer=issuer))


def _spaced(key: str) -> str:
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
