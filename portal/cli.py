"""The ``portal`` command."""

import logging
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from portal import server
from portal.db import schema
from portal.db.embedded import EmbeddedDatabaseProblem
from portal.db.engine import database_url, get_engine
from portal.db.vault import KeyFileProblem, create_key_file
from portal.settings import Settings, get_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Training portal")
console = Console()
errors = Console(stderr=True)


def _fail(message: str) -> typer.Exit:
    errors.print(f"[red]{message}[/red]", highlight=False)
    return typer.Exit(1)


def _now() -> datetime:
    return datetime.now(UTC)


def _prepare(settings: Settings) -> None:
    """Keys, data folder and schema; idempotent."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    create_key_file(settings.key_file)
    schema.upgrade(get_engine())


@app.command()
def init() -> None:
    """Create keys and data folder, upgrade the schema. Safe to repeat."""
    settings = get_settings()
    try:
        _prepare(settings)
    except (EmbeddedDatabaseProblem, KeyFileProblem) as problem:
        raise _fail(str(problem)) from None
    console.print("ready: keys, database and schema are in place")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "",
    port: Annotated[int, typer.Option(help="port to listen on")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="processes; more than 1 needs Redis")] = 1,
) -> None:
    """Serve pages and routes until interrupted."""
    settings = get_settings()
    settings.host = host or settings.host
    settings.port = port or settings.port
    problems = settings.problems()
    if workers > 1 and not settings.redis_url:
        problems.append("more than one worker needs PORTAL_REDIS_URL: workers share state in Redis")
    if problems:
        raise _fail("\n".join(problems))
    if not server.port_is_free(settings.host, settings.port):
        raise _fail(f"port {settings.port} is taken: stop what listens there or pass --port")
    try:
        if not schema.is_current(get_engine()):
            raise _fail("the database schema is out of date: run 'portal init'")
        server.build_pages(settings)
        server.serve(settings, database_url=database_url(), workers=workers)
    except (EmbeddedDatabaseProblem, KeyFileProblem, server.BuildProblem) as problem:
        raise _fail(str(problem)) from None


def main() -> None:
    """Entry point that keeps traces away from people."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    app()


if __name__ == "__main__":
    main()
