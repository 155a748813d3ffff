"""The public page of a printed archive: small, without a script, and silent about the rest."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.services import archive_prints, verify_throttle
from portal.services.unit import load_actor
from tests.http.parts import row_counts
from tests.support.archives import add
from tests.support.factories import NOW, log_in, make_account


@pytest.fixture(autouse=True)
def _nobody_asked() -> Iterator[None]:
    verify_throttle.forget()
    yield
    verify_throttle.forget()


@pytest.fixture(scope="module")
def serial(engine: Engine) -> Iterator[str]:
    with Session(engine, expire_on_commit=False) as session:
        account = make_account(session)
        for _ in range(4):
            add(session, account.person_id, NOW)
        actor = load_actor(session, log_in(session, account), now=NOW)
        made = archive_prints.archive_document(session, actor, now=NOW).document.serial
        session.commit()
        yield made


def test_a_paper_of_ours_is_told_with_its_totals(client: TestClient, serial: str) -> None:
    page = client.get(f"/verify/archive/{archive_prints.normal_serial(serial)}")
    assert page.status_code == 200
    assert 'data-testid="verify-archive" data-genuine="true"' in page.text
    for shown in ("王*强", serial, "2026年12月1日", "培训 4 次，144 课时，证书 0 本，共 4 条记录"):
        assert shown in page.text
    bare = re.sub(r"<style>.*?</style>", "", page.text, flags=re.DOTALL)
    assert "王小强" not in bare
    assert "电工" not in bare
    assert len(page.content) < 20_000
    assert page.headers["cache-control"] == "no-store"


def test_another_serial_is_told_apart_and_can_be_typed(client: TestClient, serial: str) -> None:
    page = client.get("/verify/archive/0000000000000000")
    assert 'data-genuine="false"' in page.text
    assert "王*强" not in page.text
    typed = client.get(
        "/verify/archive/-",
        params={"typed": serial.lower()},
        follow_redirects=True,
    )
    assert 'data-genuine="true"' in typed.text
    assert str(typed.url).endswith(archive_prints.normal_serial(serial))


@pytest.mark.parametrize("path", ["/verify/archive/%00", "/verify/archive/" + "9" * 400])
def test_nonsense_is_answered(client: TestClient, path: str) -> None:
    assert 'data-genuine="false"' in client.get(path).text


def test_asking_leaves_no_trace(client: TestClient, session: Session, serial: str) -> None:
    before = row_counts(session)
    client.get(f"/verify/archive/{serial}")
    assert row_counts(session) == before


def test_asking_too_often_is_slowed_down(client: TestClient) -> None:
    answers = {client.get("/verify/archive/0").status_code for _ in range(400)}
    assert 429 in answers
