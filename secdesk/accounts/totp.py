"""Time-based and counter-based codes (RFC 6238, RFC 4226): pure functions, nothing stored, no clock of their own."""

from __future__ import annotations

import base64
import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import pyotp

SECRET_BYTES = 20  # 160 bits, RFC 4226 §4 R6
PERIOD = 30  # seconds
DIGITS = 6
WINDOW = 1  # steps accepted before and after now: phones' clocks differ

DIGESTS: dict[str, Callable[[], Any]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}


class InvalidCode(Exception):
    """The typed code fits no step that may be used."""


def new_secret() -> bytes:
    """A fresh secret of 160 bits."""
    return secrets.token_bytes(SECRET_BYTES)


def clean_code(typed: str) -> str:
    """Digits as typed by people: full-width forms, blanks and hyphens are accepted."""
    return "".join(ch for ch in unicodedata.normalize("NFKC", typed) if ch.isascii() and ch.isalnum())


def code_at(secret: bytes, step: int, *, digits: int = DIGITS, digest: str = "sha1") -> str:
    """The code of one step (time divided by the period) or counter."""
    return pyotp.HOTP(base32(secret), digits=digits, digest=DIGESTS[digest]).at(step)


def step_at(timestamp: float, period: int = PERIOD) -> int:
    """The time step of a moment in seconds since 1970."""
    return int(timestamp) // period


def matching_step(
    secret: bytes, typed: str, candidates: Iterable[int], *, digits: int = DIGITS, digest: str = "sha1"
) -> int:
    """The newest of `candidates` whose code was typed; raises InvalidCode.

    Every candidate is compared, whatever fits first: the time taken tells nothing.
    """
    code = clean_code(typed)
    found = -1
    for step in sorted(candidates):
        if step >= 0 and secrets.compare_digest(code_at(secret, step, digits=digits, digest=digest), code):
            found = step
    if found < 0:
        raise InvalidCode
    return found


def window(now: int, *, last: int, width: int = WINDOW) -> range:
    """Steps that may be used now: around `now`, and newer than the last one used."""
    return range(max(now - width, last + 1), now + width + 1)


def base32(secret: bytes) -> str:
    """The secret as people and apps write it."""
    return base64.b32encode(secret).decode().rstrip("=")


def provisioning_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """`otpauth://` address for the QR code of an authenticator app."""
    return pyotp.TOTP(base32(secret)).provisioning_uri(name=account, issuer_name=issuer)
