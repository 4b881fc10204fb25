"""The key ring: every secret of the desk hangs on it.

A folder readable by its owner only, with one JSON file. Each key has an id, so that data
encrypted under an older key stays readable while it is being rotated. Nothing else in the
desk holds key material; a database copy without this folder opens nothing.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    """Keys, newest first; the first one encrypts, all of them decrypt.

    Rotation adds a key and keeps the older ones: what was hashed under them (recovery codes) can
    only be found with them. Processes that are already running notice a changed file by themselves.
    """

    def __init__(
        self, keys: list[Key], signing_seed: bytes, root: bytes, recovery: bytes, file: Path | None = None
    ) -> None:
        self._keys = keys
        self._signing_seed = signing_seed
        self._root = root
        self._recovery = recovery
        self._file = file
        self._stamp = _stamp(file)

    @classmethod
    def open_or_create(cls, folder: Path) -> KeyRing:
        """Open the ring in `folder`; make it when the folder holds none. Raises KeyRingError."""
        try:
            return cls.open(folder) if (folder / FILE_NAME).exists() else cls._create(folder)
        except OSError as error:
            raise KeyRingError(
                f"鍵束 {folder} を開けません。/ The key ring cannot be opened: {error.strerror}"
            ) from error

    @classmethod
    def open(cls, folder: Path) -> KeyRing:
        """Open the ring in `folder`; raises FileNotFoundError, or KeyRingError when it cannot be read."""
        file = folder / FILE_NAME
        try:
            return cls._from_json(file.read_text("utf-8"), file)
        except (ValueError, KeyError, TypeError) as error:
            raise KeyRingError(f"{file}: {error}") from error

    @classmethod
    def _from_json(cls, text: str, file: Path | None = None) -> KeyRing:
        data = json.loads(text)
        keys = [Key(item["id"], _unb64(item["secret"])) for item in data["keys"]]
        root = _unb64(data["root"])
        recovery = _unb64(data["recovery"]) if "recovery" in data else _derive(root, "recovery-secret")
        return cls(keys, _unb64(data["signing_seed"]), root, recovery, file)

    @classmethod
    def _create(cls, folder: Path) -> KeyRing:
        _make_private(folder)
        ring = cls([new_key()], *_three_secrets())
        with _locked(folder):
            if not (folder / FILE_NAME).exists():  # another process may have been first
                ring._write(folder / FILE_NAME)
        return cls.open(folder)

    def save_to(self, folder: Path) -> Path | None:
        """Put this ring into `folder`; a different ring found there is moved aside, never lost.

        Returns where the older ring went, or None.
        """
        _make_private(folder)
        with _locked(folder):
            file, aside = folder / FILE_NAME, None
            if file.exists():
                aside = folder / f"keyring-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}.json"
                os.link(file, aside)
            self._write(file)
        self._file, self._stamp = file, _stamp(file)
        return aside

    def _write(self, file: Path) -> None:
        """Replace the file in one step: after a crash it is the old ring or the new one, whole."""
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(self.as_json(), out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        directory = os.open(file.parent, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    def as_json(self) -> dict[str, object]:
        """The ring as its file keeps it."""
        return {
            "keys": [{"id": key.id, "secret": _b64(key.secret)} for key in self._keys],
            "signing_seed": _b64(self._signing_seed),
            "root": _b64(self._root),
            "recovery": _b64(self._recovery),
        }

    def add_key(self, keep_sealed: Callable[[bytes], None]) -> Key:
        """Make a new key that encrypts from now on, in the file and here.

        `keep_sealed` is called with the sealed ring that holds the new key, before anything can be
        encrypted under it: the recovery sheet opens whatever the database holds, at any moment.
        """
        key = new_key()
        self._change(lambda ring: ring._keys.insert(0, key), keep_sealed)
        return key

    def renew_recovery(self, keep_sealed: Callable[[bytes], None]) -> None:
        """Take a new recovery secret: recovery sheets printed before open nothing any more."""
        secret = secrets.token_bytes(KEY_BYTES)
        self._change(lambda ring: setattr(ring, "_recovery", secret), keep_sealed)

    def _change(self, change: Callable[[KeyRing], object], keep_sealed: Callable[[bytes], None]) -> None:
        if self._file is None:
            raise KeyRingError("this ring has no file")
        with _locked(self._file.parent):
            draft = self.open(self._file.parent)
            change(draft)
            keep_sealed(draft.sealed())
            draft._write(self._file)
        self._reload()

    def _reload(self) -> None:
        """Take over what another process wrote into the file."""
        if self._file is not None:
            ring = self.open(self._file.parent)
            self._keys, self._recovery, self._root = ring._keys, ring._recovery, ring._root
            self._signing_seed, self._stamp = ring._signing_seed, ring._stamp

    def refresh(self) -> None:
        """Reload when the file changed; a missing file leaves the ring as it is."""
        stamp = _stamp(self._file)
        if stamp is not None and stamp != self._stamp:
            self._reload()

    @property
    def fingerprint(self) -> str:
        """Names this ring without telling anything of it (32 hexadecimal letters); rotation keeps it."""
        public = self.signing_key().public_key().public_bytes_raw()
        return hashlib.sha256(b"secdesk/ring" + public).hexdigest()[:32]

    @property
    def recovery_secret(self) -> bytes:
        """What the two halves of the recovery sheet make together; opens `sealed()`."""
        return self._recovery

    def sealed(self) -> bytes:
        """The whole ring encrypted under the recovery secret; kept in the database and its backups."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        text = json.dumps(self.as_json()).encode()
        return nonce + AESGCM(_derive(self._recovery, "recovery")).encrypt(nonce, text, b"secdesk/sealed-ring")

    @classmethod
    def unsealed(cls, blob: bytes, recovery_secret: bytes) -> KeyRing:
        """Undo `sealed`; raises DecryptionFailed when the secret is not the one it was sealed with."""
        blob = bytes(blob)
        opener = AESGCM(_derive(recovery_secret, "recovery"))
        try:
            text = opener.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], b"secdesk/sealed-ring")
        except (InvalidTag, ValueError) as error:
            raise DecryptionFailed("the recovery secret does not open this ring") from error
        return cls._from_json(text.decode())

    @property
    def current_id(self) -> str:
        """Id of the key that encrypts now."""
        self.refresh()
        return self._keys[0].id

    def encrypt(self, plaintext: bytes, *, context: bytes) -> bytes:
        """AES-256-GCM under the newest key; `context` binds the text to its record."""
        self.refresh()
        key = self._keys[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        return key.id.encode() + nonce + AESGCM(key.secret).encrypt(nonce, plaintext, context)

    def decrypt(self, blob: bytes, *, context: bytes) -> bytes:
        """Undo `encrypt`; raises DecryptionFailed when blob, context or key do not fit."""
        blob = bytes(blob)
        key_id, nonce, sealed = blob[:8].decode(errors="replace"), blob[8:20], blob[20:]
        if all(key.id != key_id for key in self._keys):
            self.refresh()
        for key in self._keys:
            if key.id == key_id:
                try:
                    return AESGCM(key.secret).decrypt(nonce, sealed, context)
                except InvalidTag as error:
                    raise DecryptionFailed("the text does not fit its record") from error
        raise DecryptionFailed(f"key {key_id!r} is not on the ring")

    def keyed_hashes(self, value: bytes, *, purpose: str) -> list[bytes]:
        """HMAC-SHA256 of `value` under each key, newest first: store the first, look up by all."""
        self.refresh()
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


def _stamp(file: Path | None) -> tuple[int, int] | None:
    try:
        stat = os.stat(file) if file is not None else None
    except FileNotFoundError:
        return None
    return (stat.st_mtime_ns, stat.st_ino) if stat is not None else None


def _make_private(folder: Path) -> None:
    """Make the folder and those above it that are missing, for their owner only."""
    for part in reversed([folder, *folder.parents]):
        if not part.exists():
            part.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time changes the ring."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"secdesk/{purpose}".encode()).derive(secret)


def _three_secrets() -> tuple[bytes, bytes, bytes]:
    return secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)


def _hmac(key: bytes, value: bytes) -> bytes:
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(value)
    return mac.finalize()


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


def _unb64(value: str) -> bytes:
    return base64.urlsafe_b64decode(value)
