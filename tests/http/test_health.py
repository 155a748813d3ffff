"""Whether the process lives, whether it is ready, and what it counts."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.engine import make_engine
from portal.services import queue
from tests.support.tasks import forget_all


@pytest.fixture(autouse=True)
def _no_worker(engine: Engine) -> Iterator[None]:
    yield
    queue.report_worker(None)
    forget_all()


def test_a_process_that_should_have_no_worker_is_ready_without(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": True, "schema": True, "queue": True}


def test_a_process_whose_worker_stands_still_is_not_ready(client: TestClient) -> None:
    queue.report_worker(lambda: False)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": True, "schema": True, "queue": False}
    assert client.get("/healthz").status_code == 200


def test_the_figures_tell_how_many_jobs_wait(client: TestClient, saved: Session) -> None:
    queue.defer(saved, "one")
    queue.defer(saved, "two")
    saved.commit()
    text = client.get("/metrics").text
    assert 'portal_jobs{state="waiting"} 2.0' in text
    assert 'portal_jobs{state="failed"} 0.0' in text
    assert "portal_workers 0.0" in text


def test_figures_come_without_a_database(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", pool_size=1)
    with monkeypatch.context() as change:
        change.setattr("portal.db.engine._engine", nowhere)
        assert client.get("/metrics").status_code == 200
        assert client.get("/readyz").json() == {"database": False, "schema": False, "queue": False}
