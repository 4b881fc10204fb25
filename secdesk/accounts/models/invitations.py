"""Registration: slips, mails and links by which a person comes to their first password and factor."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from enum import StrEnum
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.permissions import AccountsPerm
from secdesk.core.access import GuardedQuerySet, Scope, scope
from secdesk.core.people.models import Department, Person, Posting

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 letters, without 0, O, 1, I
LETTERS = 16  # 80 bits


def new_nonce() -> str:
    """What makes each invitation's code its own."""
    return secrets.token_hex(16)


def departments_in(where: Scope) -> Q:
    """Condition on departments: those of the scope."""
    if where.everywhere:
        return Q()
    return Q(pk__in=where.sections) | Q(bureau__in=where.bureaus) | Q(organ__in=where.organs)


def people_in(where: Scope, field: str) -> Q:
    """Condition: the person named by `field` works in a department of the scope today."""
    if where.everywhere:
        return Q()
    departments = Department.objects.filter(departments_in(where))
    return Q(**{f"{field}__in": Posting.objects.today().filter(department__in=departments).values("person")})


class EnrolleeQuerySet(GuardedQuerySet["Enrollee"]):
    """People whose registration somebody looks after."""

    view_permission = AccountsPerm.VIEW_ENROLMENT

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """People of the departments in which `person` holds `perm`."""
        where = scope(person, perm)
        return [people_in(where, "pk")] if where else []


class Enrollee(Person):
    """A person as their helper, head or the office sees them on the page 「登録状況」."""

    objects = EnrolleeQuerySet.as_manager()  # type: ignore[assignment, misc]

    class Meta:
        proxy = True


class SectionQuerySet(GuardedQuerySet["Section"]):
    """Departments whose registration somebody looks after."""

    view_permission = AccountsPerm.VIEW_ENROLMENT

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """Departments in which `person` holds `perm`."""
        where = scope(person, perm)
        return [departments_in(where)] if where else []


class Section(Department):
    """A department on the page 「登録状況」."""

    objects = SectionQuerySet.as_manager()  # type: ignore[assignment, misc]

    class Meta:
        proxy = True


class InvitationQuerySet(GuardedQuerySet["Invitation"]):
    """Invitations by their state."""

    view_permission = AccountsPerm.VIEW_ENROLMENT

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """Those of people in the departments of `person`, and the own one (its mail is sent through the door)."""
        where = scope(person, perm)
        found = [people_in(where, "person")] if where else []
        if isinstance(person, Person) and perm == AccountsPerm.VIEW_ENROLMENT:
            found.append(Q(person=person, withdrawn_at__isnull=True))
        return found

    def live(self, now: dt.datetime | None = None) -> Self:
        """Neither used, nor replaced, nor expired."""
        return self.current().filter(expires_at__gt=now or timezone.now())

    def current(self) -> Self:
        """Neither used nor replaced; perhaps expired."""
        return self.filter(used_at__isnull=True, withdrawn_at__isnull=True)

    def usable(self) -> Self:
        """Those whose code opens registration now: slips only after they were handed over."""
        return self.live().filter(~Q(kind=Invitation.Kind.SLIP) | Q(handed_over_at__isnull=False))


class Invitation(models.Model):
    """A code by which one person registers, once. The database can't tell it: it is derived from the key ring."""

    class Kind(models.TextChoices):
        SLIP = "slip", _("Registration slip")
        MAIL = "mail", _("Invitation by mail")
        LINK = "link", _("Registration link")

    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    kind = models.CharField(max_length=4, choices=Kind)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    code_hash = models.CharField(max_length=64, unique=True)  # HMAC of the code under the key ring
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True, blank=True)
    handed_over_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Codes of a sheet printed with the slip, sealed; wiped when the slip is handed over.
    sealed_sheet = models.BinaryField(blank=True, default=bytes)

    objects = InvitationQuerySet.as_manager()

    ledger_open = True
    ledger_fields: frozenset[str] = frozenset({"kind"})

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="one_invitation_a_person",
                fields=("person",),
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
            ),
        )
        indexes = (models.Index(fields=("expires_at",), name="invitation_expires"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d}"

    @property
    def ledger_label(self) -> str:
        """Whose it is, never the code."""
        return self.person.number

    @property
    def code(self) -> str:
        """The 16 letters, as they are typed, in groups of four."""
        key = settings.KEY_RING.derived("invitation-codes")
        digest = hmac.new(key, f"{self.person_id}:{self.nonce}".encode(), hashlib.sha256).digest()
        letters = base64.b32encode(digest[:10]).decode().translate(_TO_ALPHABET)
        return "-".join(letters[start : start + 4] for start in range(0, LETTERS, 4))

    @property
    def is_handed_out(self) -> bool:
        """Whether the person has it: a slip was handed over, a mail or link was sent."""
        return self.kind != self.Kind.SLIP or self.handed_over_at is not None

    @property
    def is_expired(self) -> bool:
        """Past its time."""
        return self.expires_at <= timezone.now()


_TO_ALPHABET = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET)
