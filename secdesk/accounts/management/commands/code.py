"""`manage.py code WHO`: a demo person's code of this moment. Exists in the demo only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.models import TotpCredential


class Command(BaseCommand):
    help = "Print the code a demo person would read from their app or token now (demo mode only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="employee number, for example csirt1")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SECDESK_MODE != "demo":
            raise CommandError("This command exists only in the demo (SECDESK_MODE=demo).")
        credential = TotpCredential.objects.filter(person__number=options["who"], person__is_demo=True).first()
        if credential is None:
            raise CommandError(f"No demo person {options['who']} with an app or token.")
        step = max(totp.step_at(timezone.now().timestamp()), credential.last_step + 1)
        self.stdout.write(totp.code_at(credential.secret(), step))
