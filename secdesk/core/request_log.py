"""One line per request on standard output, without anything of the people: no address, no person, no path.

The route's name stands for the path, because paths hold reference numbers and invitations.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("secdesk.requests")


class RequestLogMiddleware:
    """Method, route, status, milliseconds and the id that also stands in the ledger and in X-Request-Id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self.get_response(request)
        match = request.resolver_match
        if match is None and response.status_code < 400:  # a static file
            return response
        logger.info(
            "%s %s %d %d ms %s",
            request.method,
            (match.view_name or match.route) if match else "-",
            response.status_code,
            (time.monotonic() - started) * 1000,
            response.headers.get("X-Request-Id", "-"),
        )
        return response
