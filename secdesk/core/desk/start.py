"""What every process does before its first request or job."""

from __future__ import annotations

from secdesk.core.desk import identity
from secdesk.core.desk.models import Desk
from secdesk.core.desk.safety import refuse_unsafe
from secdesk.core.desk.services import first_start


def start() -> Desk:
    """Refuse to run unsafe, fix mode and keys at the very first start.

    Raises UnsafeDesk, whose text says in Japanese what to mend.
    """
    refuse_unsafe()
    desk = first_start()
    identity.load(desk)
    return desk
