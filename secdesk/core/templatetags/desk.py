"""Template tags and filters every page uses."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from secdesk.core.calendar import ERAS, era_of
from secdesk.core.display import in_japanese_era
from secdesk.core.submissions.web import posted_token

register = template.Library()

SOON = 3  # days before a limit from which it stands out


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """An icon of the sprite (static/img/icons.svg); decoration only, the word stands beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        extra_class,
        static("img/icons.svg"),
        name,
    )


# --- dates ---------------------------------------------------------------------------------------


def _local(value: dt.date) -> dt.date:
    return timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value


def _date(value: dt.date) -> dt.date:
    local = _local(value)
    return local.date() if isinstance(local, dt.datetime) else local


def day_text(value: dt.date, *, with_year: bool | None = None) -> str:
    """A day with its weekday, in the reader's language and calendar: 12月4日(金), Fri 4 Dec.

    The year stands when it is not this one, or when `with_year` says so.
    """
    day = _date(value)
    if with_year is None:
        with_year = day.year != timezone.localdate().year
    weekday = date_format(day, "D")
    japanese = (get_language() or "ja").startswith("ja")
    if japanese:
        return f"{_year(day) if with_year else ''}{day.month}月{day.day}日({weekday})"
    return f"{weekday} {day.day} {date_format(day, 'M')}{' ' + _year(day) if with_year else ''}"


def _year(day: dt.date) -> str:
    japanese = (get_language() or "ja").startswith("ja")
    if not in_japanese_era() or day < ERAS[-1].first_day:
        return f"{day.year}年" if japanese else str(day.year)
    era, number = era_of(day)
    if japanese:
        return f"{era.name}{'元' if number == 1 else number}年"
    return f"{era.english} {number}"


@register.filter
def day(value: dt.date | None, style: str = "") -> str:
    """「12月4日(金)」; `|day:"year"` always with the year."""
    return "" if not value else day_text(value, with_year=True if style == "year" else None)


@register.filter
def clock(value: dt.datetime | None) -> str:
    """「13:40」 in Japan."""
    return "" if not value else _local(value).strftime("%H:%M")


@register.filter
def moment(value: dt.datetime | None, style: str = "") -> str:
    """「12月4日(金) 13:40」; `|moment:"year"` always with the year, `|moment:"short"` 「12/4 13:40」."""
    if not value:
        return ""
    if style == "short":
        return f"{date_format(_date(value), pgettext('short date', 'j M'))} {clock(value)}"
    return f"{day(value, style)} {clock(value)}"


@register.filter
def iso(value: dt.date | None) -> str:
    """Machine form for `<time datetime>`."""
    if not value:
        return ""
    local = _local(value)
    return local.isoformat(timespec="minutes") if isinstance(local, dt.datetime) else local.isoformat()


@register.filter
def days_left(value: dt.date | None, kind: str = "limit") -> str:
    """「あと3日」「今日」「1日超過」; a guideline figure (`:"target"`) is never over, it has passed."""
    if not value:
        return ""
    days = (_date(value) - timezone.localdate()).days
    if days > 0:
        return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    if isinstance(value, dt.datetime) and days == 0:
        return _time_left(value, kind)
    if days == 0:
        return _("today")
    if kind != "limit":
        return _("target passed")
    return ngettext("%(days)d day over", "%(days)d days over", -days) % {"days": -days}


def _time_left(value: dt.datetime, kind: str) -> str:
    minutes = int((value - timezone.now()).total_seconds() // 60)
    if minutes >= 60:
        return _("%(hours)d h %(minutes)d min left") % {"hours": minutes // 60, "minutes": minutes % 60}
    if minutes >= 0:
        return _("%(minutes)d min left") % {"minutes": minutes}
    return _("over") if kind == "limit" else _("target passed")


@register.filter
def due_class(value: dt.date | None, kind: str = "limit") -> str:
    """CSS class of a date to keep: plain, soon (from 3 days), over (only a real limit)."""
    if not value:
        return "due"
    days = (_date(value) - timezone.localdate()).days
    passed = days < 0 or (isinstance(value, dt.datetime) and value < timezone.now())
    if passed and kind == "limit":
        return "due due-over"
    return "due due-soon" if days <= SOON else "due"


@register.filter
def has_time(value: Any) -> bool:
    """Whether a value is a moment rather than a day."""
    return isinstance(value, dt.datetime)


# --- forms ---------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def form_token(context: Any) -> SafeString:
    """The hidden token of a form whose view answers with `core.submissions.web.once`; kept while errors are mended."""
    request = context.get("request")
    return _token_input((posted_token(request) if request is not None else "") or secrets.token_urlsafe(16))


@register.simple_tag
def new_form_token() -> SafeString:
    """A fresh token, for a form that sends something as another one."""
    return _token_input(secrets.token_urlsafe(16))


def _token_input(token: str) -> SafeString:
    return format_html('<input type="hidden" name="form_token" value="{}">', token)


@register.filter
def control(field: BoundField) -> str:
    """How components/field.html draws a field."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "tiles" if getattr(widget, "tiles", False) else "choices"
    return "parts" if isinstance(widget, forms.MultiWidget) else "input"


@register.filter
def first_id(field: BoundField) -> str:
    """Id of the control an error points to: the first option of a group, the first of several inputs."""
    kind = control(field)
    return f"{field.auto_id}_0" if kind in ("tiles", "choices") else field.id_for_label or field.auto_id


@register.filter
def problems(form: Any) -> list[tuple[BoundField | None, str]]:
    """Every error of a form with its field, in the page's order; errors of the whole form come first."""
    found: list[tuple[BoundField | None, str]] = [(None, error) for error in form.non_field_errors()]
    return found + [(field, error) for field in form for error in field.errors]
