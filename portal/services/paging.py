"""One page of a list, in the shape of the outside contract."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_SIZE = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``items`` of page number ``page`` (from 1) of ``size`` each; ``total`` counts all pages."""

    items: tuple[T, ...]
    page: int
    size: int
    total: int


def bounds(page: int, size: int) -> tuple[int, int]:
    """Limit and offset of a page; what a client asks for is brought into a sane range."""
    size = min(max(size, 1), MAX_SIZE)
    # PostgreSQL reads an offset as a 64-bit number and answers a larger one with an error.
    return size, (min(max(page, 1), 10_000_000) - 1) * size
