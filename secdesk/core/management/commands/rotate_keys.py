"""`manage.py rotate_keys`: a new key for everything encrypted in the database."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from secdesk.core.commands import DeskCommand
from secdesk.core.desk.services import rotate_keys
from secdesk.core.ledger.services import Actor


class Command(DeskCommand):
    help = "Take a new key and encrypt everything under it; may be cut off and run again with --resume."
    name = "rotate_keys"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--resume", action="store_true", help="go on with the newest key instead of a new one")

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        return asdict(rotate_keys(by=by, resume=options["resume"]))

    def show(self, result: dict[str, Any]) -> None:
        self.stdout.write(
            f"鍵 {result['key_id']} に切り替えました。再暗号化した値: {result['reencrypted']}件。"
            "復旧シートはそのまま使えます。"
        )
