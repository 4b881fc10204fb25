"""Somebody vouches in person for a colleague who forgot or lost their second factor (architecture §4)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.models.invitations import people_in
from secdesk.accounts.permissions import AccountsPerm
from secdesk.core.access import GuardedQuerySet, holds, scope
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import STAFF_FACTOR_ROLES


class AttestationQuerySet(GuardedQuerySet["Attestation"]):
    """Requests; heads and helpers reach those of their section's staff, others all losses; nobody the own."""

    view_permission = AccountsPerm.ATTEST

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """What `person` may attest."""
        found = []
        section = scope(person, AccountsPerm.ATTEST_SECTION)
        if section:
            found.append(people_in(section, "person") & ~Q(person=person) & ~_has_more_than_staff())
        if perm == AccountsPerm.ATTEST and holds(person, AccountsPerm.ATTEST_ANYBODY):
            found.append(Q(kind=Attestation.Kind.LOST) & ~Q(person=person))
        return found

    def waiting(self, now: dt.datetime | None = None) -> Self:
        """Still to be attested."""
        return self._open(now).filter(confirmed_at__isnull=True)

    def confirmed(self, now: dt.datetime | None = None) -> Self:
        """Attested by as many people as needed, and not used yet."""
        return self._open(now).filter(confirmed_at__isnull=False)

    def _open(self, now: dt.datetime | None) -> Self:
        return self.filter(used_at__isnull=True, refused_at__isnull=True, expires_at__gt=now or timezone.now())


def _has_more_than_staff() -> Q:
    """Condition: the person holds a role today beside which a colleague's word is not enough."""
    rows = RoleAssignment.objects.today().exclude(role__in=sorted(STAFF_FACTOR_ROLES))
    return Q(person__in=rows.values("person"))


class Attestation(models.Model):
    """One request, made after the password, in one browser: only that browser can use what comes of it."""

    class Kind(models.TextChoices):
        FORGOTTEN = "forgotten", _("Forgotten today")
        LOST = "lost", _("Means of authentication lost")

    person = models.ForeignKey(Person, models.CASCADE, related_name="attestations")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.CharField(max_length=5)  # 48-27: shown to the owner, compared by whoever attests
    browser_hash = models.CharField(max_length=64)  # SHA-256 of a cookie
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    first_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    first_at = models.DateTimeField(null=True, blank=True)
    second_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    second_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    code_hash = models.CharField(max_length=128, blank=True)  # Argon2, of the code read out
    used_at = models.DateTimeField(null=True, blank=True)

    objects = AttestationQuerySet.as_manager()

    ledger_open = True
    ledger_fields: frozenset[str] = frozenset({"kind"})

    class Meta:
        ordering = ("created_at",)
        constraints = (
            models.CheckConstraint(name="attested_by_two", condition=~Q(first_by=F("second_by"))),
            models.CheckConstraint(
                name="attested_by_others", condition=~Q(first_by=F("person")) & ~Q(second_by=F("person"))
            ),
            models.CheckConstraint(
                name="attested_pairs",
                condition=Q(first_by__isnull=True, first_at__isnull=True)
                | Q(first_by__isnull=False, first_at__isnull=False),
            ),
        )
        indexes = (models.Index(fields=("person", "kind", "used_at"), name="attestation_person"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def ledger_label(self) -> str:
        """Whose, and which."""
        return f"{self.person.number} {self.number}"

    @property
    def needs_two(self) -> bool:
        """Whether nobody can attest alone, because the owner has more than staff roles."""
        return not self.person.role_codes <= STAFF_FACTOR_ROLES

    def may_be_attested_alone(self, by: Person) -> bool:
        """Whether `by` is head or helper of the owner's section, and the owner has only staff roles."""
        rows = Attestation.objects.allowed(by, AccountsPerm.ATTEST_SECTION)
        return not self.needs_two and rows.filter(pk=self.pk).exists()
