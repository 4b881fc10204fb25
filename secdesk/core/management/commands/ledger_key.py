"""`manage.py ledger_key`: the public key that checks the ledger's seals."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from secdesk.core.ledger import notes


class Command(BaseCommand):
    help = "Print the public key of the ledger (keep it outside the desk, for example on paper)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        key = notes.public_key()
        self.stdout.write(json.dumps({"public_key": key}) if options["json"] else key)
