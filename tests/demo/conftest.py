"""The demo is loaded once a test process; every module here has a copy of its own."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from portal.db import embedded
from tests.support import demo
from tests.support.database import cloned


@pytest.fixture(scope="session")
def template(cluster: embedded.Cluster) -> Iterator[str]:
    """The name of a database that holds the demo of ``tests.support.demo.NOW``."""
    with cloned(cluster, embedded.DATABASE) as made:
        demo.load()
        made.dispose()  # or it could not be copied
        yield str(made.url.database)


@pytest.fixture(scope="module")
def engine(cluster: embedded.Cluster, template: str) -> Iterator[Engine]:
    """A database of the module's own with the demo in it."""
    with cloned(cluster, template) as made:
        yield made
