"""Result files: encrypted in pieces under a key of their own, which the task's row keeps under the key ring.

Without the row's key a file is noise: taking the key away withdraws the file in that transaction.
Each piece is AES-256-GCM with its number as nonce (the key is used for one file only) and, as
associated data, the file's id and whether it is the last piece, so that a cut file is found out.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

PIECE = 256 * 1024
TAG = 16


class Damaged(Exception):
    """The file is missing, cut, or not the one its task wrote."""


def folder() -> Path:
    """Where result files lie."""
    made: Path = settings.SECDESK_RESULTS
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def path_of(file_id: UUID) -> Path:
    """File of a task's result."""
    return folder() / file_id.hex


class ResultWriter:
    """A binary file to write to; what is written reaches the disk encrypted. Left by an error, it is removed."""

    def __init__(self, file_id: UUID) -> None:
        self.file_id, self.key = file_id, secrets.token_bytes(32)
        self.size = 0
        self._cipher, self._count, self._buffer = AESGCM(self.key), 0, bytearray()
        descriptor = os.open(path_of(file_id), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> int:
        """Take bytes; gives how many."""
        self._buffer += data
        self.size += len(data)
        while len(self._buffer) > PIECE:  # the last piece is written by close alone
            self._put(bytes(self._buffer[:PIECE]), last=False)
            del self._buffer[:PIECE]
        return len(data)

    def flush(self) -> None:
        """For writers of archives; nothing is to be done before the end."""

    def close(self) -> None:
        """Write the rest and bring the file safely to the disk."""
        self._put(bytes(self._buffer), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Remove the file."""
        self._file.close()
        path_of(self.file_id).unlink(missing_ok=True)

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count), piece, _bound(self.file_id, last)))
        self._count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()


def read_result(file_id: UUID, key: bytes) -> Iterator[bytes]:
    """The file's bytes, piece by piece. Raises Damaged."""
    cipher = AESGCM(key)
    try:
        with path_of(file_id).open("rb") as source:
            count, piece = 0, source.read(PIECE + TAG)
            while True:
                following = source.read(PIECE + TAG)
                yield cipher.decrypt(_nonce(count), piece, _bound(file_id, not following))
                if not following:
                    return
                count, piece = count + 1, following
    except (OSError, InvalidTag) as error:
        raise Damaged(file_id.hex) from error


def _nonce(count: int) -> bytes:
    return count.to_bytes(12, "big")


def _bound(file_id: UUID, last: bool) -> bytes:
    return file_id.bytes + (b"\x01" if last else b"\x00")
