"""How rows of the audit trail are hashed: also by an outsider, who has neither database nor keys.

A row's leaf covers its number, its moment, and the hash of everything else; so a row that is not
handed out can be placed in time, and nothing of it be guessed (its id is random). A block's root
covers the leaves of its rows in order of their numbers, and its hash the block before.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from portal.documents.signature import canonical

GENESIS = "0" * 64
# What a block's hash covers.
HEADER = (
    *("no", "upto_no", "count", "first_at", "last_at", "root", "members", "awaited", "writers"),
    *("prev_hash", "at"),
)
NO_BYTES, HASH_BYTES = 8, 8
MEMBER_BYTES = NO_BYTES + HASH_BYTES


class Leaf(NamedTuple):
    """A row without its content: ``at`` is ISO 8601 in UTC with microseconds and ``Z``."""

    no: int
    at: str
    body: str

    @property
    def hash(self) -> bytes:
        """SHA-256 of the three, a line each."""
        return hashlib.sha256(f"{self.no}\n{self.at}\n{self.body}".encode()).digest()


def body_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a row's content, without number and moment, as canonical JSON."""
    return hashlib.sha256(canonical(content)).hexdigest()


def root(leaves: Iterable[Leaf]) -> str:
    """SHA-256 (hex) of numbers (8 bytes, big-endian) and leaves, in order of the numbers."""
    whole = hashlib.sha256()
    for leaf in leaves:
        whole.update(leaf.no.to_bytes(NO_BYTES, "big", signed=True) + leaf.hash)
    return whole.hexdigest()


def members(leaves: Iterable[Leaf]) -> bytes:
    """What a block keeps of each row, so that the one that changed can be named."""
    return b"".join(
        leaf.no.to_bytes(NO_BYTES, "big", signed=True) + leaf.hash[:HASH_BYTES] for leaf in leaves
    )


def members_of(kept: bytes) -> list[tuple[int, bytes]]:
    """Numbers and first bytes of the leaves, as ``members`` wrote them."""
    parts = (kept[at : at + MEMBER_BYTES] for at in range(0, len(kept), MEMBER_BYTES))
    return [
        (int.from_bytes(part[:NO_BYTES], "big", signed=True), part[NO_BYTES:]) for part in parts
    ]


def header_hash(header: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a block's ``HEADER`` as canonical JSON; ``members`` is itself a hash."""
    return hashlib.sha256(canonical({name: header[name] for name in HEADER})).hexdigest()
