"""Limits on guessing that can't be turned against the owner (a law, docs/architecture.md §4).

Each account has two buckets: browsers in which it has logged in before, and all others. A stranger
fills only the second. At most 5 attempts in 5 minutes and 50 in a day are looked at in each, over
all nodes. An attempt is counted and committed before it is judged; success gives it back.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from secdesk.accounts.models import AttemptBucket

SHORT_SECONDS, SHORT_LIMIT = 300, 5
DAY_SECONDS, DAY_LIMIT = 86_400, 50


class TooManyAttempts(Exception):
    """The bucket is full: the attempt is not judged, whether right or wrong."""


@dataclass(frozen=True)
class Attempt:
    """One counted attempt."""

    bucket: str
    at: float
    allowed: bool


def take(account: str, *, known: bool = False) -> Attempt:
    """Count an attempt on `account` (an employee number, or `slip:…`, `token:…`), committed at once.

    Must be called outside any transaction, so that no roll-back can undo the count. Whoever
    gets `allowed=False` answers as if the secret had been wrong.
    """
    key = _key(account, known)
    now = timezone.now().timestamp()
    with transaction.atomic(durable=True):
        AttemptBucket.objects.get_or_create(key=key)
        bucket = AttemptBucket.objects.select_for_update().get(key=key)
        bucket.times = [at for at in bucket.times if at > now - DAY_SECONDS]
        recent = sum(at > now - SHORT_SECONDS for at in bucket.times)
        allowed = recent < SHORT_LIMIT and len(bucket.times) < DAY_LIMIT
        if allowed:
            bucket.times.append(now)
        bucket.save()
    return Attempt(key, now, allowed)


def give_back(attempt: Attempt) -> None:
    """The attempt was right: it is no guess and does not count."""
    with transaction.atomic():
        bucket = AttemptBucket.objects.select_for_update().get(key=attempt.bucket)
        if attempt.at in bucket.times:
            bucket.times.remove(attempt.at)
            bucket.save()


def note_refused(attempt: Attempt) -> None:
    """Count an attempt that was not judged. One commit, as recording a wrong one takes: equal time."""
    with transaction.atomic():
        AttemptBucket.objects.filter(key=attempt.bucket).update(refused=F("refused") + 1)


def sweep() -> int:
    """Delete buckets without an attempt in the last day; returns how many."""
    before = timezone.now() - dt.timedelta(seconds=DAY_SECONDS)
    deleted, _ = AttemptBucket.objects.filter(updated_at__lt=before).delete()
    return deleted


def _key(account: str, known: bool) -> str:
    secret = settings.KEY_RING.derived("attempt-buckets")
    text = f"{'known' if known else 'others'}:{account}"
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
