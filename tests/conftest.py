"""Real parts for tests: an embedded PostgreSQL, a migrated template, a database a module."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

# No test asserts how fast it is: machines are shared.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")

# Before any import of portal: settings are read once.
_folder = tempfile.TemporaryDirectory(prefix="portal-test-")
os.environ["PORTAL_DATA_DIR"] = _folder.name
os.environ["PORTAL_ENV"] = "demo"
for _name in (
    "PORTAL_DATABASE_URL",
    "PORTAL_MASTER_KEY_FILE",
    "PORTAL_BASE_URL",
    "PORTAL_REDIS_URL",
):
    os.environ.pop(_name, None)

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db import embedded, schema
from portal.db.engine import make_engine
from portal.db.vault import create_key_file
from portal.settings import get_settings
from tests.support.database import cloned

create_key_file(get_settings().key_file)

# Tests need no durability; without it a database is cloned in a fraction of the time.
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded.Cluster]:
    """One embedded server a test process, with a migrated template database."""
    made = embedded.Cluster(Path(_folder.name) / "postgres")
    with embedded.running(made, options=FAST) as url:
        engine = make_engine(url, pool_size=2)
        schema.upgrade(engine)
        engine.dispose()
        yield made


@pytest.fixture(scope="module")
def engine(cluster: embedded.Cluster) -> Iterator[Engine]:
    """A database of the module's own, cloned from the template; services use it."""
    # Anchors lie outside the database they vouch for: those of the last module's are not of this.
    for anchor in get_settings().data_dir.glob("*anchor*.json"):
        anchor.unlink()
    with cloned(cluster, embedded.DATABASE) as made:
        yield made


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose work is rolled back after the test."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


@pytest.fixture
def now() -> datetime:
    """A fixed moment: Tuesday 1 December 2026, 09:40 in Beijing."""
    return datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
