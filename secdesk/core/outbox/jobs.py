"""The outbox is looked at every tick and cleared of what is a year old."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.core.jobs import JobContext, job
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.outbox.sending import send_due

KEPT = dt.timedelta(days=366)  # operation records are kept a year (facts §5.8)
BATCH = 500


@job("outbox.send", cron="* * * * *", second="*/20", title=_("Send mail"))
def send(context: JobContext) -> None:
    """Send what is due."""
    send_due(context.stopping)


@job("outbox.sweep", cron="50 3 * * *", title=_("Remove old records of mail"))
def sweep(context: JobContext) -> None:
    """Delete mails that came to their end over a year ago."""
    ended = (OutboxMessage.Status.SENT, OutboxMessage.Status.FAILED, OutboxMessage.Status.CANCELLED)
    old = OutboxMessage.objects.filter(status__in=ended, created_at__lt=timezone.now() - KEPT)
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        OutboxMessage.objects.filter(pk__in=batch).delete()
