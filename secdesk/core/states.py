"""States move in one place: a table names every move, `move()` alone writes the status (architecture §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import Actor, record


class Conflict(Exception):
    """Somebody else changed the record first, or the move does not start from its present state."""


class MissingFields(Exception):
    """A move was asked for without what it requires; `fields` names them."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


@dataclass(frozen=True)
class Move:
    """One row of a state table. `requires` are fields that must hold a value after the move."""

    name: str
    label: Any  # lazy text on the button
    sources: frozenset[str]
    target: str
    permission: StrEnum
    event: Event
    requires: tuple[str, ...] = ()


class Machine:
    """The moves of one life cycle, by name."""

    def __init__(self, *moves: Move, field: str = "status") -> None:
        self.field = field
        self.moves = {move.name: move for move in moves}

    def moves_from(self, status: str) -> list[Move]:
        """Moves that may start from `status`, in the table's order."""
        return [move for move in self.moves.values() if status in move.sources]


def move(
    obj: Any,
    machine: Machine,
    name: str,
    *,
    by: Actor,
    values: Mapping[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Move `obj`, write `values` with it, and record the event; compare-and-set on status and version.

    Raises KeyError for an unknown move, MissingFields, and Conflict when the state or the version
    is no longer the one `obj` was read with. The model has `status` (or the machine's field) and `version`.
    """
    step, values = machine.moves[name], dict(values or {})
    source = getattr(obj, machine.field)
    missing = tuple(field for field in step.requires if not values.get(field, getattr(obj, field)))
    if missing:
        raise MissingFields(missing)
    if source not in step.sources:
        raise Conflict(f"{name} does not start from {source}")
    with transaction.atomic():
        rows = type(obj)._default_manager.filter(
            pk=obj.pk,
            version=obj.version,
            **{machine.field: source},
        )
        if not rows.update(version=F("version") + 1, **{machine.field: step.target}, **values):
            raise Conflict(f"{obj._meta.label} {obj.pk} was changed by somebody else")
        for field, value in {machine.field: step.target, **values}.items():
            setattr(obj, field, value)
        obj.version += 1
        record(
            step.event, by=by, target=obj, before={machine.field: source}, after={machine.field: step.target}, **facts
        )
