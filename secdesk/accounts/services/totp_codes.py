"""Authenticator apps: enrol and check. A step is used once, on every node and both databases."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.models import TotpCredential
from secdesk.accounts.services.factors import factor_changed
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person


def enrol_totp(person: Person, *, secret: bytes, code: str, name: str, by: Person) -> TotpCredential:
    """Keep an app's secret after its owner has typed a code of it; raises InvalidCode for a wrong one."""
    step = totp.matching_step(secret, code, totp.window(_now(), last=-1))
    credential = TotpCredential(person=person, name=name, last_step=step)
    credential.seal(secret)
    with transaction.atomic():
        credential.full_clean()
        credential.save()
        factor_changed(person)
        record(Event.FACTOR_ADDED, by=by, target=credential, owner=person.pk, method="totp")
    return credential


def use_totp(person: Person, code: str) -> TotpCredential | None:
    """The app whose code was typed, its step spent; None when none fits or another post was first."""
    for credential in TotpCredential.objects.filter(person=person):
        try:
            step = totp.matching_step(credential.secret(), code, totp.window(_now(), last=credential.last_step))
        except totp.InvalidCode:
            continue
        if _spend(credential, step):
            return credential
    return None


def _spend(credential: TotpCredential, step: int) -> bool:
    """Compare-and-set: one row changed means that this post, and no other, used the step."""
    rows = TotpCredential.objects.filter(pk=credential.pk, last_step__lt=step)
    return rows.update(last_step=step, last_used_at=timezone.now()) == 1


def _now() -> int:
    return totp.step_at(timezone.now().timestamp())
