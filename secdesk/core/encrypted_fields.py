"""Which columns are encrypted under the key ring, so that rotation finds every one of them.

An app registers its columns from `AppConfig.ready()`; a test compares the registry with all binary
columns of the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models

BATCH = 200


@dataclass(frozen=True)
class EncryptedField:
    """A BinaryField and how a row's associated data is made."""

    model: type[models.Model]
    name: str
    context: Callable[[Any], bytes]


_registered: dict[tuple[type[models.Model], str], EncryptedField] = {}
_exempt: dict[tuple[type[models.Model], str], str] = {}


def register_encrypted(model: type[models.Model], name: str, *, context: Callable[[Any], bytes]) -> None:
    """Make a column known. `context` gives what `KeyRing.encrypt` was called with for that row."""
    _registered[model, name] = EncryptedField(model, name, context)


def exempt_binary(model: type[models.Model], name: str, *, why: str) -> None:
    """Say why a binary column is not encrypted under the ring (a hash, a public key)."""
    _exempt[model, name] = why


def exempt_fields() -> dict[tuple[type[models.Model], str], str]:
    """Binary columns that need no rotation, with the reason."""
    return dict(_exempt)


def encrypted_fields() -> list[EncryptedField]:
    """All of them."""
    return list(_registered.values())


def count_outdated() -> int:
    """Values that are not under the newest key yet."""
    return sum(1 for field in encrypted_fields() for _row in _outdated(field))


def reencrypt() -> Iterator[int]:
    """Bring every value under the newest key; yields how many values each step changed.

    Each value is replaced only if it is still the one that was read (compare-and-set), one
    statement a time: it may be cut off anywhere and started again, and others may write meanwhile.
    """
    ring = settings.KEY_RING
    for field in encrypted_fields():
        for row in _outdated(field):
            old = bytes(getattr(row, field.name))
            context = field.context(row)
            new = ring.encrypt(ring.decrypt(old, context=context), context=context)
            rows = field.model._base_manager.filter(pk=row.pk, **{field.name: old})
            yield rows.update(**{field.name: new})


def _outdated(field: EncryptedField) -> Iterator[models.Model]:
    """Rows whose value names an older key, in order of their primary key, a batch at a time."""
    current = settings.KEY_RING.current_id.encode()
    rows = field.model._base_manager.order_by("pk")
    last = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        last = batch[-1].pk
        for row in batch:
            value = getattr(row, field.name)
            if value and bytes(value)[:8] != current:
                yield row
