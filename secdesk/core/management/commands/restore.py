"""`manage.py restore DIR`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from secdesk.core.commands import DeskCommand
from secdesk.core.desk.backup import BackupError, is_live, read_manifest, restore_backup
from secdesk.core.desk.dump import DumpError
from secdesk.core.desk.halves import add_half_arguments, open_with_halves
from secdesk.core.desk.services import SEALED_RING
from secdesk.core.ledger.services import Actor, SystemActor

LIVE = (
    "ここには動いているデスクのデータがあります。止めてから、--yes を付けて実行してください。\n"
    "There is a desk here already. Stop it and add --yes to replace it."
)


class Command(DeskCommand):
    help = "Put a backup into the place of the present database and files."
    name = "restore"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", metavar="DIR", type=Path, help="one backup, as `backup` named it")
        parser.add_argument("--yes", action="store_true", help="replace the desk that is here")
        parser.add_argument("--decided-by", default="", help="who decided it: name or document number, for the ledger")
        parser.add_argument("--checkpoint", metavar="FILE", type=Path, help="newest checkpoint kept outside")
        add_half_arguments(parser)

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        if is_live() and not options["yes"]:
            raise CommandError(LIVE)
        try:
            manifest = read_manifest(options["folder"])
            witness = options["checkpoint"].read_text("utf-8") if options["checkpoint"] else ""
            done = restore_backup(
                manifest,
                by=by,
                decided_by=options["decided_by"] or _name(by),
                ring=self._ring(manifest.ring_fingerprint, options),
                witness=witness,
            )
        except (BackupError, DumpError, OSError, ValueError) as error:
            raise CommandError(f"戻せませんでした。/ Not restored: {error}") from error
        return {"made_at": done.made_at, "epoch": done.epoch, "saved_before": done.saved_before}

    def _ring(self, fingerprint: str, options: dict[str, Any]) -> Any:
        """The ring of the backup, when it is not the one in place: from files, or typed at a terminal."""
        if fingerprint == settings.KEY_RING.fingerprint and not options["half"]:
            return None
        if not options["half"] and not sys.stdin.isatty():
            return None  # refused with a sentence
        return open_with_halves((options["folder"] / SEALED_RING).read_bytes(), options)

    def show(self, result: dict[str, Any]) -> None:
        self.stdout.write(f"{result['made_at']:%Y-%m-%d %H:%M} UTC のバックアップに戻しました。")
        self.stdout.write("全員のログインは終わっています。メールは止めてあります(送信待ちの画面で再開してください)。")
        self.stdout.write(f"台帳は第{result['epoch']}期として続きます。")
        if result["saved_before"]:
            self.stdout.write(f"置き換える前のデータは {result['saved_before']} に残しました。")


def _name(by: Actor) -> str:
    return by.name if isinstance(by, SystemActor) else f"{by.number} {by.name}" if by else ""
