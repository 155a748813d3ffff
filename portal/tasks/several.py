"""The same act for many rows."""

from collections.abc import Callable, Iterable
from uuid import UUID


def each(ids: Iterable[UUID], act: Callable[[UUID], object]) -> None:
    """Do it for all of them, whatever becomes of one; its error is raised at the end."""
    failed: Exception | None = None
    for one in ids:
        try:
            act(one)
        except Exception as error:
            failed = error
    if failed is not None:
        raise failed
