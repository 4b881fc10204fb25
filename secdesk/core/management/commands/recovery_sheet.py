"""`manage.py recovery_sheet`: print the two halves again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from secdesk.core.commands import DeskCommand
from secdesk.core.desk.halves import printed
from secdesk.core.desk.services import print_sheet
from secdesk.core.ledger.services import Actor


class Command(DeskCommand):
    help = "Print both halves of the recovery sheet; with --renew older sheets open nothing any more."
    name = "recovery_sheet"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--renew", action="store_true", help="make all sheets printed before worthless")

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        return {"halves": print_sheet(by=by, renew=options["renew"]), "renewed": options["renew"]}

    def show(self, result: dict[str, Any]) -> None:
        self.stdout.write(printed(result["halves"]))
