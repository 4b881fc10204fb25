"""127.0.0.1 is sent to localhost: browsers bind passkeys to a name, never to an address (architecture §4)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

ASKED_BY_MONITORS = frozenset({"/healthz", "/readyz"})


class LocalhostMiddleware:
    """Only where people reach the desk by `localhost`, that is in the demo and while developing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = urlsplit(f"//{request.META.get('HTTP_HOST', '')}").hostname or ""
        home = urlsplit(settings.SECDESK_URL)
        by_address = host in ("127.0.0.1", "::1")
        if by_address and home.hostname == "localhost" and self._by_people(request):
            return HttpResponseRedirect(f"{home.scheme}://{home.netloc}{request.get_full_path()}")
        return self.get_response(request)

    def _by_people(self, request: HttpRequest) -> bool:
        return request.method in ("GET", "HEAD") and request.path not in ASKED_BY_MONITORS
