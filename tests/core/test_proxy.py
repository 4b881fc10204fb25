"""Forwarding headers count from the named proxy alone (security goal A4)."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from secdesk.core.proxy import ProxyMiddleware


def seen(remote: str, forwarded: str, proto: str = "https") -> tuple[str, bool]:
    """Address and scheme the desk believes."""
    answer: list[tuple[str, bool]] = []

    def view(request: HttpRequest) -> HttpResponse:
        assert ("X-Forwarded-Proto" in request.headers) == ("HTTP_X_FORWARDED_PROTO" in request.META)
        answer.append((request.META["REMOTE_ADDR"], "HTTP_X_FORWARDED_PROTO" in request.META))
        return HttpResponse()

    request = RequestFactory().get(
        "/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded, HTTP_X_FORWARDED_PROTO=proto
    )
    assert request.headers["X-Forwarded-Proto"] == proto
    ProxyMiddleware(view)(request)
    return answer[0]


def test_strangers_cannot_name_their_address() -> None:
    assert seen("203.0.113.9", "198.51.100.1") == ("203.0.113.9", False)


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the left part was written by the client
        ("6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1"),  # two proxies
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_proxy_is_believed(settings: LazySettings, forwarded: str, expected: str) -> None:
    settings.SECDESK_PROXY = ["127.0.0.1", "10.0.0.0/28"]
    assert seen("127.0.0.1", forwarded) == (expected, True)


def test_a_unix_socket_has_no_address(settings: LazySettings) -> None:
    settings.SECDESK_PROXY = ["unix"]
    assert seen("", "198.51.100.1") == ("198.51.100.1", True)
    assert seen("127.0.0.1", "198.51.100.1") == ("127.0.0.1", False)
