"""A client of the plain HTTP door, on a database of the module's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from portal.http.app import make_api
from portal.http.gate import PageGate
from portal.http.security import Gatekeeper
from portal.services.issuer import ensure_issuer_key, issuer_key_file


@pytest.fixture(scope="session")
def issuer_key(cluster: object) -> Path:
    """The issuer's key of this test process."""
    ensure_issuer_key(issuer_key_file())
    return issuer_key_file()


@pytest.fixture
def client(engine: Engine, issuer_key: Path) -> Iterator[TestClient]:
    """Follows no redirects; a server error becomes an answer, as for a user."""
    app = Gatekeeper(PageGate(make_api()))
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as made:
        yield made
