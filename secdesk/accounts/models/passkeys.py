"""Passkeys and security keys, and the challenges that wait for their answer."""

from __future__ import annotations

from django.db import models

from secdesk.accounts.models.factors import Credential, OwnedQuerySet
from secdesk.core.people.models import Person


class PasskeyQuerySet(OwnedQuerySet["Passkey"]):
    """Passkeys; everybody reaches the own ones."""


class Passkey(Credential):
    """A discoverable WebAuthn credential; the private key never leaves the device."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="passkeys")
    webauthn_id = models.CharField(max_length=1400, unique=True)  # base64url
    public_key = models.TextField()  # base64url of the COSE key
    sign_count = models.BigIntegerField(default=0)
    aaguid = models.CharField(max_length=36, blank=True)  # kind of device
    is_synced = models.BooleanField(default=False)
    transports = models.JSONField(default=list, blank=True)

    ledger_fields: frozenset[str] = frozenset({"aaguid", "is_synced"})
    objects = PasskeyQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name or f"passkey {self.pk}"


class PasskeyChallenge(models.Model):
    """A challenge that was given out and not answered. Taking the row is what makes it single-use."""

    value_hash = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=20)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.value_hash[:8]}"
