"""What all commands of the desk have in common."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from secdesk.core.ledger.services import Actor, SystemActor
from secdesk.core.people.models import Person


class DeskCommand(BaseCommand):
    """Acts as `system:<command>` or as the person of `--by`; with `--json` prints one object and nothing else.

    A subclass does its work in `work`, which raises CommandError (exit 1, sentence on standard
    error, nothing on standard output) or returns what happened; `show` tells it to a human being.
    """

    name: str  # as it stands in the ledger
    as_json = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", metavar="NUMBER", help="employee number of the person who acts")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = options["json"]
        result = self.work(self.actor(options["by"]), options)
        if self.as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))
        else:
            self.show(result)

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        """Do it; gives what `--json` prints."""
        raise NotImplementedError

    def show(self, result: dict[str, Any]) -> None:
        """Tell a human being what happened."""
        raise NotImplementedError

    def actor(self, number: str | None) -> Actor:
        """Who acts."""
        if not number:
            return SystemActor(self.name)
        person = Person.objects.filter(number=number).first()
        if person is None or not person.is_active:
            raise CommandError(f"職員番号 {number} の人は在籍していません。/ {number}: nobody in service.")
        return person
