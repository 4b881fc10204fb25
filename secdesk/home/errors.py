"""Pages for what went wrong: what happened, that nothing was lost, what to do next. No technical words.

Django calls the handlers named in secdesk/urls.py; ProblemMiddleware adds the exceptions of our own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from secdesk.core import display, request_context
from secdesk.core.problems import TooManyRequests
from secdesk.core.secret_fields import open_fields
from secdesk.core.states import Conflict

_FREE_TEXT = 12  # letters from which a posted value is a text somebody wrote


@dataclass(frozen=True)
class Problem:
    """One kind of refusal: its heading, what it means, and what to do, in order."""

    status: int
    title: str | Promise
    text: str | Promise
    steps: tuple[str | Promise, ...] = ()


BAD_REQUEST = Problem(
    400,
    _("What was sent could not be read"),
    _("Nothing was changed."),
    (_("Go back to the page before and open it anew."), _("Then send it again.")),
)
FORBIDDEN = Problem(
    403,
    _("You can't do this with your role"),
    _("Nothing was changed. Your role allows other things than this."),
    (
        _("If you need it for your work, ask the head of your section or the information security office."),
        _("If your role changed lately, log out and log in again."),
    ),
)
NOT_FOUND = Problem(
    404,
    _("This page was not found"),
    _("It has moved, or it is not open to you."),
    (_("Check the address or the reference number."), _("Start from the home page.")),
)
CONFLICT = Problem(
    409,
    _("Somebody else was a little faster"),
    _("While this page was open, another person changed the same record. Your step was not done."),
    (
        _("Open the record anew and see how it stands now."),
        _("If your step is still right, do it again."),
    ),
)
TOO_LARGE = Problem(
    413,
    _("This is too large to be received"),
    _("Nothing was kept of it."),
    (_("Attach fewer or smaller files."), _("If it can't be smaller, ask the CSIRT how to hand it over.")),
)
TOO_MANY = Problem(429, _("Please wait a little"), _("There were many attempts in a short time."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, and 413 where the request was too large."""
    too_large = isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent))
    return _page(request, TOO_LARGE if too_large else BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404; the same for what is not there and for what is not the reader's to see."""
    return _page(request, NOT_FOUND)


def conflict(request: HttpRequest) -> HttpResponse:
    """409 for a step that no longer fits; forms that edit a record use `conflict_page` instead."""
    return _page(request, CONFLICT)


def too_many_requests(request: HttpRequest, wait_seconds: float) -> HttpResponse:
    """429 with the time to wait."""
    minutes = max(1, math.ceil(wait_seconds / 60))
    step = ngettext("Try again in %(minutes)d minute.", "Try again in %(minutes)d minutes.", minutes)
    problem = Problem(TOO_MANY.status, TOO_MANY.title, TOO_MANY.text, (step % {"minutes": minutes},))
    response = _page(request, problem)
    response["Retry-After"] = str(minutes * 60)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500, drawn without session and frame, which may be what failed."""
    context = {**display.desk(request), "request_id": _short_id(), "typed": _typed(request)}
    return HttpResponse(render_to_string("errors/server_error.html", context), status=500)


class ProblemMiddleware:
    """Turns the desk's own refusals into pages, wherever a view raised them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django's hook: None leaves the exception as it is."""
        if isinstance(exception, Conflict):
            return conflict(request)
        if isinstance(exception, TooManyRequests):
            return too_many_requests(request, exception.wait.total_seconds())
        return None


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    user = getattr(request, "user", None)
    inside = user is not None and user.is_authenticated
    context = {
        "frame": "base.html" if inside else "base_door.html",
        "problem": problem,
        "typed": _typed(request),
        "request_id": _short_id(),
    }
    return render(request, "errors/problem.html", context, status=problem.status)


def _short_id() -> str:
    """The beginning of the request's id, enough to find it in the log."""
    return request_context.current().request_id[:8].upper()


def _typed(request: HttpRequest) -> list[str]:
    """Texts of a refused form, so that they can be copied; never secrets."""
    if request.method != "POST":
        return []
    try:
        fields = list(open_fields(request).lists())
    except Exception:  # a body that can't be read has no text to give back
        return []
    return [value for _name, values in fields for value in values if len(value) >= _FREE_TEXT]
