"""When a failed job is tried again."""

from datetime import datetime, timedelta

# Short at first, for a database that restarts; then long, for a gateway that is down.
WAITS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600))


def next_try(attempts: int, *, now: datetime) -> datetime | None:
    """When to try again after ``attempts`` earlier failures; None to give up."""
    return now + WAITS[attempts] if attempts < len(WAITS) else None
