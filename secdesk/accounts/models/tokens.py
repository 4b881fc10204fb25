"""OATH hardware tokens: small devices that show a number (HOTP, RFC 4226; TOTP, RFC 6238)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.models.factors import SealedSecret
from secdesk.accounts.permissions import AccountsPerm
from secdesk.core.access import GuardedQuerySet, holds
from secdesk.core.people.models import Person


class HardwareTokenQuerySet(GuardedQuerySet["HardwareToken"]):
    """Tokens; whoever manages them reaches all, nobody else any (owners see theirs on their factors page)."""

    view_permission = AccountsPerm.MANAGE_TOKENS

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """All or nothing."""
        return [Q()] if holds(person, perm) else []

    def active_for(self, person: Person) -> Self:
        """Tokens `person` can log in with."""
        return self.filter(person=person, activated_at__isnull=False, retired_at__isnull=True)

    def handed_to(self, person: Person) -> Self:
        """Tokens assigned to `person` that they have not activated yet."""
        return self.filter(person=person, activated_at__isnull=True, retired_at__isnull=True)


class HardwareToken(SealedSecret):
    """One device. Assigned by the office, activated by its owner with a code: neither alone is enough."""

    class Kind(models.TextChoices):
        TOTP = "totp", _("by time")
        HOTP = "hotp", _("by button")

    serial = models.CharField(_("serial number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.TOTP)
    digest = models.CharField(max_length=6, default="sha1")
    digits = models.PositiveSmallIntegerField(default=6)
    period = models.PositiveSmallIntegerField(default=30)  # seconds; for TOTP
    drift = models.SmallIntegerField(default=0)  # steps by which the device's clock differs from ours
    last_step = models.BigIntegerField(default=-1)  # newest step or counter used; only ever raised
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="hardware_tokens")
    assigned_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)  # lost or broken: never used again

    ledger_fields: frozenset[str] = frozenset({"serial", "kind", "digits", "period", "drift"})
    objects = HardwareTokenQuerySet.as_manager()

    class Meta:
        ordering = ("serial",)
        constraints = (
            models.CheckConstraint(name="token_period", condition=Q(period__in=(30, 60))),
            models.CheckConstraint(name="token_digits", condition=Q(digits__in=(6, 7, 8))),
            models.CheckConstraint(name="token_digest", condition=Q(digest__in=("sha1", "sha256", "sha512"))),
            models.CheckConstraint(
                name="token_owner",
                condition=Q(person__isnull=False, assigned_at__isnull=False)
                | Q(person__isnull=True, assigned_at__isnull=True, activated_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.serial

    @property
    def ledger_label(self) -> str:
        """The serial number, which is printed on the device."""
        return self.serial

    @property
    def tail(self) -> str:
        """Last four letters of the serial number, by which an owner tells devices apart."""
        return self.serial[-4:]
