"""The ledger as JSON lines, for verify_ledger.py and for auditors.

The first line names the ledger, then come the checkpoints, the sealed entries in the order of the
tree, and last those that wait for their seal. Read in steps; the memory used stays the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from secdesk.core.ledger import notes
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint, LedgerDetails, LedgerEntry, LedgerSeal
from secdesk.core.ledger.seal import BEFORE_ALL, tree_size, without_seal
from secdesk.core.ledger.services import Actor, record

FORMAT = 1
STEP = 1_000

Hide = Callable[[Sequence[LedgerEntry]], set[int]]  # entries of one step -> ids of those to withhold


def nothing_hidden(entries: Sequence[LedgerEntry]) -> set[int]:
    """For the operator's command, which runs on the host and reads the whole database anyway."""
    return set()


def record_export(*, by: Actor) -> None:
    """Write down that somebody takes the ledger out of the house; before the first line is read."""
    with transaction.atomic():
        record(Event.LEDGER_EXPORTED, by=by)


def export_lines(hidden: Hide = nothing_hidden) -> Iterator[str]:
    """Lines of the export, each with its line break.

    Entries that `hidden` names are withheld: only their seal is given, which proves the tree all
    the same. Entries sealed while the export runs appear as waiting.
    """
    size = tree_size()
    yield _line({"ledger": notes.ledger_name(), "format": FORMAT, "exported_at": timezone.now().isoformat()})
    for note in Checkpoint.objects.filter(tree_size__lte=size).order_by("tree_size").values_list("note", flat=True):
        yield _line({"checkpoint": note})
    for start in range(0, size, STEP):
        seals = LedgerSeal.objects.filter(leaf_index__gte=start, leaf_index__lt=min(start + STEP, size))
        yield from _sealed(list(seals.order_by("leaf_index")), hidden)
    yield from _waiting(size, hidden)


def _sealed(seals: Sequence[LedgerSeal], hidden: Hide) -> Iterator[str]:
    entries = LedgerEntry.objects.in_bulk([seal.entry_id for seal in seals])
    rows = _rows(list(entries.values()), hidden)
    for seal in seals:
        row = rows.get(seal.entry_id, {"id": seal.entry_id})
        yield _line({"i": seal.leaf_index, "leaf": seal.leaf_hash} | row)


def _waiting(size: int, hidden: Hide) -> Iterator[str]:
    after = BEFORE_ALL
    late = LedgerSeal.objects.filter(Q(leaf_index__gte=size) | Q(leaf_index__lt=0)).values("entry_id")
    while True:
        found = LedgerEntry.objects.filter(pk__in=late, pk__gt=after) | without_seal(after)
        entries = list(found.order_by("pk")[:STEP])
        if not entries:
            return
        yield from (_line(row) for row in _rows(entries, hidden).values() if "withheld" not in row)
        after = entries[-1].pk


def _rows(entries: Sequence[LedgerEntry], hidden: Hide) -> dict[int, dict[str, Any]]:
    details = LedgerDetails.objects.in_bulk([entry.pk for entry in entries])
    withheld = hidden(entries)
    rows: dict[int, dict[str, Any]] = {}
    for entry in entries:
        row = {"id": entry.pk, "entry": entry.sealed_text()} | _details(details.get(entry.pk))
        rows[entry.pk] = {"withheld": True} if entry.pk in withheld else row
    return rows


def _details(details: LedgerDetails | None) -> dict[str, Any]:
    if details is None:
        return {}
    if details.salt is None:
        return {"disposal": details.disposal_id}
    return {"salt": bytes(details.salt).hex(), "details": details.content}


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
