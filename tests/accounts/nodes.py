"""Several web nodes on one database, and browsers that speak real HTTP to them."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.processes import Installation, free_port, wait_until

ORIGIN = "http://localhost:8000"  # what passkeys are bound to, whatever port a node listens on


@contextmanager
def nodes(desk: Installation, count: int) -> Iterator[list[int]]:
    """Ports of `count` gunicorn processes, each with eight threads."""
    ports = [free_port() for _ in range(count)]
    started = [_start(desk, port) for port in ports]
    try:
        for port in ports:
            wait_until(lambda port=port: _answers(port))  # type: ignore[misc]
        yield ports
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


def _start(desk: Installation, port: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "-m", "gunicorn", "secdesk.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "8",
        "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    return subprocess.Popen(command, env=desk.env, cwd=desk.folder)


def _answers(port: int) -> bool:
    try:
        return Browser(port).get("/healthz")[0] == 200
    except OSError:
        return False


class Browser:
    """Cookies and the CSRF token of one browser."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.place = ""

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page; its form token is kept."""
        status, text = self._ask("GET", path, None)
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
        self.token = found[1] if found else self.token
        return status, text

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Status and text; `place` is where a redirect leads."""
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": self.token, **fields}))

    def is_inside(self) -> bool:
        """Whether this is a full session."""
        return self.get("/devices/")[0] == 200

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        line = http.client.HTTPConnection("localhost", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, body, headers)
        answer = line.getresponse()
        text = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        self.place = answer.headers.get("Location") or ""
        line.close()
        return answer.status, text
