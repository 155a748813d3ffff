"""Complaints at the plain door: no login, no script, nothing personal in an address or a log."""

import logging
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.services.casework import complaints
from tests.http.parts import FOREIGN, mentions
from tests.support import factories as make

TEXT = "老师三次没有来上课，签到照样打勾"


@pytest.fixture(autouse=True)
def _fresh(saved: Session) -> None:
    complaints.forget_tries()
    make.make_institution(saved)
    saved.commit()


def send(client: TestClient, nonce: str = "e" * 32, **change: Any) -> Any:
    data = {"nonce": nonce, "kind": "teaching", "region": "650402", "about": "电工班", "text": TEXT}
    files = {"photo": ("", b"", "application/octet-stream")}
    return client.post("/complaints/new", data=data | change, files=files)


def keys(answer: Any) -> tuple[str, str]:
    found = re.findall(r'data-testid="complaint-(?:receipt|secret)">([^<]+)<', answer.text)
    return found[0], found[1]


def test_the_page_needs_neither_login_nor_script_and_is_light(client: TestClient) -> None:
    answer = client.get("/complaints")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert mentions(answer.text, t("complaints.form.title"))
    assert len(answer.content) < 20_000


def test_receipt_and_secret_open_the_complaint_and_stand_in_no_address(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = send(client)
        receipt, secret = keys(answer)
        shown = client.post("/complaints/open", data={"receipt": receipt, "secret": secret})
    assert answer.status_code == shown.status_code == 200
    assert TEXT in shown.text
    assert not [
        one for one in re.findall(r'(?:href|action)="([^"]*)"', shown.text) if secret in one
    ]
    assert not [line for line in caplog.messages if secret in line or TEXT in line]


def test_a_wrong_secret_shows_nothing(client: TestClient) -> None:
    receipt, _ = keys(send(client, nonce="f" * 32))
    answer = client.post("/complaints/open", data={"receipt": receipt, "secret": "22222222"})
    assert answer.status_code == 404
    assert TEXT not in answer.text
    assert client.get(f"/complaints/{receipt}").status_code == 200
    assert TEXT not in client.get(f"/complaints/{receipt}").text


def test_what_was_typed_stays_when_something_is_wrong(client: TestClient) -> None:
    answer = send(client, nonce="g" * 32, kind="")
    assert answer.status_code == 400
    assert TEXT in answer.text
    assert "g" * 32 in answer.text
    assert not FOREIGN.search(answer.text)


@pytest.mark.parametrize("path", ["/complaints/ABC", "/complaints/%00", "/complaints/" + "A" * 500])
def test_no_receipt_is_answered_in_words(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert not FOREIGN.search(answer.text)


def test_a_photo_is_made_anew_and_only_for_officers(client: TestClient, saved: Session) -> None:
    files = {"photo": ("a.txt", b"no picture", "image/jpeg")}
    data = {"nonce": "h" * 32, "kind": "fees", "region": "650402", "about": "", "text": TEXT}
    assert client.post("/complaints/new", data=data, files=files).status_code == 400
    token = make.log_in(saved, make.make_account(saved))
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, token)
    answer = client.get("/admin/complaints/01a20548-d8f9-7076-adf8-ab2cb12dc293/photo")
    assert answer.status_code in (403, 303)
