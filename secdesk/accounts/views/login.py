"""Log in: password, then one more factor. Log out."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from secdesk.accounts import entry
from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.forms import CodeForm, PasswordForm
from secdesk.accounts.models.factors import Method
from secdesk.accounts.selectors import offers_for
from secdesk.accounts.services.limits import TooManyAttempts
from secdesk.accounts.services.passwords import verified_person
from secdesk.accounts.services.recovery import recovery_codes_left
from secdesk.accounts.services.second_factor import CHECKS, MethodNotAllowed, end_login, verify_code
from secdesk.accounts.services.sheets import FEW_LEFT, codes_left
from secdesk.core.access import pending, public
from secdesk.core.first_steps import FIRST_STEPS
from secdesk.core.local_paths import local_path
from secdesk.core.people.models import Person
from secdesk.core.secret_fields import holds_secrets

# One text for unknown, disabled, wrong and locked.
REFUSED = _(
    "The employee number or the password is not right. "
    "After five wrong entries in five minutes even the right one is refused for a while."
)


STRONGER = _(
    "Your role needs a passkey, a security key or a hardware token. An app or a sheet of paper is not enough for it."
)


@public
@never_cache
@holds_secrets("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login_page(request: HttpRequest) -> HttpResponse:
    """First step, and what to do in an emergency without logging in."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        person = verified_person(
            form.cleaned_data["number"], form.cleaned_data["password"], device_cookie=entry.device_cookie(request)
        )
        if person is not None:
            entry.begin(request, person, next_url=next_page(request), shared=form.cleaned_data["shared"])
            return redirect("accounts:second_factor")
        form.add_error(None, REFUSED)
    return render(
        request,
        "accounts/login.html",
        {"form": form, "next": next_page(request), "first_steps": FIRST_STEPS},
    )


@pending
@never_cache
@holds_secrets("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Second step; only after the first, for 300 s."""
    step = entry.pending(request)
    if step is None:
        return redirect("accounts:login")
    marker, person = step
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _proves(request, form, person):
        method = Method(form.cleaned_data["method"])
        response = redirect(marker.next or settings.LOGIN_REDIRECT_URL)
        if not entry.enter(request, response, person, method, marker):
            return redirect("accounts:login")
        _remind(request, person, method)
        return response
    context = {"form": form, "marker": marker, "person": person, "offers": offers_for(person)}
    context["may_be_lent"] = Method.LENT in allowed_methods(person)
    return render(request, "accounts/second_factor.html", context)


@public
@require_POST
def logout_action(request: HttpRequest) -> HttpResponse:
    """End the session."""
    person = getattr(request, "locked_person", None) or request.user
    if isinstance(person, Person):
        end_login(person)
    logout(request)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    response["Clear-Site-Data"] = '"cache", "storage"'  # the next person on this PC finds nothing
    return response


def _proves(request: HttpRequest, form: CodeForm, person: Person) -> bool:
    method, code = Method(form.cleaned_data["method"]), form.cleaned_data["code"]
    try:
        if method in CHECKS and verify_code(person, method, code, device_cookie=entry.device_cookie(request)):
            return True
    except TooManyAttempts:
        form.add_error("code", _("Too many entries. Wait five minutes, then type the next code."))
        return False
    except MethodNotAllowed:
        form.add_error("code", STRONGER)
        return False
    form.add_error("code", _("This code is not right, or it has been used already. Wait for the next one."))
    return False


def _remind(request: HttpRequest, person: Person, method: Method) -> None:
    """Paper runs out: say so while there is still some."""
    if method == Method.RECOVERY:
        text = gettext("You used a recovery code; %(left)s are left. Register another means of authentication now.")
        messages.warning(request, text % {"left": recovery_codes_left(person)})
    elif method == Method.SHEET and codes_left(person) <= FEW_LEFT:
        text = gettext("%(left)s codes are left on your sheet. Print a new one: Authentication factors, in your menu.")
        messages.warning(request, text % {"left": codes_left(person)})


def next_page(request: HttpRequest) -> str:
    """Where to go afterwards: only a path of our own."""
    return local_path(request.POST.get("next") or request.GET.get("next") or "")
