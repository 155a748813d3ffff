"""What the commands of ``portal`` share: where they speak, and how they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import typer
from rich.console import Console

from portal import server
from portal.db.embedded import EmbeddedDatabaseProblem
from portal.db.vault import KeyFileProblem

console = Console()
errors = Console(stderr=True)


def fail(message: str, code: int = 1) -> typer.Exit:
    """The exit to raise after a sentence about what went wrong."""
    errors.print(message, style="red", highlight=False, markup=False)
    return typer.Exit(code)


def now() -> datetime:
    """The clock of the command line."""
    return datetime.now(UTC)


@contextmanager
def plain_problems() -> Iterator[None]:
    """A missing key or a database that does not start is a sentence, not a trace."""
    try:
        yield
    except (EmbeddedDatabaseProblem, KeyFileProblem, server.BuildProblem) as problem:
        raise fail(str(problem)) from None
