"""Put a mail into the outbox, hold and release the outbox, queue a failed mail again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from enum import StrEnum

from django.conf import settings
from django.db import models, transaction
from django.template import engines
from django.utils import timezone

from secdesk.core.access import GuardedQuerySet
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record
from secdesk.core.outbox.models import OutboxHold, OutboxMessage
from secdesk.core.people.models import Person

BATCH = 500
LONGEST_VALUE = 120
Status = OutboxMessage.Status


def enqueue(
    kind: str,
    *,
    to: Person,
    dedupe_key: str,
    target: models.Model | None = None,
    permission: StrEnum | None = None,
    path: str = "",
    context: Mapping[str, str | int | bool | None] | None = None,
    secret: str = "",
) -> OutboxMessage:
    """Write the mail `templates/email/<kind>.txt` to a person, in the caller's transaction.

    The same `dedupe_key` gives the mail that is there already. `context` holds references, numbers and
    codes: no names, no free text. At sending the person must still be in service and see `target` (or
    may do `permission` on it); the mail's link leads to `path`, else to the target's page. `secret`
    is kept encrypted, reaches the template as `{{ secret }}` and is forgotten once sent.
    Raises RuntimeError outside a transaction, ValueError for a context that can't be right, TypeError
    for a target that has no door, TemplateDoesNotExist for an unknown kind.
    """
    message = _message(
        kind, to=to, dedupe_key=dedupe_key, target=target, permission=permission, path=path, context=context or {}
    )
    if secret:
        message.secret = settings.KEY_RING.encrypt(secret.encode(), context=message.secret_context)
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    return OutboxMessage.objects.get(dedupe_key=dedupe_key)


def enqueue_to_each(
    kind: str,
    *,
    to: Iterable[Person],
    dedupe_key: str,
    target: models.Model | None = None,
    context: Mapping[str, str | int | bool | None] | None = None,
) -> None:
    """`enqueue` to several people in one statement; each mail's key is `dedupe_key` and the person's id."""
    OutboxMessage.objects.bulk_create(
        [
            _message(kind, to=person, dedupe_key=f"{dedupe_key}:{person.pk}", target=target, context=context or {})
            for person in to
        ],
        ignore_conflicts=True,
    )


def _message(
    kind: str,
    *,
    to: Person,
    dedupe_key: str,
    target: models.Model | None,
    context: Mapping[str, str | int | bool | None],
    permission: StrEnum | None = None,
    path: str = "",
) -> OutboxMessage:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("enqueue() belongs into the transaction of the change it tells of")
    engines["django"].get_template(f"email/{kind}.txt")
    now = timezone.now()
    return OutboxMessage(
        kind=kind,
        person=to,
        target_type=_guarded_type(target, to),
        target_id=target.pk if target is not None else None,
        path=path,
        permission=permission.value if permission is not None else "",
        context=_checked(context),
        dedupe_key=dedupe_key,
        message_id=new_message_id(),
        next_attempt_at=now,
        created_at=now,
        queued_at=now,
    )


def send_test_mail(*, to: Person, path: str) -> None:
    """Queue a mail by which an operator sees whether the mail server takes mail."""
    with transaction.atomic():
        enqueue("test", to=to, dedupe_key=f"test:{uuid.uuid4().hex}", path=path)


def new_message_id() -> str:
    """A Message-ID that stays the mail's own through all attempts; it names no machine."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "secdesk.invalid"
    return f"<{uuid.uuid4().hex}@{domain}>"


def open_hold() -> OutboxHold | None:
    """The hold in force, if any."""
    return OutboxHold.objects.filter(released_at__isnull=True).order_by("held_at").first()


@transaction.atomic
def hold_outbox(reason: OutboxHold.Reason, *, by: Actor) -> OutboxHold:
    """Send nothing until `release_outbox`; what is enqueued meanwhile waits too. Holding twice is one hold."""
    hold, created = OutboxHold.objects.get_or_create(
        reason=reason, released_at=None, defaults={"held_at": timezone.now()}
    )
    if created:
        record(Event.OUTBOX_HELD, by=by, target=hold)
    return hold


def release_outbox(*, by: Actor, discard: bool = False) -> int:
    """Send again; with `discard`, mails older than the hold are dropped. Gives how many were dropped.

    After a restore the mails of the restored copy may have been sent before the failure, hence `discard`.
    """
    hold = open_hold()
    if hold is None:
        return 0
    dropped = _discard(OutboxMessage.objects.filter(created_at__lt=hold.held_at)) if discard else 0
    with transaction.atomic():
        OutboxHold.objects.filter(released_at__isnull=True).update(released_at=timezone.now())
        record(Event.OUTBOX_RELEASED, by=by, target=hold, dropped=dropped)
    return dropped


def queue_failed_again(*, by: Actor) -> int:
    """Try all failed mails anew, when the cause is mended. Gives how many."""
    count = 0
    failed = OutboxMessage.objects.filter(status=Status.FAILED)
    while batch := list(failed.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            now = timezone.now()
            again = failed.filter(pk__in=batch).update(
                status=Status.QUEUED, attempts=0, error="", next_attempt_at=now, queued_at=now
            )
            record(Event.MAIL_QUEUED_AGAIN, by=by, count=again)
        count += again
    return count


def _discard(messages: models.QuerySet[OutboxMessage]) -> int:
    count = 0
    waiting = messages.filter(status__in=(Status.QUEUED, Status.SENDING))
    while batch := list(waiting.values_list("pk", flat=True)[:BATCH]):
        count += waiting.filter(pk__in=batch).update(status=Status.CANCELLED, error="discarded", secret=None)
    return count


def _guarded_type(target: models.Model | None, to: Person) -> str:
    if target is None:
        return ""
    if target != to and not isinstance(type(target)._default_manager.get_queryset(), GuardedQuerySet):
        raise TypeError(f"{type(target).__name__} has no door to judge the recipient by")
    return target._meta.label_lower


def _checked(context: Mapping[str, str | int | bool | None]) -> dict[str, str | int | bool | None]:
    for key, value in context.items():
        if key in ("url", "secret", "person") or not isinstance(value, str | int | None):
            raise ValueError(f"{key!r} can't be part of a mail's context")
        if isinstance(value, str) and (len(value) > LONGEST_VALUE or "@" in value or "\n" in value):
            raise ValueError(f"{key!r} is no reference: mails hold no addresses and no free text")
    return dict(context)
