"""Look-up secrets on paper: the code sheet and the recovery codes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from secdesk.accounts.models.factors import Credential
from secdesk.core.people.models import Person


class CodeSheet(Credential):
    """A printed sheet of 40 numbered codes; the newest sheet of a person counts, older ones are dead."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="code_sheets")
    ended_at = models.DateTimeField(null=True, blank=True)

    ledger_fields: frozenset[str] = frozenset()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("person",), condition=Q(ended_at__isnull=True), name="one_sheet_a_person"),
        )

    def __str__(self) -> str:
        return f"sheet {self.credential_id[:4]}"


class SheetCode(models.Model):
    """One code of a sheet, as an Argon2 hash: found by its number, checked once."""

    sheet = models.ForeignKey(CodeSheet, models.CASCADE, related_name="codes")
    number = models.PositiveSmallIntegerField()
    code_hash = models.CharField(max_length=128)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sheet", "number"), name="sheet_number"),)

    def __str__(self) -> str:
        return f"No. {self.number}"


class RecoveryCode(models.Model):
    """One recovery code, as an HMAC under the key ring: found by one look-up."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    ledger_open = True
    ledger_label = ""

    def __str__(self) -> str:
        return f"recovery code {self.pk}"
