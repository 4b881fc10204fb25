"""`manage.py setup_desk`: name the desk, invite two administrators, print the recovery sheet."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from secdesk.accounts.services.setting_up import ADMINISTRATORS, NewAdministrator, TooFewAdministrators, set_up
from secdesk.core.commands import DeskCommand
from secdesk.core.desk.halves import printed
from secdesk.core.desk.models import Desk
from secdesk.core.desk.services import Phone, first_start, print_sheet
from secdesk.core.ledger.services import Actor

DEMO = "デモには管理者がいます。setup_desk は本番用です。/ The demo has its people; this is for production."
TOO_FEW = "管理者は2人必要です(--admin を2回)。/ Two administrators are needed: give --admin twice."
ADMIN_FORMAT = "--admin は「職員番号:氏名」か「職員番号:氏名:メール」です。/ Write --admin as NUMBER:NAME[:MAIL]."
NO_NAME = "団体名を指定してください(--organisation)。/ Name the organisation: --organisation."


class Command(DeskCommand):
    help = "Name the organisation, invite two administrators and print both halves of the recovery sheet."
    name = "setup_desk"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--organisation", default="", help="name of the city, on every page")
        parser.add_argument("--contact", default="", help="office in charge")
        parser.add_argument(
            "--phone", action="append", default=[], metavar="LABEL|NUMBER|NOTE", help="shown before log-in; main first"
        )
        parser.add_argument("--admin", action="append", default=[], metavar="NUMBER:NAME[:MAIL]")

    def work(self, by: Actor, options: dict[str, Any]) -> dict[str, Any]:
        if settings.SECDESK_MODE != Desk.Mode.PRODUCTION:
            raise CommandError(DEMO)
        if not self.as_json and sys.stdin.isatty():
            self.ask(options)
        desk = first_start(by=by)
        is_first = desk.set_up_at is None
        organisation = options["organisation"] or desk.organisation
        if not organisation:
            raise CommandError(NO_NAME)
        try:
            tickets = set_up(
                desk,
                [_administrator(text) for text in options["admin"]],
                by=by,
                organisation=organisation,
                contact=options["contact"] or desk.contact,
                phones=[_phone(text) for text in options["phone"]] or [(p[0], p[1], p[2]) for p in desk.phones],
            )
        except TooFewAdministrators as error:
            raise CommandError(TOO_FEW) from error
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        return {
            "organisation": organisation,
            "rp_id": desk.rp_id,
            "administrators": [asdict(ticket) for ticket in tickets],
            "halves": print_sheet(by=by) if is_first else [],
        }

    def ask(self, options: dict[str, Any]) -> None:
        """Ask at the terminal for what was not given."""
        self.stdout.write(f"パスキーは「{settings.SECDESK_RP_ID}」に結び付き、後から変えられません(SECDESK_RP_ID)。")
        if input("この名前でよいですか [y/N] ").strip().lower() != "y":
            raise CommandError("SECDESK_RP_ID を設定してから、もう一度実行してください。")
        questions = {"organisation": "団体名(例: 大分市): ", "contact": "担当(例: 情報政策課): "}
        for field, question in questions.items():
            options[field] = options[field] or input(question).strip()
        while not options["phone"]:
            options["phone"] = [text for text in [input("緊急連絡先(表示名|番号|注): ").strip()] if text]
        while len(options["admin"]) < ADMINISTRATORS and Desk.objects.filter(set_up_at__isnull=False).count() == 0:
            options["admin"].append(input(f"管理者{len(options['admin']) + 1}人目(職員番号:氏名): ").strip())

    def show(self, result: dict[str, Any]) -> None:
        self.stdout.write(f"{result['organisation']} のデスクを設定しました。")
        for ticket in result["administrators"]:
            self.stdout.write(
                f"\n{ticket['name']} さん({ticket['number']})の登録: {ticket['address']}\n"
                f"  登録コード {ticket['code']}(72時間以内に1回だけ使えます)"
            )
        if result["halves"]:
            self.stdout.write(printed(tuple(result["halves"])))
            self.stdout.write("印刷したら、この画面を消してください。")


def _administrator(text: str) -> NewAdministrator:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in (2, 3) or not all(parts):
        raise CommandError(ADMIN_FORMAT)
    return NewAdministrator(*parts)


def _phone(text: str) -> Phone:
    label, number, note = (part.strip() for part in f"{text}||".split("|")[:3])
    return label, number, note
