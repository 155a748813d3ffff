"""Two steps at the door: no cookie before the second, on the page and in the API."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.domain.permissions import Actor, Role
from portal.http.context import LOGIN_COOKIE, SECOND_COOKIE
from portal.services.staff import factors
from portal.settings import get_settings
from tests.http.conftest import Clock
from tests.http.parts import PASSWORD, Someone, someone


@pytest.fixture
def officer(saved: Session) -> Someone:
    return someone(saved, Role.OFFICER)


def secret_of(session: Session, who: Someone, clock: Clock) -> str:
    """A factor that was set up an hour before."""

    early = clock.at - timedelta(hours=1)
    made = factors.begin(session, who.account, now=early)
    actor = Actor(Role.OFFICER, account_id=who.account.id, person_id=who.person.id)
    factors.confirm(
        session, who.account, actor, digits=pyotp.TOTP(made.secret).at(early), now=early
    )
    session.commit()
    return made.secret


def password(client: TestClient, who: Someone) -> object:
    return client.post(
        "/auth/login",
        data={"login": who.phone, "password": PASSWORD, "next": "/admin/claims"},
        follow_redirects=False,
    )


def test_a_password_alone_leads_to_the_second_step(
    client: TestClient, saved: Session, officer: Someone, clock: Clock
) -> None:
    secret = secret_of(saved, officer, clock)
    answer = client.post(
        "/auth/login",
        data={"login": officer.phone, "password": PASSWORD, "next": "/admin/claims"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login/second?next=/admin/claims"
    assert LOGIN_COOKIE not in client.cookies
    assert client.get("/api/v1/enrolments").status_code == 401
    assert 'data-testid="second-digits"' in client.get("/login/second").text
    wrong = client.post("/auth/second", data={"digits": "000000"}, follow_redirects=False)
    assert wrong.status_code == 400
    assert LOGIN_COOKIE not in client.cookies
    digits = pyotp.TOTP(secret).at(clock.at)
    right = client.post(
        "/auth/second", data={"digits": digits, "next": "/admin/claims"}, follow_redirects=False
    )
    assert (right.status_code, right.headers["location"]) == (303, "/admin/claims")
    assert LOGIN_COOKIE in client.cookies
    assert SECOND_COOKIE not in client.cookies


def test_the_api_asks_for_the_digits_too(
    client: TestClient, saved: Session, officer: Someone, clock: Clock
) -> None:
    secret = secret_of(saved, officer, clock)
    body = {"login": officer.phone, "password": PASSWORD}
    refused = client.post("/api/v1/session", json=body)
    assert refused.status_code == 401
    assert refused.json()["code"] == "second_factor_required"
    assert LOGIN_COOKIE not in client.cookies
    digits = pyotp.TOTP(secret).at(clock.at)
    opened = client.post("/api/v1/session", json=body | {"second_factor": digits})
    assert opened.status_code == 200
    again = client.post("/api/v1/session", json=body | {"second_factor": digits})
    assert again.status_code == 400


def test_without_a_challenge_the_second_step_leads_back(client: TestClient) -> None:
    for answer in (
        client.get("/login/second", follow_redirects=False),
        client.post("/auth/second", data={"digits": "123456"}, follow_redirects=False),
    ):
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?why=second")
    assert client.get("/login?why=second").status_code == 200


@pytest.fixture
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "require_second_factor", True)


def test_whoever_must_have_one_sets_it_up_at_the_first_login(
    client: TestClient, officer: Someone, clock: Clock, required: None
) -> None:
    password(client, officer)
    shown = client.get("/login/second").text
    assert "data:image/svg+xml;base64," in shown
    found = re.search(r'data-testid="factor-secret">([A-Z2-7 ]+)<', shown)
    assert found
    digits = pyotp.TOTP(found[1].replace(" ", "")).at(clock.at)
    done = client.post("/auth/second", data={"digits": digits})
    assert done.text.count("<li><code>") == 10
    assert LOGIN_COOKIE in client.cookies


def test_the_own_factor_is_set_up_behind_the_password(
    client: TestClient, officer: Someone, clock: Clock
) -> None:
    client.cookies.set(LOGIN_COOKIE, officer.token)
    assert client.get("/me/security").status_code == 200
    wrong = client.post("/me/security/begin", data={"password": "not-this-1"})
    assert "data:image/svg" not in wrong.text
    shown = client.post("/me/security/begin", data={"password": PASSWORD}).text
    found = re.search(r'data-testid="factor-secret">([A-Z2-7 ]+)<', shown)
    assert found
    assert client.post("/me/security/confirm", data={"digits": "000000"}).status_code == 400
    digits = pyotp.TOTP(found[1].replace(" ", "")).at(clock.at)
    done = client.post("/me/security/confirm", data={"digits": digits})
    assert done.text.count("<li><code>") == 10


def test_links_that_are_over_say_so(client: TestClient) -> None:
    for path in ("/join/nothing", "/reset/nothing"):
        assert client.get(path).status_code == 409
        assert client.post(path, data={}).status_code == 409
