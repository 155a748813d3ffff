"""A sample that can be drawn again: by a seed that is written down, from things that are named."""

import hashlib
from collections.abc import Sequence
from uuid import UUID


def population_hash(ids: Sequence[UUID]) -> str:
    """What the population was, whatever order it was read in."""
    digest = hashlib.sha256()
    for one in sorted(ids):
        digest.update(one.bytes)
    return digest.hexdigest()


def draw(ids: Sequence[UUID], *, seed: str, size: int) -> tuple[UUID, ...]:
    """``size`` of the ids: those whose hash with the seed is smallest.

    Each has the same chance, and whoever knows ids and seed can do it again by hand.
    """

    def rank(one: UUID) -> bytes:
        return hashlib.sha256(seed.encode() + one.bytes).digest()

    return tuple(sorted(set(ids), key=rank)[:size])
