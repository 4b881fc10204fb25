"""Writing people and roles."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record
from secdesk.core.people.models import Department, Person, RoleAssignment
from secdesk.core.people.roles import Role


@transaction.atomic
def register_person(number: str, name: str, *, by: Actor, email: str = "") -> Person:
    """Somebody who can be invited; cannot log in before. Raises ValidationError for a number in use."""
    person = Person(number=number, name=name, email=email)
    person.set_unusable_password()
    person.full_clean()
    person.save()
    record(Event.PERSON_CREATED, by=by, target=person)
    return person


@transaction.atomic
def assign_role(
    person: Person, role: Role, *, by: Actor, department: Department | None = None, starts_on: dt.date | None = None
) -> RoleAssignment:
    """Give a role from `starts_on` (today) on; every session of the person ends, as at any change of roles."""
    row = RoleAssignment(
        person=person, role=role.value, department=department, starts_on=starts_on or timezone.localdate()
    )
    row.full_clean()
    row.save()
    Person.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
    record(Event.ROLE_ASSIGNED, by=by, target=person, role=role.value)
    return row
