"""The sending job's work: lease a mail, judge its recipient again, send, write down what became of it."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, models, transaction
from django.db.models import QuerySet
from django.template import Context, engines
from django.utils import timezone, translation

from secdesk.core.access import registered
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import SystemActor, record
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.outbox.services import open_hold
from secdesk.core.work.leases import new_holder

LEASE = dt.timedelta(minutes=5)  # an SMTP dialogue gives up after a few time-outs of 20 s
RETRY_FIRST, RETRY_LONGEST = dt.timedelta(minutes=1), dt.timedelta(hours=1)
GIVE_UP_AFTER = dt.timedelta(days=7)  # a mail server that is down over a long week-end loses nothing
BATCH = 200
ACTOR = SystemActor("outbox.send")
Status = OutboxMessage.Status


@dataclass(frozen=True)
class Failure:
    """Why a mail did not go. `server`: the others of this round would meet the same."""

    code: str
    permanent: bool = False
    server: bool = False


def send_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due until nothing is left, the outbox is held or the server can't be reached; gives how many."""
    holder, transport, sent = new_holder(), _Transport(), 0
    try:
        for pk in list(due().values_list("pk", flat=True)[:BATCH]):
            if stopping() or open_hold():
                break
            message = claim(pk, holder)
            if message is None:
                continue
            failure = deliver(message, transport)
            sent += failure is None
            if failure is not None and failure.server:
                break
    finally:
        transport.close()
    return sent


def due() -> QuerySet[OutboxMessage]:
    """Mails to be sent now, and those whose sender died."""
    waiting = OutboxMessage.objects.filter(status__in=(Status.QUEUED, Status.SENDING))
    return waiting.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at", "id")


def claim(pk: int, holder: str) -> OutboxMessage | None:
    """Lease the mail, or None when somebody else was first."""
    message = due().filter(pk=pk).select_related("person").first()
    if message is None:
        return None
    as_read = due().order_by().filter(pk=pk, attempts=message.attempts, next_attempt_at=message.next_attempt_at)
    lease = {"status": Status.SENDING, "holder": holder, "next_attempt_at": timezone.now() + LEASE}
    if not as_read.update(attempts=message.attempts + 1, **lease):
        return None
    message.attempts, message.holder = message.attempts + 1, holder
    return message


def deliver(message: OutboxMessage, transport: _Transport) -> Failure | None:
    """Send a leased mail, or say why not; a mail whose recipient lost the right to it is cancelled."""
    target = target_for(message)
    reason = withheld(message, target)
    if reason:
        _close(message, Event.MAIL_CANCELLED, status=Status.CANCELLED, error=reason)
        return None
    try:
        mail = compose(message, target)
        transport.send(mail)
    except DatabaseError:  # no fault of the mail: its lease runs out and it is tried again
        raise
    except Exception as error:
        failure = judge(error)
        _failed(message, failure)
        return failure
    _close(message, Event.MAIL_SENT, status=Status.SENT, sent_at=timezone.now(), address=mail.to[0], error="")
    return None


def target_for(message: OutboxMessage) -> models.Model | None:
    """What the mail is about, if its reader still has the right to it; None also when it is about nothing."""
    person = message.person
    if message.target_type in ("", person._meta.label_lower):
        return person if message.target_id == person.pk else None
    rows: Any = apps.get_model(message.target_type)._default_manager
    if message.permission:
        permission = next(perm for perm in registered() if perm.value == message.permission)
        rows = rows.allowed(person, permission)
    else:
        rows = rows.visible_to(person)
    found: models.Model | None = rows.filter(pk=message.target_id).first()
    return found


def withheld(message: OutboxMessage, target: models.Model | None) -> str:
    """Why the person must not get this mail today; empty when they may (security.md C6)."""
    if not message.person.is_active:
        return "left"
    if not message.person.email:
        return "no address"
    return "no right" if message.target_type and target is None else ""


def compose(message: OutboxMessage, target: models.Model | None) -> EmailMessage:
    """The mail in its reader's language: first line of the template is the subject."""
    with translation.override(message.person.language):
        template: Any = engines["django"].get_template(f"email/{message.kind}.txt")
        text = template.template.render(Context(_values(message, target), autoescape=False)).strip()
    subject, _newline, body = text.partition("\n")
    return EmailMessage(
        subject.strip(),
        body.strip() + "\n",
        to=[message.person.email],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )


def judge(error: Exception) -> Failure:
    """Whether it is worth while to try again, by the server's code (RFC 5321: 4xx later, 5xx never).

    A refused sender, log-in or greeting is a fault of the settings and no mail's own: those wait.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
        return Failure(f"RCPT {code}", permanent=code >= 500, server=code == 421)
    if isinstance(error, smtplib.SMTPDataError):
        return Failure(f"DATA {error.smtp_code}", permanent=error.smtp_code >= 500, server=error.smtp_code == 421)
    if isinstance(error, smtplib.SMTPResponseException):
        return Failure(f"{type(error).__name__} {error.smtp_code}", server=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Failure(type(error).__name__, permanent=True)
    if isinstance(error, OSError):  # refused, timed out, cut off; smtplib's other errors are OSErrors too
        return Failure(type(error).__name__, server=True)
    return Failure(type(error).__name__, permanent=True)


class _Transport:
    """One SMTP connection for a round, opened when first needed."""

    def __init__(self) -> None:
        self.connection = get_connection()

    def send(self, mail: EmailMessage) -> None:
        try:
            self.connection.open()  # else the backend would open and close one for each mail
            self.connection.send_messages([mail])
        except smtplib.SMTPServerDisconnected:
            self.close()
            raise

    def close(self) -> None:
        with suppress(smtplib.SMTPException, OSError):  # the mail is through; how the server takes leave is no matter
            self.connection.close()


def _values(message: OutboxMessage, target: Any) -> dict[str, Any]:
    values = dict(message.context)
    if message.secret:
        plain = settings.KEY_RING.decrypt(bytes(message.secret), context=message.secret_context)
        values["secret"] = plain.decode()
    path = message.path or (target.get_absolute_url() if hasattr(target, "get_absolute_url") else "/")
    return values | {"url": settings.SECDESK_URL.rstrip("/") + path, "desk_url": settings.SECDESK_URL}


def _failed(message: OutboxMessage, failure: Failure) -> None:
    now = timezone.now()
    if failure.permanent or now - message.queued_at > GIVE_UP_AFTER:
        _close(message, Event.MAIL_FAILED, status=Status.FAILED, error=failure.code)
        return
    pause = min(RETRY_FIRST * 2 ** min(message.attempts - 1, 10), RETRY_LONGEST)
    _held(message).update(status=Status.QUEUED, error=failure.code, next_attempt_at=now + pause)


def _close(message: OutboxMessage, event: Event, **values: Any) -> None:
    if values["status"] != Status.FAILED:
        values["secret"] = None
    with transaction.atomic():
        if _held(message).update(**values):
            record(event, by=ACTOR, target=message, reason=values["error"], attempts=message.attempts)


def _held(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        pk=message.pk, status=Status.SENDING, holder=message.holder, attempts=message.attempts
    )
