"""One file that holds the whole database, on both kinds of database: make it, prove it, load it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

FILE_NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


class DumpError(Exception):
    """The database could not be saved, proved or loaded; the text says why."""


def file_name() -> str:
    """Name of the dump's file, by the kind of database in use."""
    return FILE_NAMES[connection.vendor]


def save(target: Path) -> None:
    """Write a consistent copy while the desk runs, readable by its owner alone."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    if connection.vendor == "sqlite":
        with _sqlite(_live_file(), readonly=True) as live, _sqlite(target) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    else:
        _run([*_tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])
    with target.open("rb") as saved:
        os.fsync(saved.fileno())


def prove(source: Path) -> None:
    """Open the file and read all of it; raises DumpError when it could not be loaded."""
    if connection.vendor == "sqlite":
        try:
            with _sqlite(source, readonly=True) as copy:
                answer = [row[0] for row in copy.execute("PRAGMA integrity_check")]
                broken = copy.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            raise DumpError(str(error)) from error
        if answer != ["ok"] or broken:
            raise DumpError(f"{source}: {answer[:3]} {broken[:3]}")
    else:
        _run([*_tool("pg_restore"), "--file=/dev/null", str(source)])


def load(source: Path) -> None:
    """Put the copy into the place of the present database, in one transaction: all of it or nothing."""
    connection.close()
    if connection.vendor == "sqlite":
        _live_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _sqlite(source, readonly=True) as copy, _sqlite(_live_file()) as live:
            copy.backup(live)
            live.execute("PRAGMA journal_mode=WAL")
        return
    script = subprocess.Popen(  # noqa: S603
        [*_tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(source)], stdout=subprocess.PIPE
    )
    fresh = "SET lock_timeout = '20s'; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    words = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    words += [f"--command={fresh}", "--file=-"]
    try:
        _run([*_tool("psql"), *words], stdin=script.stdout)
    finally:
        if script.stdout is not None:
            script.stdout.close()
        if script.wait():
            raise DumpError(f"pg_restore could not read {source}")


def _live_file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


@contextmanager
def _sqlite(file: Path, *, readonly: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "ro" if readonly else "rwc"
    uri = f"file:{quote(str(file))}?mode={mode}"
    with closing(sqlite3.connect(uri, uri=True, timeout=20)) as database:
        yield database


def _tool(name: str) -> list[str]:
    """A PostgreSQL program and how it reaches the database; the password goes by the environment."""
    found = shutil.which(name)
    if found is None:
        raise DumpError(f"{name} がありません。postgresql-client を入れてください。/ Install postgresql-client.")
    if name == "pg_restore":
        return [found]
    parts = connection.settings_dict
    reach = {"--host": parts["HOST"], "--port": parts["PORT"], "--username": parts["USER"], "--dbname": parts["NAME"]}
    return [found, *(f"{option}={value}" for option, value in reach.items() if value)]


def _run(command: list[str], stdin: object = None) -> None:
    environment = os.environ | {"PGPASSWORD": str(connection.settings_dict.get("PASSWORD") or "")}
    done = subprocess.run(command, stdin=stdin, env=environment, capture_output=True, text=True)  # type: ignore[call-overload]  # noqa: S603
    if done.returncode:
        raise DumpError(done.stderr.strip()[-500:] or f"{Path(command[0]).name} failed")
