"""`manage.py restore_keys`: the key ring from both halves of the recovery sheet."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction

from secdesk.core.commands import DeskCommand
from secdesk.core.desk.halves import add_half_arguments, open_with_halves
from secdesk.core.desk.models import Desk
from secdesk.core.desk.services import SEALED_RING, first_start
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record


class Command(DeskCommand):
    help = "Bring the key ring back with both halves of the recovery sheet, from this database or a backup."
    name = "restore_keys"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--from", dest="source", metavar="DIR", help="a backup instead of the present database")
        add_half_arguments(parser)

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        ring = open_with_halves(self._sealed(options["source"]), options)
        aside = ring.save_to(Path(settings.SECDESK_KEYS))
        settings.KEY_RING.refresh()
        if not options["source"]:
            with transaction.atomic():
                record(Event.KEYS_RESTORED, by=by, target=first_start())
        return {"fingerprint": ring.fingerprint, "moved_aside": str(aside) if aside else None}

    def _sealed(self, source: str | None) -> bytes:
        try:
            if source:
                return (Path(source) / SEALED_RING).read_bytes()
            return bytes(Desk.objects.values_list("sealed_ring", flat=True).get())
        except (OSError, DatabaseError, Desk.DoesNotExist) as error:
            raise CommandError(
                "封をした鍵束が見つかりません。バックアップを --from で指定してください。/ No sealed key ring here."
            ) from error

    def show(self, result: dict[str, Any]) -> None:
        self.stdout.write(f"鍵束を戻しました({result['fingerprint'][:8]})。デスクを再起動してください。")
        if result["moved_aside"]:
            self.stdout.write(f"それまでの鍵束は {result['moved_aside']} に残しました。")
