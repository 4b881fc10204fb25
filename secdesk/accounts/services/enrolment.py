"""Complete a registration: password and proven factor in one transaction, or nothing."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from secdesk.accounts import totp
from secdesk.accounts.enrolling import Enrolling
from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.models import CodeSheet, HardwareToken, Invitation, Passkey, RecoveryCode, TotpCredential
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services import attestations, invitations, limits, passkeys
from secdesk.accounts.services.recovery import issue_recovery_codes
from secdesk.accounts.services.sessions import end_all_sessions
from secdesk.accounts.services.sheets import use_sheet
from secdesk.accounts.services.tokens import activate_token, assign_token
from secdesk.accounts.services.totp_codes import enrol_totp
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.outbox.services import enqueue
from secdesk.core.people.models import Person


def register_app(marker: Enrolling, person: Person, code: str) -> None:
    """With an authenticator app whose secret the page showed; raises InvalidCode."""
    with transaction.atomic():
        secret = bytes.fromhex(marker.totp_secret)
        credential = enrol_totp(person, secret=secret, code=code, name=_("Authenticator app"), by=person)
        complete(marker, person, Method.TOTP, keep=credential)


def register_sheet(marker: Enrolling, person: Person, code: str) -> None:
    """With the code sheet printed just now or handed over with the slip; raises InvalidCode."""
    with transaction.atomic():
        invitations.locked(person)  # before the sheet, in the order of `invite`
        sheet = use_sheet(person, code)
        if sheet is None:
            raise totp.InvalidCode
        complete(marker, person, Method.SHEET, keep=sheet)


def register_token(marker: Enrolling, person: Person, serial: str, code: str) -> None:
    """With a hardware token, known by its serial number; raises InvalidCode for a foreign or unknown one, too.

    Numbers are limited for each device. Raises TooManyAttempts. Call outside a transaction.
    """
    token = HardwareToken.objects.filter(serial__iexact=serial.strip(), retired_at__isnull=True).first()
    name = f"token:{token.serial}" if token is not None else limits.unknown(f"token:{serial}")
    with limits.limited(name, person, Method.TOKEN.value), transaction.atomic():
        if token is None or token.person_id not in (None, person.pk):
            raise totp.InvalidCode
        try:
            if token.person_id is None:
                assign_token(token, to=person, by=person)
        except ValidationError as error:
            raise totp.InvalidCode from error
        activate_token(token, code=code, by=person)
        complete(marker, person, Method.TOKEN, keep=token)


def register_passkey(marker: Enrolling, person: Person, challenge: bytes, *, answer_json: str, name: str) -> None:
    """With a passkey or security key; raises PasskeyRefused. `challenge` must have been taken."""
    with transaction.atomic():
        passkey = passkeys.register_passkey(person, answer=answer_json, challenge=challenge, name=name, by=person)
        complete(marker, person, Method.PASSKEY, keep=passkey)


def complete(marker: Enrolling, person: Person, method: Method, *, keep: object) -> None:
    """Write what the registration was for; the factor `keep` was proven in the caller's transaction.

    Raises PermissionDenied when the invitation or attestation is not valid any more, or another post was first.
    """
    if method not in allowed_methods(person):
        raise totp.InvalidCode
    with transaction.atomic():
        if marker.invitation is not None:
            invitations.spend(Invitation.objects.get(pk=marker.invitation))
            person.password = marker.password_hash
            person.save(update_fields=["password"])
            # Whoever had the slip before may have left a sheet behind: only what was proven now counts.
            dropped = drop_factors(person, keep=keep)
            record(Event.ENROLLED, by=person, target=person, method=method.value, dropped=dropped)
        else:
            attestations.spend(marker.attestation or 0, person)
            dropped = drop_factors(person, keep=keep)
            record(Event.FACTORS_REPLACED, by=person, target=person, method=method.value, dropped=dropped)
            enqueue("factors_replaced", to=person, dedupe_key=f"factors_replaced:{marker.attestation}")
        end_all_sessions(person, by=person, reason="factor")


def recovery_codes_after(person: Person) -> list[str]:
    """Fresh recovery codes to show once; none where the roles demand a stronger factor."""
    return issue_recovery_codes(person, by=person) if Method.RECOVERY in allowed_methods(person) else []


def drop_factors(person: Person, *, keep: object = None) -> int:
    """Everything else the person held opens nothing any more; how many."""
    now = timezone.now()
    apps = TotpCredential.objects.filter(person=person)
    sheets = CodeSheet.objects.filter(person=person, ended_at__isnull=True)
    tokens = HardwareToken.objects.active_for(person)
    keys = Passkey.objects.filter(person=person)
    if isinstance(keep, Passkey):
        keys = keys.exclude(pk=keep.pk)
    if isinstance(keep, TotpCredential):
        apps = apps.exclude(pk=keep.pk)
    if isinstance(keep, CodeSheet):
        sheets = sheets.exclude(pk=keep.pk)
    if isinstance(keep, HardwareToken):
        tokens = tokens.exclude(pk=keep.pk)
    count = apps.count() + keys.count() + sheets.update(ended_at=now) + tokens.update(activated_at=None)
    apps.delete()
    keys.delete()
    RecoveryCode.objects.filter(person=person).delete()
    return count
