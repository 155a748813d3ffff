"""Certificates from elsewhere by the plain door: form, photos, and who sees them."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import AuditEvent, ExternalCertificate
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from tests.http.parts import Someone, mentions, someone
from tests.support import papers

FORM = {
    "kind": "LEVEL",
    "number": papers.LEVEL_NUMBER,
    "occupation_name": "电工",
    "level": "2",
    "issuer": "新疆某技能评价中心",
    "issuer_region": "650000",
    "issued_on": "2026-05-06",
}
PATH = "/me/external/new"


@pytest.fixture
def me(saved: Session, client: TestClient) -> Iterator[Someone]:
    made = someone(saved)
    made.person.residence_region = "650402"
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, made.token)
    yield made
    client.cookies.clear()


@pytest.fixture
def officer(saved: Session) -> Someone:
    return someone(saved, Role.OFFICER)


def send(client: TestClient, image: bytes | None = None, **change: str) -> Any:
    files = {"image": ("paper.jpg", image or b"", "image/jpeg")}
    return client.post(PATH, data=FORM | change, files=files)


def rows_of(saved: Session, owner: Someone) -> list[ExternalCertificate]:
    saved.rollback()
    query = select(ExternalCertificate).where(ExternalCertificate.person_id == owner.person.id)
    return list(saved.scalars(query))


def test_the_form_needs_no_script_and_is_small(client: TestClient, me: Someone) -> None:
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert 'enctype="multipart/form-data"' in answer.text
    assert len(answer.content) < 20_000


def test_what_is_sent_is_kept_and_told_what_happens_next(
    saved: Session, client: TestClient, me: Someone
) -> None:
    answer = send(client, papers.photo())
    assert answer.status_code == 200
    assert mentions(answer.text, t("external.done.sentence", kind="职业技能等级证书"))
    [row] = rows_of(saved, me)
    assert (row.state, row.image_type) == ("unverified", "image/jpeg")
    assert papers.LEVEL_NUMBER not in answer.text


def test_a_photo_is_optional(saved: Session, client: TestClient, me: Someone) -> None:
    assert send(client).status_code == 200
    assert [row.image_enc for row in rows_of(saved, me)] == [None]


@pytest.mark.parametrize(
    ("change", "image", "sentence"),
    [
        ({"level": "3"}, None, "certificate_number.level_mismatch"),
        ({"issuer": ""}, None, "certificate_kinds.missing.issuer"),
        ({"issued_on": "x"}, None, "facts.bad_date"),
        ({"kind": "nonsense"}, None, "certificate_kinds.choose"),
        ({}, b"no picture at all", "external.image_unreadable"),
    ],
)
def test_on_an_error_what_was_typed_stays_with_the_reason_beside_it(
    saved: Session,
    client: TestClient,
    me: Someone,
    change: dict[str, str],
    image: bytes | None,
    sentence: str,
) -> None:
    answer = send(client, image, **change)
    assert answer.status_code == 400
    assert mentions(answer.text, t(sentence))
    assert 'aria-invalid="true"' in answer.text
    assert papers.LEVEL_NUMBER in answer.text
    assert "新疆某技能评价中心" in answer.text or change.get("issuer") == ""
    assert rows_of(saved, me) == []


def test_what_was_typed_comes_back_as_text(client: TestClient, me: Someone) -> None:
    answer = send(client, title='"><script>alert(1)</script>', number="")
    assert "<script>alert" not in answer.text


def test_a_body_of_more_than_a_photo_is_refused(client: TestClient, me: Someone) -> None:
    refused = send(client, b"x" * 6_100_000)
    assert refused.status_code == 413
    assert "5 MB" in refused.text
    assert "6 MB" not in refused.text
    answer = send(client, papers.photo() + bytes(5_000_000))
    assert answer.status_code == 400
    assert papers.LEVEL_NUMBER in answer.text
    assert 'data-most="5000000"' in answer.text


def test_a_form_that_is_none_is_refused_in_words(client: TestClient, me: Someone) -> None:
    assert client.post(PATH, data=FORM).status_code == 400
    answer = client.post(
        PATH, content=b"--x", headers={"content-type": "multipart/form-data; boundary=y"}
    )
    assert answer.status_code == 400


def test_the_owner_sees_the_own_photo_and_nobody_keeps_it(
    saved: Session, client: TestClient, me: Someone
) -> None:
    send(client, papers.photo("PNG", (2000, 1000)))
    [row] = rows_of(saved, me)
    answer = client.get(f"/me/external/{row.id}/picture")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
        "image/jpeg",
        "no-store",
    )
    assert Image.open(io.BytesIO(answer.content)).size == (1600, 800)


def test_an_officer_of_the_region_sees_it_and_every_look_is_written_down(
    saved: Session, client: TestClient, me: Someone, officer: Someone
) -> None:
    send(client, papers.photo())
    [row] = rows_of(saved, me)
    client.cookies.set(LOGIN_COOKIE, officer.token)
    for _ in range(2):
        answer = client.get(f"/admin/external/{row.id}/picture")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    saved.rollback()
    looks = saved.scalars(
        select(AuditEvent.on_behalf_of).where(
            AuditEvent.action == "external.see_image", AuditEvent.object_id == str(row.id)
        )
    )
    assert list(looks) == [me.person.id] * 2


def test_nobody_else_sees_it(
    saved: Session, client: TestClient, me: Someone, officer: Someone
) -> None:
    send(client, papers.photo())
    [row] = rows_of(saved, me)
    elsewhere = someone(saved, Role.OFFICER, region_code="653200")
    for who, path, status in (
        (someone(saved), f"/me/external/{row.id}/picture", 404),
        (someone(saved), f"/admin/external/{row.id}/picture", 403),
        (elsewhere, f"/admin/external/{row.id}/picture", 404),
        (officer, f"/me/external/{row.id}/picture", 403),
        (officer, "/admin/external/nonsense/picture", 404),
    ):
        client.cookies.set(LOGIN_COOKIE, who.token)
        assert client.get(path).status_code == status
