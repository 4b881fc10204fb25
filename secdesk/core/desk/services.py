"""Writing the desk's identity."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from secdesk.core.desk import identity
from secdesk.core.desk.models import Desk
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, SystemActor, record


def first_start(*, by: Actor = SystemActor("first-start")) -> Desk:  # noqa: B008  frozen
    """The desk's row; made now when this is the first start, which fixes mode and key ring for good."""
    desk = Desk.objects.first()
    return desk if desk is not None else _create(by)


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
