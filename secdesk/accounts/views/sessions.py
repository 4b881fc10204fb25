"""Devices on which a person is logged in; the lock; the sign of life of a page in use."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from secdesk.accounts import entry
from secdesk.accounts.factor_rules import needs_strong_factor
from secdesk.accounts.forms import UnlockForm
from secdesk.accounts.models import Passkey, Session
from secdesk.accounts.permissions import AccountsPerm
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.selectors import methods_of
from secdesk.accounts.services.sessions import end_other_sessions, end_session, unlock_session
from secdesk.accounts.services.unlocking import proves
from secdesk.accounts.views.login import next_page
from secdesk.core.access import pending, requires_on, signed_in
from secdesk.core.people.models import Person
from secdesk.core.secret_fields import holds_secrets


@signed_in
@require_GET
def devices_page(request: DeskRequest) -> HttpResponse:
    """Where the person is logged in now."""
    rows = Session.objects.visible_to(request.user).order_by("-last_seen_at")
    return render(request, "accounts/devices.html", {"sessions": rows, "here": request.desk_session})


@requires_on(Session, AccountsPerm.USE_OWN)
@require_POST
def end_action(request: DeskRequest, session: Session) -> HttpResponse:
    """End the session of one device."""
    if session.pk == request.desk_session.pk:
        return redirect("accounts:sessions")  # this one ends by logging out
    end_session(session, by=request.user)
    messages.success(request, _("You are logged out on that device."))
    return redirect("accounts:sessions")


@signed_in
@require_POST
def end_others_action(request: DeskRequest) -> HttpResponse:
    """End all sessions but this one."""
    count = end_other_sessions(request.user, keep=request.desk_session)
    text = ngettext("You are logged out on %(count)d device.", "You are logged out on %(count)d devices.", count)
    messages.success(request, text % {"count": count})
    return redirect("accounts:sessions")


@pending
@never_cache
@holds_secrets("proof")
@require_http_methods(["GET", "HEAD", "POST"])
def lock_page(request: DeskRequest) -> HttpResponse:
    """One factor opens the very page again."""
    person: Person | None = getattr(request, "locked_person", None)
    if person is None or request.session.row is None:
        return redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
    form = UnlockForm(request.POST or None)
    if form.is_valid() and proves(person, **form.cleaned_data, device_cookie=entry.device_cookie(request)):
        unlock_session(request.session.row, by=person, method=form.cleaned_data["method"])
        request.session.cycle_key()
        return redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
    if form.is_valid():
        form.add_error("proof", _("That is not right. After five wrong entries, wait five minutes."))
    has_passkey = Passkey.objects.filter(person=person).exists()
    context = {"form": form, "person": person, "methods": methods_of(person), "next": next_page(request)}
    context |= {"has_passkey": has_passkey, "by_password": not needs_strong_factor(person)}
    return render(request, "accounts/lock.html", context)


@signed_in
@require_POST
def alive_action(request: DeskRequest) -> HttpResponse:
    """Somebody types or clicks in the page: static/js/keepalive.js says so, at most once a minute."""
    return HttpResponse(status=204)
