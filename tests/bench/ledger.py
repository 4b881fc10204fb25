"""Figures of the ledger: append, seal, verify, page.  usage: python -m tests.bench.ledger [ENTRIES]

Runs on a database of its own: SQLite under var/bench/ledger, or the one of DATABASE_URL (emptied before).
Bare and measured calls alternate, so that a busy disk slows both.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path("var/bench/ledger").resolve()
ENTRIES, PAIRS, BATCH = 100_000, 200, 10_000


def prepare() -> None:
    """Settings and an empty, migrated database."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "outside").mkdir(parents=True)
    os.environ.update(SECDESK_VAR=str(FOLDER), SECDESK_CHECKPOINTS=str(FOLDER / "outside"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.process_settings"
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        key = "integer PRIMARY KEY AUTOINCREMENT" if connection.vendor == "sqlite" else "bigserial PRIMARY KEY"
        cursor.execute(f"CREATE TABLE bare (id {key}, a varchar(60), b varchar(60), c varchar(64))")


def milliseconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def figure(name: str, rows: int, **values: Any) -> dict[str, Any]:
    """One line of `make bench`."""
    from django.db import connection

    return {"name": name, "rows": rows, "db": connection.vendor} | {
        key: round(value, 2) if isinstance(value, float) else value for key, value in values.items()
    }


def append() -> dict[str, Any]:
    """record() with its commit against one bare insert with its commit."""
    from django.db import connection, transaction

    from secdesk.core.ledger.events import Event
    from secdesk.core.ledger.services import SystemActor, record

    def bare() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO bare (a, b, c) VALUES ('x', 'y', 'z')")

    def ours() -> None:
        with transaction.atomic():
            record(Event.LOGIN_FAILED, by=SystemActor("bench"), number=1)

    pairs = [(milliseconds(bare), milliseconds(ours)) for _ in range(PAIRS)]
    bare_ms, data_ms = (statistics.median(column) for column in zip(*pairs, strict=True))
    return figure("ledger append", 0, data_ms=data_ms, bare_ms=bare_ms, ratio=data_ms / bare_ms, limit=4)


def fill(count: int) -> None:
    """Entries with details, as record() makes them, many at a time."""
    from django.db import transaction
    from django.utils import timezone

    from secdesk.core.ledger.models import LedgerDetails, LedgerEntry

    for start in range(0, count, BATCH):
        made = []
        for number in range(min(BATCH, count - start)):
            content = (
                f'{{"actor":{{"name":"甲斐 悠斗","number":"csirt"}},"address":"10.0.0.1","facts":{{"n":{number}}}}}'
            )
            salt = secrets.token_bytes(32)
            digest = hashlib.sha256(salt + content.encode()).hexdigest()
            entry = LedgerEntry(event="login.failed", at=timezone.now(), actor="person:1", details_hash=digest)
            made.append((entry, salt, content))
        with transaction.atomic():
            LedgerEntry.objects.bulk_create([entry for entry, _, _ in made], 500)
            LedgerDetails.objects.bulk_create([LedgerDetails(entry=e, salt=s, content=c) for e, s, c in made], 500)


def seal_all(count: int) -> Iterator[dict[str, Any]]:
    """Sealing everything, and then one entry on top of it."""
    from django.db import transaction

    from secdesk.core.ledger.events import Event
    from secdesk.core.ledger.models import Checkpoint, LedgerEntry, LedgerSeal
    from secdesk.core.ledger.seal import _seal_batch, seal
    from secdesk.core.ledger.services import record

    total = milliseconds(lambda: seal(everything=True))
    yield figure("ledger seal all", count, data_ms=total, per_second=int(count / total * 1000))
    times = []
    for _ in range(30):
        with transaction.atomic():
            record(Event.LOGIN_FAILED, by=None)
        entry = LedgerEntry.objects.latest("pk")
        times.append(milliseconds(lambda entry=entry: _seal_batch([entry])))  # type: ignore[misc]
    assert LedgerSeal.objects.count() == Checkpoint.objects.latest("tree_size").tree_size
    yield figure("ledger seal one", count, data_ms=statistics.median(times))


def verify(count: int) -> dict[str, Any]:
    """The stand-alone verifier on an export, start of its process included."""
    from secdesk.core.ledger import notes, outside
    from secdesk.core.ledger.export import export_lines

    export, program = FOLDER / "export.jsonl", Path("secdesk/core/ledger/verify_ledger.py")
    export.write_text("".join(export_lines()), "utf-8")
    outside.publish()
    command = [sys.executable, "-I", str(program), str(export), notes.public_key(), str(FOLDER / "outside")]
    cpu = os.times().children_user
    times = [milliseconds(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(3)]
    cpu, best = (os.times().children_user - cpu) / len(times), min(times)
    return figure(
        "ledger verify", count, data_ms=best, per_second=int(count / best * 1000),
        per_cpu_second=int(count / cpu), limit_per_second=20_000,
    )  # fmt: skip


def page(count: int) -> dict[str, Any]:
    """One page of entries, as a reader sees them, against its barest query."""
    from django.db import connection
    from django.http import QueryDict
    from django.test.utils import CaptureQueriesContext

    from secdesk.core.ledger.lists import LEDGER
    from secdesk.core.ledger.models import LedgerEntry
    from tests.cast import make_cast, make_city

    reader = make_cast(make_city())["admin"]

    def ours() -> None:
        asked = LEDGER.request(reader, QueryDict("event=login.failed"))
        assert len(asked.rows) == LEDGER.page_size
        assert asked.count.number

    def bare() -> None:
        assert list(LedgerEntry.objects.filter(event="login.failed").order_by("-at", "-pk")[: LEDGER.page_size])

    with CaptureQueriesContext(connection) as queries:
        ours()
    pairs = [(milliseconds(bare), milliseconds(ours)) for _ in range(30)]
    bare_ms, data_ms = (statistics.median(column) for column in zip(*pairs, strict=True))
    return figure("ledger page", count, data_ms=data_ms, bare_ms=bare_ms, ratio=data_ms / bare_ms, queries=len(queries))


def figures(count: int = ENTRIES) -> Iterator[dict[str, Any]]:
    """All figures, in an empty database."""
    prepare()
    yield append()
    fill(count)
    yield from seal_all(count)
    yield verify(count)
    yield page(count)


if __name__ == "__main__":
    for line in figures(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES):
        print(json.dumps(line), flush=True)
