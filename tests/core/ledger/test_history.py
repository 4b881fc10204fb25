"""Loading the past while the desk runs is no alarm: old entries never get ids below those already sealed."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from secdesk.core.history import PastEvent, Purpose, load
from secdesk.core.ledger import outside
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.ledger.seal import seal
from secdesk.core.ledger.services import SystemActor
from secdesk.core.people.models import Organ
from tests.core.ledger.conftest import Outside, Write


def test_the_demo_city_after_a_seal_is_intact(kept: Outside, write: Write, settings: Any) -> None:
    settings.SECDESK_MODE = "demo"
    write(3)
    call_command("seed_demo", "--json")
    write(1)
    assert LedgerEntry.objects.filter(at__lt=timezone.now() - dt.timedelta(days=7)).exists()
    code, output = kept.verify()
    assert (code, "ALARM" in output) == (0, False), output


def done_or_held(other: Future[Any]) -> bool:
    """Whether the other writer is through, or waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return other.done() or bool(cursor.fetchone()[0])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_what_is_written_while_the_past_is_loaded_comes_after_it(
    transactional_db: None, kept: Outside, write: Write
) -> None:
    organ = Organ.objects.create(code="x", name="x")
    past = [
        PastEvent(timezone.now() - dt.timedelta(days=days), Event.PERSON_CREATED, SystemActor("import"), organ)
        for days in (90, 60)
    ]

    def write_and_seal() -> list[LedgerEntry]:
        try:
            return write(1)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            load(Purpose.IMPORT, [], past)
            other = pool.submit(write_and_seal)
            while not done_or_held(other):
                pass
        assert other.result(timeout=60)[0].pk == LedgerEntry.objects.latest("pk").pk
    seal(everything=True)
    outside.publish()
    code, output = kept.verify()
    assert (code, "ALARM" in output) == (0, False), output
