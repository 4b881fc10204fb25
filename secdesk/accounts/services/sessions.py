"""Sessions: lock, unlock, end."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from secdesk.accounts.models import Session
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record
from secdesk.core.people.models import Person


def lock_session(session: Session) -> None:
    """Lock a session that nobody used within its idle limit; once, however many requests notice it."""
    now = timezone.now()
    with transaction.atomic():
        if Session.objects.filter(pk=session.pk, locked_at__isnull=True, ended_at__isnull=True).update(locked_at=now):
            record(Event.SESSION_LOCKED, by=None, target=session, owner=session.person_id)
    session.locked_at = now


def unlock_session(session: Session, *, by: Person, method: str) -> None:
    """Open a locked session again: its owner proved one factor. The absolute limit stays."""
    now = timezone.now()
    with transaction.atomic():
        Session.objects.filter(pk=session.pk).update(locked_at=None, last_seen_at=now)
        record(Event.SESSION_UNLOCKED, by=by, target=session, method=method)
    session.locked_at, session.last_seen_at = None, now


def end_session(session: Session, *, by: Person) -> None:
    """End one session; the device is out at its next request."""
    with transaction.atomic():
        _end(Session.objects.filter(pk=session.pk))
        record(Event.SESSION_ENDED, by=by, target=session)


def end_other_sessions(person: Person, *, keep: Session) -> int:
    """End all sessions of the person but the present one; how many."""
    with transaction.atomic():
        others = Session.objects.open(timezone.now()).filter(person=person).exclude(pk=keep.pk)
        ended = _end(others)
        record(Event.ALL_SESSIONS_ENDED, by=person, target=person, count=ended)
    return ended


def end_all_sessions(person: Person, *, by: Actor, reason: str) -> None:
    """End every session of the person at the next request, on all nodes (`session_epoch` is in the auth hash).

    For changes of factors, disabling, and attested losses. `reason` is a short code for the ledger.
    """
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
        ended = _end(Session.objects.open(timezone.now()).filter(person=person))
        record(Event.ALL_SESSIONS_ENDED, by=by, target=person, count=ended, reason=reason)
    person.refresh_from_db(fields=["session_epoch"])


def _end(rows: object) -> int:
    return rows.filter(ended_at__isnull=True).update(ended_at=timezone.now(), data=b"")  # type: ignore


def end_every_session() -> int:
    """After a restore: sessions that had ended since the backup must not live again; how many ended."""
    return _end(Session.objects.all())
