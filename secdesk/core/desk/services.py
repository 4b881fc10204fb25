"""Writing the desk's identity and turning its keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from secdesk.core import recovery_sheet
from secdesk.core.desk import identity
from secdesk.core.desk.models import Desk
from secdesk.core.encrypted_fields import reencrypt
from secdesk.core.keyring import DecryptionFailed, KeyRing
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, SystemActor, record

SEALED_RING = "keyring.sealed"  # its file in a backup
Phone = tuple[str, str, str]  # label, number, note


class WrongSheet(Exception):
    """Both halves fit together, but do not open this desk's key ring."""


def first_start(*, by: Actor = SystemActor("first-start")) -> Desk:  # noqa: B008  frozen
    """The desk's row; made now when this is the first start, which fixes mode and key ring for good.

    Later starts see to it that the sealed ring in the database is the ring in use.
    """
    desk = Desk.objects.first()
    if desk is None:
        return _create(by)
    if desk.ring_fingerprint == settings.KEY_RING.fingerprint and not _sealed_is_current(desk):
        keep_sealed(settings.KEY_RING.sealed())
    return desk


def _sealed_is_current(desk: Desk) -> bool:
    ring = settings.KEY_RING
    try:
        return KeyRing.unsealed(bytes(desk.sealed_ring), ring.recovery_secret).as_json() == ring.as_json()
    except DecryptionFailed:
        return False


def _create(by: Actor) -> Desk:
    ring = settings.KEY_RING
    shown = identity.DEMO if settings.SECDESK_MODE == Desk.Mode.DEMO else identity.Identity()
    with transaction.atomic():
        desk, made = Desk.objects.get_or_create(
            id=Desk.THE_ONLY,
            defaults={
                "mode": settings.SECDESK_MODE,
                "organisation": shown.organisation,
                "contact": shown.contact,
                "phones": [list(phone) for phone in shown.phones],
                "ring_fingerprint": ring.fingerprint,
                "sealed_ring": ring.sealed(),
            },
        )
        if made:
            desk.full_clean()
            record(Event.DESK_STARTED, by=by, target=desk, after={"mode": desk.mode})
    return desk


def set_identity(desk: Desk, *, by: Actor, organisation: str, contact: str, phones: Sequence[Phone]) -> None:
    """What every page shows, and the name passkeys are bound to; processes take it over when they start.

    Raises ValidationError.
    """
    fields = ("organisation", "contact", "phones", "rp_id")
    before = {field: getattr(desk, field) for field in fields}
    desk.organisation, desk.contact = organisation, contact
    desk.phones, desk.rp_id = [list(phone) for phone in phones], settings.SECDESK_RP_ID
    desk.set_up_at = desk.set_up_at or timezone.now()
    desk.full_clean()
    after = {field: getattr(desk, field) for field in fields}
    with transaction.atomic():
        desk.save()
        record(Event.DESK_SET_UP, by=by, target=desk, before=before, after=after)


def keep_sealed(sealed: bytes) -> None:
    """Keep the sealed key ring in the database, and so in every backup."""
    Desk.objects.filter(id=Desk.THE_ONLY).update(sealed_ring=sealed)


def print_sheet(*, by: Actor, renew: bool = False) -> tuple[str, str]:
    """Both halves of a recovery sheet. With `renew`, sheets printed before open nothing any more."""
    desk = first_start()
    if renew:
        settings.KEY_RING.renew_recovery(keep_sealed)
    with transaction.atomic():
        record(Event.RECOVERY_SHEET_PRINTED, by=by, target=desk, renewed=renew)
    return recovery_sheet.split(settings.KEY_RING.recovery_secret)


def open_sealed(sealed: bytes, halves: tuple[str, str]) -> KeyRing:
    """The key ring from both halves. Raises SheetError (mistyped, not a pair) and WrongSheet."""
    try:
        return KeyRing.unsealed(sealed, recovery_sheet.join(*halves))
    except DecryptionFailed as error:
        raise WrongSheet from error


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: id of the key in force and how many values were encrypted anew."""

    key_id: str
    reencrypted: int


def rotate_keys(*, by: Actor, resume: bool = False) -> Rotation:
    """Take a new key and bring every encrypted value under it; `resume` goes on with the newest key.

    May be cut off anywhere: older keys stay on the ring, so that nothing becomes unreadable, and
    the next run goes on. The desk may run meanwhile.
    """
    desk = first_start()
    if not resume:
        settings.KEY_RING.add_key(keep_sealed)
    changed = sum(reencrypt())
    rotation = Rotation(settings.KEY_RING.current_id, changed)
    with transaction.atomic():
        record(Event.KEYS_ROTATED, by=by, target=desk, key=rotation.key_id, values=changed)
    return rotation
