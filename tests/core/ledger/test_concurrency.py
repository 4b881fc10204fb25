"""Six writers with roll-backs while two sealers seal: every checkpoint fits at the end (PostgreSQL)."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag

import pytest
from django.db import connection, connections, transaction

from secdesk.core.ledger import outside
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint, LedgerEntry, LedgerSeal
from secdesk.core.ledger.seal import seal
from secdesk.core.ledger.services import SystemActor, record
from tests.core.ledger.conftest import Outside

WRITERS, CHECKPOINTS = 6, 1_000
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


class RolledBack(Exception):
    """Ends a transaction without its entries."""


def write_until(done: Flag, number: int) -> int:
    """One writer; returns how many entries it committed. Every third transaction is rolled back."""
    dice, kept = random.Random(number), 0
    try:
        while not done.is_set():
            count = dice.randint(1, 4)
            try:
                with transaction.atomic():
                    for step in range(count):
                        record(Event.LOGIN_FAILED, by=SystemActor(f"writer{number}"), step=step)
                    if dice.random() < 1 / 3:
                        raise RolledBack
                kept += count
            except RolledBack:
                pass
    finally:
        connections.close_all()
    return kept


def seal_until(done: Flag, publishes: bool) -> int:
    """One sealer; returns how many entries it sealed. The one that publishes ends the run."""
    sealed = 0
    try:
        while not done.is_set():
            sealed += seal()
            if publishes:
                outside.publish()
            if Checkpoint.objects.count() >= CHECKPOINTS:
                done.set()
    finally:
        done.set()
        connections.close_all()
    return sealed


def test_all_checkpoints_fit_after_six_writers_with_roll_backs(transactional_db: None, kept: Outside) -> None:
    done = Flag()
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        sealers = [pool.submit(seal_until, done, publishes) for publishes in (True, False)]
        writers = [pool.submit(write_until, done, number) for number in range(WRITERS)]
        written = sum(writer.result() for writer in writers)
        sealed = sum(sealer.result() for sealer in sealers)
    sealed += seal(everything=True)
    outside.publish()
    assert written == sealed == LedgerEntry.objects.count() == LedgerSeal.objects.count()
    order = list(LedgerSeal.objects.order_by("leaf_index").values_list("entry_id", flat=True))
    assert order != sorted(order), "no transaction overtook another: the test has lost its point"
    checkpoints = Checkpoint.objects.count()
    assert checkpoints >= CHECKPOINTS
    code, output = kept.verify()
    assert code == 0, output
    assert f"{written} entries, {checkpoints} outside checkpoints" in output
    assert "not yet witnessed" not in output
