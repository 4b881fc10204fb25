"""Hardware tokens: check a code, assign, activate, take back, set the clock right, retire."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from secdesk.accounts import totp
from secdesk.accounts.models import HardwareToken
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services import limits
from secdesk.accounts.services.factors import factor_changed
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person

LOOK_AHEAD = 10  # button presses that were not typed (RFC 4226 §7.4)
RESYNC_STEPS = 120  # how far off a clock or counter may be when two codes in a row are given
MAX_DRIFT = 20  # steps


def use_token(person: Person, code: str) -> HardwareToken | None:
    """The token whose number was typed, its step spent and its drift kept; None when none fits."""
    for token in HardwareToken.objects.active_for(person):
        step = _matching(token, code)
        if step is not None and _spend(token, step):
            return token
    return None


def assign_token(token: HardwareToken, *, to: Person, by: Person) -> None:
    """Say whom a device was handed to. It opens nothing until its owner activates it.

    Raises ValidationError when the device is somebody's already, or retired.
    """
    with transaction.atomic():
        free = HardwareToken.objects.filter(pk=token.pk, person__isnull=True, retired_at__isnull=True)
        if free.update(person=to, assigned_at=timezone.now()) != 1:
            raise ValidationError(_("This token is not free any more."))
        record(Event.TOKEN_ASSIGNED, by=by, target=token, owner=to.pk)
    token.refresh_from_db()


def activate_token(token: HardwareToken, *, code: str, by: Person) -> None:
    """Its owner shows by one number that they hold the device; from now on it is a factor of theirs.

    Call only from the owner's full session or enrolment. Raises InvalidCode.
    """
    step = _matching(token, code)
    if step is None or token.person_id != by.pk:
        raise totp.InvalidCode
    with transaction.atomic():
        waiting = HardwareToken.objects.handed_to(by).filter(pk=token.pk, last_step__lt=step)
        if waiting.update(activated_at=timezone.now(), **_after(token, step)) != 1:
            raise totp.InvalidCode
        factor_changed(by)
        record(Event.FACTOR_ADDED, by=by, target=token, owner=by.pk, method="token")
    token.refresh_from_db()


def activate_own_token(person: Person, code: str) -> None:
    """Make the handed device ready whose number was typed. Raises InvalidCode, TooManyAttempts.

    Limited for each owner. Call outside a transaction.
    """
    with limits.limited(f"activation:{person.number}", person, Method.TOKEN.value):
        for token in HardwareToken.objects.handed_to(person):
            if _matching(token, code) is not None:
                activate_token(token, code=code, by=person)
                return
        raise totp.InvalidCode


def return_token(token: HardwareToken, *, by: Person) -> None:
    """The device came back: it is free for somebody else. Its used steps stay used."""
    with transaction.atomic():
        owner = token.person
        rows = HardwareToken.objects.filter(pk=token.pk, person=owner, person__isnull=False)
        if owner is None or rows.update(person=None, assigned_at=None, activated_at=None) != 1:
            raise ValidationError(_("This token is free already."))
        factor_changed(owner)
        record(Event.TOKEN_RETURNED, by=by, target=token, owner=owner.pk)
    token.refresh_from_db()


def retire_token(token: HardwareToken, *, by: Person) -> None:
    """Lost or broken: the device is never used again."""
    with transaction.atomic():
        rows = HardwareToken.objects.filter(pk=token.pk, retired_at__isnull=True)
        if rows.update(retired_at=timezone.now()) != 1:
            raise ValidationError(_("This token is retired already."))
        if token.person is not None:
            factor_changed(token.person)
        record(Event.TOKEN_RETIRED, by=by, target=token, owner=token.person_id)
    token.refresh_from_db()


def resynchronise_token(token: HardwareToken, *, first: str, second: str, by: Person) -> None:
    """Find a device whose clock or counter ran away by two numbers in a row; raises InvalidCode."""
    secret, centre = token.secret(), _centre(token)
    low = max(centre - (RESYNC_STEPS if token.kind == HardwareToken.Kind.TOTP else 0), token.last_step + 1)
    for step in range(low, centre + RESYNC_STEPS):
        if _is(token, secret, step, first) and _is(token, secret, step + 1, second):
            break
    else:
        raise totp.InvalidCode
    with transaction.atomic():
        rows = HardwareToken.objects.filter(pk=token.pk, last_step__lt=step + 1)
        if rows.update(**_after(token, step + 1, limit=RESYNC_STEPS)) != 1:
            raise totp.InvalidCode
        token.refresh_from_db()
        record(Event.TOKEN_RESYNCHRONISED, by=by, target=token, after={"drift": token.drift})


def _matching(token: HardwareToken, code: str) -> int | None:
    centre = _centre(token)
    if token.kind == HardwareToken.Kind.HOTP:
        steps = range(token.last_step + 1, token.last_step + 1 + LOOK_AHEAD)
    else:
        steps = totp.window(centre, last=token.last_step)
    try:
        return totp.matching_step(token.secret(), code, steps, digits=token.digits, digest=token.digest)
    except totp.InvalidCode:
        return None


def _centre(token: HardwareToken) -> int:
    """The step the device should show now."""
    if token.kind == HardwareToken.Kind.HOTP:
        return token.last_step + 1
    return totp.step_at(timezone.now().timestamp(), token.period) + token.drift


def _is(token: HardwareToken, secret: bytes, step: int, code: str) -> bool:
    shown = totp.code_at(secret, step, digits=token.digits, digest=token.digest)
    return shown == totp.clean_code(code)


def _spend(token: HardwareToken, step: int) -> bool:
    """Compare-and-set: one row means that this post, and no other, used the step."""
    rows = HardwareToken.objects.filter(pk=token.pk, person=token.person, retired_at__isnull=True, last_step__lt=step)
    return rows.update(**_after(token, step)) == 1


def _after(token: HardwareToken, step: int, *, limit: int = MAX_DRIFT) -> dict[str, object]:
    """Fields that change with a used step."""
    values: dict[str, object] = {"last_step": step, "last_used_at": timezone.now()}
    if token.kind == HardwareToken.Kind.TOTP:
        off = step - totp.step_at(timezone.now().timestamp(), token.period)
        values["drift"] = max(-limit, min(limit, off))
    return values
