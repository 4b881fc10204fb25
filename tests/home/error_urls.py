"""The desk's URLs and pages that fail in every way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from secdesk.core.access import public
from secdesk.core.problems import TooManyRequests
from secdesk.core.states import Conflict
from secdesk.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]
PROBLEMS: dict[str, Exception] = {
    "400": BadRequest("SQL broke"),
    "403": PermissionDenied("SQL broke"),
    "404": Http404("SQL broke"),
    "409": Conflict("SQL broke"),
    "413": RequestDataTooBig("SQL broke"),
    "429": TooManyRequests(dt.timedelta(seconds=130)),
    "500": RuntimeError("SQL broke"),
}


def failing(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    @public
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [path(f"fail/{name}/", failing(error)) for name, error in PROBLEMS.items()]
urlpatterns += [path("", include("secdesk.urls"))]
