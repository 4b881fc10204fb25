"""`manage.py seed_demo`: the demo city, in demo mode and into an empty desk only."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from secdesk.core.desk.models import Desk
from secdesk.core.desk.services import first_start
from secdesk.core.ledger.seal import seal
from secdesk.core.ledger.services import SystemActor
from secdesk.core.people.models import Person
from secdesk.core.people.roles import ROLE_NAMES, Role
from secdesk.home.demo.city import DEMO_PASSWORD, make_city
from secdesk.home.demo.incidents import make_incidents


class Command(BaseCommand):
    """Refuses outside demo mode; does nothing when there are people already."""

    help = "Load the demo city into an empty desk (demo mode only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same number makes the same city")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        # The mode of the database counts too: fixed at its first start, whatever the environment says today.
        if settings.SECDESK_MODE != Desk.Mode.DEMO or first_start(by=SystemActor("seed_demo")).mode != Desk.Mode.DEMO:
            raise CommandError("デモの市は、デモモード(SECDESK_MODE=demo)で始めたデスクにだけ作れます。")
        made = 0
        if not Person.objects.exists():
            make_city(seed=options["seed"])
            make_incidents()
            seal(everything=True)  # their past is older than what the sealing job looks back for
            made = Person.objects.count()
        if options["json"]:
            self.stdout.write(json.dumps({"people": made}))
        else:
            self.print_people()

    def print_people(self) -> None:
        """The table of people to log in as."""
        people = Person.objects.filter(is_demo=True).exclude(number__regex=r"^\d").order_by("id")
        for person in people:
            roles = "・".join(str(ROLE_NAMES[role]) for role in sorted(person.role_codes - {Role.STAFF})) or str(
                ROLE_NAMES[Role.STAFF]
            )
            self.stdout.write(f"  {person.number:<12} {DEMO_PASSWORD}  {person.name}  {roles}")
