"""What views call: `once` around what a form makes, `conflict_page` when somebody else saved first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from secdesk.core.people.models import Person
from secdesk.core.submissions.comparison import Row, differing, raw_of, raw_of_record
from secdesk.core.submissions.services import send_once

FIELD = "form_token"
VERSION = "version"
_OURS = ("csrfmiddlewaretoken", FIELD)
_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def posted_token(request: HttpRequest) -> str:
    """The form token of this POST; empty when there is none."""
    token = request.POST.get(FIELD, "") if request.method == "POST" else ""
    return token if _SHAPE.fullmatch(token) else ""


def once(request: HttpRequest, form: forms.BaseForm, make: Callable[[], str]) -> HttpResponse:
    """Answer a valid POST: `make` calls the service and gives the path of what it made.

    The form holds `{% form_token %}`. Sent again as it was, it leads to what it made before; sent
    again with another text, both texts are shown and nothing is done. Without a token `make` just runs.
    """
    token, person = posted_token(request), request.user
    if not token or not isinstance(person, Person):
        return redirect(make())
    sent = send_once(person, token, _body(request), make)
    if sent.first_body is not None:
        rows = differing(form, raw_of(form, QueryDict(sent.first_body)))
        context = {"rows": rows, "result": sent.result, "kept": _kept(request, ()), "has_files": bool(request.FILES)}
        return render(request, "submissions/already_sent.html", context, status=409)
    if not sent.is_new:
        messages.info(request, _("This had already been sent. It was not done a second time."))
    return redirect(sent.result)


def conflict_page(
    request: HttpRequest,
    form: forms.BaseForm,
    *,
    values: Mapping[str, Any],
    version: int,
    record_url: str,
    saved_by: object = "",
    saved_at: dt.datetime | None = None,
) -> HttpResponse:
    """The record was saved by somebody else since this form was opened: both texts, to choose from field by field.

    `values` are the record's present values by field name, `version` its present version, which the
    chosen text is sent with.
    """
    rows = differing(form, raw_of_record(form, values))
    context = {
        "rows": rows,
        "kept": _kept(request, rows),
        "version": version,
        "record_url": record_url,
        "saved_by": saved_by,
        "saved_at": saved_at,
    }
    return render(request, "submissions/conflict.html", context, status=409)


def _body(request: HttpRequest) -> str:
    """What was sent, in one line; of files the name and the size."""
    body = request.POST.copy()
    for name in _OURS:
        body.pop(name, None)
    for name, files in request.FILES.lists():
        body.setlist(f"file:{name}", [f"{file.name} {file.size}" for file in files])
    return body.urlencode()


def _kept(request: HttpRequest, rows: tuple[Row, ...] | list[Row]) -> list[tuple[str, str]]:
    """All other fields of the form, to be sent along as they are."""
    chosen = {row.name for row in rows}
    parts = {f"{name}_{part}" for name in chosen for part in ("date", "time")}
    left = {*_OURS, VERSION, *chosen, *parts}
    return [(name, value) for name, values in request.POST.lists() if name not in left for value in values]
