"""Loading the past in bulk: rows together with their ledger entries (architecture §2, the one exception).

Everything else is written by services, one act at a time. Demo cities, benchmarks and the import of a
city's old cases bring in years at once; they build the rows that the services would have written and hand
them over here in batches. A test makes the same incidents both ways and compares them row for row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.ledger.services import Actor, actor_code, details_text

BATCH = 500  # rows of one insert: no write lock over a second on SQLite (architecture §7)


class Purpose(StrEnum):
    """Why the past is loaded."""

    DEMO = "demo"
    BENCHMARK = "benchmark"
    IMPORT = "import"


class Refused(Exception):
    """In production only an import of old cases loads history."""


@dataclass(frozen=True)
class PastEvent:
    """What `record()` would have written at `at`."""

    at: dt.datetime
    event: Event
    by: Actor
    target: models.Model
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> tuple[LedgerEntry, bytes, str]:
        """The sealed row, and salt and content of its details."""
        content = details_text(self.by, self.target, self.before, self.after, self.facts)
        salt = secrets.token_bytes(32)
        entry = LedgerEntry(
            event=self.event.value,
            at=self.at,
            actor=actor_code(self.by),
            target_type=self.target._meta.label_lower,
            target_id=self.target.pk,
            details_hash=hashlib.sha256(salt + content.encode()).hexdigest(),
        )
        return entry, salt, content


def load(purpose: Purpose, heads: Sequence[models.Model], parts: Iterable[Any]) -> None:
    """Write one batch: `heads` first, then `parts` (rows that point at them, and `PastEvent`s in order of time).

    `parts` may be lazy: it is read after the heads have their ids. One transaction, so keep a batch
    to about `BATCH` heads. Raises Refused in production unless the purpose is an import.
    """
    if settings.SECDESK_MODE == "production" and purpose is not Purpose.IMPORT:
        raise Refused(purpose.value)
    with transaction.atomic():
        _wait_for_other_writers()
        _insert(heads)
        by_model: dict[type[models.Model], list[models.Model]] = {}
        events: list[PastEvent] = []
        for part in parts:
            if isinstance(part, PastEvent):
                events.append(part)
            else:
                by_model.setdefault(type(part), []).append(part)
        for rows in by_model.values():
            _insert(rows)
        _record(events)


def _wait_for_other_writers() -> None:
    """Let nobody draw ids of entries in between (on SQLite nobody can).

    Old entries with ids below those of entries already sealed are what the verifier calls inserted.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {LedgerEntry._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _insert(rows: Sequence[models.Model]) -> None:
    if rows:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)


def _record(events: list[PastEvent]) -> None:
    """Entries in the order of time, as they would have come."""
    made = [event.rows() for event in sorted(events, key=lambda event: event.at)]
    LedgerEntry.objects.bulk_create([entry for entry, _salt, _content in made], batch_size=BATCH)
    details = [LedgerDetails(entry=entry, salt=salt, content=content) for entry, salt, content in made]
    LedgerDetails.objects.bulk_create(details, batch_size=BATCH)
