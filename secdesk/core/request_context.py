"""What the ledger must know of the request without services taking one: its id and the address."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class RequestContext:
    """Id of the request (hexadecimal) and the address it came from."""

    request_id: str = ""
    address: str = ""


NO_REQUEST = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=NO_REQUEST)


def current() -> RequestContext:
    """The request being answered; empty in jobs and commands."""
    return _current.get()


class RequestContextMiddleware:
    """Gives each request an id, and sends it back as `X-Request-Id` for the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        context = RequestContext(uuid.uuid4().hex, address_of(request))
        token = _current.set(context)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response["X-Request-Id"] = context.request_id
        return response


def address_of(request: HttpRequest) -> str:
    """The client's address; behind a proxy of ours ProxyMiddleware has found it."""
    return str(request.META.get("REMOTE_ADDR", ""))
