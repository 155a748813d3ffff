"""Catalogues by the plain door: files for everybody, and an officer's sheet."""

from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import CatalogueImport
from portal.domain.permissions import Role
from portal.http.catalogues import IMPORT
from portal.services.publication import contents, life, versions
from tests.http.parts import FOREIGN, Someone, someone
from tests.support import factories as make
from tests.support.catalogues import NOW, shortage

ROW = {"occupation_code": "6-31-01-03", "name": "电工", "grade": "very"}


@pytest.fixture
def officer(saved: Session) -> Someone:
    return someone(saved, Role.OFFICER)


def send(client: TestClient, who: Someone | None, content: bytes, **fields: Any) -> Response:
    data = {"kind": "shortage_occupation", "region": "650400"} | fields
    return client.post(
        IMPORT,
        data=data,
        files={"sheet": ("目录.xlsx", content)},
        headers=who.bearer if who else {},
        follow_redirects=False,
    )


def count(saved: Session) -> int:
    return saved.scalar(select(func.count()).select_from(CatalogueImport)) or 0


def test_the_form_offers_kinds_and_the_regions_of_the_officer(
    client: TestClient, officer: Someone
) -> None:
    answer = client.get(IMPORT, headers=officer.bearer)
    assert answer.status_code == 200
    assert "专项职业能力目录" in answer.text
    assert '<option value="650400" selected>' in answer.text
    assert '<option value="650402">' in answer.text
    assert '<option value="430000"' not in answer.text
    assert not FOREIGN.search(answer.text)


def test_who_is_not_signed_in_is_led_to_the_log_in(client: TestClient) -> None:
    answer = client.get(IMPORT, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={IMPORT}")


def test_a_sheet_is_taken_and_shown_on_its_page(
    client: TestClient, officer: Someone, saved: Session
) -> None:
    before = count(saved)
    answer = send(client, officer, shortage())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/admin/catalogues/imports/")
    assert count(saved) == before + 1


@pytest.mark.parametrize(
    "fields", [{"kind": "recipe"}, {"region": "430000"}, {"kind": ""}, {"region": "x"}]
)
def test_a_refusal_keeps_what_was_chosen(
    client: TestClient, officer: Someone, saved: Session, fields: dict[str, str]
) -> None:
    before = count(saved)
    answer = send(client, officer, shortage(), **fields)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert count(saved) == before


def test_an_empty_file_is_asked_for_again(client: TestClient, officer: Someone) -> None:
    answer = send(client, officer, b"")
    assert answer.status_code == 400
    assert "请选择要导入的表格" in answer.text


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR])
def test_nobody_else_sends_a_sheet(client: TestClient, saved: Session, role: Role) -> None:
    before = count(saved)
    assert send(client, someone(saved, role), shortage()).status_code == 403
    assert send(client, None, shortage()).status_code == 401
    assert count(saved) == before


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [("csv", "text/csv"), ("xlsx", "application/vnd"), ("json", "application/json")],
)
def test_everybody_fetches_published_versions(
    client: TestClient, saved: Session, suffix: str, kind: str
) -> None:
    region = {"csv": "650402", "xlsx": "650421", "json": "650422"}[suffix]
    actor = make.make_actor(saved, Role.OFFICER)
    made = versions.create_draft(
        saved,
        kind="shortage_occupation",
        region_code=region,
        entries=[contents.entry_of("shortage_occupation", ROW)],
        doc_no="",
        source_name="",
        effective_from=NOW.date(),
    )
    path = f"/catalogues/shortage_occupation/{region}/v1.{suffix}"
    saved.commit()
    assert client.get(path).status_code == 404
    life.publish_version(
        saved, actor, version_id=made.id, doc_no="1号", effective_from=NOW.date(), now=NOW
    )
    saved.commit()
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert f"v1.{suffix}" in answer.headers["content-disposition"]


@pytest.mark.parametrize("number", ["0", "999999", "x", "9999999999999999999", "-1", "１"])
def test_other_numbers_are_not_found(client: TestClient, number: str) -> None:
    answer = client.get(f"/catalogues/shortage_occupation/650400/v{number}.csv")
    assert answer.status_code == 404
