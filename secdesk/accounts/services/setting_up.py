"""The first two administrators, and the only way back when none can log in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from secdesk.accounts.models import Invitation
from secdesk.accounts.services.enrolment import drop_factors
from secdesk.accounts.services.invitations import invite
from secdesk.accounts.services.sessions import end_all_sessions
from secdesk.core.desk.models import Desk
from secdesk.core.desk.services import Phone, set_identity
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role
from secdesk.core.people.services import assign_role, register_person

ADMINISTRATORS = 2


class TooFewAdministrators(Exception):
    """One alone could neither be replaced nor watched."""


class NotAdministrator(Exception):
    """Somebody of this number exists, but is no administrator today."""


@dataclass(frozen=True)
class NewAdministrator:
    """What `setup_desk` is told of a person."""

    number: str
    name: str
    email: str = ""


@dataclass(frozen=True)
class Ticket:
    """A registration code, for one use within 72 hours, and the address it is typed at."""

    number: str
    name: str
    address: str
    code: str


def set_up(
    desk: Desk,
    administrators: Sequence[NewAdministrator],
    *,
    by: Actor,
    organisation: str,
    contact: str,
    phones: Sequence[Phone],
) -> list[Ticket]:
    """Name the desk and invite its administrators, all or nothing.

    Raises TooFewAdministrators when there would be fewer than two, and ValidationError.
    """
    with transaction.atomic():
        set_identity(desk, by=by, organisation=organisation, contact=contact, phones=phones)
        tickets = [_invite(_new_administrator(new, by), by) for new in administrators]
        if administrators_today() < ADMINISTRATORS:
            raise TooFewAdministrators
    return tickets


def administrators_today() -> int:
    """How many people in service hold the role."""
    rows = RoleAssignment.objects.today().filter(role=Role.ADMIN.value).select_related("person")
    return len({row.person_id for row in rows if row.person.is_active})


def recover(number: str, *, by: Actor, name: str = "") -> Ticket:
    """Break glass: a fresh registration for an administrator; the caller has opened the ring with both halves.

    Password, factors and sessions of the person are gone; a number nobody has becomes a new
    administrator of that `name`. The entry in the ledger is part of the same transaction. Raises
    NotAdministrator, and ValidationError when a new person lacks a name.
    """
    with transaction.atomic():
        person = Person.objects.filter(number=number).first()
        made = person is None
        if person is None:
            if not name:
                raise ValidationError(number)
            person = _new_administrator(NewAdministrator(number, name), by)
        elif not person.is_active or Role.ADMIN not in person.role_codes:
            raise NotAdministrator
        else:
            person.set_unusable_password()
            person.save(update_fields=["password"])
            drop_factors(person)
            end_all_sessions(person, by=by, reason="recovered")
        record(Event.DESK_RECOVERED, by=by, target=person, new=made, at=timezone.now().isoformat())
        return _invite(person, by)


def _new_administrator(new: NewAdministrator, by: Actor) -> Person:
    person = register_person(new.number, new.name, email=new.email, by=by)
    assign_role(person, Role.ADMIN, by=by)
    return person


def _invite(person: Person, by: Actor) -> Ticket:
    row = invite(person, Invitation.Kind.LINK, by)
    return Ticket(person.number, person.name, settings.SECDESK_URL + reverse("accounts:start"), row.code)
