"""Writing the ledger."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from secdesk.core import request_context
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.people.models import Person


@dataclass(frozen=True)
class SystemActor:
    """The desk itself, named by its command or job: `SystemActor("backup")`."""

    name: str


Actor = Person | SystemActor | None


def record(
    event: Event,
    *,
    by: Actor,
    target: models.Model | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **facts: Any,
) -> LedgerEntry:
    """Append one entry, inside the caller's transaction.

    `before` and `after` take only fields that the target names in `ledger_fields`; `facts` are
    short values (numbers, codes, lengths, hashes). Free text and residents' names never enter.
    Raises ValueError for a field that is not allowed, RuntimeError outside a transaction.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs into the transaction of the change it tells of")
    content = details_text(by, target, before, after, facts)
    salt = secrets.token_bytes(32)
    entry = LedgerEntry.objects.create(
        event=event.value,
        at=timezone.now(),
        actor=actor_code(by),
        target_type=target._meta.label_lower if target is not None else "",
        target_id=target.pk if target is not None else None,
        request_id=request_context.current().request_id,
        details_hash=hashlib.sha256(salt + content.encode()).hexdigest(),
    )
    LedgerDetails.objects.create(entry=entry, salt=salt, content=content)
    return entry


def actor_code(by: Actor) -> str:
    """How an entry names its actor."""
    if by is None:
        return "anonymous"
    return f"system:{by.name}" if isinstance(by, SystemActor) else f"person:{by.pk}"


def details_text(
    by: Actor,
    target: models.Model | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    facts: Mapping[str, Any],
) -> str:
    """Canonical JSON of an entry's details. Raises ValueError for a field the target does not allow."""
    return _canonical(_details(by, target, before, after, facts))


def _details(
    by: Actor,
    target: models.Model | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    allowed: frozenset[str] = getattr(target, "ledger_fields", frozenset())
    for field in (*(before or ()), *(after or ())):
        if field not in allowed:
            raise ValueError(f"{field!r} is not in ledger_fields of {type(target).__name__}")
    details: dict[str, Any] = {"label": getattr(target, "ledger_label", "") if target else ""}
    if isinstance(by, Person):
        details["actor"] = {"number": by.number, "name": by.name}
    address = request_context.current().address
    optional = {"before": before, "after": after, "facts": facts, "address": address}
    return details | {key: value for key, value in optional.items() if value}


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
