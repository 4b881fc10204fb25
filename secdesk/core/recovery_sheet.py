"""The recovery sheet: the secret that opens the sealed key ring, on two papers for two safes.

Each half is random by itself (one-time pad); only both together give the secret. A half is four
lines of letters without 0, O, 1 and I, each line ending in a check letter, so that a typing
mistake is found in its line.
"""

from __future__ import annotations

import hashlib
import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SECRET_BYTES = 32
SHEET_BYTES = 3  # number of the printing: halves of different printings do not fit together
LINES = 4
LINE_LETTERS = 16  # the last one is the check letter
VERSION = 1
HALF_BYTES = 1 + SHEET_BYTES + SECRET_BYTES
PADDING = LINES * (LINE_LETTERS - 1) * 5 - HALF_BYTES * 8  # bits, all zero


class SheetError(ValueError):
    """A half was mistyped (`line` names where, 1 to 4) or the two do not belong together (`line` is 0)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def split(secret: bytes) -> tuple[str, str]:
    """Two halves of a secret of 32 bytes, as they are printed; another pair at each call."""
    pad, sheet = secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SHEET_BYTES)
    other = bytes(a ^ b for a, b in zip(pad, secret, strict=True))
    return _print(1, sheet, pad), _print(2, sheet, other)


def join(first: str, second: str) -> bytes:
    """The secret from both halves, in either order; raises SheetError."""
    one, two = _read(first), _read(second)
    if one[1:4] != two[1:4]:
        raise SheetError("the halves come from different sheets")
    if one[0] == two[0]:
        raise SheetError("this is the same half twice")
    return bytes(a ^ b for a, b in zip(one[4:], two[4:], strict=True))


def _print(number: int, sheet: bytes, share: bytes) -> str:
    value = int.from_bytes(bytes([VERSION << 4 | number]) + sheet + share, "big") << PADDING
    letters = "".join(ALPHABET[value >> 5 * shift & 31] for shift in reversed(range(LINES * (LINE_LETTERS - 1))))
    lines = (letters[start : start + LINE_LETTERS - 1] for start in range(0, len(letters), LINE_LETTERS - 1))
    checked = (line + _check(index, line) for index, line in enumerate(lines))
    return "\n".join("-".join(line[start : start + 4] for start in range(0, LINE_LETTERS, 4)) for line in checked)


def _read(text: str) -> bytes:
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    if len(letters) != LINES * LINE_LETTERS:
        raise SheetError(f"a half has {LINES * LINE_LETTERS} letters, this has {len(letters)}")
    value = 0
    for index in range(LINES):
        line = letters[index * LINE_LETTERS : (index + 1) * LINE_LETTERS]
        if any(letter not in ALPHABET for letter in line) or _check(index, line[:-1]) != line[-1]:
            raise SheetError(f"line {index + 1} is mistyped", index + 1)
        for letter in line[:-1]:
            value = value << 5 | ALPHABET.index(letter)
    if value & (1 << PADDING) - 1:
        raise SheetError(f"line {LINES} is mistyped", LINES)
    half = (value >> PADDING).to_bytes(HALF_BYTES, "big")
    if half[0] not in (VERSION << 4 | 1, VERSION << 4 | 2):
        raise SheetError("line 1 is mistyped, or a newer edition of the desk printed this half", 1)
    return half


def _check(index: int, line: str) -> str:
    return ALPHABET[hashlib.sha256(f"{index}{line}".encode()).digest()[0] & 31]
