"""How long work is shown."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from secdesk.core.tasks.models import Task

register = template.Library()

_MARKS = {"queued": "new", "running": "handling", "done": "done", "failed": "back", "cancelled": "void"}


@register.filter
def figure(value: int | None) -> str:
    """3,412."""
    return "" if value is None else f"{value:,}"


@register.filter
def left(value: dt.timedelta) -> str:
    """「のこり 約40秒」: rounded so that it does not flicker."""
    seconds = max(int(value.total_seconds()), 1)
    if seconds < 60:
        seconds = -(-seconds // 10) * 10
        return _("About %(seconds)d seconds left.") % {"seconds": seconds}
    minutes = round(seconds / 60)
    if minutes < 60:
        return ngettext("About %(minutes)d minute left.", "About %(minutes)d minutes left.", minutes) % {
            "minutes": minutes
        }
    hours = round(minutes / 60)
    return ngettext("About %(hours)d hour left.", "About %(hours)d hours left.", hours) % {"hours": hours}


@register.filter
def mark(task: Task) -> str:
    """Mark of the state (static/css/desk.css §6)."""
    return _MARKS[task.status]
