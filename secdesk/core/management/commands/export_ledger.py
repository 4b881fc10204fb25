"""`manage.py export_ledger FILE`: the whole ledger as JSON lines, for verify_ledger.py."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from secdesk.core.ledger import notes
from secdesk.core.ledger.export import export_lines, record_export
from secdesk.core.ledger.services import Actor, SystemActor
from secdesk.core.people.models import Person


class Command(BaseCommand):
    help = "Write the whole ledger with its checkpoints to FILE, readable by its owner only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", metavar="NUMBER", help="employee number of the person who exports")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        by = self.actor(options["by"])
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        record_export(by=by)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            lines = 0
            for line in export_lines():
                out.write(line)
                lines += 1
        result = {"file": str(file), "lines": lines, "public_key": notes.public_key()}
        self.stdout.write(json.dumps(result) if options["json"] else f"{file}\n{result['public_key']}")

    def actor(self, number: str | None) -> Actor:
        """The person of `--by`, else the command itself."""
        if number is None:
            return SystemActor("export_ledger")
        person = Person.objects.filter(number=number).first()
        if person is None or not person.is_active:
            raise CommandError(f"nobody in service has the number {number}")
        return person
