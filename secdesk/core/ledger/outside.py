"""Checkpoints leave the host: what lies outside is what the desk cannot quietly take back.

The folder SECDESK_CHECKPOINTS (another device, append only) gets one text file a day with every
signed note and, before each, the hashes of the leaves it adds; with them the verifier says *which*
entry was changed. Leaf hashes are salted and tell nothing.
"""

from __future__ import annotations

import datetime as dt
import os
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from secdesk.core.ledger import notes
from secdesk.core.ledger.models import Checkpoint, LedgerSeal
from secdesk.core.ledger.seal import current_epoch
from secdesk.core.outbox.services import enqueue
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role


class OutsideAhead(Exception):
    """The folder outside holds a checkpoint that this database does not know: it was rolled back or altered."""


class NoFolder(OSError):
    """SECDESK_CHECKPOINTS names a folder that is not there (the device is not mounted)."""


def newest_note() -> notes.Note | None:
    """The newest note outside that our key signed; None when nothing is configured or written yet."""
    folder = _folder()
    if folder is None:
        return None
    for file in sorted(folder.glob("checkpoints-*.txt"), reverse=True):
        if (newest := notes.last_note(file.read_text("utf-8", errors="replace"))) is not None:
            return newest
    return None


class State(StrEnum):
    """Whether seals leave the host."""

    OFF = "off"  # no folder is configured
    AWAY = "away"  # the folder is not there
    AHEAD = "ahead"  # the folder knows more than this database
    BEHIND = "behind"  # the newest seal is not there yet
    GOOD = "good"


def state() -> State:
    """Where the copies outside stand."""
    try:
        refuse_rollback()
        newest = newest_note()
    except OutsideAhead:
        return State.AHEAD
    except OSError:
        return State.AWAY
    if not settings.SECDESK_CHECKPOINTS:
        return State.OFF
    ours = Checkpoint.objects.order_by("-tree_size").first()
    if ours is None or (newest is not None and (newest.epoch, newest.size) == (ours.epoch, ours.tree_size)):
        return State.GOOD
    return State.BEHIND


def refuse_rollback() -> None:
    """Raise OutsideAhead when the world has seen a checkpoint that this database does not hold.

    Run before sealing, or the desk would itself sign a second history over the first.
    """
    newest = newest_note()
    if newest is None or newest.epoch < current_epoch():
        return
    ours = Checkpoint.objects.filter(tree_size=newest.size, epoch=newest.epoch, root=newest.root)
    if not ours.exists():
        raise OutsideAhead(f"checkpoint {newest.epoch}/{newest.size} lies outside, but not in this database")


def publish() -> int:
    """Append every checkpoint that is not outside yet to today's file; returns how many.

    Raises OutsideAhead, or OSError when the device does not take them: the next run catches up.
    """
    folder = _folder()
    if folder is None:
        return 0
    refuse_rollback()
    newest = newest_note()
    rows = Checkpoint.objects.order_by("tree_size")
    if newest is not None:
        rows = rows.filter(epoch__gte=newest.epoch).exclude(epoch=newest.epoch, tree_size__lte=newest.size)
    written = 0
    for row in rows.iterator():
        _append(_file_of(folder, timezone.now()), _leaf_lines(row) + row.note)
        written += 1
    return written


def mail() -> int:
    """Queue the newest checkpoint as a mail to the keepers of the seals; a seal is mailed once. Gives how many.

    Keepers are the heads of audit; while there is none, the heads of the CSIRT.
    """
    newest = Checkpoint.objects.order_by("-tree_size").first()
    if newest is None:
        return 0
    body, signature = newest.note.split("\n\n")
    origin, size, root = body.split("\n")
    _dash, name, signed = signature.split()
    values: dict[str, str | int | bool | None] = {
        "origin": origin, "size": size, "root": root, "key": name, "signature": signed,
    }  # fmt: skip
    keepers = _keepers()
    with transaction.atomic():
        for person in keepers:
            key = f"ledger-seal-{newest.epoch}-{newest.tree_size}-{person.pk}"
            enqueue("ledger_seal", to=person, dedupe_key=key, path=reverse("core:ledger_seals"), context=values)
    return len(keepers)


def _keepers() -> list[Person]:
    for role in (Role.AUDIT_HEAD, Role.CSIRT_HEAD):
        rows = RoleAssignment.objects.today().filter(role=role)
        people = [person for person in Person.objects.filter(pk__in=rows.values("person_id")) if person.is_active]
        if people:
            return people
    return []


def _folder() -> Path | None:
    if not settings.SECDESK_CHECKPOINTS:
        return None
    folder = Path(settings.SECDESK_CHECKPOINTS)
    if not folder.is_dir():
        raise NoFolder(f"{folder} is not there; is the device mounted?")
    return folder


def _file_of(folder: Path, at: dt.datetime) -> Path:
    return folder / f"checkpoints-{timezone.localtime(at):%Y-%m-%d}.txt"


def _leaf_lines(row: Checkpoint) -> str:
    before = Checkpoint.objects.filter(tree_size__lt=row.tree_size).order_by("-tree_size").first()
    start = before.tree_size if before else 0
    seals = LedgerSeal.objects.filter(leaf_index__gte=start, leaf_index__lt=row.tree_size).order_by("leaf_index")
    lines = (f"leaf {row.epoch} {seal.leaf_index} {seal.leaf_hash}\n" for seal in seals.iterator())
    return "".join(lines) + "\n"


def _append(file: Path, text: str) -> None:
    """Append and wait for the disk. Starts on a new line: a crash may have left half a line."""
    with file.open("ab") as out:
        out.write(b"\n" + text.encode())
        out.flush()
        os.fsync(out.fileno())
