"""Whether the portal can do its work."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.db import schema
from portal.db.engine import get_engine, in_transaction
from portal.services import queue


def readiness() -> dict[str, bool]:
    """Database, schema and queue, each ready or not.

    The queue is ready when its tables answer and the worker that this process should have runs.
    A worker missing elsewhere does not take this process out of service: check-in needs none.
    """
    found = {"database": False, "schema": False, "queue": False}
    try:
        with get_engine().connect() as connection:
            connection.execute(text("SELECT 1"))
        found["database"] = True
        found["schema"] = schema.is_current(get_engine())
        with get_engine().connect() as connection:
            connection.execute(text("SELECT FROM queue.procrastinate_jobs LIMIT 1"))
        found["queue"] = queue.own_worker_runs()
    except SQLAlchemyError:
        pass
    return found


def queue_status(*, now: datetime) -> queue.QueueStatus | None:
    """The queue for figures; None when the database does not answer."""
    try:
        return in_transaction(lambda session: queue.status(session, now=now))
    except SQLAlchemyError:
        return None
