"""The first step: employee number and password. Unknown, disabled and wrong look and take the same."""

from __future__ import annotations

import functools
import secrets
import unicodedata

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person


def verified_person(number: str, password: str) -> Person | None:
    """The person whose password this is, when in service; None tells nothing about the reason.

    One Argon2 computation in every case. A failure is recorded.
    """
    person = Person.objects.filter(number=clean_number(number)).first()
    usable = person is not None and person.is_active and person.has_usable_password()
    right = check_password(password, person.password if person is not None and usable else _dummy_hash())
    if person is not None and usable and right:
        return person
    with transaction.atomic():
        record(Event.LOGIN_FAILED, by=None, target=person, step="password")
    return None


def clean_number(typed: str) -> str:
    """An employee number as typed: full-width digits and blanks around it are accepted."""
    return unicodedata.normalize("NFKC", typed).strip()


@functools.cache
def _dummy_hash() -> str:
    """A hash nobody's password fits, of today's cost: for numbers that don't exist."""
    return make_password(secrets.token_urlsafe(24))
