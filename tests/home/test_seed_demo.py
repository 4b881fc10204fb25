"""The demo city: whole, only in demo mode, once."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from incidents.models import Incident
from incidents.vocabulary import Status
from secdesk.core.desk.services import first_start
from secdesk.core.people.models import Department, Organ, Person
from secdesk.core.people.roles import Role


def seed() -> dict[str, int]:
    out = StringIO()
    call_command("seed_demo", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_refuses_in_production(db: None) -> None:
    with pytest.raises(CommandError, match="デモ"):
        seed()
    assert not Person.objects.exists()


def test_refuses_a_desk_that_began_in_production(db: None, settings: LazySettings) -> None:
    first_start()
    settings.SECDESK_MODE = "demo"
    with pytest.raises(CommandError, match="デモ"):
        seed()
    assert not Person.objects.exists()


def test_makes_the_city_once(db: None, settings: LazySettings) -> None:
    settings.SECDESK_MODE = "demo"
    assert seed()["people"] > 100
    assert seed() == {"people": 0}
    assert Organ.objects.count() == 10
    branch = Department.objects.get(name="大南支所")
    assert branch.full_name == "市民部 大南支所"
    head = Person.objects.get(number="head1")
    assert head.role_codes == {Role.SECTION, Role.STAFF}
    assert head.current_roles[0].department == branch
    assert set(Incident.objects.values_list("status", flat=True)) == set(Status)  # no page of the demo is empty
    assert Incident.objects.filter(owning_section=branch).exists()


def test_a_demo_person_gets_a_code(db: None, settings: LazySettings) -> None:
    settings.SECDESK_MODE = "demo"
    seed()
    out = StringIO()
    call_command("code", "csirt1", stdout=out)
    assert out.getvalue().strip().isdigit()
    assert len(out.getvalue().strip()) == 6


def test_the_same_seed_makes_the_same_people(db: None, settings: LazySettings) -> None:
    from secdesk.home.demo.city import make_city

    make_city(seed=7)
    first = list(Person.objects.order_by("id").values_list("number", "name"))
    assert len(set(first)) == len(first)
