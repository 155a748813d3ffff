"""The trail for the disciplinary office by the plain door."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from portal.cli import app
from portal.db.models import LoginSession
from portal.documents import audit_file
from portal.domain.permissions import SYSTEM, Role
from portal.http.context import LOGIN_COOKIE
from portal.services import issuers, trust, trust_files
from portal.services.audit_trail import blocks
from portal.services.unit import token_hash
from tests.support import factories as make
from tests.support.audit_trail import write

PATH = "/admin/audit/export"


@pytest.fixture
def form(saved: Session, client: TestClient) -> dict[str, str]:
    """An auditor who is logged in, and a day with two closed rows."""
    now = make.NOW
    token = make.log_in(saved, make.make_account(saved, Role.AUDITOR, region_code="000000"))
    token = _lasting(saved, token)
    for _ in range(2):
        write(saved, now)
    while blocks.close(saved, SYSTEM, now=now):
        pass
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, token)
    return {
        "since": f"{now - timedelta(days=1):%Y-%m-%d}",
        "until": f"{now + timedelta(days=1):%Y-%m-%d}",
        "reason": "调查违规发证",
        "doc_no": "吐纪监调〔2026〕12号",
        "act": "export",
    }


def _lasting(saved: Session, token: str) -> str:
    saved.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == token_hash(token))
        .values(expires_at=make.NOW + timedelta(days=36_500))
    )
    return token


def test_the_file_comes_once_reason_and_document_are_given(
    saved: Session, client: TestClient, form: dict[str, str]
) -> None:
    first = client.post(PATH, data={"since": form["since"], "person": "赵大"})
    assert first.status_code == 200
    assert 'value="赵大"' in first.text
    refused = client.post(PATH, data=form | {"reason": "短", "thing": "X1"})
    assert refused.status_code == 400
    for kept in (form["doc_no"], "短", "X1", form["since"]):
        assert f'value="{kept}"' in refused.text
    answer = client.post(PATH, data=form)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["cache-control"] == "private, no-store"
    keys = trust.portal_keys(trust.ours(saved, now=make.NOW))
    found = audit_file.check(answer.content, keys)
    assert (found.problem, found.complete, found.shown >= 2) == ("", True, True)


def test_another_site_cannot_have_it_made(client: TestClient, form: dict[str, str]) -> None:
    answer = client.post(PATH, data=form, headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403


def test_the_command_checks_a_file(
    saved: Session,
    client: TestClient,
    form: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, page = tmp_path / "audit.zip", tmp_path / "portal-issuer.json"
    content = client.post(PATH, data=form).content
    file.write_bytes(content)
    page.write_bytes(trust_files.page_bytes(issuers.published(saved, SYSTEM, now=make.NOW)))
    monkeypatch.setenv("COLUMNS", "200")

    def said(path: Path) -> tuple[int, str]:
        answer = CliRunner().invoke(app, ["audit-verify", str(path), "--issuers", str(page)])
        return answer.exit_code, answer.output

    code, words = said(file)
    assert code == 0
    assert "核对通过" in words
    file.write_bytes(content.replace(b"class.finish", b"class.cancel"))
    assert said(file)[0] in (1, 2)
    file.write_bytes(b"nothing")
    assert said(file)[0] == 2
    assert said(tmp_path / "none")[0] == 2
