"""Hot acts: single SQL statements, each a commit of its own (design/architecture.md).

A hot act does not go through ``run_unit``: its statement authenticates the login token itself.
A route calls it in a worker thread, or, for the hottest of all, on the event loop by
``run_statement_async``: no thread has to be woken, which is worth nearly as much as the
statement itself (see ``benchmarks/bench_http.py``). An act of several statements is a generator
of ``Steps``, which both can run.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from functools import lru_cache, partial
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import anyio.to_thread
import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Row, TextClause
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import (
    RETRY_STATES,
    get_engine,
    in_transaction,
    should_retry,
    violated_constraint,
)

T = TypeVar("T")

# What an act wants next: a statement with its parameters, whose first row it is sent, or work
# in a transaction, whose result it is sent.
Step: TypeAlias = tuple[TextClause, Mapping[str, Any]] | Callable[[Session], Any]
Steps: TypeAlias = Generator[Step, Any, T]

_TRIES = 5

# Who holds a login token: the first part of every hot statement. One person's acts run one
# after the other (the lock ends with the transaction): two requests of one person that take
# their locks in different orders would deadlock, and PostgreSQL notices that only after 1 s.
# A record that was merged into another acts as that one; ``merged`` are the others of the person.
WHO = """
who AS MATERIALIZED (
    SELECT a.id AS account_id, a.role, p.id AS person_id, p.no AS person_no, p.name,
           ARRAY(SELECT r.id FROM person r WHERE r.merged_into = p.id) AS merged, l.device_hash,
           pg_advisory_xact_lock(7461, CAST(p.no & 2147483647 AS int))
      FROM login_session l
      JOIN account a ON a.id = l.account_id
      JOIN person own ON own.id = a.person_id
      JOIN person p ON p.id = COALESCE(own.merged_into, own.id)
     WHERE l.token_hash = :token_hash AND l.revoked_at IS NULL AND l.expires_at > :now
       AND a.status = 'active'
)"""

# Takes the same lock in a unit of work; the first thing to do there, before any row is locked.
# Records of one person have one lock: that of the record which is kept.
LOCK_PERSON = """
SELECT pg_advisory_xact_lock(7461, CAST(COALESCE(
    (SELECT k.no FROM person r JOIN person k ON k.id = r.merged_into WHERE r.no = :person_no),
    :person_no) & 2147483647 AS int))"""


def run_statement(statement: TextClause, params: Mapping[str, Any]) -> Row[Any] | None:
    """The first row of a statement that is a transaction by itself; None when it has no row.

    Tries again when PostgreSQL asks for it. Raises DBAPIError, with nothing written.
    """
    for remaining in reversed(range(_TRIES)):
        try:
            with get_engine().connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                return connection.execute(statement, params).first()
        except DBAPIError as error:
            if not remaining or not should_retry(error):
                raise
    raise AssertionError("unreachable")


class _Connections:
    """Idle connections of one event loop, and how many more may be opened."""

    def __init__(self) -> None:
        self.idle: list[psycopg.AsyncConnection[Any]] = []
        self.free = asyncio.Semaphore(ASYNC_CONNECTIONS)


# More do not help: the statements of one loop meet in two cores and one write-ahead log.
ASYNC_CONNECTIONS = 8
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Connections] = WeakKeyDictionary()


@lru_cache
def _native(statement: TextClause) -> bytes:
    """The statement as the driver wants it."""
    return str(statement.compile(get_engine())).encode()


async def _connect() -> psycopg.AsyncConnection[Any]:
    url = get_engine().url.set(drivername="postgresql")
    return await psycopg.AsyncConnection.connect(
        url.render_as_string(hide_password=False),
        autocommit=True,
        prepare_threshold=0,
        row_factory=namedtuple_row,
        options="-c timezone=UTC -c statement_timeout=15000",
    )


@contextlib.asynccontextmanager
async def closing_connections() -> AsyncIterator[None]:
    """Closes this loop's connections at the end; the application's lifespan."""
    try:
        yield
    finally:
        connections = _by_loop.pop(asyncio.get_running_loop(), None)
        for connection in connections.idle if connections else []:
            await connection.close()


async def run_statement_async(statement: TextClause, params: Mapping[str, Any]) -> Any:
    """As ``run_statement``, on the event loop. Raises psycopg.Error, with nothing written."""
    connections = _by_loop.setdefault(asyncio.get_running_loop(), _Connections())
    async with connections.free:
        for remaining in reversed(range(_TRIES)):
            connection = connections.idle.pop() if connections.idle else await _connect()
            try:
                cursor = await connection.execute(_native(statement), params)
                return await cursor.fetchone()
            except psycopg.Error as error:
                # A connection that the server closed while idle is worth another try as well.
                if not remaining or not (error.sqlstate in RETRY_STATES or connection.closed):
                    raise
            finally:
                if not connection.closed:
                    connections.idle.append(connection)
    raise AssertionError("unreachable")


class WriteRefused(Exception):
    """Thrown into an act whose statement broke a ``constraint``; nothing was written."""

    def __init__(self, constraint: str | None) -> None:
        super().__init__(constraint)
        self.constraint = constraint


def run_steps(steps: Steps[T]) -> T:
    """Run an act to its end in this thread."""
    try:
        wanted = next(steps)
        while True:
            try:
                answer = in_transaction(wanted) if callable(wanted) else run_statement(*wanted)
            except IntegrityError as error:
                wanted = steps.throw(WriteRefused(violated_constraint(error)))
            else:
                wanted = steps.send(answer)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


async def run_steps_async(steps: Steps[T]) -> T:
    """The same on the event loop; work in a transaction goes to a thread."""
    try:
        wanted = next(steps)
        while True:
            try:
                if callable(wanted):
                    answer = await anyio.to_thread.run_sync(partial(in_transaction, wanted))
                else:
                    answer = await run_statement_async(*wanted)
            except psycopg.IntegrityError as error:
                wanted = steps.throw(WriteRefused(error.diag.constraint_name))
            except IntegrityError as error:
                wanted = steps.throw(WriteRefused(violated_constraint(error)))
            else:
                wanted = steps.send(answer)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
