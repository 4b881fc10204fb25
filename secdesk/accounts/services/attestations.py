"""Forgotten today, and lost: ask, attest in person, use. Never one person alone (security.md A8)."""

from __future__ import annotations

import datetime as dt
import secrets

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from secdesk.accounts import paper_codes
from secdesk.accounts.models import Attestation
from secdesk.accounts.services import limits
from secdesk.accounts.sessions import hashed
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.outbox.services import enqueue
from secdesk.core.people.models import Person
from secdesk.core.people.roles import STAFF_FACTOR_ROLES
from secdesk.core.states import Conflict

REQUEST_LIFE = dt.timedelta(minutes=30)
ENROL_WITHIN = dt.timedelta(minutes=60)  # after a loss was attested
CODE_LIFE = dt.timedelta(minutes=10)
CODE_LETTERS = 8  # 40 bits, five attempts
A_MONTH = 5  # how often 「今日だけ忘れた」 may be used


class NotForThisRole(Exception):
    """「今日だけ忘れた」 is for staff, helpers and heads of sections only."""


class TooOften(Exception):
    """「今日だけ忘れた」 was used five times this month."""


def ask(person: Person, kind: str, *, browser: str) -> Attestation:
    """Make a request after the password passed; an open one of the same kind dies.

    `browser` is the secret of this browser's cookie. Raises NotForThisRole, TooOften.
    """
    if kind == Attestation.Kind.FORGOTTEN:
        _refuse_forgotten(person)
    now = timezone.now()
    with transaction.atomic():
        Attestation.objects.waiting(now).filter(person=person, kind=kind).update(expires_at=now)
        row = Attestation.objects.create(
            person=person,
            kind=kind,
            number=_free_number(now),
            browser_hash=hashed(browser),
            created_at=now,
            expires_at=now + REQUEST_LIFE,
        )
        record(Event.ATTESTATION_ASKED, by=None, target=row, after={"kind": kind}, owner=person.pk)
    return row


def used_this_month(person: Person) -> int:
    """How often 「今日だけ忘れた」 let the person in since the first of the month, in Japan."""
    first = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Attestation.objects.filter(person=person, kind=Attestation.Kind.FORGOTTEN, used_at__gte=first)
    return rows.count()


def attest(row: Attestation, *, by: Person) -> str:
    """Say that the owner stands here in person. Gives the code to read out for 「今日だけ忘れた」, else "".

    Head or helper of the section attest alone for staff; else two holders of the permission. Raises PermissionDenied
    for the owner and for the same person twice, Conflict when the request is not open any more.
    """
    if row.person_id == by.pk or row.first_by_id == by.pk:
        raise PermissionDenied
    is_last = row.first_by_id is not None or row.may_be_attested_alone(by)
    code = paper_codes.new_code(CODE_LETTERS) if row.kind == Attestation.Kind.FORGOTTEN else ""
    values = _values(row, by, is_last, make_password(code) if code else "")
    with transaction.atomic():
        rows = Attestation.objects.waiting().filter(pk=row.pk, first_by=row.first_by_id or None)
        if rows.update(**values) != 1:
            raise Conflict("the request is not open any more")
        event = Event.ATTESTED if is_last else Event.ATTESTED_FIRST
        record(event, by=by, target=row, owner=row.person_id)
    row.refresh_from_db()
    return paper_codes.grouped(code)


def refuse(row: Attestation, *, by: Person) -> None:
    """This was not the owner. The request ends; the owner is told, and finds it in the ledger."""
    with transaction.atomic():
        if Attestation.objects.waiting().filter(pk=row.pk).update(refused_at=timezone.now()) != 1:
            raise Conflict("the request is not open any more")
        record(Event.ATTESTATION_REFUSED, by=by, target=row, owner=row.person_id)
        _tell_owner("attestation_refused", row)


def use_code(person: Person, typed: str, *, browser: str) -> bool:
    """Whether `typed` is the code read out for this browser's request; it is spent by success.

    Shares the account's buckets with password and codes; raises TooManyAttempts. Call outside a transaction.
    """
    attempt = limits.take(person.number)
    if not attempt.allowed:
        limits.note_refused(attempt)
        raise limits.TooManyAttempts
    row = open_request(person, Attestation.Kind.FORGOTTEN, browser=browser)
    if row is not None and row.code_hash and check_password(paper_codes.clean(typed), row.code_hash):
        with transaction.atomic():
            spent = Attestation.objects.confirmed().filter(pk=row.pk).update(used_at=timezone.now()) == 1
            if spent:
                record(Event.ATTESTATION_USED, by=person, target=row)
                _tell_owner("attestation_used", row)
        if spent:
            limits.give_back(attempt)
            return True
    limits.record_failure(Event.LOGIN_FAILED, person, step="lent")
    return False


def spend(row_id: int, person: Person) -> None:
    """Use an attested loss inside the transaction of the new factor; raises PermissionDenied when it is gone."""
    rows = Attestation.objects.confirmed().filter(pk=row_id, person=person, kind=Attestation.Kind.LOST)
    if rows.update(used_at=timezone.now()) != 1:
        raise PermissionDenied


def open_request(person: Person, kind: str, *, browser: str) -> Attestation | None:
    """The request of this browser, waiting or attested."""
    rows = Attestation.objects.filter(person=person, kind=kind, browser_hash=hashed(browser))
    is_open = Q(used_at__isnull=True, refused_at__isnull=True, expires_at__gt=timezone.now())
    return rows.filter(is_open).order_by("-id").first()


def new_browser_secret() -> str:
    """What the cookie of an asking browser holds."""
    return secrets.token_urlsafe(24)


def _tell_owner(kind: str, row: Attestation) -> None:
    """A way in that others can open is told to the owner, in the transaction that opens or shuts it."""
    enqueue(kind, to=row.person, dedupe_key=f"{kind}:{row.pk}", path="/devices/")


def _refuse_forgotten(person: Person) -> None:
    if not person.role_codes <= STAFF_FACTOR_ROLES:
        raise NotForThisRole
    if used_this_month(person) >= A_MONTH:
        raise TooOften


def _values(row: Attestation, by: Person, is_last: bool, code_hash: str) -> dict[str, object]:
    now = timezone.now()
    which = "second" if row.first_by_id else "first"
    values: dict[str, object] = {f"{which}_by": by, f"{which}_at": now}
    if is_last:
        life = CODE_LIFE if row.kind == Attestation.Kind.FORGOTTEN else ENROL_WITHIN
        values |= {"confirmed_at": now, "code_hash": code_hash, "expires_at": now + life}
    return values


def _free_number(now: dt.datetime) -> str:
    """Two groups of two digits that no other open request shows."""
    taken = set(Attestation.objects.waiting(now).values_list("number", flat=True))
    while True:
        digits = f"{secrets.randbelow(10_000):04d}"
        number = f"{digits[:2]}-{digits[2:]}"
        if number not in taken:
            return number
