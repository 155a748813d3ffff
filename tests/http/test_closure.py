"""Closing an account through the plain door, and taking everything along before."""

import io
import json
import zipfile

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Account
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.services.passwords import hash_password
from tests.support import factories as make

PASSWORD = "Sonnenblume-7"


@pytest.fixture
def me(saved: Session, client: TestClient) -> str:
    account = make.make_account(saved, password_hash=hash_password(PASSWORD))
    return enter(saved, client, account)


def enter(session: Session, client: TestClient, account: Account) -> str:
    token = make.log_in(session, account)
    session.commit()
    client.cookies.clear()
    client.cookies.set(LOGIN_COOKIE, token)
    return token


def test_the_page_says_what_ends_what_stays_and_how_long(client: TestClient, me: str) -> None:
    answer = client.get("/me/close")
    assert answer.status_code == 200
    for words in ("马上结束或者删除", "10 年", "3 年", "6 个月", "终身保留", "重新注册"):
        assert words in answer.text
    assert len(answer.content) < 20_000


def test_the_right_password_closes_and_the_login_is_gone(client: TestClient, me: str) -> None:
    answer = client.post("/me/close", data={"password": PASSWORD})
    assert answer.status_code == 200
    assert "account-closed" in answer.text
    assert f'{LOGIN_COOKIE}=""' in answer.headers["set-cookie"]
    assert client.get("/me/close").headers["location"].startswith("/login")


def test_a_wrong_password_is_told_on_the_same_page(client: TestClient, me: str) -> None:
    answer = client.post("/me/close", data={"password": "nope"})
    assert answer.status_code == 400
    assert "密码不对" in answer.text
    assert client.get("/me/close").status_code == 200


def test_what_must_be_done_first_stands_in_place_of_the_form(
    client: TestClient, saved: Session
) -> None:
    person = make.make_person(saved)
    account = make.make_account(saved, person=person, password_hash=hash_password(PASSWORD))
    enrolment = make.enrol(saved, person, make.make_class(saved))
    enter(saved, client, account)
    answer = client.get("/me/close")
    assert f"/me/enrolments/{enrolment.id}" in answer.text
    assert "close-form" not in answer.text
    refused = client.post("/me/close", data={"password": PASSWORD})
    assert refused.status_code == 409
    assert "还有事情没有办完" in refused.text


def test_staff_read_who_ends_their_account(client: TestClient, saved: Session) -> None:
    enter(saved, client, make.make_account(saved, Role.OFFICER))
    answer = client.get("/me/close")
    assert answer.status_code == 403
    assert "单位" in answer.text


def test_everything_held_comes_as_one_file(client: TestClient, me: str) -> None:
    answer = client.get("/files/data.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "private, no-store"
    file = zipfile.ZipFile(io.BytesIO(answer.content))
    assert file.testzip() is None
    held = json.loads(file.read("data.json"))
    assert held["records"]["account"][0]["role"] == "trainee"
    assert "password_hash" not in json.dumps(held)
