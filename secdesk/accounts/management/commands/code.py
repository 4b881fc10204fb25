"""`manage.py code WHO`: a demo person's code of this moment. Exists in the demo only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.models import HardwareToken, TotpCredential
from secdesk.core.people.models import Person


class Command(BaseCommand):
    help = "Print the code a demo person would read from their app or token now (demo mode only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="employee number, for example csirt1")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SECDESK_MODE != "demo":
            raise CommandError("This command exists only in the demo (SECDESK_MODE=demo).")
        person = Person.objects.filter(number=options["who"], is_demo=True).first()
        code = current_code(person) if person else None
        if code is None:
            raise CommandError(f"No demo person {options['who']} with an app or token.")
        self.stdout.write(code)


def current_code(person: Person) -> str | None:
    """What the person's token or app shows; the next one when it was used already."""
    now = timezone.now().timestamp()
    for token in HardwareToken.objects.active_for(person):
        step = (
            token.last_step + 1 if token.kind == "hotp" else max(totp.step_at(now, token.period), token.last_step + 1)
        )
        return totp.code_at(token.secret(), step, digits=token.digits, digest=token.digest)
    for app in TotpCredential.objects.filter(person=person):
        return totp.code_at(app.secret(), max(totp.step_at(now), app.last_step + 1))
    return None
