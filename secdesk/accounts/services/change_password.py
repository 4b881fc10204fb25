"""Changing one's own password."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import transaction

from secdesk.accounts.services.factors import factor_changed
from secdesk.accounts.services.passwords import verified_person
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person


class WrongPassword(Exception):
    """The password now in force was not given, or too often given wrong."""


def change_password(person: Person, *, old: str, new: str, device_cookie: str) -> None:
    """A new password; every other session ends, the owner is told. Raises WrongPassword. Outside a transaction."""
    if verified_person(person.number, old, device_cookie=device_cookie) != person:
        raise WrongPassword
    hashed = make_password(new)  # slow on purpose: before the transaction
    with transaction.atomic():
        person.password = hashed
        person.save(update_fields=["password"])
        factor_changed(person)
        record(Event.PASSWORD_CHANGED, by=person, target=person)
