"""Dangerous acts ask for a factor again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from secdesk.accounts import entry, kept_forms
from secdesk.core.people.models import Person

View = Callable[..., HttpResponse]


def recent_sign_in(view: View) -> View:
    """Only within 15 minutes of showing a factor; else asks for one and returns to the very page.

    Never in a session of a lent code. A form that was posted too late comes back filled.
    Stands under the declaration of access.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask_again(request) or view(request, *args, **kwargs)

    return guarded


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """To the page that asks for a factor; None when one was shown within 15 minutes."""
    if getattr(request.user, "limited_to_staff", False):
        raise PermissionDenied  # 「今日だけ忘れた」: a lent code makes no lasting way in
    if entry.confirmed_recently(request):
        return None
    late = request.method == "POST" and isinstance(request.user, Person)
    token = kept_forms.save(request, request.user) if late and isinstance(request.user, Person) else None
    query = urlencode({"next": kept_forms.address(request, token)})
    return redirect(f"{resolve_url('accounts:confirm')}?{query}")
