"""Invite people: slips, mails, links; hand over, reprint, redeem."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from secdesk.accounts import paper_codes
from secdesk.accounts.factor_rules import allowed_methods, roles_until
from secdesk.accounts.models import Invitation
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services import limits
from secdesk.accounts.services.sheets import draw_codes, issue_sheet
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record
from secdesk.core.outbox.services import enqueue
from secdesk.core.people.models import Person
from secdesk.core.people.roles import STAFF_FACTOR_ROLES, Role

MAIL_LIFE = dt.timedelta(hours=72)
SLOTS = 65_536  # buckets of guesses: to fill them all takes a thousand requests a second
# Their holders hand out slips and attest alone, so no single person may come to such an account. Who prints the slip
# doesn't mark it as handed over: in a section of one helper, the office or an administrator is the other.
TWO_PEOPLE_ROLES = frozenset({Role.HELPER, Role.SECTION})


class AlreadyEnrolled(Exception):
    """The person has a password; a lost factor is attested, never replaced by a new slip."""


class NoMailAddress(Exception):
    """The person has no mail address: print a slip."""


class SlipsAreForStaff(Exception):
    """People with further roles, or such roles to come, are invited by mail or link."""


class LinkIsOpen(Exception):
    """A link made on the server (`setup_desk`, `recover`) still works: no slip or mail replaces it."""


def invite(person: Person, kind: str, by: Actor, *, with_sheet: bool = False) -> Invitation:
    """Make an invitation; an older one of the person dies.

    A slip works after `hand_over`; a mail is queued and works for 72 hours; a link (first
    administrators, `setup_desk`) works for 72 hours at once. Raises AlreadyEnrolled, LinkIsOpen,
    NoMailAddress, SlipsAreForStaff, and PermissionDenied for a sheet that the roles don't allow.
    """
    drawn = draw_codes() if with_sheet else {}
    now = timezone.now()
    life = dt.timedelta(days=settings.SECDESK_SLIP_DAYS) if kind == Invitation.Kind.SLIP else MAIL_LIFE
    row = Invitation(person=person, kind=kind, created_at=now, created_by=_person_or_none(by), expires_at=now + life)
    row.code_hash = _hashes(row.code)[0]
    with transaction.atomic():
        _refuse_misuse(locked(person), row, with_sheet)
        if with_sheet:
            codes = issue_sheet(person, by=_person(by), drawn=drawn)[1]
            row.sealed_sheet = settings.KEY_RING.encrypt(json.dumps(codes).encode(), context=sheet_context(row))
        Invitation.objects.current().filter(person=person).update(withdrawn_at=now, sealed_sheet=b"")
        row.save()
        record(Event.INVITED, by=by, target=row, after={"kind": kind}, owner=person.pk, with_sheet=with_sheet)
        if kind == Invitation.Kind.MAIL:
            enqueue(
                "invitation", to=person, target=row, path="/start/", dedupe_key=f"invitation:{row.pk}", secret=row.code
            )
    return row


def hand_over(invitations: Iterable[Invitation], *, by: Person) -> int:
    """The slips were given to their owners in person: from now on their codes work; how many.

    Passes over slips that need a second person (`needs_another`).
    """
    count = 0
    for row in invitations:
        if needs_another(row, by=by):
            continue
        with transaction.atomic():
            rows = Invitation.objects.live().filter(pk=row.pk, kind=Invitation.Kind.SLIP, handed_over_at__isnull=True)
            if rows.update(handed_over_at=timezone.now(), handed_over_by=by, sealed_sheet=b""):
                record(Event.SLIP_HANDED_OVER, by=by, target=row, owner=row.person_id)
                count += 1
    return count


def needs_another(invitation: Invitation, *, by: Person) -> bool:
    """Whether `by` printed this slip of a helper or head, so that somebody else must mark it as handed over."""
    if invitation.kind != Invitation.Kind.SLIP or invitation.is_handed_out or invitation.created_by_id != by.pk:
        return False
    return bool(invitation.person.role_codes & TWO_PEOPLE_ROLES)


def redeem(typed: str) -> Invitation | None:
    """The usable invitation whose code was typed; None tells nothing about the reason.

    Limited for each first group of four letters, spread over many buckets: whoever guesses at one slip
    is stopped, and nobody can shut out everybody else. Raises TooManyAttempts. Call outside a transaction.
    """
    attempt = limits.take(limits.unknown(f"invitation:{paper_codes.clean(typed)[: paper_codes.GROUP]}", slots=SLOTS))
    if not attempt.allowed:
        limits.note_refused(attempt)
        raise limits.TooManyAttempts
    found = Invitation.objects.usable().filter(code_hash__in=_hashes(typed)).select_related("person").first()
    if found is not None and found.person.is_active and _still_fits(found, found.person):
        limits.give_back(attempt)
        return found
    limits.record_failure(Event.INVITATION_REFUSED, None)
    return None


def sheet_codes(invitation: Invitation) -> list[str]:
    """Codes of the sheet printed with a slip, until the slip is handed over; empty when there are none."""
    if not invitation.sealed_sheet:
        return []
    text = settings.KEY_RING.decrypt(bytes(invitation.sealed_sheet), context=sheet_context(invitation))
    codes: list[str] = json.loads(text)
    return codes


def spend(invitation: Invitation) -> None:
    """Mark as used, inside the transaction of the enrolment.

    Raises PermissionDenied when another was first, the person has registered, or the slip doesn't fit the roles now.
    """
    owner = locked(invitation.person)
    if owner.has_usable_password() or not _still_fits(invitation, owner):
        raise PermissionDenied
    rows = Invitation.objects.usable().filter(pk=invitation.pk)
    if rows.update(used_at=timezone.now(), sealed_sheet=b"") != 1:
        raise PermissionDenied


def locked(person: Person) -> Person:
    """The person as they are now: invitations and registrations of one person wait for each other."""
    return Person.objects.select_for_update().get(pk=person.pk)


def _refuse_misuse(person: Person, row: Invitation, with_sheet: bool) -> None:
    if person.has_usable_password():
        raise AlreadyEnrolled
    is_link, is_slip = row.kind == Invitation.Kind.LINK, row.kind == Invitation.Kind.SLIP
    if not is_link and Invitation.objects.live().filter(person=person, kind=Invitation.Kind.LINK).exists():
        raise LinkIsOpen
    if row.kind == Invitation.Kind.MAIL and not person.email:
        raise NoMailAddress
    if is_slip and not roles_until(person, timezone.localdate(row.expires_at)) <= STAFF_FACTOR_ROLES:
        raise SlipsAreForStaff
    if with_sheet and Method.SHEET not in allowed_methods(person):
        raise PermissionDenied


def _still_fits(row: Invitation, owner: Person) -> bool:
    """Whether the owner's roles of today, perhaps newer than the slip, still allow it."""
    if row.kind != Invitation.Kind.SLIP:
        return True
    by_one = row.created_by_id == row.handed_over_by_id
    return owner.role_codes <= STAFF_FACTOR_ROLES and not (by_one and owner.role_codes & TWO_PEOPLE_ROLES)


def _person(by: Actor) -> Person:
    if not isinstance(by, Person):
        raise TypeError("a sheet is issued by a person")
    return by


def _person_or_none(by: Actor) -> Person | None:
    return by if isinstance(by, Person) else None


def _hashes(code: str) -> list[str]:
    keyed = settings.KEY_RING.keyed_hashes(paper_codes.clean(code).encode(), purpose="invitation-codes")
    return [value.hex() for value in keyed]


def sheet_context(invitation: Invitation) -> bytes:
    """What a sealed sheet is bound to."""
    return f"accounts.invitation.sheet:{invitation.person_id}:{invitation.nonce}".encode()
