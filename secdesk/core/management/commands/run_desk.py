"""`manage.py run_desk`: one parent that starts the web server and the scheduler and stops both.

It ends when one of the two ends, with that one's failure, and never starts a dead one again: a desk
without its clock looks alive and reminds nobody. Who supervises the parent (systemd, the person at
the keyboard) sees it end and starts the whole.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from secdesk.core.desk.start import start_safely

PORT_TAKEN = (
    "ポート {port} は別のプログラムが使っています。それを止めるか、--port で別の番号を指定してください。\n"
    "Port {port} is in use by another program. Stop it, or choose another one with --port."
)
PORT_REFUSED = "ポート {port} を開けません。/ Port {port} cannot be opened: {reason}"
RUNNING = "http://localhost:{port} で動いています。Ctrl-C で止まります。/ The desk runs; Ctrl-C stops it."
ENDED = "{name} が終わったため、デスク全体を止めました。/ {name} ended, so the whole desk was stopped."

GRACE_SECONDS = 20.0
POLL_SECONDS = 0.1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Command(BaseCommand):
    help = "Run the web server and the scheduler until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--threads", type=int, default=4)

    def handle(self, *args: Any, **options: Any) -> None:
        start_safely()
        sockets = listen(options["port"])
        desk = Desk(web_command(sockets, options["workers"], options["threads"]), scheduler_command(), sockets)
        threading.Thread(target=self.announce, args=(options["port"],), daemon=True).start()
        code = desk.run()
        if code:
            raise CommandError(ENDED.format(name=desk.ended_first))

    def announce(self, port: int) -> None:
        """Say where the desk is, as soon as it answers."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by the city's proxy
        for _attempt in range(600):
            try:
                with direct.open(f"http://localhost:{port}/healthz", timeout=5):
                    self.stdout.write(RUNNING.format(port=port))
                    self.stdout.flush()
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(POLL_SECONDS)


class Desk:
    """The two children; each has a process group of its own, so that Ctrl-C reaches the parent alone."""

    def __init__(self, web: list[str], scheduler: list[str], sockets: Sequence[socket.socket]) -> None:
        self.commands = {"gunicorn": web, "run_scheduler": scheduler}
        self.sockets = sockets
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.signals = 0
        self.ended_first = ""

    def run(self) -> int:
        """Start both, wait for a signal or an end, stop both; 0 after a signal, else 1."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count)
        for name, command in self.commands.items():
            self.children[name] = subprocess.Popen(  # noqa: S603
                command,
                pass_fds=[sock.fileno() for sock in self.sockets],
                process_group=0,
                preexec_fn=_die_with_parent,
            )
        while not self.signals and not self.ended_first:
            time.sleep(POLL_SECONDS)
            self.ended_first = next((name for name, child in self.children.items() if child.poll() is not None), "")
        self._stop()
        return 1 if self.ended_first else 0

    def _count(self, *_signal: Any) -> None:
        self.signals += 1

    def _stop(self) -> None:
        """Ask both to end; a second Ctrl-C or the end of the grace kills them."""
        asked_at, signals = time.monotonic(), self.signals
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        while any(child.poll() is None for child in self.children.values()):
            if time.monotonic() - asked_at > GRACE_SECONDS or self.signals > signals + 1:
                for child in self.children.values():
                    _kill_group(child)
            time.sleep(POLL_SECONDS)


def listen(port: int) -> list[socket.socket]:
    """Sockets for `localhost` in IPv4 and, where there is one, IPv6. Raises CommandError when the port is taken."""
    sockets = []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            sock = socket.create_server((address, port), family=family, backlog=512)
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) and family == socket.AF_INET6:
                continue
            raise CommandError(_why_not(error, port)) from None
        sockets.append(sock)
    return sockets


def _why_not(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return PORT_TAKEN.format(port=port)
    return PORT_REFUSED.format(port=port, reason=error.strerror)


def web_command(sockets: Sequence[socket.socket], workers: int, threads: int) -> list[str]:
    """Gunicorn on sockets that are open already, so that nobody can take the port in between."""
    binds = [option for sock in sockets for option in ("--bind", f"fd://{sock.fileno()}")]
    return [
        sys.executable, "-m", "gunicorn", "secdesk.wsgi", *binds, "--no-control-socket", "--log-level", "warning",
        "--workers", str(workers), "--threads", str(threads), "--graceful-timeout", "10",
    ]  # fmt: skip


def scheduler_command() -> list[str]:
    """The scheduler under the same Python and settings."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_scheduler"]


def _die_with_parent() -> None:
    """In the child, before exec: Linux sends SIGTERM when the parent is killed without a chance to stop us."""
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
