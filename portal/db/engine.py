"""The engine of this process and the unit of work."""

import atexit
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db import embedded
from portal.settings import get_settings

T = TypeVar("T")

# Serialization failure, deadlock: PostgreSQL asks the client to try again.
RETRY_STATES = frozenset({"40001", "40P01"})
_TRIES = 5
_engine: Engine | None = None
# The engine of background work, in the threads that do it.
_apart: ContextVar[Engine | None] = ContextVar("engine_apart", default=None)
_cleanup = contextlib.ExitStack()
_starting = threading.Lock()


def make_engine(url: str, *, pool_size: int) -> Engine:
    """An engine on PostgreSQL in UTC. A lost connection is noticed before it is used."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=20,
        pool_pre_ping=False,
        pool_recycle=1800,
        # Parameters hold what people typed; they must not reach a log through an error.
        hide_parameters=True,
        connect_args={
            "options": "-c timezone=UTC -c statement_timeout=15000",
            "prepare_threshold": 1,
        },
    )


@lru_cache
def database_url() -> str:
    """The address of the database; starts the embedded one when no other is set."""
    settings = get_settings()
    if settings.database_url:
        return settings.database_url
    cluster = embedded.Cluster(settings.data_dir.resolve() / "postgres")
    return _cleanup.enter_context(embedded.running(cluster))


def get_engine() -> Engine:
    """The engine of this process, made at first use; within ``apart`` the one given there."""
    global _engine
    chosen = _apart.get()
    if chosen is not None:
        return chosen
    with _starting:
        if _engine is None:
            _engine = make_engine(database_url(), pool_size=get_settings().pool_size)
        return _engine


def use_engine(engine: Engine | None) -> None:
    """Use another database from now on; tests give each of theirs a database of its own."""
    global _engine
    with _starting:
        if _engine is not None:
            _engine.dispose()
        _engine = engine


@contextlib.contextmanager
def apart(engine: Engine) -> Iterator[None]:
    """Work on connections of its own: what is done here takes none from the requests."""
    token = _apart.set(engine)
    try:
        yield
    finally:
        _apart.reset(token)


def close() -> None:
    """Return connections and leave the embedded server; used at the end of a process."""
    use_engine(None)
    database_url.cache_clear()
    _cleanup.close()


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One session, one transaction, committed at the end of the block."""
    with Session(get_engine(), expire_on_commit=False) as session, session.begin():
        yield session


def should_retry(error: DBAPIError) -> bool:
    """Whether the whole unit of work is worth trying again."""
    state = getattr(error.orig, "sqlstate", None)
    return state in RETRY_STATES


def in_transaction(work: Callable[[Session], T]) -> T:
    """Run ``work`` in one transaction, again when PostgreSQL asks for it."""
    for remaining in reversed(range(_TRIES)):
        try:
            with transaction() as session:
                return work(session)
        except DBAPIError as error:
            if not remaining or not should_retry(error):
                raise
    raise AssertionError("unreachable")


def violated_constraint(error: DBAPIError) -> str | None:
    """The name of the constraint that refused a write, if one did."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


# Leaving without it would keep the embedded server running after the last command.
atexit.register(close)
