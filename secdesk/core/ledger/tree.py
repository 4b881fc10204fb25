"""The Merkle tree of RFC 6962, kept as the roots of its perfect subtrees.

Appending a leaf and taking the root cost O(log n); the leaves before are never read again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

HASH_HEX = 64


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Tree:
    """`size` leaves; `peaks` are the roots of the perfect subtrees, the largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def from_text(cls, size: int, peaks: str) -> Tree:
        """The tree as `peaks_text` wrote it."""
        return cls(size, [bytes.fromhex(peaks[at : at + HASH_HEX]) for at in range(0, len(peaks), HASH_HEX)])

    def peaks_text(self) -> str:
        """The peaks in hexadecimal, one after the other."""
        return b"".join(self.peaks).hex()

    def append(self, leaf_hash: bytes) -> None:
        """Add a leaf; every trailing one bit of the old size merges two subtrees of equal height."""
        node, bits = leaf_hash, self.size
        while bits & 1:
            node = node_hash(self.peaks.pop(), node)
            bits >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves; of no leaves, the hash of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node
