"""Makes the demo city. Everything is marked `is_demo` and refused in production."""

from __future__ import annotations

import datetime as dt
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.factor_rules import needs_strong_factor
from secdesk.accounts.models import HardwareToken
from secdesk.accounts.services.token_import import import_tokens
from secdesk.accounts.services.tokens import activate_token, assign_token
from secdesk.accounts.services.totp_codes import enrol_totp
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import SystemActor, record
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.people.models import Department, Organ, Person, Posting, RoleAssignment
from secdesk.core.people.roles import SCOPED_ROLES

DEMO_PASSWORD = "oita-demo-2026"  # noqa: S105  printed on the screen; demo people exist in demo mode only
SINCE = dt.date(2026, 4, 1)
BY = SystemActor("seed_demo")


@cache
def data() -> dict[str, Any]:
    """The data file."""
    content: dict[str, Any] = json.loads((Path(__file__).parent / "city.json").read_text("utf-8"))
    return content


@transaction.atomic
def make_city(*, people_per_section: int = 2, seed: int = 1) -> dict[str, Person]:
    """Make organs, departments, the named people and some colleagues; gives the named ones by number."""
    departments = make_departments(make_organs())
    password = make_password(DEMO_PASSWORD)
    named = {row["number"]: make_person(row, departments, password) for row in data()["people"]}
    for person in named.values():
        enrol(person)
    OutboxMessage.objects.all().delete()  # nobody of the demo waits for a notice of their first factor
    make_colleagues(departments, people_per_section, random.Random(seed))  # noqa: S311  names, not secrets
    return named


def make_organs() -> dict[str, Organ]:
    """The ten organs by code."""
    return {
        row["code"]: Organ.objects.create(
            code=row["code"],
            name=row["name"],
            is_executive_organ=row["executive"],
            privacy_regime=row["regime"],
        )
        for row in data()["organs"]
    }


def make_departments(organs: dict[str, Organ]) -> dict[str, Department]:
    """Bureaus and sections by name, in the order of the city's own list."""
    made: dict[str, Department] = {}
    for order, row in enumerate(data()["bureaus"]):
        bureau = Department.objects.create(
            code=row["code"], name=row["name"], organ=organs[row["organ"]], sort_key=order * 100
        )
        bureau.bureau = bureau
        bureau.save(update_fields=["bureau"])
        made[bureau.name] = bureau
        for index, name in enumerate(row["sections"], start=1):
            made[name] = Department.objects.create(
                code=f"{row['code'][:2]}{index * 10:02d}",
                name=name,
                organ=bureau.organ,
                parent=bureau,
                bureau=bureau,
                sort_key=order * 100 + index,
            )
    return made


def make_person(row: dict[str, Any], departments: dict[str, Department], password: str) -> Person:
    """One named person with posting and roles."""
    department = departments[row["department"]]
    person = Person.objects.create(
        number=row["number"],
        name=row["name"],
        kana=row["kana"],
        phone=row.get("phone", ""),
        email=f"{row['number']}@city.example.jp",
        password=password,
        is_demo=True,
    )
    record(Event.PERSON_CREATED, by=BY, target=person)
    Posting.objects.create(person=person, department=department, title=row["title"], starts_on=SINCE)
    for role in row.get("roles", ()):
        RoleAssignment.objects.create(
            person=person, role=role, starts_on=SINCE, department=department if role in SCOPED_ROLES else None
        )
        record(Event.ROLE_ASSIGNED, by=BY, target=person, role=role)
    return person


def enrol(person: Person) -> None:
    """A second factor as the person's roles demand it, so that `manage.py code` has a code to show."""
    secret = totp.new_secret()
    code = totp.code_at(secret, totp.step_at(timezone.now().timestamp()))
    if not needs_strong_factor(person):
        enrol_totp(person, secret=secret, code=code, name="demo", by=person)
        return
    serial = f"DEMO-{person.pk:04d}"
    import_tokens(f"serial,secret\n{serial},{secret.hex()}\n", by=person)
    token = HardwareToken.objects.get(serial=serial)
    assign_token(token, to=person, by=person)
    activate_token(token, code=code, by=person)


def make_colleagues(departments: dict[str, Department], per_section: int, chance: random.Random) -> None:
    """Colleagues who are not enrolled yet: the enrolment page has somebody to show."""
    number = 204000
    for department in departments.values():
        for _index in range(per_section):
            number += chance.randint(1, 19)
            family, given = chance.choice(data()["family_names"]), chance.choice(data()["given_names"])
            person = Person.objects.create(
                number=str(number),
                name=f"{family[0]} {given[0]}",
                kana=f"{family[1]} {given[1]}",
                email=f"{number}@city.example.jp",
                password=make_password(None),
                is_demo=True,
            )
            record(Event.PERSON_CREATED, by=BY, target=person)
            Posting.objects.create(person=person, department=department, title="主事", starts_on=SINCE)
