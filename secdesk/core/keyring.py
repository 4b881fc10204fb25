"""The key ring: every secret of the desk hangs on it.

A folder readable by its owner only, with one JSON file. Each key has an id, so that data
encrypted under an older key stays readable while it is being rotated. Nothing else in the
desk holds key material; a database copy without this folder opens nothing.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE_NAME = "keyring.json"
KEY_BYTES = 32
NONCE_BYTES = 12


class KeyRingError(Exception):
    """The key ring is missing, unreadable or does not hold the key asked for."""


class DecryptionFailed(KeyRingError):
    """The text was altered, belongs to another record, or its key is gone."""


@dataclass(frozen=True)
class Key:
    """One symmetric key of 256 bits with its id (8 hexadecimal letters)."""

    id: str
    secret: bytes


class KeyRing:
    """Keys, newest first; the first one encrypts, all of them decrypt."""

    def __init__(self, keys: list[Key], signing_seed: bytes, root: bytes) -> None:
        self._keys = keys
        self._signing_seed = signing_seed
        self._root = root

    @classmethod
    def open_or_create(cls, folder: Path) -> KeyRing:
        """Open the ring in `folder`; make it when the folder holds none."""
        try:
            return cls._read(folder / FILE_NAME)
        except FileNotFoundError:
            return cls._create(folder)

    @classmethod
    def _read(cls, file: Path) -> KeyRing:
        try:
            data = json.loads(file.read_text("utf-8"))
            keys = [Key(item["id"], _unb64(item["secret"])) for item in data["keys"]]
            return cls(keys, _unb64(data["signing_seed"]), _unb64(data["root"]))
        except (ValueError, KeyError, TypeError) as error:
            raise KeyRingError(f"{file}: {error}") from error

    @classmethod
    def _create(cls, folder: Path) -> KeyRing:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ring = cls([new_key()], secrets.token_bytes(32), secrets.token_bytes(32))
        try:
            descriptor = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was first
            return cls._read(folder / FILE_NAME)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(ring.as_json(), out)
            out.flush()
            os.fsync(out.fileno())
        return ring

    def as_json(self) -> dict[str, object]:
        """The ring as its file keeps it."""
        return {
            "keys": [{"id": key.id, "secret": _b64(key.secret)} for key in self._keys],
            "signing_seed": _b64(self._signing_seed),
            "root": _b64(self._root),
        }

    @property
    def current_id(self) -> str:
        """Id of the key that encrypts now."""
        return self._keys[0].id

    def encrypt(self, plaintext: bytes, *, context: bytes) -> bytes:
        """AES-256-GCM under the newest key; `context` binds the text to its record."""
        key = self._keys[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        return key.id.encode() + nonce + AESGCM(key.secret).encrypt(nonce, plaintext, context)

    def decrypt(self, blob: bytes, *, context: bytes) -> bytes:
        """Undo `encrypt`; raises DecryptionFailed when blob, context or key do not fit."""
        blob = bytes(blob)
        key_id, nonce, sealed = blob[:8].decode(errors="replace"), blob[8:20], blob[20:]
        for key in self._keys:
            if key.id == key_id:
                try:
                    return AESGCM(key.secret).decrypt(nonce, sealed, context)
                except InvalidTag as error:
                    raise DecryptionFailed("the text does not fit its record") from error
        raise DecryptionFailed(f"key {key_id!r} is not on the ring")

    def keyed_hashes(self, value: bytes, *, purpose: str) -> list[bytes]:
        """HMAC-SHA256 of `value` under each key, newest first: store the first, look up by all."""
        return [_hmac(_derive(key.secret, purpose), value) for key in self._keys]

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes that stays the same through rotation (cookies, tokens)."""
        return _derive(self._root, purpose)

    def derived_text(self, purpose: str) -> str:
        """`derived` as URL-safe text."""
        return _b64(self.derived(purpose) + _derive(self._root, purpose + "/2"))

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs the ledger's checkpoints."""
        return Ed25519PrivateKey.from_private_bytes(self._signing_seed)


def new_key() -> Key:
    """A fresh random key."""
    return Key(secrets.token_hex(4), secrets.token_bytes(KEY_BYTES))


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"secdesk/{purpose}".encode()).derive(secret)


def _hmac(key: bytes, value: bytes) -> bytes:
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(value)
    return mac.finalize()


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


def _unb64(value: str) -> bytes:
    return base64.urlsafe_b64decode(value)
