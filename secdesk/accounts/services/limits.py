"""Limits on guessing that can't be turned against the owner (a law, docs/architecture.md §4).

Each account has two buckets: browsers in which it has logged in before, and all others. A stranger
fills only the second. At most 5 attempts in 5 minutes and 50 in a day are looked at in each, over
all nodes. An attempt is counted and committed before it is judged; success gives it back.

Names that nobody has share a fixed number of buckets, and what is recorded of them has one limit for
all: strangers can fill neither this table nor the append-only ledger.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from secdesk.accounts.models import AttemptBucket
from secdesk.accounts.totp import InvalidCode
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person

SHORT_SECONDS, SHORT_LIMIT = 300, 5
DAY_SECONDS, DAY_LIMIT = 86_400, 50
ENTRIES = 2 * DAY_LIMIT  # in the ledger, a day: what both buckets of one account let through
SLOTS = 4096  # buckets for all names that nobody has


class TooManyAttempts(Exception):
    """The bucket is full: the attempt is not judged, whether right or wrong."""


@dataclass(frozen=True)
class Attempt:
    """One counted attempt."""

    bucket: str
    at: float
    allowed: bool


def take(account: str, *, known: bool = False) -> Attempt:
    """Count an attempt on `account` (an employee number, `token:…`, or `unknown(…)`), committed at once.

    Must be called outside any transaction, so that no roll-back can undo the count. Whoever
    gets `allowed=False` answers as if the secret had been wrong.
    """
    with transaction.atomic(durable=True):
        return _count(_key(account, known), short=SHORT_LIMIT, day=DAY_LIMIT)


def unknown(name: str, *, slots: int = SLOTS) -> str:
    """The account that counts attempts on a name nobody has: one of `slots`, whatever strangers invent."""
    return f"unknown:{int(_key(name, False), 16) % slots}"


def give_back(attempt: Attempt) -> None:
    """The attempt was right: it is no guess and does not count."""
    with transaction.atomic():
        bucket = AttemptBucket.objects.select_for_update().get(key=attempt.bucket)
        if attempt.at in bucket.times:
            bucket.times.remove(attempt.at)
            bucket.save()


def record_failure(event: Event, person: Person | None, **facts: Any) -> None:
    """Record a wrong attempt, in a commit of its own.

    At most 100 entries a day for each person, and 100 for all unknown names together; the rest is counted.
    """
    key = _key(f"entries:{event}:{person.number if person is not None else ''}", False)
    with transaction.atomic():
        if _count(key, short=ENTRIES, day=ENTRIES).allowed:
            record(event, by=None, target=person, **facts)
        else:
            AttemptBucket.objects.filter(key=key).update(refused=F("refused") + 1)


@contextmanager
def limited(account: str, person: Person, step: str) -> Iterator[None]:
    """Count an attempt of `person` on `account`; InvalidCode from the body is recorded, all else is right.

    Raises TooManyAttempts. Call outside a transaction.
    """
    attempt = take(account)
    if not attempt.allowed:
        note_refused(attempt)
        raise TooManyAttempts
    try:
        yield
    except InvalidCode:
        record_failure(Event.LOGIN_FAILED, person, step=step)
        raise
    give_back(attempt)


def note_refused(attempt: Attempt) -> None:
    """Count an attempt that was not judged. One commit, as recording a wrong one takes: equal time."""
    with transaction.atomic():
        AttemptBucket.objects.filter(key=attempt.bucket).update(refused=F("refused") + 1)


def sweep() -> int:
    """Delete buckets without an attempt in the last day; returns how many."""
    before = timezone.now() - dt.timedelta(seconds=DAY_SECONDS)
    deleted, _ = AttemptBucket.objects.filter(updated_at__lt=before).delete()
    return deleted


def _count(key: str, *, short: int, day: int) -> Attempt:
    """Count in a bucket, inside the caller's transaction, unless it is full."""
    now = timezone.now().timestamp()
    AttemptBucket.objects.get_or_create(key=key)
    bucket = AttemptBucket.objects.select_for_update().get(key=key)
    bucket.times = [at for at in bucket.times if at > now - DAY_SECONDS]
    recent = sum(at > now - SHORT_SECONDS for at in bucket.times)
    allowed = recent < short and len(bucket.times) < day
    if allowed:
        bucket.times.append(now)
    bucket.save()
    return Attempt(key, now, allowed)


def _key(account: str, known: bool) -> str:
    secret = settings.KEY_RING.derived("attempt-buckets")
    text = f"{'known' if known else 'others'}:{account}"
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
