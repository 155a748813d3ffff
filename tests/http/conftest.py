"""A client of the plain HTTP door, on a database of the module's own, and its clock."""

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from portal.http.app import make_api
from portal.http.gate import PageGate
from portal.http.security import Gatekeeper
from tests.http.parts import Room, make_room
from tests.support.factories import NOW

_places = itertools.count(1)


class Clock:
    """What the routes take for the time; stands still until told otherwise."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **delta: float) -> datetime:
        self.at += timedelta(**delta)
        return self.at


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the edge, at the factories' moment: logins that they make are valid."""
    made = Clock(NOW)
    for name, module in list(sys.modules.items()):
        if name.startswith("portal.http.") and hasattr(module, "now"):
            monkeypatch.setattr(module, "now", made)
    return made


@pytest.fixture(scope="session")
def app() -> ASGIApp:
    """The door as the portal puts it together."""
    return Gatekeeper(PageGate(make_api()))


@pytest.fixture
def browser(engine: Engine, app: ASGIApp) -> Iterator[Callable[..., TestClient]]:
    """Makes further clients, each with cookies of its own.

    Every test comes from an address of its own: the back-off counts those of one place together.
    """
    place = next(_places)
    with ExitStack() as stack:

        def another(base_url: str = "http://testserver") -> TestClient:
            made = TestClient(
                app,
                base_url=base_url,
                follow_redirects=False,
                raise_server_exceptions=False,
                client=(f"10.0.{place // 250}.{place % 250}", 50000),
            )
            return stack.enter_context(made)

        yield another


@pytest.fixture
def client(browser: Callable[..., TestClient]) -> TestClient:
    """Follows no redirects; a server error becomes an answer, as for a user."""
    return browser()


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session whose commits the routes see."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def room(saved: Session) -> Room:
    """A class about to meet, with a trainee and staff who are logged in."""
    return make_room(saved)
