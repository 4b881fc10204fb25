"""The session store (SESSION_ENGINE): the database knows the SHA-256 of a session's key, never the key."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from secdesk.accounts import session_limits
from secdesk.core.keyring import DecryptionFailed

if TYPE_CHECKING:
    from secdesk.accounts.models import Session

# Set in the session by log-in, kept in columns of the row.
SHARED_PC = "is_shared_pc"
STAFF_ONLY = "is_staff_only"
BEGAN = "began"


def hashed(key: str) -> str:
    """How the database names a session key, a CSRF secret or a token of a kept form."""
    return hashlib.sha256(key.encode()).hexdigest()


def _rows() -> Any:
    from secdesk.accounts.models import Session  # the engine is imported before the apps are ready

    return Session.objects


def context_of(key_hash: str) -> bytes:
    return f"accounts.session:{key_hash}".encode()


class SessionStore(SessionBase):
    """Loads and saves one session. `row` is its database row, None before the first save."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None

    @property
    def _key_hash(self) -> str:
        return hashed(self.session_key or "")

    def load(self) -> dict[str, Any]:
        """The data; empty when the session ended, expired, or was never here."""
        row = _rows().open(timezone.now()).filter(key_hash=self._key_hash).first()
        if row is None:
            self._session_key = None
            return {}
        try:
            opened = settings.KEY_RING.decrypt(row.data, context=context_of(row.key_hash))
        except DecryptionFailed:  # another key ring: the session is worth nothing
            self._session_key = None
            return {}
        self.row = row
        data: dict[str, Any] = json.loads(opened)
        return data

    def exists(self, session_key: str) -> bool:
        """Whether the key is taken."""
        taken: bool = _rows().filter(key_hash=hashed(session_key)).exists()
        return taken

    def create(self) -> None:
        """Begin a session with a fresh key."""
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the data; raises UpdateError when the session was ended meanwhile, CreateError for a taken key."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if must_create:
            self._insert(data)
        else:
            self._update(data)

    def _insert(self, data: dict[str, Any]) -> None:
        now = timezone.now()
        if SESSION_KEY in data:  # a new key for a running session does not begin its time anew
            now = dt.datetime.fromisoformat(data.setdefault(BEGAN, now.isoformat()))
        key_hash = self._key_hash
        columns = self._columns(key_hash, data, now)
        try:
            with transaction.atomic():
                self.row = _rows().create(key_hash=key_hash, created_at=now, last_seen_at=timezone.now(), **columns)
        except IntegrityError as error:
            raise CreateError from error

    def _update(self, data: dict[str, Any]) -> None:
        key_hash = self._key_hash
        started = self.row.created_at if self.row else timezone.now()
        if SESSION_KEY in data:
            started = dt.datetime.fromisoformat(data.setdefault(BEGAN, timezone.now().isoformat()))
        columns = self._columns(key_hash, data, started)
        if not _rows().filter(key_hash=key_hash, ended_at__isnull=True).update(**columns):
            raise UpdateError
        if self.row is not None:
            for name, value in columns.items():
                setattr(self.row, name, value)

    def _columns(self, key_hash: str, data: dict[str, Any], started: Any) -> dict[str, Any]:
        person_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        staff_only = bool(data.get(STAFF_ONLY))
        blob = settings.KEY_RING.encrypt(json.dumps(data).encode(), context=context_of(key_hash))
        end = session_limits.absolute_end(started, is_staff_only=staff_only)
        return {
            "person_id": person_id,
            "data": blob,
            "is_shared_pc": bool(data.get(SHARED_PC)),
            "is_staff_only": staff_only,
            "expires_at": end if person_id else started + session_limits.BEFORE_LOG_IN,
        }

    def delete(self, session_key: str | None = None) -> None:
        """End the session: its data goes at once; a person's row stays a day to tell whose forms arrive late."""
        key = session_key or self.session_key
        if key is None:
            return
        rows = _rows().filter(key_hash=hashed(key))
        rows.filter(person__isnull=True).delete()
        rows.filter(ended_at__isnull=True).update(ended_at=timezone.now(), data=b"")
        if key == self.session_key:
            self.row = None

    def get_expire_at_browser_close(self) -> bool:
        """On a shared PC the cookie goes with the browser."""
        return bool(self.get(SHARED_PC))

    def get_session_cookie_age(self) -> int:
        """Seconds."""
        return int(session_limits.ABSOLUTE.total_seconds())

    @classmethod
    def clear_expired(cls) -> None:
        """Remove rows that no late form can belong to any more."""
        _rows().filter(expires_at__lt=timezone.now() - session_limits.KEPT).delete()
