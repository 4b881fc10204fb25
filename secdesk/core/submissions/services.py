"""Spending a form token: only success spends it, and only once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from secdesk.core.people.models import Person
from secdesk.core.submissions.models import Submission, context_of


class _AlreadySpent(Exception):
    pass


@dataclass(frozen=True)
class Sent:
    """What came of a form: the path of what it made, and whether this call made it.

    `first_body` is the text that was sent first, when this one differs from it; nothing was done then.
    """

    result: str
    is_new: bool
    first_body: str | None = None


def send_once(person: Person, token: str, body: str, make: Callable[[], str]) -> Sent:
    """Call `make` (which gives the path of what it made) unless this token was spent before.

    Of parallel calls with one token the second waits at the unique row until the first has ended, on
    both databases. When `make` raises, nothing is kept and the token stays good.
    """
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    digest = hashlib.sha256(body.encode()).hexdigest()
    try:
        with transaction.atomic():
            row = _claim(person, token_hash, digest, body)
            result = make()
            Submission.objects.filter(pk=row.pk).update(result=result)
        return Sent(result, is_new=True)
    except _AlreadySpent:
        row = Submission.objects.get(person=person, token_hash=token_hash)
    if row.digest == digest:
        return Sent(row.result, is_new=False)
    first = settings.KEY_RING.decrypt(bytes(row.body), context=row.context)
    return Sent(row.result, is_new=False, first_body=first.decode())


def _claim(person: Person, token_hash: str, digest: str, body: str) -> Submission:
    sealed = settings.KEY_RING.encrypt(body.encode(), context=context_of(person.pk, token_hash))
    try:
        return Submission.objects.create(person=person, token_hash=token_hash, digest=digest, body=sealed)
    except IntegrityError as error:
        raise _AlreadySpent from error
