"""The trainee's own code: a page for everybody, a key for its owner, nothing for strangers."""

import json
import logging
import re
from base64 import urlsafe_b64decode
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import PersonPass
from portal.domain import person_pass
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.services import passes
from portal.settings import ROOT
from tests.http.conftest import Clock
from tests.http.parts import Room, mentions, row_counts, someone

JSON = {"accept": "application/json"}


def sign_in(client: TestClient, token: str) -> None:
    client.cookies.set(LOGIN_COOKIE, token)


def test_the_page_is_the_same_for_everybody_and_changes_nothing(
    client: TestClient, saved: Session, room: Room
) -> None:
    before = row_counts(saved)
    stranger = client.get("/me/pass")
    sign_in(client, room.trainee.token)
    own = client.get("/me/pass")
    assert stranger.status_code == own.status_code == 200
    assert own.text == stranger.text
    assert "王" not in own.text
    assert row_counts(saved) == before


def test_the_page_offers_every_other_way(client: TestClient) -> None:
    page = client.get("/me/pass").text
    assert 'action="/checkin/code"' in page
    for way in ("typed", "wechat", "teacher"):
        assert mentions(page, t(f"trainee.pass.{way}"))
    assert 'href="/me/pass/now"' in page.partition("<noscript>")[2]
    assert 'href="/login?next=/me/pass"' in page


def test_the_page_with_all_its_scripts_stays_light(client: TestClient) -> None:
    page = client.get("/me/pass")
    scripts = ("pass.js", "pass-clock.js", "pass-codes.js", "pass-store.js", "qr-draw.js")
    weight = sum((ROOT / "assets" / name).stat().st_size for name in (*scripts, "pass.css"))
    assert len(page.content) + weight < 40_000


def test_the_owner_gets_a_key_that_makes_the_pass(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee.token)
    answer = client.post("/me/pass/key", headers=JSON)
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    key = urlsafe_b64decode(told["key"] + "==")
    code = person_pass.pass_at(key, UUID(told["pass_id"]), clock.at)
    assert told["url"].endswith(f"/p/{code.token}")
    assert (told["numeric"], told["name"], told["generation"]) == (code.numeric, "王*强", 1)
    assert told["now"] == clock.at.timestamp() * 1000
    assert saved.get_one(PersonPass, room.trainee.person.id).pass_id == UUID(told["pass_id"])


def test_anybody_may_set_the_phones_clock_and_is_told_whether_to_ask_for_a_key(
    client: TestClient, clock: Clock, room: Room
) -> None:
    told = {"now": clock.at.timestamp() * 1000}
    answer = client.get("/me/pass/time")
    assert answer.json() == told | {"who": "nobody"}
    assert answer.headers["cache-control"] == "no-store"
    for token, who in ((room.trainee.token, "owner"), (room.instructor.token, "other")):
        sign_in(client, token)
        assert client.get("/me/pass/time").json() == told | {"who": who}


def test_without_a_login_or_as_staff_there_is_no_key(client: TestClient, room: Room) -> None:
    for path in ("/me/pass/key", "/me/pass/renew"):
        assert client.post(path, headers=JSON).status_code == 401
    sign_in(client, room.instructor.token)
    for path in ("/me/pass/key", "/me/pass/renew"):
        assert client.post(path, headers=JSON).status_code == 403


def test_another_site_cannot_fetch_or_renew_it(client: TestClient, room: Room) -> None:
    sign_in(client, room.trainee.token)
    for path in ("/me/pass/key", "/me/pass/renew"):
        refused = client.post(path, headers=JSON | {"origin": "https://evil.example"})
        assert refused.status_code == 403
        assert "key" not in refused.json()


def test_the_key_stands_in_no_log_and_in_no_address(
    client: TestClient, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in(client, room.trainee.token)
    key = client.post("/me/pass/key", headers=JSON).json()["key"]
    for path in ("/me/pass/now", "/me/pass"):
        assert key not in client.get(path).text
    assert key not in caplog.text


def test_renewing_hands_out_another_key(client: TestClient, room: Room) -> None:
    sign_in(client, room.trainee.token)
    before = client.post("/me/pass/key", headers=JSON).json()
    after = client.post("/me/pass/renew", headers=JSON).json()
    assert (after["pass_id"], after["generation"]) == (before["pass_id"], 2)
    assert after["key"] != before["key"]


def test_without_a_script_the_pass_of_this_moment_is_shown_and_comes_anew(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee.token)
    clock.forward(seconds=12)
    page = client.get("/me/pass/now")
    row = saved.get_one(PersonPass, room.trainee.person.id)
    code = person_pass.pass_at(passes.key_of(row.pass_id, 1), row.pass_id, clock.at)
    assert f"{code.numeric[:3]} {code.numeric[3:]}" in page.text
    assert "<svg" in page.text
    refresh = re.search(r'http-equiv="refresh" content="(\d+);url=/me/pass/now"', page.text)
    assert refresh is not None
    left = (code.expires_at - clock.at) / timedelta(seconds=1)
    assert left <= int(refresh[1]) <= left + 1
    assert "王*强" in page.text
    assert room.trainee.person.name not in page.text


def test_without_a_script_it_can_be_renewed(client: TestClient, room: Room) -> None:
    sign_in(client, room.trainee.token)
    first = client.get("/me/pass/now").text
    page = client.post("/me/pass/renew")
    assert mentions(page.text, t("pass.renewed"))
    digits = re.compile(r"pass-digits\"[^>]*>(\d{3} \d{3})<")
    shown = [digits.search(text) for text in (first, page.text)]
    assert shown[0]
    assert shown[1]
    assert shown[0][1] != shown[1][1]


def test_without_cryptography_the_server_feeds_the_page_and_keeps_the_key(
    client: TestClient, room: Room
) -> None:
    sign_in(client, room.trainee.token)
    told = client.get("/me/pass/now", headers=JSON).json()
    assert set(told) == {"name", "url", "numeric", "seconds", "now"}
    assert 0 < told["seconds"] <= 30


def test_the_page_of_now_is_for_its_owner(client: TestClient, saved: Session) -> None:
    assert client.get("/me/pass/now").status_code == 303
    sign_in(client, someone(saved, Role.OFFICER).token)
    assert client.get("/me/pass/now").status_code == 403


def test_a_stranger_who_scans_a_pass_learns_what_it_is_and_nothing_else(
    client: TestClient, saved: Session, room: Room
) -> None:
    sign_in(client, room.trainee.token)
    token = client.post("/me/pass/key", headers=JSON).json()["url"].rsplit("/", 1)[1]
    client.cookies.clear()
    before = row_counts(saved)
    genuine = client.get(f"/p/{token}")
    forged = client.get("/p/whatever")
    assert genuine.status_code == forged.status_code == 200
    assert genuine.text == forged.text
    assert mentions(genuine.text, t("pass.about.text"))
    assert "王" not in genuine.text
    assert row_counts(saved) == before


def test_the_texts_of_the_script_are_data(client: TestClient) -> None:
    page = client.get("/me/pass").text
    block = re.search(r'<script type="application/json" id="pass-texts">(.*?)</script>', page)
    assert block is not None
    assert json.loads(block[1])["kept"] == t("pass.kept")
