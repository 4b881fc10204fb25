"""Codes that people read from paper: pure functions. Letters without 0, O, 1, I; 5 bits each."""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SHEET_LETTERS = 11  # 55 bits
RECOVERY_LETTERS = 28  # 140 bits
GROUP = 4


def new_code(letters: int) -> str:
    """A random code without hyphens."""
    return "".join(secrets.choice(ALPHABET) for _ in range(letters))


def grouped(code: str) -> str:
    """As it is printed: XXXX-XXXX-XXX."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def clean(typed: str) -> str:
    """As it is compared: full-width and small letters, blanks and any kind of hyphen are accepted."""
    return "".join(ch for ch in unicodedata.normalize("NFKC", typed).upper() if ch.isascii() and ch.isalnum())
