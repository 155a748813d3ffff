"""Seals of issuers, and drafts as they will be printed, by the plain door."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.services import certificate_drafts, issuers
from tests.http.parts import Someone, mentions, someone
from tests.support import papers
from tests.support.factories import NOW, make_actor


@pytest.fixture
def authority(saved: Session) -> UUID:
    made = issuers.of_authority(saved, "650400", now=NOW).issuer_id
    saved.commit()
    return made


@pytest.fixture
def officer(saved: Session, client: TestClient) -> Iterator[Someone]:
    made = someone(saved, Role.OFFICER)
    client.cookies.set(LOGIN_COOKIE, made.token)
    yield made
    client.cookies.clear()


def send(client: TestClient, authority: UUID, image: bytes, **fields: str) -> Any:
    files = {"image": ("seal.png", image, "image/png")}
    return client.post(f"/admin/issuers/{authority}/seal", data=fields, files=files)


def test_a_seal_is_uploaded_shown_and_removed(
    client: TestClient, officer: Someone, authority: UUID
) -> None:
    path = f"/admin/issuers/{authority}/seal"
    assert mentions(client.get(path).text, t("issuers.seal_none"))
    answer = send(client, authority, papers.seal((900, 900)))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?done=saved")
    assert mentions(client.get(answer.headers["location"]).text, t("issuers.seal_saved"))
    picture = client.get(f"{path}.png")
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (480, 480)
    assert len(client.get(path).content) < 20_000
    answer = send(client, authority, b"", act="remove")
    assert answer.headers["location"] == f"{path}?done=removed"
    assert client.get(f"{path}.png").status_code == 404


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (b"", "issuers.seal_choose"),
        (papers.photo(), "issuers.seal_unfit"),
        (papers.seal() + bytes(500_000), "issuers.seal_large"),
    ],
)
def test_what_is_no_seal_is_refused_in_words(
    client: TestClient, officer: Someone, authority: UUID, image: bytes, sentence: str
) -> None:
    answer = send(client, authority, image)
    assert answer.status_code == 400
    assert mentions(answer.text, t(sentence))


def test_another_regions_seal_is_not_found(
    saved: Session, client: TestClient, authority: UUID
) -> None:
    client.cookies.set(LOGIN_COOKIE, someone(saved, Role.OFFICER, region_code="653200").token)
    assert client.get(f"/admin/issuers/{authority}/seal").status_code == 404
    assert send(client, authority, papers.seal()).status_code == 404


@pytest.mark.parametrize("kind", list(papers.FORMS))
def test_a_draft_is_seen_as_it_will_be_printed_and_only_as_long_as_it_is_one(
    saved: Session, client: TestClient, officer: Someone, kind: str
) -> None:
    actor = make_actor(saved, Role.OFFICER)
    number = papers.FORMS[kind].get("number", "")
    change = {"number": f"{number[:-3]}9{number[-2:]}"} if number else {}
    made = papers.draft(saved, actor, papers.resident(saved), NOW, kind=kind, **change)
    saved.commit()
    path = f"/admin/certificates/{made.id}/preview.png"
    answer = client.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert Image.open(io.BytesIO(answer.content)).format == "PNG"
    certificate_drafts.issue_draft(saved, actor, draft_id=made.id, now=moment())
    saved.commit()
    assert client.get(path).status_code == 409


def moment() -> datetime:
    return NOW
