"""Reading the ledger: what an entry tells a reader depends on whether they may see what it speaks of.

An entry whose target the reader does not reach through its model's door tells when and what kind of
thing happened, and nothing else: neither of whom nor by whom. That holds for administrators too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _

from secdesk.core.access import holds
from secdesk.core.ledger.events import SENTENCES, Event
from secdesk.core.ledger.labels import FACTS, PEOPLE, TARGETS, VALUES
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.ledger.permissions import LedgerPerm
from secdesk.core.people.models import Person

HISTORY = 200  # newest entries shown on a record's own page


@dataclass(frozen=True)
class Change:
    """One field as it was and is, or a fact (`before` empty), in the reader's words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """An entry as one reader may see it."""

    entry: LedgerEntry
    visible: bool  # whether the reader reaches the target
    sentence: str
    actor: str
    target: str
    url: str
    changes: tuple[Change, ...]
    address: str
    disposed: bool  # details are gone after retention


def disclose(entries: Sequence[LedgerEntry], viewer: Person) -> list[Line]:
    """What the entries tell `viewer`: a query for the details, one for each kind of target, one for people named."""
    reached = _reached(entries, viewer)
    shown = [entry for entry in entries if _key(entry) in reached]
    details = LedgerDetails.objects.in_bulk([entry.pk for entry in shown])
    told = {pk: json.loads(row.content) if row.content else {} for pk, row in details.items()}
    people = _people(told.values())
    return [_line(entry, reached, details.get(entry.pk), told.get(entry.pk, {}), people) for entry in entries]


def hidden_ids(entries: Sequence[LedgerEntry], viewer: Person) -> set[int]:
    """Ids of the entries whose target `viewer` does not reach."""
    reached = _reached(entries, viewer)
    return {entry.pk for entry in entries if _key(entry) not in reached}


def history_of(obj: models.Model, viewer: Person) -> list[Line]:
    """Who did what when to `obj`, newest first; nothing when the viewer does not reach it.

    The caller's page has fetched `obj` through the door already; it is asked once more here.
    """
    rows = LedgerEntry.objects.filter(target_type=obj._meta.label_lower, target_id=obj.pk)
    entries = list(rows.order_by("-pk")[:HISTORY])
    return [line for line in disclose(entries, viewer) if line.visible]


def reachable_targets(viewer: Person) -> Q:
    """Condition: entries whose target `viewer` reaches; for filters that would else tell of hidden ones."""
    condition = Q(target_type="")
    for model in apps.get_models():
        rows = _visible(model, viewer)
        if rows is None:
            condition |= Q(target_type=model._meta.label_lower)
        elif hasattr(model._default_manager, "visible_to"):
            condition |= Q(target_type=model._meta.label_lower, target_id__in=rows.order_by().values("pk"))
    return condition


# --- the door ------------------------------------------------------------------------------------

_Key = tuple[str, int | None]


def _key(entry: LedgerEntry) -> _Key:
    return entry.target_type, entry.target_id


def _reached(entries: Iterable[LedgerEntry], viewer: Person) -> dict[_Key, models.Model | None]:
    return reached_targets([_key(entry) for entry in entries], viewer)


def reached_targets(keys: Iterable[_Key], viewer: Person) -> dict[_Key, models.Model | None]:
    """Targets the viewer reaches, by type and id; no target at all is reached by everybody. A query a type."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for label, pk in keys:
        if label and pk is not None:
            wanted[label].add(pk)
    reached: dict[_Key, models.Model | None] = {("", None): None}
    for label, ids in sorted(wanted.items()):
        if (model := _model(label)) is None:
            continue
        rows = _visible(model, viewer)
        for obj in (model._default_manager.all() if rows is None else rows).filter(pk__in=ids):
            reached[label, obj.pk] = obj
    return reached


def _visible(model: type[models.Model], viewer: Person) -> models.QuerySet[Any] | None:
    """Rows of a model that the viewer reaches; None for all of them.

    A model that says `ledger_open` (accounts and their means of authentication) is open to readers of the
    whole ledger, whatever its own door; for others the door decides, and without a door nothing is seen.
    """
    is_open, has_door = getattr(model, "ledger_open", False), hasattr(model._default_manager, "visible_to")
    if is_open and (not has_door or holds(viewer, LedgerPerm.VIEW)):
        return None
    return model._default_manager.visible_to(viewer) if has_door else model._default_manager.none()  # type: ignore[attr-defined]


def _model(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label)
    except LookupError:  # an app of an older version
        return None


# --- words ---------------------------------------------------------------------------------------


def _line(
    entry: LedgerEntry,
    reached: dict[_Key, models.Model | None],
    details: LedgerDetails | None,
    content: dict[str, Any],
    people: dict[int, Person],
) -> Line:
    sentence = _sentence(entry.event)
    if _key(entry) not in reached:
        return Line(entry, False, sentence, "", _("not open to you"), "", (), "", False)
    target = reached[_key(entry)]
    label = content.get("label") or (str(target) if target is not None else "")
    return Line(
        entry=entry,
        visible=True,
        sentence=sentence,
        actor=_actor(entry, content),
        target=f"{_kind(entry)} {label}".strip(),
        url=_url(target),
        changes=tuple(_changes(entry, content, people)),
        address=content.get("address", ""),
        disposed=details is not None and details.salt is None,
    )


def _url(target: models.Model | None) -> str:
    """The target's page, when it has one."""
    link = getattr(target, "get_absolute_url", None)
    try:
        return link() if link is not None else ""
    except NoReverseMatch:
        return ""


def _sentence(event: str) -> str:
    try:
        return str(SENTENCES[Event(event)])
    except ValueError:  # an event of an older version
        return event


def _actor(entry: LedgerEntry, content: dict[str, Any]) -> str:
    if person := content.get("actor"):
        return f"{person['name']} ({person['number']})"
    kind, _colon, name = entry.actor.partition(":")
    if kind == "system":
        return _("the desk (%(name)s)") % {"name": name}
    return _("nobody logged in") if kind == "anonymous" else entry.actor


def _kind(entry: LedgerEntry) -> str:
    if entry.target_type in TARGETS:
        return str(TARGETS[entry.target_type])
    model = _model(entry.target_type) if entry.target_type else None
    return str(model._meta.verbose_name) if model is not None else entry.target_type


def _people(contents: Iterable[dict[str, Any]]) -> dict[int, Person]:
    """People whom the facts name by id."""
    ids = {content.get("facts", {}).get(name) for content in contents for name in PEOPLE} - {None}
    return Person.objects.in_bulk(ids) if ids else {}


def _changes(entry: LedgerEntry, content: dict[str, Any], people: dict[int, Person]) -> Iterable[Change]:
    before, after = content.get("before", {}), content.get("after", {})
    for name in dict.fromkeys((*before, *after)):
        label, choices = _field(entry.target_type, name)
        yield Change(label, _value(before.get(name), choices), _value(after.get(name), choices))
    for name, value in content.get("facts", {}).items():
        words = people if name in PEOPLE else VALUES.get(name, {})
        yield Change(str(FACTS.get(name, name)), "", _value(value, words))


def _field(label: str, name: str) -> tuple[str, dict[Any, Any]]:
    """The field's words and the words of its choices."""
    model = _model(label)
    try:
        field: Any = model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        field = None
    if field is None:
        return str(FACTS.get(name, name)), {}
    return str(field.verbose_name), dict(field.flatchoices)


def _value(value: Any, choices: Mapping[Any, Any]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_value(item, choices) for item in value)
    return str(choices.get(value, value))
