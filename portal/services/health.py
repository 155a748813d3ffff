"""Whether the portal can do its work."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.db import schema
from portal.db.engine import get_engine


def readiness() -> dict[str, bool]:
    """Database and schema, each ready or not."""
    found = {"database": False, "schema": False}
    try:
        with get_engine().connect() as connection:
            connection.execute(text("SELECT 1"))
        found["database"] = True
        found["schema"] = schema.is_current(get_engine())
    except SQLAlchemyError:
        pass
    return found
