"""Mails to be sent, and holds on all of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from secdesk.core.people.models import Person


class OutboxMessage(models.Model):
    """One mail to one person. Its text is made at sending; the row holds references, no personal data.

    While it is being sent, `next_attempt_at` is the end of the lease of `holder`.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("mail", "Waiting")
        SENDING = "sending", pgettext_lazy("mail", "Being sent")
        SENT = "sent", pgettext_lazy("mail", "Sent")
        FAILED = "failed", pgettext_lazy("mail", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("mail", "Not sent")

    kind = models.CharField(max_length=60)  # templates/email/<kind>.txt
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    address = models.EmailField(blank=True)  # the one it went to
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.BigIntegerField(null=True, blank=True)
    path = models.CharField(max_length=200, blank=True)  # where its link leads; empty = the target's page
    permission = models.CharField(max_length=80, blank=True)  # on the target; empty = to see it
    context = models.JSONField(default=dict)
    secret = models.BinaryField(null=True, blank=True)  # encrypted; gone when sent
    dedupe_key = models.CharField(max_length=200, unique=True)
    message_id = models.CharField(max_length=200, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    holder = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    queued_at = models.DateTimeField()  # later than created_at when it was queued again
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=120, blank=True)  # code of the server or reason, never a text with names

    ledger_open = False  # whom a mail went to may tell of a sealed incident

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="outbox_sent_at",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
            ),
        )
        indexes = (
            models.Index(fields=("status", "next_attempt_at"), name="outbox_due"),
            models.Index(fields=("status", "-id"), name="outbox_status"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.dedupe_key}"

    @property
    def ledger_label(self) -> str:
        """How the ledger names the mail."""
        return self.kind

    @property
    def secret_context(self) -> bytes:
        """What binds the encrypted secret to this mail."""
        return f"outbox:{self.dedupe_key}".encode()


class OutboxHold(models.Model):
    """While a hold is open nothing is sent; after a restore a person looks first (docs/operations.md)."""

    class Reason(models.TextChoices):
        RESTORE = "restore", _("The desk was restored from a backup")
        OPERATOR = "operator", _("Held by an operator")

    reason = models.CharField(max_length=10, choices=Reason)
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    ledger_open = True

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("reason",), condition=Q(released_at__isnull=True), name="outbox_one_hold_per_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.reason} {self.held_at:%Y-%m-%d %H:%M}"

    @property
    def ledger_label(self) -> str:
        """How the ledger names the hold."""
        return self.reason
