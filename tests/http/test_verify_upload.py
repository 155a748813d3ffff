"""Uploading a certificate file, and the page with the camera."""

import re
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Certificate, TrustedPortal
from portal.documents import file_contents
from portal.domain.permissions import Role
from portal.http import verify_upload
from portal.locale import t
from portal.services import certificates, credentials, issuance, verify_throttle
from portal.services.unit import load_actor
from tests.http.parts import make_room, mentions, row_counts
from tests.support.factories import NOW, make_actor
from tests.verification.world import World

JSON = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def rested() -> None:
    verify_throttle.forget()


@pytest.fixture
def certificate(saved: Session) -> Certificate:
    room = make_room(saved, start=NOW - timedelta(days=9))
    manager = load_actor(saved, room.manager.token, now=NOW)
    made = issuance.issue(saved, manager, enrolment_id=room.enrolment.id, hours_credited=7, now=NOW)
    saved.commit()
    return made


def content_of(certificate: Certificate) -> bytes:
    number = certificate.number or ""
    return file_contents.certificate_json(
        number=number,
        verify_url=credentials.verify_url(number),
        credential=certificate.signature or "",
    )


def send(client: TestClient, content: bytes, **headers: str) -> Response:
    return client.post("/verify/file", files={"file": ("a.json", content)}, headers=headers)


def test_a_file_is_answered_on_a_page_question_by_question(
    client: TestClient, certificate: Certificate
) -> None:
    page = send(client, content_of(certificate))
    assert page.status_code == 200
    assert 'data-status="valid" data-accepted="true"' in page.text
    assert len(re.findall('data-testid="verify-answer"', page.text)) == 5
    assert page.text.count("：<b>是</b>") == 5
    assert mentions(page.text, certificate.institution_name)
    assert certificate.holder_name not in page.text
    assert len(page.content) < 20_000
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text.replace('<script src="/device.js" defer></script>', "")


def test_a_revoked_and_a_forged_one_are_told_apart(
    client: TestClient, certificate: Certificate, saved: Session
) -> None:
    officer = make_actor(saved, Role.OFFICER)
    content = content_of(certificate)
    number = certificate.number or ""
    certificates.revoke(saved, officer, number=number, reason="考核材料不实", now=NOW)
    saved.commit()
    page = send(client, content)
    assert 'data-status="revoked" data-accepted="false"' in page.text
    assert mentions(page.text, "考核材料不实")
    forged = send(client, content.replace(b'"number": "PX', b'"number": "ZX'))
    assert 'data-status="number_mismatch"' in forged.text
    stranger = send(client, World().json())
    assert 'data-status="unknown_issuer"' in stranger.text
    assert "王*强" not in stranger.text
    assert mentions(stranger.text, t("file_check.no_content"))


def test_a_program_gets_outcome_and_answers(client: TestClient, certificate: Certificate) -> None:
    answer = send(client, content_of(certificate), **JSON)
    body = answer.json()
    assert (body["outcome"], body["accepted"]) == ("valid", True)
    assert body["certificate"]["number"] == certificate.number
    assert set(body["answers"]) == {"file", "credential", "issuer", "status", "in_time"}
    nothing = send(client, b"x", **JSON).json()
    assert (nothing["outcome"], nothing["certificate"]) == ("malformed", None)


@pytest.mark.parametrize(
    ("size", "status", "outcome"), [(5_300_000, 200, "too_large"), (6_100_000, 413, None)]
)
def test_what_is_too_large_is_refused_in_words(
    client: TestClient, size: int, status: int, outcome: str | None
) -> None:
    page = send(client, bytes(size))
    assert page.status_code == status
    assert outcome is None or f'data-status="{outcome}"' in page.text


def test_a_form_without_a_file_is_shown_again(client: TestClient) -> None:
    for answer in (
        client.post("/verify/file", files={"file": ("", b"")}),
        client.post("/verify/file", data={"file": "text"}),
        client.post("/verify/file", content=b"x"),
        client.post("/verify/file", files={"other": ("a", b"x")}),
    ):
        assert answer.status_code == 400
        assert 'data-testid="verify-submit"' in answer.text
        assert 'role="alert"' in answer.text


def test_the_form_works_without_a_script(client: TestClient) -> None:
    page = client.get("/verify/file")
    assert page.status_code == 200
    assert 'enctype="multipart/form-data"' in page.text
    assert len(page.content) < 20_000


def test_whoever_asks_too_often_waits(client: TestClient) -> None:
    answers = {send(client, b"x").status_code for _ in range(verify_throttle.BURST)}
    assert answers == {200}
    waits = send(client, b"x")
    assert waits.status_code == 429
    assert int(waits.headers["retry-after"]) >= 1


def test_nothing_is_kept_of_what_was_asked(
    client: TestClient, certificate: Certificate, saved: Session
) -> None:
    send(client, content_of(certificate))
    before = row_counts(saved)
    answer = send(client, content_of(certificate))
    assert row_counts(saved) == before
    assert "set-cookie" not in answer.headers


def test_the_camera_knows_which_portals_are_trusted(client: TestClient, saved: Session) -> None:
    saved.add(
        TrustedPortal(
            url="https://elsewhere.example",
            name='别"处',
            page={},
            status_lists={},
            added_at=NOW,
            fetched_at=NOW,
        )
    )
    saved.commit()
    page = client.get("/verify/camera")
    assert page.status_code == 200
    assert "https://elsewhere.example" in page.text
    assert '<script type="module" src="/verify-scan.js"></script>' in page.text
    assert mentions(page.text, t("file_check.camera.no_script"))
    assert len(page.content) < 20_000


def test_a_verdict_as_data_has_no_name_in_full() -> None:
    world = World()
    assert "王小强" not in repr(verify_upload.as_json(world.judge(world.json())))
