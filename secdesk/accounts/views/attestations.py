"""Forgotten today and lost: the owner asks between the two factors, a colleague attests in their full session."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from secdesk.accounts import enrolling, entry
from secdesk.accounts.decorators import recent_sign_in
from secdesk.accounts.enrolment_forms import FactorCodeForm
from secdesk.accounts.models import Attestation
from secdesk.accounts.models.factors import Method
from secdesk.accounts.permissions import AccountsPerm
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.services import attestations
from secdesk.accounts.services.limits import TooManyAttempts
from secdesk.core.access import pending, requires, requires_on
from secdesk.core.people.models import Person
from secdesk.core.secret_fields import holds_secrets
from secdesk.core.states import Conflict

COOKIE_SECONDS = 24 * 3600
REFUSALS: dict[type[Exception], str | Promise] = {
    attestations.NotForThisRole: _(
        "With your roles a colleague's word is not enough. Use “Means of authentication lost”."
    ),
    attestations.TooOften: _("“Forgotten today” was used five times this month. Use “Means of authentication lost”."),
}
READ_OUT = "code_to_read_out"  # in the session of whoever attested: number and code, shown once


@pending
@require_POST
def ask_action(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask a colleague to vouch; after the password only."""
    step = entry.pending(request)
    if step is None or kind not in Attestation.Kind.values:
        return redirect("accounts:login")
    browser = request.COOKIES.get(settings.SECDESK_ATTEST_COOKIE) or attestations.new_browser_secret()
    try:
        attestations.ask(step[1], kind, browser=browser)
    except (attestations.NotForThisRole, attestations.TooOften) as error:
        messages.error(request, str(REFUSALS[type(error)]))
        return redirect("accounts:second_factor")
    response = redirect("accounts:attested", kind)
    options = {"secure": settings.SESSION_COOKIE_SECURE, "httponly": True, "samesite": "Lax"}
    response.set_cookie(settings.SECDESK_ATTEST_COOKIE, browser, max_age=COOKIE_SECONDS, **options)
    return response


@pending
@never_cache
@holds_secrets("code")
@require_http_methods(["GET", "HEAD", "POST"])
def attested_page(request: HttpRequest, kind: str) -> HttpResponse:
    """The owner's page: the number to show, then the code read out, or the way to a new means."""
    step = entry.pending(request)
    if step is None or kind not in Attestation.Kind.values:
        return redirect("accounts:login")
    marker, person = step
    browser = request.COOKIES.get(settings.SECDESK_ATTEST_COOKIE, "")
    row = attestations.open_request(person, kind, browser=browser)
    if row is None:
        return redirect("accounts:second_factor")
    form = FactorCodeForm(request.POST if request.method == "POST" else None)
    if kind == Attestation.Kind.FORGOTTEN and form.is_valid():
        if _lent(form, person, browser):
            response = redirect(marker.next or settings.LOGIN_REDIRECT_URL)
            return (
                response if entry.enter(request, response, person, Method.LENT, marker) else redirect("accounts:login")
            )
    elif request.method == "POST" and kind == Attestation.Kind.LOST and row.confirmed_at is not None:
        enrolling.begin(request, person, attestation=row.pk, shared=marker.shared)
        return redirect("accounts:start_factor")
    left = attestations.A_MONTH - attestations.used_this_month(person)
    return render(request, "accounts/attested.html", {"form": form, "row": row, "marker": marker, "left": left})


def _lent(form: FactorCodeForm, person: Person, browser: str) -> bool:
    try:
        if attestations.use_code(person, form.cleaned_data["code"], browser=browser):
            return True
    except TooManyAttempts:
        form.add_error("code", _("Too many entries. Wait five minutes."))
        return False
    form.add_error("code", _("This is not the code for your request. Ask again for the eight letters."))
    return False


@requires(AccountsPerm.ATTEST)
@never_cache
@require_GET
def requests_page(request: DeskRequest) -> HttpResponse:
    """Requests this reader may attest, and the code of the one just attested."""
    rows = Attestation.objects.visible_to(request.user).waiting().select_related("person", "first_by")
    code = request.session.pop(READ_OUT, None)
    return render(request, "accounts/attestations.html", {"rows": rows, "code": code})


@requires_on(Attestation, AccountsPerm.ATTEST)
@recent_sign_in
@require_POST
def attest_action(request: DeskRequest, attestation: Attestation) -> HttpResponse:
    """「本人です」: the owner stands here, and shows this number."""
    try:
        code = attestations.attest(attestation, by=request.user)
    except (Conflict, PermissionDenied):
        messages.error(request, _("This request is not open any more, or you have attested it already."))
        return redirect("accounts:attestations")
    if code:
        request.session[READ_OUT] = {"number": attestation.number, "name": attestation.person.name, "code": code}
    elif attestation.confirmed_at:
        messages.success(request, _("Attested. The owner can register a new means now, within an hour."))
    else:
        messages.success(request, _("Attested. One more person has to attest before a new means can be registered."))
    return redirect("accounts:attestations")


@requires_on(Attestation, AccountsPerm.ATTEST)
@require_POST
def refuse_action(request: DeskRequest, attestation: Attestation) -> HttpResponse:
    """「本人ではない」: end the request."""
    try:
        attestations.refuse(attestation, by=request.user)
        messages.success(request, _("Refused. If somebody knows a colleague's password, report it as an incident."))
    except Conflict:
        messages.error(request, _("This request is not open any more, or you have attested it already."))
    return redirect("accounts:attestations")
