"""What a person logs in with. Secrets are sealed under the key ring and bound to a random credential id."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.permissions import AccountsPerm
from secdesk.core.access import GuardedQuerySet, holds
from secdesk.core.people.models import Person

M = TypeVar("M", bound=models.Model)


class Method(StrEnum):
    """A way to prove a factor; the value is stored in sessions and in the ledger."""

    PASSKEY = "passkey"
    TOTP = "totp"
    TOKEN = "token"  # noqa: S105 (a name, no secret)
    SHEET = "sheet"
    RECOVERY = "recovery"
    LENT = "lent"  # 「今日だけ忘れた」


def new_credential_id() -> str:
    """A random name; the associated data of everything sealed for the credential."""
    return secrets.token_hex(16)


class OwnedQuerySet(GuardedQuerySet[M]):
    """Rows with a `person`: everybody reaches the own ones and no others, administrators included."""

    view_permission = AccountsPerm.USE_OWN

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """The person's own."""
        return [Q(person=person)] if perm == AccountsPerm.USE_OWN and holds(person, perm) else []


class LoginState(models.Model):
    """One row per person. `logins` is raised at each full log-in, so that older pending steps die."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="login_state")
    logins = models.PositiveBigIntegerField(default=0)
    last_method = models.CharField(max_length=10, blank=True)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.logins}"


class Credential(models.Model):
    """Base of everything a person holds: random id, name given by its owner, times."""

    ledger_open = True  # readers of the ledger see whose means of authentication came and went

    credential_id = models.CharField(max_length=32, unique=True, default=new_credential_id, editable=False)
    name = models.CharField(_("name"), max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def context(self) -> bytes:
        """What a sealed secret of this credential is bound to."""
        return f"accounts.{self._meta.model_name}:{self.credential_id}".encode()

    @property
    def ledger_label(self) -> str:
        """How the ledger names it: neither the secret nor the name, which is free text of its owner."""
        return self.credential_id[:8]


class SealedSecret(Credential):
    """A credential with a shared secret, AES-256-GCM under the key ring."""

    sealed_secret = models.BinaryField(max_length=200)

    class Meta:
        abstract = True

    def seal(self, secret: bytes) -> None:
        """Keep `secret` (raw bytes)."""
        self.sealed_secret = settings.KEY_RING.encrypt(secret, context=self.context)

    def secret(self) -> bytes:
        """The raw secret; raises DecryptionFailed when row and key ring do not fit."""
        opened: bytes = settings.KEY_RING.decrypt(bytes(self.sealed_secret), context=self.context)
        return opened


class TotpCredentialQuerySet(OwnedQuerySet["TotpCredential"]):
    """Authenticator apps; everybody reaches the own ones."""


class TotpCredential(SealedSecret):
    """An authenticator app (RFC 6238, SHA-1, 6 digits, 30 s)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="totp_credentials")
    last_step = models.BigIntegerField(default=-1)  # newest time step that was used; only ever raised

    ledger_fields: frozenset[str] = frozenset()
    objects = TotpCredentialQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or "TOTP"
