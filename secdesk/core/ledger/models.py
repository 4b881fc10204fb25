"""An entry is two rows: the sealed one, and its details, which may be disposed of after retention."""

from __future__ import annotations

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
            models.Index(fields=("actor", "id"), name="ledger_actor"),
            models.Index(fields=("event", "id"), name="ledger_event"),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.event}"


class LedgerDetails(models.Model):
    """Names, label, allow-listed before and after, address; hashed with a salt into the entry."""

    entry = models.OneToOneField(LedgerEntry, models.PROTECT, primary_key=True, related_name="details")
    salt = models.BinaryField(max_length=32, null=True)
    content = models.TextField(blank=True)  # canonical JSON

    def __str__(self) -> str:
        return f"details of {self.entry_id}"
