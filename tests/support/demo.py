"""The demo as tests see it: at one moment of one day."""

from datetime import UTC, datetime

from portal.db.engine import in_transaction
from portal.demo import loader

# A Tuesday, 14:20 in Beijing.
NOW = datetime(2026, 12, 1, 6, 20, tzinfo=UTC)


def load(now: datetime = NOW) -> loader.DemoReport:
    """Load it, or bring it up to date."""
    return in_transaction(lambda session: loader.load(session, now=now))
