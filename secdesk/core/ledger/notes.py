"""Checkpoints as signed notes (C2SP signed-note and tlog-checkpoint), signed with Ed25519.

A note is three lines of text (origin, number of entries, root in base64), an empty line and a
signature line. The origin ends in the epoch, so that a restored ledger is another log.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from secdesk.core.ledger.models import Checkpoint

ED25519 = b"\x01"
NOTE = re.compile(
    r"^(?P<name>[^\s+]+)/(?P<epoch>[1-9][0-9]*)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]{43}=)\n\n"
    r"— (?P<key>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+=*)\n",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Note:
    """A checkpoint as read from a note whose signature was verified."""

    name: str
    epoch: int
    size: int
    root: str  # hexadecimal
    text: str  # byte for byte


def ledger_name() -> str:
    """Name of this ledger, as its notes and its public key carry it; it stays when the desk moves to another host."""
    if settings.SECDESK_LEDGER_NAME:
        return str(settings.SECDESK_LEDGER_NAME)
    first = Checkpoint.objects.order_by("tree_size").values_list("note", flat=True).first()
    if first is not None:
        return first.partition("\n")[0].rpartition("/")[0]
    return f"{urlsplit(settings.SECDESK_URL).hostname}/ledger"


def public_key() -> str:
    """The key that checks the notes, as a C2SP vkey: `name+hash+base64`."""
    name = ledger_name()
    return f"{name}+{_key_hash(name).hex()}+{base64.b64encode(ED25519 + _raw_public_key()).decode()}"


def sign(epoch: int, size: int, root: bytes) -> str:
    """The signed note about the first `size` entries."""
    name = ledger_name()
    body = f"{name}/{epoch}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = settings.KEY_RING.signing_key().sign(body.encode())
    return f"{body}\n— {name} {base64.b64encode(_key_hash(name) + signature).decode()}\n"


def read_notes(text: str) -> list[Note]:
    """Every note of this ledger in `text` that our key signed, in the text's order; other text is skipped."""
    name = ledger_name()
    found = (_verified(match, name) for match in NOTE.finditer(text.replace("\r\n", "\n")))
    return [note for note in found if note is not None]


def last_note(text: str) -> Note | None:
    """The last such note in `text`; checks no more signatures than it must."""
    name = ledger_name()
    found = (_verified(match, name) for match in reversed(list(NOTE.finditer(text))))
    return next((note for note in found if note is not None), None)


def _verified(match: re.Match[str], name: str) -> Note | None:
    try:
        blob = base64.b64decode(match["signature"], validate=True)
        body = match[0].split("\n\n", 1)[0] + "\n"
        settings.KEY_RING.signing_key().public_key().verify(blob[4:], body.encode())
    except (InvalidSignature, ValueError):
        return None
    if blob[:4] != _key_hash(name) or match["name"] != name:
        return None
    root = base64.b64decode(match["root"]).hex()
    return Note(name, int(match["epoch"]), int(match["size"]), root, match[0])


def _raw_public_key() -> bytes:
    key = settings.KEY_RING.signing_key().public_key()
    return bytes(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _key_hash(name: str) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + _raw_public_key()).digest()[:4]
