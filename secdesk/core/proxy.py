"""Which address and scheme a request came with, believed only from the proxy named in SECDESK_PROXY."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_FORWARDED",
)


class ProxyMiddleware:
    """First of all: limits, ledger and redirects rely on what it leaves behind.

    From a trusted neighbour the address is the last entry of X-Forwarded-For that is not itself a
    trusted proxy. From anybody else every forwarding header is thrown away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        if _trusted(meta.get("REMOTE_ADDR", "")):
            meta["REMOTE_ADDR"] = _client(meta.get("HTTP_X_FORWARDED_FOR", ""), meta.get("REMOTE_ADDR", ""))
        else:
            for header in FORWARDED:
                meta.pop(header, None)
            request.__dict__.pop("headers", None)
        return self.get_response(request)


def _client(forwarded: str, neighbour: str) -> str:
    """The address the outermost trusted proxy saw."""
    client = neighbour
    for entry in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        try:
            client = str(ipaddress.ip_address(entry))
        except ValueError:
            return client  # not an address: nothing left of it can be believed
        if not _trusted(client):
            return client
    return client


def _trusted(address: str) -> bool:
    """Whether SECDESK_PROXY names the address; a neighbour over a Unix socket has none."""
    if not address:
        return "unix" in settings.SECDESK_PROXY
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(entry) for entry in settings.SECDESK_PROXY if entry != "unix")
