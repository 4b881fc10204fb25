"""What every change of a person's factors brings with it; naming and removing them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.models import CodeSheet, HardwareToken, Passkey, TotpCredential
from secdesk.accounts.models.factors import Method
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.outbox.services import enqueue
from secdesk.core.people.models import Person

OwnFactor = Passkey | TotpCredential


def factor_changed(person: Person) -> None:
    """Ends every session and known browser of `person` and tells the owner; inside the caller's transaction.

    The view of the owner's own change keeps its session with `entry.keep_session`.
    """
    Person.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
    person.refresh_from_db(fields=["session_epoch"])
    minute = f"{timezone.now():%Y%m%d%H%M}"  # one registration changes several things: one mail
    enqueue("factors_changed", to=person, dedupe_key=f"factors_changed:{person.pk}:{minute}", path="/factors/")


def rename_factor(factor: OwnFactor, *, name: str, by: Person) -> None:
    """Give a passkey or app another name."""
    with transaction.atomic():
        factor.name = name
        factor.full_clean()
        factor.save(update_fields=["name"])
        record(Event.FACTOR_RENAMED, by=by, target=factor, length=len(name))


def remove_factor(factor: OwnFactor, *, by: Person) -> None:
    """Take a passkey or app away; raises ValidationError for the last means of logging in.

    Removals of one person are put in a row by locking the person: two at once can't take both.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=factor.person_id)
        method = Method.PASSKEY if isinstance(factor, Passkey) else Method.TOTP
        if ways_in(person, without=factor) == 0 and method in allowed_methods(person):
            raise ValidationError(_("This is your last means of authentication. Add another one first."))
        record(Event.FACTOR_REMOVED, by=by, target=factor, owner=person.pk, method=method.value)
        if factor.__class__._default_manager.filter(pk=factor.pk).delete()[0] != 1:
            raise ValidationError(_("This means of authentication was removed already."))
        factor_changed(person)


def ways_in(person: Person, *, without: models.Model | None = None) -> int:
    """How many means the person could log in with today; recovery codes don't count, they run out."""
    held: dict[Method, models.QuerySet[models.Model]] = {
        Method.PASSKEY: Passkey.objects.filter(person=person),
        Method.TOTP: TotpCredential.objects.filter(person=person),
        Method.TOKEN: HardwareToken.objects.active_for(person),
        Method.SHEET: CodeSheet.objects.filter(person=person, ended_at__isnull=True),
    }
    allowed = allowed_methods(person)
    return sum(
        (rows.exclude(pk=without.pk) if isinstance(without, rows.model) else rows).count()
        for method, rows in held.items()
        if method in allowed
    )
