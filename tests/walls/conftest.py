"""One region for all tests of the walls: nothing that they do stays."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from portal.db import embedded
from tests.http.conftest import app, browser, clock
from tests.support.database import cloned
from tests.walls.wall import Wall, raise_wall

__all__ = ["app", "browser", "clock"]


@pytest.fixture(scope="package")
def engine(cluster: embedded.Cluster) -> Iterator[Engine]:
    """A database of the package's own; services use it."""
    with cloned(cluster, embedded.DATABASE) as made:
        yield made


@pytest.fixture(scope="package")
def wall(engine: Engine) -> Wall:
    """The region with everybody around it."""
    return raise_wall(engine)
