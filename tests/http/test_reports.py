"""Files of frozen reports and the public page of funds, by the plain door."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.domain.permissions import Actor, Role
from portal.http.context import LOGIN_COOKIE
from portal.services.reports import freezing, funds
from tests.services.reports.conftest import FROZEN, LATER, Town
from tests.support import factories as make


@pytest.fixture
def town(saved: Session) -> Town:
    """Turpan as the routes see it, with times that logins are valid at."""
    officers = [make.make_actor(saved, Role.OFFICER, region_code="650400") for _ in range(2)]
    auditor = make.make_actor(saved, Role.AUDITOR, region_code="650400")
    saved.commit()
    return Town(saved, officers[0], officers[1], auditor)


def cookie(session: Session, actor: Actor | None = None, **account: object) -> str:
    """A login."""
    made = make.make_account(session, Role.OFFICER, **account)  # type: ignore[arg-type]
    token = make.log_in(session, made, now=make.NOW)
    session.commit()
    return token


def test_files_are_for_the_region_and_the_public_sees_sums(
    saved: Session, client: TestClient, town: Town
) -> None:
    made = town.taught()
    town.pay(made, [town.learner(made).id for _ in range(6)], 123_400)
    few = town.taught(region_code="650421")
    town.pay(few, [town.learner(few).id], 900)
    report = town.frozen()
    freezing.countersign(saved, town.second, report_id=report.id, now=FROZEN)
    funds.publish(saved, town.officer, report_id=report.id, now=LATER - timedelta(days=1))
    saved.commit()
    path = f"/files/reports/{report.id}"
    assert client.get(f"{path}.pdf").status_code == 401
    client.cookies.set(LOGIN_COOKIE, cookie(saved, region_code="650100"))
    assert client.get(f"{path}.pdf").status_code == 404
    client.cookies.set(LOGIN_COOKIE, cookie(saved, region_code="650400"))
    for form, head in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        answer = client.get(f"{path}.{form}")
        assert answer.status_code == 200
        assert answer.content.startswith(head)
        assert f"650400-2026-Q3-v1.{form}" in answer.headers["content-disposition"]
        assert client.get(f"{path}.{form}").content == answer.content
    assert client.get(f"{path}.csv").status_code == 404
    client.cookies.clear()
    page = client.get("/funds")
    assert page.status_code == 200
    assert "吐鲁番市" in page.text
    assert "不公开" in page.text
    # The whole is told, the six are not: without them the one would be known.
    assert "1,243.00" in page.text
    assert "1,234.00" not in page.text
    assert "9.00 元" not in page.text
