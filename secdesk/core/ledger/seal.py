"""Sealing: entries get their place in the tree, and a signed checkpoint says so.

Takes *entries without a seal*, never "everything up to the highest id": on PostgreSQL a
transaction may commit after one that drew a higher id (docs/architecture.md §5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from secdesk.core.ledger import notes
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint, LedgerEntry, LedgerEpoch, LedgerSeal
from secdesk.core.ledger.services import Actor, record
from secdesk.core.ledger.tree import Tree

BATCH = 5_000  # entries a transaction; on SQLite no write lock lasts over a second
BEFORE_ALL = -(2**63)  # no id is lower, forged ones included
LOOK_BACK = dt.timedelta(hours=6)  # no transaction of the desk lives that long; the nightly run looks at all


def newest_checkpoint() -> Checkpoint | None:
    """The newest checkpoint in the database."""
    return Checkpoint.objects.order_by("-tree_size").first()


def tree_size() -> int:
    """How many entries are sealed."""
    newest = newest_checkpoint()
    return newest.tree_size if newest else 0


def current_epoch() -> int:
    """Number of the epoch that is being written."""
    newest = LedgerEpoch.objects.order_by("-number").first()
    return newest.number if newest else 1


def seal(*, everything: bool = False) -> int:
    """Seal every entry that has no seal yet; returns how many.

    Looks at entries younger than LOOK_BACK, or at `everything`. Safe when run concurrently: places
    and entries are unique, so one of two wins, the other leaves the rest to the next run.
    """
    sealed, after = 0, BEFORE_ALL if everything else _settled_id()
    size = tree_size()  # read before the entries, so that another sealer's work shows as growth
    while entries := _unsealed(after):
        try:
            _seal_batch(entries)
        except IntegrityError:
            if tree_size() == size:
                raise
            return sealed
        sealed, after, size = sealed + len(entries), entries[-1].pk, tree_size()
    return sealed


def unsealed_count() -> int:
    """Entries of the last hours that wait for their seal."""
    return without_seal(_settled_id()).count()


def begin_epoch(*, by: Actor, decided_by: str, last_checkpoint: str | None, lost: str) -> LedgerEpoch:
    """Begin a new epoch after a restore: from here on history is lawfully written anew.

    `last_checkpoint` is the text of the newest note kept outside (None when there was none), `lost`
    says in a sentence what the restore lost, `decided_by` who decided it (name or document number).
    Raises ValueError when the note is not one that this desk signed.
    """
    known = notes.read_notes(last_checkpoint or "")
    if last_checkpoint and not known:
        raise ValueError("the last checkpoint is not a note signed by this desk's key")
    last = max(known, key=lambda note: (note.epoch, note.size), default=None)
    with transaction.atomic():
        newest = newest_checkpoint()
        number = max(current_epoch(), last.epoch if last else 0) + 1
        first_index = newest.tree_size if newest else 0
        entry = record(
            Event.LEDGER_EPOCH_BEGUN,
            by=by,
            number=number,
            first_index=first_index,
            last_epoch=last.epoch if last else 0,
            last_size=last.size if last else 0,
            last_root=last.root if last else "",
            lost=lost,
            decided_by=decided_by,
        )
        epoch = LedgerEpoch.objects.create(number=number, first_index=first_index, entry_id=entry.pk, at=entry.at)
    seal(everything=True)
    return epoch


def _settled_id() -> int:
    """Entries up to this id were all sealed, whoever drew them, when the checkpoint was made."""
    old = Checkpoint.objects.filter(at__lt=timezone.now() - LOOK_BACK).order_by("-tree_size").first()
    return old.highest_entry_id if old else BEFORE_ALL


def without_seal(after: int) -> models.QuerySet[LedgerEntry]:
    """Entries with a higher id that have no seal yet."""
    seals = LedgerSeal.objects.filter(entry_id=OuterRef("pk"))
    return LedgerEntry.objects.filter(~Exists(seals), pk__gt=after)


def _unsealed(after: int) -> list[LedgerEntry]:
    """The next entries without a seal; read before the transaction, so that its write lock is short."""
    return list(without_seal(after).order_by("pk")[:BATCH])


def _seal_batch(entries: Sequence[LedgerEntry]) -> None:
    with transaction.atomic():
        last = newest_checkpoint()
        tree = Tree.from_text(last.tree_size, last.peaks) if last else Tree()
        seals = []
        for entry in entries:
            leaf = entry.leaf_hash()
            seals.append(LedgerSeal(leaf_index=tree.size, entry_id=entry.pk, leaf_hash=leaf.hex()))
            tree.append(leaf)
        LedgerSeal.objects.bulk_create(seals, batch_size=300)
        epoch, root = current_epoch(), tree.root()
        Checkpoint.objects.create(
            tree_size=tree.size,
            epoch=epoch,
            root=root.hex(),
            note=notes.sign(epoch, tree.size, root),
            peaks=tree.peaks_text(),
            highest_entry_id=max(entries[-1].pk, last.highest_entry_id if last else 0),
            at=timezone.now(),
        )
