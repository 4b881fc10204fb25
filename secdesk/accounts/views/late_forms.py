"""A form whose CSRF token is not this session's."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from secdesk.accounts import kept_forms
from secdesk.accounts.requests import DeskRequest
from secdesk.core.access import public, signed_in
from secdesk.core.people.models import Person


@signed_in
@require_POST
def forget_action(request: DeskRequest) -> HttpResponse:
    """The owner does not need the kept text any more."""
    kept_forms.forget(request.user, request.POST.get(kept_forms.PARAMETER, ""))
    messages.info(request, _("The text was thrown away."))
    return redirect(settings.LOGIN_REDIRECT_URL)


@public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Change nothing. What the same person typed in an earlier session comes back filled; else a plain page."""
    owner = kept_forms.owner_of_late_form(request)
    if isinstance(request.user, Person) and owner == request.user:
        return redirect(kept_forms.address(request, kept_forms.save(request, owner)))
    return render(request, "accounts/form_too_old.html", status=403)
