"""Sessions and the forms that are kept for their owner when a session ends.

Both are useless in a copy of the database: keys are stored as hashes only, contents under the key ring.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.permissions import AccountsPerm
from secdesk.core.access import GuardedQuerySet, holds
from secdesk.core.people.models import Person


class SessionQuerySet(GuardedQuerySet["Session"]):
    """Sessions by their state; everybody reaches the own open ones and no others."""

    view_permission = AccountsPerm.USE_OWN

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """The person's own."""
        return [Q(person=person, ended_at__isnull=True, expires_at__gt=timezone.now())] if holds(person, perm) else []

    def open(self, now: dt.datetime) -> Self:
        """Neither ended nor past their absolute limit."""
        return self.filter(ended_at__isnull=True, expires_at__gt=now)


class Session(models.Model):
    """One browser. Rows of a person stay for a day after their end, without data: see `csrf_hash`."""

    key_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the cookie
    # SHA-256 of the CSRF secret its forms were made with: tells whose form arrives after the session's end.
    csrf_hash = models.CharField(max_length=64, blank=True, db_index=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="sessions")
    data = models.BinaryField(blank=True)  # AES-256-GCM, bound to key_hash
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()  # last act of a human being; polling does not count
    expires_at = models.DateTimeField()  # absolute limit
    device = models.CharField(_("device"), max_length=60, blank=True)
    is_shared_pc = models.BooleanField(_("shared PC"), default=False)
    is_staff_only = models.BooleanField(default=False)  # 「今日だけ忘れた」: nothing beyond staff
    locked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    ledger_open = True
    ledger_fields: frozenset[str] = frozenset()

    class Meta:
        indexes = (
            models.Index(fields=("person", "ended_at", "last_seen_at"), name="session_person"),
            models.Index(fields=("expires_at",), name="session_expires"),
        )

    def __str__(self) -> str:
        return f"{self.device or '?'} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def ledger_label(self) -> str:
        """The device, never the key."""
        return self.device


class KeptForm(models.Model):
    """What somebody typed into a form that arrived too late; for the same person, for 24 hours."""

    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the token in the address
    person = models.ForeignKey(Person, models.CASCADE, related_name="kept_forms")
    action = models.CharField(max_length=500)  # path the form was sent to
    page = models.CharField(max_length=500)  # path it was typed on
    data = models.BinaryField()  # AES-256-GCM, bound to token_hash and person
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("expires_at",), name="kept_form_expires"),)

    def __str__(self) -> str:
        return f"{self.action} {self.created_at:%Y-%m-%d %H:%M}"
