"""Databases of tests: cloned from one that is ready, dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from portal.db import embedded
from portal.db.engine import make_engine, use_engine
from portal.db.ids import new_id


@contextmanager
def cloned(cluster: embedded.Cluster, template: str) -> Iterator[Engine]:
    """A database like ``template``, to which nobody is connected; services use it."""
    name = f"test_{new_id().hex}"
    admin = make_engine(cluster.url("postgres"), pool_size=1).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    made = make_engine(cluster.url(name), pool_size=32)
    use_engine(made)
    yield made
    use_engine(None)
    made.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
