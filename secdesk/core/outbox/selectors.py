"""The outbox for the operator: figures, and which mail failed for whom; never what a mail is about.

That somebody gets a mail tells of what it is about: where the reader does not reach that, neither
person nor kind nor time is told, only the server's answer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from secdesk.core.ledger.selectors import reached_targets
from secdesk.core.outbox.models import OutboxHold, OutboxMessage
from secdesk.core.outbox.services import open_hold
from secdesk.core.people.models import Person

LATE = dt.timedelta(minutes=10)
Status = OutboxMessage.Status


@dataclass(frozen=True)
class FailedMail:
    """A failed mail as one reader may see it; without a message only the server's answer is told."""

    error: str
    message: OutboxMessage | None


@dataclass(frozen=True)
class OutboxState:
    """Figures of the outbox."""

    hold: OutboxHold | None
    waiting: int
    late: int  # waiting longer than ten minutes
    failed: int
    withheld: int  # not sent, because the person may not have it any more
    last_sent_at: dt.datetime | None
    older_than_hold: int


def outbox_state() -> OutboxState:
    """The figures now."""
    hold = open_hold()
    counts = dict(OutboxMessage.objects.values_list("status").annotate(Count("id")).order_by())
    waiting = OutboxMessage.objects.filter(status__in=(Status.QUEUED, Status.SENDING))
    sent = OutboxMessage.objects.filter(status=Status.SENT).order_by("-id")
    return OutboxState(
        hold=hold,
        waiting=counts.get(Status.QUEUED, 0) + counts.get(Status.SENDING, 0),
        late=waiting.filter(queued_at__lt=timezone.now() - LATE).count(),
        failed=counts.get(Status.FAILED, 0),
        withheld=counts.get(Status.CANCELLED, 0),
        last_sent_at=sent.values_list("sent_at", flat=True).first(),
        older_than_hold=waiting.filter(created_at__lt=hold.held_at).count() if hold else 0,
    )


def failed_mails(viewer: Person, number: int) -> list[FailedMail]:
    """The newest failed mails, those the viewer may know of first: the place of others would tell their time."""
    rows = OutboxMessage.objects.filter(status=Status.FAILED).select_related("person").order_by("-id")
    found = list(rows[:number])
    reached = reached_targets([(row.target_type, row.target_id) for row in found], viewer)
    known = [row for row in found if (row.target_type, row.target_id) in reached]
    errors = sorted(row.error for row in found if row not in known)
    return [*(FailedMail(row.error, row) for row in known), *(FailedMail(error, None) for error in errors)]
