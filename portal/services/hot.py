"""Hot acts: one SQL statement, one round trip, one commit of its own (design/architecture.md).

A hot act does not go through ``run_unit``: its statement authenticates the login token itself.
A route calls it with ``await in_thread(lambda: enrol_now(...))``.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, TextClause
from sqlalchemy.exc import DBAPIError

from portal.db.engine import get_engine, should_retry

_TRIES = 5

# Who holds a login token: the first part of every hot statement. One person's acts run one
# after the other (the lock ends with the transaction): two requests of one person that take
# their locks in different orders would deadlock, and PostgreSQL notices that only after 1 s.
WHO = """
who AS MATERIALIZED (
    SELECT a.id AS account_id, a.role, p.id AS person_id, p.no AS person_no, p.name,
           pg_advisory_xact_lock(7461, CAST(p.no & 2147483647 AS int))
      FROM login_session l
      JOIN account a ON a.id = l.account_id
      JOIN person p ON p.id = a.person_id
     WHERE l.token_hash = :token_hash AND l.revoked_at IS NULL AND l.expires_at > :now
       AND a.status = 'active'
)"""

# Takes the same lock in a unit of work; the first thing to do there, before any row is locked.
LOCK_PERSON = "SELECT pg_advisory_xact_lock(7461, CAST(:person_no & 2147483647 AS int))"


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
