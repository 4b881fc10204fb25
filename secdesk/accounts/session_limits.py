"""How long a session lasts (security.md B2, after NIST SP 800-63B-4 §2.2.3). All values are durations."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from secdesk.core.people.models import Person
from secdesk.core.people.roles import SHORT_IDLE_ROLES

ABSOLUTE = dt.timedelta(hours=12)
BEFORE_LOG_IN = dt.timedelta(hours=1)  # the steps between the first page and the second factor
IDLE = dt.timedelta(minutes=30)
IDLE_SHORT = dt.timedelta(minutes=15)  # CSIRT and administrators
IDLE_SHARED = dt.timedelta(minutes=5)  # on a PC that several people use
KEPT = dt.timedelta(hours=24)  # forms, and the rows that tell whose they are
TOUCH_EVERY = dt.timedelta(seconds=60)  # how exactly last_seen_at is kept; only ever locks earlier


def idle_limit(person: Person, *, is_shared_pc: bool) -> dt.timedelta:
    """Time without an act of a human being after which the session locks."""
    if is_shared_pc:
        return IDLE_SHARED
    return IDLE_SHORT if person.role_codes & SHORT_IDLE_ROLES else IDLE


def absolute_end(started_at: dt.datetime, *, is_staff_only: bool) -> dt.datetime:
    """When the session ends whatever happens; 「今日だけ忘れた」 ends with the day in Japan."""
    end = started_at + ABSOLUTE
    if not is_staff_only:
        return end
    tomorrow = timezone.localdate(started_at) + dt.timedelta(days=1)
    midnight = timezone.make_aware(dt.datetime.combine(tomorrow, dt.time.min))
    return min(end, midnight)
