"""An entry is two rows: the sealed one, and its details, which may be disposed of after retention.

The order of the entries is made by the seal, not by their ids (docs/architecture.md §5): a
transaction may commit later than one that drew a higher id.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from django.db import models


class LedgerEntry(models.Model):
    """Append-only. No foreign keys: an entry outlives what it speaks of."""

    event = models.CharField(max_length=60)  # of Event; no choices, so that a new event needs no migration
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)  # person:12 | system:backup | anonymous
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.BigIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    details_hash = models.CharField(max_length=64)

    class Meta:
        indexes = (
            models.Index(fields=("target_type", "target_id", "id"), name="ledger_target"),
            models.Index(fields=("actor", "at", "id"), name="ledger_actor"),
            models.Index(fields=("event", "at", "id"), name="ledger_event"),
            models.Index(fields=("at", "id"), name="ledger_at"),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.event}"

    def sealed_text(self) -> str:
        """What is sealed: canonical JSON of everything but the id (the order is the leaf's place)."""
        values = {
            "actor": self.actor,
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            "details_hash": self.details_hash,
            "event": self.event,
            "request_id": self.request_id,
            "target_id": self.target_id,
            "target_type": self.target_type,
        }
        return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def leaf_hash(self) -> bytes:
        """Leaf hash of RFC 6962: SHA-256 over a zero byte and the text."""
        return hashlib.sha256(b"\x00" + self.sealed_text().encode()).digest()


class LedgerDetails(models.Model):
    """Names, label, allow-listed before and after, address; hashed with a salt into the entry.

    After retention salt and content are emptied and `disposal` names the entry that says so;
    the database refuses every other change (guards.py).
    """

    entry = models.OneToOneField(LedgerEntry, models.PROTECT, primary_key=True, related_name="details")
    salt = models.BinaryField(max_length=32, null=True)
    content = models.TextField(blank=True)  # canonical JSON
    disposal = models.ForeignKey(LedgerEntry, models.PROTECT, null=True, related_name="disposed_details")

    def __str__(self) -> str:
        return f"details of {self.entry_id}"


class LedgerSeal(models.Model):
    """Place of an entry in the Merkle tree. No foreign key: a seal must survive its entry, to accuse."""

    leaf_index = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    leaf_hash = models.CharField(max_length=64)  # hexadecimal

    def __str__(self) -> str:
        return f"leaf {self.leaf_index}: entry {self.entry_id}"


class Checkpoint(models.Model):
    """A signed statement about the first `tree_size` entries (C2SP tlog-checkpoint)."""

    tree_size = models.BigIntegerField(primary_key=True)
    epoch = models.PositiveIntegerField()
    root = models.CharField(max_length=64)  # hexadecimal
    note = models.TextField()  # the signed note, byte for byte
    peaks = models.TextField()  # roots of the perfect subtrees, so that appending never reads old leaves
    highest_entry_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("at",), name="checkpoint_at"),)

    def __str__(self) -> str:
        return f"checkpoint {self.epoch}/{self.tree_size}"


class LedgerEpoch(models.Model):
    """A lawful restore: from leaf `first_index` on, history was written anew. The first epoch has no row."""

    number = models.PositiveIntegerField(primary_key=True)
    first_index = models.BigIntegerField()
    entry_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"epoch {self.number} from leaf {self.first_index}"
