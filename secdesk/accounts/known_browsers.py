"""The device cookie: in which browsers an account has logged in before. It replaces no factor.

It holds up to ten marks, one per person who logged in here (shared PCs). A mark is a nonce, a day
and a MAC over both and the person's session hash: it names nobody, can't be made by others, and
ends with any change of password or factor.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from django.conf import settings
from django.utils import timezone

from secdesk.core.people.models import Person

MAX_MARKS = 10
MAX_DAYS = 180
_NONCE, _DAY, _MAC = 9, 3, 18  # bytes; together 40 characters of base64


def knows(cookie: str, person: Person) -> bool:
    """Whether the browser with this cookie has had a full session of `person`."""
    return any(_fits(mark, person) for mark in _marks(cookie))


def remember(cookie: str, person: Person) -> str:
    """The cookie's new value after a full log-in of `person`; the oldest marks drop out."""
    others = [mark for mark in _marks(cookie) if not _fits(mark, person)]
    head = secrets.token_bytes(_NONCE) + _today().to_bytes(_DAY, "big")
    marks = [head + _mac(head, person), *others][:MAX_MARKS]
    return ".".join(base64.urlsafe_b64encode(mark).decode() for mark in marks)


def _fits(mark: bytes, person: Person) -> bool:
    head, mac = mark[: _NONCE + _DAY], mark[_NONCE + _DAY :]
    age = _today() - int.from_bytes(head[_NONCE:], "big")
    return hmac.compare_digest(mac, _mac(head, person)) and 0 <= age <= MAX_DAYS


def _mac(head: bytes, person: Person) -> bytes:
    key = settings.KEY_RING.derived("device-cookie")
    text = head + f":{person.pk}:{person.get_session_auth_hash()}".encode()
    return hmac.new(key, text, hashlib.sha256).digest()[:_MAC]


def _marks(cookie: str) -> list[bytes]:
    try:
        marks = [base64.urlsafe_b64decode(part) for part in cookie.split(".")[:MAX_MARKS] if part]
    except ValueError:
        return []
    return [mark for mark in marks if len(mark) == _NONCE + _DAY + _MAC]


def _today() -> int:
    return timezone.now().toordinal()
