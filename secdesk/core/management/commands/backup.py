"""`manage.py backup DIR`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from secdesk.core.commands import DeskCommand
from secdesk.core.desk.backup import BackupError, make_backup
from secdesk.core.desk.dump import DumpError
from secdesk.core.ledger.services import Actor


class Command(DeskCommand):
    help = "Save database and files (not the keys) into a new folder inside DIR, and prove that it opens."
    name = "backup"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--keep", type=int, default=0, help="keep only the newest N backups in DIR")

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        try:
            made = make_backup(options["folder"], by=by, keep=options["keep"])
        except (BackupError, DumpError, OSError) as error:
            raise CommandError(f"バックアップを作れませんでした。/ No backup was made: {error}") from error
        size = sum((made.folder / name).stat().st_size for name in made.files)
        return {"folder": str(made.folder), "made_at": made.made_at, "bytes": size, "files": len(made.files)}

    def show(self, result: dict[str, Any]) -> None:
        self.stdout.write(f"バックアップを作り、開けることを確かめました: {result['folder']}")
        self.stdout.write("鍵は入っていません。復旧シート2枚があれば、別の機械でも戻せます。")
