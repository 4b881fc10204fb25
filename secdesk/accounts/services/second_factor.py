"""The second step: which methods a person has, and checking one of them."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F

from secdesk.accounts import known_browsers
from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.models import LoginState
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services import limits
from secdesk.accounts.services.recovery import use_recovery_code
from secdesk.accounts.services.sheets import use_sheet
from secdesk.accounts.services.tokens import use_token
from secdesk.accounts.services.totp_codes import use_totp
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person

Check = Callable[[Person, str], object | None]  # None = wrong or spent
CHECKS: dict[Method, Check] = {
    Method.TOTP: use_totp,
    Method.TOKEN: use_token,
    Method.SHEET: use_sheet,
    Method.RECOVERY: use_recovery_code,
}


class MethodNotAllowed(Exception):
    """The person's roles don't allow this method."""


def verify_code(person: Person, method: Method, code: str, *, device_cookie: str = "") -> bool:
    """Whether `code` proves the factor; it is spent by success, recorded when it fails.

    Shares the account's buckets with the password. Call outside a transaction.
    Raises TooManyAttempts, MethodNotAllowed.
    """
    if method not in allowed_methods(person):
        raise MethodNotAllowed
    attempt = limits.take(person.number, known=known_browsers.knows(device_cookie, person))
    if not attempt.allowed:
        limits.note_refused(attempt)
        raise limits.TooManyAttempts
    if CHECKS[method](person, code) is not None:
        limits.give_back(attempt)
        return True
    limits.record_failure(Event.LOGIN_FAILED, person, step=method.value)
    return False


def logins_of(person: Person) -> int:
    """How often the person has logged in: what a pending step remembers."""
    state = LoginState.objects.filter(person=person).first()
    return state.logins if state else 0


def begin_login(person: Person, method: Method, *, expected_logins: int | None = None) -> bool:
    """Count and record a full log-in. False when a newer log-in came after the pending step."""
    with transaction.atomic():
        LoginState.objects.get_or_create(person=person)
        rows = LoginState.objects.filter(person=person)
        if expected_logins is not None:
            rows = rows.filter(logins=expected_logins)
        if rows.update(logins=F("logins") + 1, last_method=method.value) != 1:
            return False
        record(Event.LOGGED_IN, by=person, target=person, method=method.value)
    return True


def end_login(person: Person) -> None:
    """Record that the person logged out."""
    with transaction.atomic():
        record(Event.LOGGED_OUT, by=person, target=person)
