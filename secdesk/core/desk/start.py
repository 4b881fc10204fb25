"""What every process does before its first request or job."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.db import connections

from secdesk.core.desk import identity
from secdesk.core.desk.models import Desk
from secdesk.core.desk.safety import UnsafeDesk, refuse_unsafe
from secdesk.core.desk.services import first_start


def start() -> Desk:
    """Refuse to run unsafe, fix mode and keys at the very first start.

    Raises UnsafeDesk, whose text says in Japanese what to mend.
    """
    refuse_unsafe()
    desk = first_start()
    identity.load(desk)
    return desk


def start_safely() -> None:
    """`start` for a command that lasts: the refusal is its one sentence, and no connection stays open."""
    try:
        start()
    except UnsafeDesk as error:
        raise CommandError(str(error)) from None
    finally:
        connections.close_all()
