"""`manage.py recover`: the only way past two factors, for two people with both halves of the recovery sheet."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from secdesk.accounts.services.setting_up import NotAdministrator, recover
from secdesk.core.commands import DeskCommand
from secdesk.core.desk.halves import add_half_arguments, open_with_halves
from secdesk.core.desk.services import first_start
from secdesk.core.ledger.services import Actor

OTHER_RING = "鍵束が違います。先に manage.py restore_keys を実行してください。/ Run restore_keys first."
NOT_ADMIN = "その人は管理者ではありません。/ That person is no administrator."
NO_NAME = "新しい管理者の氏名を --name で指定してください。/ Give the new administrator's --name."


class Command(DeskCommand):
    help = "Give an administrator a new registration, with both halves of the recovery sheet."
    name = "recover"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--number", required=True, help="employee number of the administrator")
        parser.add_argument("--name", default="", help="name, when the number becomes a new administrator")
        add_half_arguments(parser)

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        ring = open_with_halves(bytes(first_start().sealed_ring), options)
        if ring.fingerprint != settings.KEY_RING.fingerprint:
            raise CommandError(OTHER_RING)
        try:
            return asdict(recover(options["number"], by=by, name=options["name"]))
        except NotAdministrator as error:
            raise CommandError(NOT_ADMIN) from error
        except ValidationError as error:
            raise CommandError(NO_NAME) from error

    def show(self, result: dict[str, Any]) -> None:
        self.stdout.write(
            f"{result['name']} さん({result['number']})の登録: {result['address']}\n"
            f"  登録コード {result['code']}(72時間以内に1回だけ使えます)\n"
            "これまでのパスワード・認証手段・ログインは無効にしました。台帳に記録されています。"
        )
