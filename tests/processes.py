"""Real processes of the desk on a database of their own: for what only killing and stopping can show."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)


class Installation:
    """A folder and a database in which `manage.py` commands run."""

    def __init__(self, folder: Path, database_url: str, **env: str) -> None:
        self.folder = folder
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
        self.env = {
            **inherited, "DJANGO_SETTINGS_MODULE": "tests.process_settings", "SECDESK_VAR": str(folder),
            "SECDESK_KEYS": str(folder / "keys"), "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT), **env,
        }  # fmt: skip

    def command(self, *args: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *args]

    def run(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(self.command(*args), env=self.env, capture_output=True, text=True, timeout=100)
        assert not check or done.returncode == 0, f"{args}: {done.stdout}{done.stderr}"
        return done

    def start(self, *args: str, **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(*args), env=self.env, **options)

    def python(self, code: str) -> str:
        """Run code with Django set up; gives what it prints."""
        done = self.run("shell", "--no-imports", "-c", code)
        return done.stdout.strip()


@contextmanager
def installation(folder: Path, **env: str) -> Iterator[Installation]:
    """An installation on the kind of database the tests run on, migrated, gone afterwards."""
    if connection.vendor == "sqlite":
        desk = Installation(folder, f"sqlite:///{folder / 'secdesk.sqlite3'}", **env)
        desk.run("migrate", "-v0")
        yield desk
        return
    name, parts = f"h_process_{secrets.token_hex(4)}", settings.DATABASES["default"]
    server = f"postgres://{parts['USER']}:{parts['PASSWORD']}@{parts['HOST']}:{parts['PORT'] or 5432}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            desk = Installation(folder, f"{server}/{name}", **env)
            desk.run("migrate", "-v0")
            yield desk
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Poll until the condition holds; fails the test after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before opening, or between opening and reading
        return False


def children_of(pid: int) -> list[int]:
    """Ids of all living descendants."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if alive(pid) else []:
        found += [int(child), *children_of(int(child))]
    return found
