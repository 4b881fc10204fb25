"""Fields and the base form of every page: what people type in Japan is understood, and errors say what to do."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from secdesk.core.calendar import ERAS, era_of, wareki_short
from secdesk.core.display import in_japanese_era

DATE_HINT = gettext_lazy("For example 2026-12-04, 2026/12/4, R8.12.4 or 12/4.")
TIME_HINT = gettext_lazy("For example 13:40 or 1340.")

_ERA_NAMES = {**{era.name: era for era in ERAS}, **{era.letter: era for era in ERAS}}
_WEEKDAY = re.compile(r"\([月火水木金土日]\)$")
_ERA_DATE = re.compile(r"([RHS]|令和|平成|昭和)(\d{1,2}|元)(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_DATE = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_DAY = re.compile(r"(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_TIME = re.compile(r"(午前|午後|AM|PM)?(\d{1,2})(?::|時)(\d{1,2})?分?(?::\d{2})?(AM|PM)?")
_COMPACT_TIME = re.compile(r"(\d{1,2})(\d{2})")


def normalised(text: str) -> str:
    """Full-width letters and figures made plain (NFKC), without spaces around."""
    return unicodedata.normalize("NFKC", text).strip()


def parse_date(text: str) -> dt.date:
    """Read a date as offices write it; a month and a day alone mean this year.

    Raises ValidationError that says whether the text is unreadable or the day does not exist.
    """
    plain = _WEEKDAY.sub("", normalised(text).upper().replace(" ", ""))
    if match := _ERA_DATE.fullmatch(plain):
        return _era_date(text, *match.groups())
    if match := _DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain):
        return _day(text, *match.groups())
    if match := _MONTH_DAY.fullmatch(plain):
        return _day(text, str(timezone.localdate().year), *match.groups())
    raise ValidationError(_("This could not be read as a date. Write it like 2026-12-04, R8.12.4 or 12/4."), "unread")


def parse_time(text: str) -> dt.time:
    """Read a time of day: 13:40, 1340, 13時40分, 午後1時40分. Raises ValidationError."""
    plain = normalised(text).upper().replace(" ", "")
    if match := _TIME.fullmatch(plain):
        before, hour, minute, behind = match.groups()
        return _clock(text, before or behind, int(hour), int(minute or 0))
    if match := _COMPACT_TIME.fullmatch(plain):
        return _clock(text, None, int(match[1]), int(match[2]))
    raise ValidationError(_("This could not be read as a time. Write it like 13:40."), "unread")


def date_text(day: dt.date) -> str:
    """A date as a field shows it, in the person's calendar."""
    return wareki_short(day) if in_japanese_era() else day.isoformat()


def _day(text: str, year: str, month: str, day: str) -> dt.date:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        raise ValidationError(
            _("There is no such day as %(text)s. Please check it in a calendar."), "absent", {"text": text.strip()}
        ) from None


def _era_date(text: str, name: str, year: str, month: str, day: str) -> dt.date:
    era = _ERA_NAMES[name]
    number = 1 if year == "元" else int(year)
    found = _day(text, str(era.first_day.year + number - 1), month, day)
    if found < ERAS[-1].first_day or era_of(found)[0] != era:
        raise ValidationError(
            _("There is no such day as %(text)s: the era was another one."), "absent", {"text": text.strip()}
        )
    return found


def _clock(text: str, half: str | None, hour: int, minute: int) -> dt.time:
    if half and hour > 12:
        hour = 99
    elif half:
        hour = hour % 12 + (12 if half in ("午後", "PM") else 0)
    try:
        return dt.time(hour, minute)
    except ValueError:
        raise ValidationError(_("There is no such time as %(text)s."), "absent", {"text": text.strip()}) from None


class JapaneseDateField(forms.Field):
    """A date in any way an office writes it. With `future=False` a day after today is refused."""

    widget = forms.TextInput(attrs={"class": "input w-m", "autocomplete": "off"})
    default_error_messages = {
        "required": gettext_lazy("Please write the date."),
        "future": gettext_lazy("A day after today (%(today)s) cannot be written here. Please check the date."),
    }

    def __init__(self, *, future: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", DATE_HINT)
        super().__init__(**kwargs)
        self.future = future

    def to_python(self, value: Any) -> dt.date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, dt.datetime):
            return timezone.localtime(value).date()
        return value if isinstance(value, dt.date) else parse_date(str(value))

    def validate(self, value: Any) -> None:
        super().validate(value)
        today = timezone.localdate()
        if value and not self.future and value > today:
            raise ValidationError(self.error_messages["future"], "future", {"today": date_text(today)})

    def prepare_value(self, value: Any) -> Any:
        return date_text(value) if isinstance(value, dt.date) else value


class JapaneseTimeField(forms.Field):
    """A time of day in any way an office writes it."""

    widget = forms.TextInput(attrs={"class": "input w-s", "autocomplete": "off", "inputmode": "text"})
    default_error_messages = {"required": gettext_lazy("Please write the time.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", TIME_HINT)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dt.time | None:
        if value in self.empty_values:
            return None
        return value if isinstance(value, dt.time) else parse_time(str(value))

    def prepare_value(self, value: Any) -> Any:
        return value.strftime("%H:%M") if isinstance(value, dt.time) else value


class DateTimeWidget(forms.MultiWidget):
    """Two short inputs side by side, date and time; drawn in one line by components/field.html."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        date = forms.TextInput(
            attrs={"class": "input w-day", "autocomplete": "off", "aria-label": gettext_lazy("Date")}
        )
        time = forms.TextInput(
            attrs={"class": "input w-time", "autocomplete": "off", "aria-label": gettext_lazy("Time")}
        )
        super().__init__({"date": date, "time": time}, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """Two fields, or one with both in it: a comparison page sends the chosen moment as one text."""
        if name in data:
            day, _gap, clock = str(data[name]).partition(" ")
            return [day, clock]
        return super().value_from_datadict(data, files, name)

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, dt.datetime):
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return [date_text(local.date()), local.strftime("%H:%M")]
        return [None, None]


class JapaneseDateTimeField(forms.MultiValueField):
    """A moment in Japan, from a date and a time; with `future=False` a moment after now is refused."""

    widget = DateTimeWidget
    default_error_messages = {
        "required": gettext_lazy("Please write the date and the time."),
        "incomplete": gettext_lazy("Please write both the date and the time."),
        "future": gettext_lazy("A moment after now cannot be written here. Please check date and time."),
    }

    def __init__(self, *, future: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", DATE_HINT)
        fields = (JapaneseDateField(required=False), JapaneseTimeField(required=False))
        super().__init__(fields, require_all_fields=True, **kwargs)
        self.future = future

    def compress(self, data_list: list[Any]) -> dt.datetime | None:
        if not data_list or not any(data_list):
            return None
        if not all(value is not None for value in data_list):
            raise ValidationError(self.error_messages["incomplete"], "incomplete")
        moment = timezone.make_aware(dt.datetime.combine(*data_list))
        if not self.future and moment > timezone.now():
            raise ValidationError(self.error_messages["future"], "future")
        return moment

    def clean(self, value: Any) -> Any:
        given = [part not in self.empty_values for part in value] if isinstance(value, (list, tuple)) else []
        if any(given) and not all(given):
            raise ValidationError(self.error_messages["incomplete"], "incomplete")
        return super().clean(value)


class CodeField(forms.CharField):
    """Numbers, codes, addresses: NFKC, so that full-width typing does no harm."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(normalised(value) if isinstance(value, str) else value)


class CountField(CodeField):
    """A whole number of things or people, also 「３２０人」 or 1,200."""

    default_error_messages = {"unread": gettext_lazy("Please write a number, such as 40.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "numeric")
        self.widget.attrs.setdefault("class", "input w-s")

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        plain = re.sub(r"[,\s]|人$|件$", "", str(text))
        if not re.fullmatch(r"\d{1,9}", plain):
            raise ValidationError(self.error_messages["unread"], "unread")
        return int(plain)


class ProseField(forms.CharField):
    """Free text, kept as typed: only line ends are unified and control characters dropped."""

    widget = forms.Textarea(attrs={"class": "textarea"})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


class Tiles(forms.RadioSelect):
    """One of a few, as large tiles."""

    tiles = True


class TileBoxes(forms.CheckboxSelectMultiple):
    """Some of a few, as large tiles."""

    tiles = True


_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.Textarea, "textarea"),
    (forms.Select, "select"),
    (forms.ClearableFileInput, "input-file"),
    (forms.widgets.Input, "input"),
)
_PLAIN = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput, forms.MultiWidget)


class DeskStyle:
    """For forms and model forms: the desk's classes, errors told by our summary instead of the browser's bubble."""

    use_required_attribute = False
    fields: dict[str, forms.Field]

    def style_fields(self) -> None:
        """Give each widget its class and tell assistive technology what is mandatory."""
        for field in self.fields.values():
            widget = field.widget
            if field.required and not widget.is_hidden and not widget.use_fieldset:
                widget.attrs.setdefault("aria-required", "true")
            if isinstance(widget, _PLAIN):
                continue
            if isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10":
                widget.attrs["rows"] = "3"  # Django's ten hide what comes after; the stylesheet sets the least height
            css = next((css for kind, css in _CLASSES if isinstance(widget, kind)), "")
            if css:
                widget.attrs.setdefault("class", css)


class DeskForm(DeskStyle, forms.Form):
    """Base of every form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.style_fields()


class DeskModelForm(DeskStyle, forms.ModelForm):  # type: ignore[type-arg]
    """Base of every form that is drawn from a model; it never saves an audited model itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.style_fields()
