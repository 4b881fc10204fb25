"""Filters of a list: each names its form fields, its condition, and the words of its chip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from secdesk.core.forms import JapaneseDateField
from secdesk.core.people.models import Department, Person
from secdesk.core.templatetags.desk import day

ME, NOBODY = "me", "none"


@dataclass(frozen=True)
class Filter:
    """One thing to filter by. `name` stands in the address, `field` is the model's field."""

    name: str
    label: Any
    field: str

    def form_fields(self) -> dict[str, forms.Field]:
        """Fields of the filter form, fresh for a request."""
        raise NotImplementedError

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        """What the cleaned values ask for; None for nothing."""
        raise NotImplementedError

    def chips(self, values: Mapping[str, Any], form: forms.Form) -> Iterable[tuple[str, str]]:
        """(name of the form field, words) for each value that is set."""
        raise NotImplementedError


@dataclass(frozen=True)
class TextFilter(Filter):
    """Words in one of several columns; `field` may be empty."""

    columns: tuple[str, ...] = ()
    placeholder: Any = ""

    def form_fields(self) -> dict[str, forms.Field]:
        widget = forms.TextInput(attrs={"type": "search", "class": "input", "placeholder": self.placeholder})
        return {self.name: forms.CharField(label=self.label, required=False, max_length=100, widget=widget)}

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        if not (text := values[self.name]):
            return None
        condition = Q()
        for word in text.split():
            found = Q()
            for column in self.columns or (self.field,):
                found |= Q(**{f"{column}__icontains": word})
            condition &= found
        return condition

    def chips(self, values: Mapping[str, Any], form: forms.Form) -> Iterable[tuple[str, str]]:
        if values[self.name]:
            yield self.name, f"{self.label} 「{values[self.name]}」"


@dataclass(frozen=True)
class ChoiceFilter(Filter):
    """One value of a choice; `choices` are pairs or a function that gives them.

    A choice may stand for a condition of its own: `conditions` maps its value to a Q.
    """

    choices: Any = ()
    conditions: Mapping[str, Q] = field(default_factory=dict)

    def form_fields(self) -> dict[str, forms.Field]:
        return {self.name: _choice(self.label, self._pairs)}

    def _pairs(self) -> list[Any]:
        return [("", _("All")), *(self.choices() if callable(self.choices) else self.choices)]

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        value = values[self.name]
        if not value:
            return None
        return self.conditions.get(value) or Q(**{self.field: value})

    def chips(self, values: Mapping[str, Any], form: forms.Form) -> Iterable[tuple[str, str]]:
        if values[self.name]:
            yield self.name, f"{self.label} {_chosen(form, self.name, values[self.name])}"


@dataclass(frozen=True)
class PersonFilter(Filter):
    """A person, oneself, or nobody. `people` gives the persons to choose from."""

    people: Callable[[], QuerySet[Person]] = Person.objects.none
    nobody: Any = ""

    def form_fields(self) -> dict[str, forms.Field]:
        return {self.name: _choice(self.label, self._pairs)}

    def _pairs(self) -> list[Any]:
        pairs: list[tuple[str, Any]] = [("", _("All")), (ME, _("Myself"))]
        if self.nobody:
            pairs.append((NOBODY, self.nobody))
        return pairs + [(str(pk), name) for pk, name in self.people().values_list("pk", "name")]

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        value = values[self.name]
        if not value:
            return None
        if value == NOBODY:
            return Q(**{f"{self.field}__isnull": True})
        return Q(**{self.field: person.pk if value == ME else int(value)})

    def chips(self, values: Mapping[str, Any], form: forms.Form) -> Iterable[tuple[str, str]]:
        if values[self.name]:
            yield self.name, f"{self.label} {_chosen(form, self.name, values[self.name])}"


@dataclass(frozen=True)
class DepartmentFilter(Filter):
    """A section, or a bureau with everything under it (`bureau`: the model's own column for it, if it has one)."""

    bureau: str = ""

    def form_fields(self) -> dict[str, forms.Field]:
        return {self.name: _choice(self.label, lambda: [("", _("All departments")), *_departments()])}

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        value = values[self.name]
        if not value:
            return None
        kind, pk = value[0], int(value[1:])
        if kind == "s":
            return Q(**{self.field: pk})
        return Q(**{self.bureau or f"{self.field}__bureau": pk})

    def chips(self, values: Mapping[str, Any], form: forms.Form) -> Iterable[tuple[str, str]]:
        if values[self.name]:
            yield self.name, f"{self.label} {_chosen(form, self.name, values[self.name])}"


@dataclass(frozen=True)
class DateRangeFilter(Filter):
    """From a day to a day, both included, as days of Japan. `is_moment` when the column holds a time."""

    is_moment: bool = True
    with_end: bool = True

    def _names(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to") if self.with_end else (f"{self.name}_from",)

    def form_fields(self) -> dict[str, forms.Field]:
        labels = (_("%(what)s from") % {"what": self.label}, _("%(what)s to") % {"what": self.label})
        return {
            name: JapaneseDateField(
                label=label, required=False, widget=forms.TextInput(attrs={"class": "input w-date"})
            )
            for name, label in zip(self._names(), labels, strict=False)
        }

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        condition = Q()
        if start := values.get(f"{self.name}_from"):
            condition &= Q(**{f"{self.field}__gte": _midnight(start) if self.is_moment else start})
        if end := values.get(f"{self.name}_to"):
            bound = _midnight(end + dt.timedelta(days=1)) if self.is_moment else end + dt.timedelta(days=1)
            condition &= Q(**{f"{self.field}__lt": bound})
        return condition or None

    def chips(self, values: Mapping[str, Any], form: forms.Form) -> Iterable[tuple[str, str]]:
        for name in self._names():
            if values.get(name):
                yield name, f"{form.fields[name].label} {day(values[name], 'year')}"


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _choice(label: Any, pairs: Callable[[], list[Any]]) -> forms.ChoiceField:
    """A choice whose pairs are read once, and only where they are drawn or checked."""
    pairs = cache(pairs)
    return forms.ChoiceField(label=label, required=False, choices=pairs, widget=forms.Select(attrs={"class": "select"}))


def _chosen(form: forms.Form, name: str, value: str) -> Any:
    """Words of the chosen option, those inside groups too."""
    for key, words in form.fields[name].choices:  # type: ignore[attr-defined]
        if isinstance(words, list | tuple):
            for inner, inner_words in words:
                if inner == value:
                    return inner_words
        elif key == value:
            return words
    return value


def _departments() -> list[Any]:
    """Bureaus as groups with their sections (one query)."""
    groups: dict[int, tuple[str, list[tuple[str, str]]]] = {}
    rows = Department.objects.today().values_list("pk", "name", "bureau_id").order_by("sort_key", "pk")
    for pk, name, bureau in rows:
        if bureau is None or bureau == pk:
            groups[pk] = (name, [(f"b{pk}", _("%(bureau)s, all of it") % {"bureau": name})])
    for pk, name, bureau in rows:
        if bureau in groups and bureau != pk:
            groups[bureau][1].append((f"s{pk}", name))
    return list(groups.values())
