"""Registration: code → password → second factor → recovery codes. Nothing else is reachable on the way."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from secdesk.accounts import enrolling, entry, passkey_ceremony, totp
from secdesk.accounts.enrolling import Enrolling
from secdesk.accounts.enrolment_forms import FactorCodeForm, NewPasswordForm, SlipCodeForm, TokenForm
from secdesk.accounts.factor_forms import PasskeyForm
from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.models.factors import Method
from secdesk.accounts.qr import qr_svg
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.services import enrolment
from secdesk.accounts.services.invitations import redeem
from secdesk.accounts.services.limits import TooManyAttempts
from secdesk.accounts.services.sheets import issue_sheet, next_code
from secdesk.accounts.webauthn import PasskeyRefused
from secdesk.core.access import pending, public, signed_in
from secdesk.core.people.models import Person
from secdesk.core.secret_fields import holds_secrets

GET_POST = ["GET", "HEAD", "POST"]
RECOVERY = "recovery_codes"  # in the session: codes to show once

REFUSED = gettext_lazy(
    "This code can't be used. Look at the letters again, or ask whether the slip was marked as handed over."
)

Step = Callable[[HttpRequest, Enrolling, Person], HttpResponse]


def _step(view: Step) -> Callable[[HttpRequest], HttpResponse]:
    """A step of registration: needs a marker whose ground still holds, and the password before the factor."""

    @functools.wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        found = enrolling.current(request)
        if found is None:
            messages.warning(request, _("Type the registration code first. It may have been used or replaced."))
            return redirect("accounts:start")
        marker, person = found
        if marker.needs_password and view is not password_step:
            return redirect("accounts:start_password")
        return view(request, marker, person)

    return checked


@public
@never_cache
@holds_secrets("code")
@require_http_methods(GET_POST)
def start_page(request: HttpRequest) -> HttpResponse:
    """The code of a slip, a mail or a link."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SlipCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            invitation = redeem(form.cleaned_data["code"])
        except TooManyAttempts:
            invitation = None
        if invitation is not None:
            enrolling.begin(request, invitation.person, invitation=invitation.pk)
            return redirect("accounts:start_password")
        form.add_error(
            "code",
            _("This code can't be used. Look at the letters again, or ask whether the slip was marked as handed over."),
        )
    return render(request, "accounts/start.html", {"form": form})


def password_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """Set the password; it is written at the end, together with the factor."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        hashed = make_password(form.cleaned_data["password"])
        enrolling.change(request, marker, password_hash=hashed, shared=form.cleaned_data["shared"])
        return redirect("accounts:start_factor")
    return render(request, "accounts/start_password.html", {"form": form, "person": person})


def factor_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """Choose the second factor."""
    return _factors(request, marker, person)


def app_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """Authenticator app: the secret as QR code and as text, one code to prove it."""
    if not marker.totp_secret:
        marker = enrolling.change(request, marker, totp_secret=totp.new_secret().hex())
    form = FactorCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        done = functools.partial(enrolment.register_app, marker, person, form.cleaned_data["code"])
        if response := _finish(request, marker, person, Method.TOTP, form, done):
            return response
    secret = bytes.fromhex(marker.totp_secret)
    uri = totp.provisioning_uri(secret, account=person.number, issuer=_("Information Security Desk"))
    text = totp.base32(secret)
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    context = {"form": form, "person": person, "qr": qr_svg(uri), "secret": groups}
    return render(request, "accounts/start_app.html", context)


def sheet_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """Code sheet: printed now, or handed over with the slip; one code to prove it."""
    form = FactorCodeForm(request.POST if request.method == "POST" else None)
    asked = next_code(person)
    if asked is None:
        return redirect("accounts:start_factor")
    if form.is_valid():
        done = functools.partial(enrolment.register_sheet, marker, person, form.cleaned_data["code"])
        if response := _finish(request, marker, person, Method.SHEET, form, done):
            return response
    context = {"form": form, "person": person, "codes": list(enumerate(marker.sheet, 1)), "asked": asked}
    return render(request, "accounts/start_sheet.html", context)


def print_sheet_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """Make a code sheet; the page after this one shows it for printing."""
    _sheet, codes = issue_sheet(person, by=person)
    enrolling.change(request, marker, sheet=codes)
    return redirect("accounts:start_sheet")


def token_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """Hardware token: its serial number and the number it shows."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        serial, code = form.cleaned_data["serial"], form.cleaned_data["code"]
        done = functools.partial(enrolment.register_token, marker, person, serial, code)
        if response := _finish(request, marker, person, Method.TOKEN, form, done):
            return response
    return render(request, "accounts/start_token.html", {"form": form, "person": person})


def passkey_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """Passkey or security key: both factors at once, the strongest choice."""
    form = PasskeyForm(request.POST if request.method == "POST" else None, initial={"name": _("Passkey")})
    if form.is_valid():
        try:
            challenge = passkey_ceremony.challenge_of(request, passkey_ceremony.REGISTER)
            enrolment.register_passkey(marker, person, challenge, **form.cleaned_data)
            return _enter(request, marker, person, Method.PASSKEY)
        except PasskeyRefused:
            form.add_error(None, _("The device could not be registered. Try again, or use another device."))
        except PermissionDenied:
            return redirect("accounts:start")
    return render(request, "accounts/start_passkey.html", {"form": form, "person": person})


def passkey_options_step(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    """A challenge for registering."""
    return JsonResponse(passkey_ceremony.registration_options(request, person))


def _finish(
    request: HttpRequest,
    marker: Enrolling,
    person: Person,
    method: Method,
    form: FactorCodeForm,
    done: Callable[[], None],
) -> HttpResponse | None:
    """Write everything, log in, go on to the recovery codes; None with an error in the form for a wrong code."""
    try:
        done()
    except totp.InvalidCode:
        form.add_error("code", _("This code is not right, or it has been used already."))
        return None
    except TooManyAttempts:
        form.add_error("code", _("Too many entries. Wait five minutes, then type the next code."))
        return None
    except PermissionDenied:
        return redirect("accounts:start")
    return _enter(request, marker, person, method)


def _enter(request: HttpRequest, marker: Enrolling, person: Person, method: Method) -> HttpResponse:
    """Log in and go on to the recovery codes, if the roles allow any."""
    codes = enrolment.recovery_codes_after(person)
    response = redirect("accounts:start_recovery" if codes else settings.LOGIN_REDIRECT_URL)
    entry.enter(request, response, person, method, shared=marker.shared)
    request.session[RECOVERY] = codes
    return response


def _factors(request: HttpRequest, marker: Enrolling, person: Person) -> HttpResponse:
    context = {
        "person": person,
        "marker": marker,
        "allowed": {method.value for method in allowed_methods(person)},
        "sheet_at_hand": next_code(person) is not None and not marker.sheet,
    }
    return render(request, "accounts/start_factor.html", context)


@signed_in
@never_cache
@require_http_methods(GET_POST)
def recovery_page(request: DeskRequest) -> HttpResponse:
    """Recovery codes, shown until their owner says that they are noted; then never again."""
    codes = request.session.get(RECOVERY)
    if not codes or request.method == "POST":
        request.session.pop(RECOVERY, None)
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "accounts/start_recovery.html", {"codes": codes})


def _page(view: Step, *methods: str) -> Callable[[HttpRequest], HttpResponse]:
    """Declare a step: it checks its own marker."""
    guarded = never_cache(require_http_methods(list(methods or GET_POST))(_step(view)))
    return pending(holds_secrets("password", "again", "code")(guarded))


password_page = _page(password_step)
factor_page = _page(factor_step, "GET", "HEAD")
app_page = _page(app_step)
sheet_page = _page(sheet_step)
print_sheet_action = _page(print_sheet_step, "POST")
token_page = _page(token_step)
passkey_page = _page(passkey_step)
passkey_options = _page(passkey_options_step, "POST")
