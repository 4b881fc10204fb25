"""Organs, departments, people, postings, role assignments. All dated: access is judged on the day."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import cached_property
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from secdesk.core.people.roles import ROLE_NAMES, SCOPED_ROLES, Role


class DatedQuerySet(models.QuerySet[Any]):
    """Rows with `starts_on` and `ends_on` (inclusive; empty = open)."""

    def on(self, day: dt.date) -> Self:
        """Rows in force on `day`."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)

    def today(self) -> Self:
        """Rows in force today in Japan."""
        return self.on(timezone.localdate())


def _period(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")))


class Organ(models.Model):
    """An organ of the city with the attributes that decide which law it follows (facts §3)."""

    class PrivacyRegime(models.TextChoices):
        APPI = "appi", _("Act on the Protection of Personal Information, chapter 5")
        MEDICAL = "medical", _("Article 26 of the Act (hospital, clinic, university)")
        OWN = "own", _("own ordinance (council)")

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    is_executive_organ = models.BooleanField(default=True)  # 地方自治法244条の6
    privacy_regime = models.CharField(max_length=10, choices=PrivacyRegime, default=PrivacyRegime.APPI)
    is_disclosure_agency = models.BooleanField(default=True)  # 実施機関 of the disclosure ordinance

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A bureau, section or branch office; `bureau` is the topmost department above it (itself for a bureau)."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    organ = models.ForeignKey(Organ, models.PROTECT, related_name="departments")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    bureau = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField(default=dt.date(2000, 4, 1))
    ends_on = models.DateField(null=True, blank=True)
    sort_key = models.PositiveIntegerField(default=0)

    objects = DatedQuerySet.as_manager()

    class Meta:
        ordering = ("sort_key", "id")
        constraints = (_period("department_period"),)

    def __str__(self) -> str:
        return self.name

    @property
    def full_name(self) -> str:
        """Bureau and section, as an office writes it: 市民部 大南支所."""
        if self.bureau is None or self.bureau_id == self.pk:
            return self.name
        return f"{self.bureau.name} {self.name}"


class PersonManager(BaseUserManager["Person"]):
    """People are found by their employee number, whatever the case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(number=username)


class Person(AbstractBaseUser):
    """Somebody who may log in: no groups, no superusers; roles come from `RoleAssignment` alone."""

    ledger_open = True  # readers of the ledger see what happened to an account

    class Language(models.TextChoices):
        JA = "ja", "日本語"
        EN = "en", "English"

    class Era(models.TextChoices):
        WESTERN = "western", _("Western calendar (2026)")
        JAPANESE = "japanese", _("Japanese calendar (Reiwa 8)")

    number = models.CharField(_("employee number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kana = models.CharField(_("name in kana"), max_length=80, blank=True)
    email = models.EmailField(_("mail address"), blank=True)
    phone = models.CharField(_("extension"), max_length=30, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.JA)
    era = models.CharField(max_length=10, choices=Era, default=Era.WESTERN)
    handle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # WebAuthn user handle
    starts_on = models.DateField(default=dt.date(2000, 4, 1))
    ends_on = models.DateField(null=True, blank=True)  # last day in service
    disabled_at = models.DateTimeField(null=True, blank=True)
    session_epoch = models.PositiveIntegerField(default=0)  # raised: every session of the person ends
    is_demo = models.BooleanField(default=False)

    USERNAME_FIELD = "number"
    REQUIRED_FIELDS = ["name"]
    objects = PersonManager()

    class Meta:
        ordering = ("kana", "id")
        constraints = (_period("person_period"),)
        indexes = (models.Index(fields=("kana", "id"), name="person_kana"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """In service today and not disabled; asked at every request, so a leaver is out at midnight."""
        today = timezone.localdate()
        in_service = self.starts_on <= today and (self.ends_on is None or today <= self.ends_on)
        return in_service and self.disabled_at is None

    def get_session_auth_hash(self) -> str:
        """Ends every session at its next request when the password or `session_epoch` changes."""
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac("secdesk.session", value, algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Any:
        return iter(())

    @cached_property
    def current_roles(self) -> tuple[RoleAssignment, ...]:
        """Roles in force today (one query, kept for the request)."""
        rows = RoleAssignment.objects.today().filter(person=self).select_related("department")
        return tuple(rows)

    @cached_property
    def current_postings(self) -> tuple[Posting, ...]:
        """Postings in force today, main one first (one query, kept for the request)."""
        rows = Posting.objects.today().filter(person=self).select_related("department__bureau")
        return tuple(rows.order_by("-is_main", "id"))

    @property
    def department(self) -> Department | None:
        """Department of the main posting."""
        postings = self.current_postings
        return postings[0].department if postings else None

    @property
    def role_codes(self) -> frozenset[Role]:
        """Codes of the roles in force; STAFF for everybody with a posting."""
        roles = {Role(row.role) for row in self.current_roles}
        return frozenset(roles | {Role.STAFF}) if self.current_postings else frozenset(roles)


class Posting(models.Model):
    """A person works in a department from a day to a day; several at once are 兼務."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="postings")
    department = models.ForeignKey(Department, models.PROTECT, related_name="postings")
    title = models.CharField(max_length=60, blank=True)
    is_main = models.BooleanField(default=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = (_period("posting_period"),)
        indexes = (models.Index(fields=("department", "starts_on"), name="posting_department"),)

    def __str__(self) -> str:
        return f"{self.department} {self.title}".strip()


class RoleAssignment(models.Model):
    """The only source of roles (architecture §3). Scoped roles name a department."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="role_assignments")
    role = models.CharField(
        max_length=20, choices=[(role.value, ROLE_NAMES[role]) for role in Role if role != Role.STAFF]
    )
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="role_assignments")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = (
            _period("role_period"),
            models.CheckConstraint(
                name="role_scope",
                condition=Q(role__in=sorted(SCOPED_ROLES), department__isnull=False)
                | (~Q(role__in=sorted(SCOPED_ROLES)) & Q(department__isnull=True)),
            ),
        )
        indexes = (models.Index(fields=("role", "department"), name="role_department"),)

    def __str__(self) -> str:
        name = str(ROLE_NAMES[Role(self.role)])
        return f"{name} ({self.department})" if self.department else name

    def clean(self) -> None:
        """Refuses a scoped role without department and a city-wide role with one."""
        if (self.role in SCOPED_ROLES) != (self.department_id is not None):
            raise ValidationError({"department": _("This role needs a department, or must not have one.")})
