"""The first step: employee number and password. Unknown, disabled, wrong and locked look and take the same."""

from __future__ import annotations

import functools
import secrets
import unicodedata

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from secdesk.accounts import known_browsers
from secdesk.accounts.services import limits
from secdesk.core.ledger.events import Event
from secdesk.core.people.models import Person


def verified_person(number: str, password: str, *, device_cookie: str = "") -> Person | None:
    """The person whose password this is, when in service; None tells nothing about the reason.

    In every case: one count, one Argon2 computation, one more commit. Call outside a transaction.
    """
    number = clean_number(number)
    person = Person.objects.filter(number=number).first()
    known = person is not None and known_browsers.knows(device_cookie, person)
    attempt = limits.take(number if person is not None else limits.unknown(f"number:{number}"), known=known)
    usable = person is not None and person.is_active and person.has_usable_password()
    stored = person.password if person is not None and usable else _dummy_hash(settings.PASSWORD_HASHERS[0])
    right = check_password(password, stored)
    if person is not None and usable and right and attempt.allowed:
        limits.give_back(attempt)
        return person
    _note_failure(person, attempt)
    return None


def clean_number(typed: str) -> str:
    """An employee number as typed: full-width digits and blanks around it are accepted."""
    return unicodedata.normalize("NFKC", typed).strip()


def _note_failure(person: Person | None, attempt: limits.Attempt) -> None:
    if attempt.allowed:
        limits.record_failure(Event.LOGIN_FAILED, person, step="password")
    else:
        limits.note_refused(attempt)


@functools.cache
def _dummy_hash(hasher: str) -> str:
    """A hash nobody's password fits, of the cost of `hasher`, today's: for numbers that don't exist."""
    return make_password(secrets.token_urlsafe(24))
