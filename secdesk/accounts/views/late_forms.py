"""A form whose CSRF token is not this session's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from secdesk.accounts import kept_forms
from secdesk.core.access import public
from secdesk.core.people.models import Person


@public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Change nothing. What the same person typed in an earlier session comes back filled; else a plain page."""
    owner = kept_forms.owner_of_late_form(request)
    if isinstance(request.user, Person) and owner == request.user:
        return redirect(kept_forms.address(request, kept_forms.save(request, owner)))
    return render(request, "accounts/form_too_old.html", status=403)
