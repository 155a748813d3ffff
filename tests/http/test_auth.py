"""Register, log in, log out: the forms, the cookie, and what an attacker tries with them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Account, LoginSession, Person
from portal.db.vault import get_vault
from portal.domain.errors import AccountExists, TooManyAttempts, WrongCredentials
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services.unit import token_hash
from portal.settings import get_settings
from tests.http.conftest import Clock
from tests.http.parts import PASSWORD, Someone, bearer, mentions, numbers, someone
from tests.support.factories import NOW, make_institution

WRONG = sentence_for(WrongCredentials())


@pytest.fixture
def who(saved: Session) -> Someone:
    return someone(saved)


def form(**changes: str) -> dict[str, str]:
    phone, id_no = numbers()
    values = {
        "name": "古丽娜尔·买买提",
        "id_type": "resident_id",
        "id_no": id_no,
        "phone": phone,
        "password": "sunflower-72",
        "agreed": "1",
    }
    return {key: value for key, value in (values | changes).items() if value != "absent"}


def log_in(client: TestClient, login: str, password: str = PASSWORD, **data: str) -> Response:
    return client.post("/auth/login", data={"login": login, "password": password} | data)


def actor_of(client: TestClient, **kwargs: Any) -> int:
    """The status of a page that only somebody signed in may open."""
    return client.get("/api/v1/enrolments", **kwargs).status_code


# Registering


def test_registering_makes_an_account_and_logs_it_in(client: TestClient, saved: Session) -> None:
    typed = form(next="/classes")
    answer = client.post("/register", data=typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/classes")
    assert actor_of(client) == 200
    hashed = get_vault().lookup_hash("id_no", f"resident_id:{typed['id_no']}")
    person = saved.scalars(select(Person).where(Person.id_no_hash == hashed)).one()
    assert person.name == typed["name"]


BAD_FIELDS = [
    ({"name": ""}, "name", "identity.name_empty"),
    ({"name": "王"}, "name", "identity.name_length"),
    ({"name": "王小强😀"}, "name", "identity.name_emoji"),
    ({"name": "王\u0000强"}, "name", "identity.name_control"),
    ({"id_type": "driving_licence"}, "id_type", "register.id_type"),
    ({"id_type": ""}, "id_type", "register.id_type"),
    ({"id_no": ""}, "id_no", "identity.empty"),
    ({"id_no": "990000199001010000"}, "id_no", "identity.checksum"),
    ({"id_no": "110101900307109"}, "id_no", "identity.fifteen_digits"),
    ({"id_no": "9900001990\u00000101001"}, "id_no", "identity.characters"),
    ({"phone": "12345"}, "phone", "identity.phone"),
    ({"phone": "1390000\u00000001"}, "phone", "identity.phone"),
    ({"password": ""}, "password", "identity.password_empty"),
    ({"password": "12345678"}, "password", "identity.password_simple"),
    ({"password": "ab\u0000cdefgh12"}, "password", "identity.password_characters"),
    ({"agreed": "absent"}, "agreed", "register.agree_first"),
]


@pytest.mark.parametrize(("changes", "field", "key"), BAD_FIELDS)
def test_a_bad_field_keeps_what_was_typed_and_says_so_beside_it(
    client: TestClient, changes: dict[str, str], field: str, key: str
) -> None:
    typed = form(**changes)
    answer = client.post("/register", data=typed)
    assert answer.status_code == 400
    html = answer.text
    for name in ("name", "phone"):
        if name != field:
            assert f'value="{typed[name]}"' in html
    if typed["password"]:
        assert typed["password"] not in html
    beside = re.search(rf'id="{field}-error">([^<]*)</span>', html)
    assert beside is not None
    assert beside[1] == t(key)
    marked = re.search(rf'<(?:input|select)[^>]*name="{field}"[^>]*aria-invalid="true"', html)
    assert marked is not None
    assert html.count("aria-invalid") == 1


@pytest.mark.parametrize("char", ["<", "@", "&", '"', ";"])
def test_a_symbol_in_a_name_is_named_and_escaped(client: TestClient, char: str) -> None:
    answer = client.post("/register", data=form(name=f"王{char}小强"))
    assert answer.status_code == 400
    assert mentions(answer.text, t("identity.name_symbols", char=char))


@pytest.mark.parametrize(
    "name",
    ["𠮷田𪚥", "䶮玥玥", "古丽娜尔·买买提", "བསོད་ནམས", "ئالىم جان", "王" * 50, "O'Brien"],
)
def test_a_name_of_any_script_arrives_and_hurts_nothing(
    client: TestClient, saved: Session, name: str
) -> None:
    typed = form(name=name)
    answer = client.post("/register", data=typed)
    assert answer.status_code == 303
    hashed = get_vault().lookup_hash("id_no", f"resident_id:{typed['id_no']}")
    assert saved.scalars(select(Person.name).where(Person.id_no_hash == hashed)).one() == name


def test_sql_in_a_name_is_only_a_name_that_cannot_be(client: TestClient, saved: Session) -> None:
    people = saved.scalar(select(func.count()).select_from(Person))
    answer = client.post("/register", data=form(name="Robert'); DROP TABLE person; --"))
    assert answer.status_code == 400
    assert mentions(answer.text, "Robert'); DROP TABLE person; --")
    assert saved.scalar(select(func.count()).select_from(Person)) == people


@pytest.mark.parametrize("field", ["name", "id_no", "phone", "id_type", "next"])
def test_markup_in_any_field_comes_back_as_text(client: TestClient, field: str) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    answer = client.post("/register", data=form(**{field: evil}))
    assert answer.status_code == 400 or field == "next"
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


def test_the_same_document_again_is_told_and_keeps_what_was_typed(client: TestClient) -> None:
    typed = form()
    client.post("/register", data=typed)
    again = client.post("/register", data=typed | {"name": "别人名字"})
    assert again.status_code == 409
    assert mentions(again.text, sentence_for(AccountExists()))
    assert 'value="别人名字"' in again.text
    assert typed["password"] not in again.text


def test_two_at_once_with_one_document_make_one_account(client: TestClient, saved: Session) -> None:
    typed = form()
    statuses = at_once(client, [typed, typed, typed, typed])
    assert statuses.count(303) == 1
    assert statuses.count(409) == 3


def test_two_at_once_with_one_phone_both_get_their_account(
    client: TestClient, saved: Session
) -> None:
    first = form()
    family = [first, *(form(phone=first["phone"]) for _ in range(3))]
    assert at_once(client, family) == [303] * 4
    hashed = get_vault().lookup_hash("phone", first["phone"])
    owners = saved.scalar(select(func.count()).where(Account.phone_hash == hashed))
    assert owners == 1


def at_once(client: TestClient, forms: list[dict[str, str]]) -> list[int]:
    with ThreadPoolExecutor(len(forms)) as pool:
        answers = list(pool.map(lambda data: client.post("/register", data=data), forms))
    return [answer.status_code for answer in answers]


# Logging in


def test_phone_and_document_number_both_log_in(client: TestClient, who: Someone) -> None:
    for login in (who.phone, f" +86 {who.phone} ", who.id_no, who.id_no.lower()):
        client.cookies.clear()
        answer = log_in(client, login)
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), login
        assert actor_of(client) == 200


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.INSTRUCTOR, "/teach"), (Role.MANAGER, "/teach"), (Role.OFFICER, "/admin")],
)
def test_staff_come_to_their_own_first_page(
    client: TestClient, saved: Session, role: Role, home: str
) -> None:
    own = {"institution": make_institution(saved)} if role is not Role.OFFICER else {}
    staff = someone(saved, role, **own)
    assert log_in(client, staff.phone).headers["location"] == home


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    client: TestClient, who: Someone
) -> None:
    wrong = log_in(client, who.phone, "not-the-password")
    unknown = log_in(client, numbers()[0], "not-the-password")
    assert wrong.status_code == unknown.status_code == 401
    assert mentions(wrong.text, WRONG)
    strip = re.compile(r'name="login" value="\d+"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)
    assert "set-cookie" not in wrong.headers
    assert f'value="{who.phone}"' in wrong.text
    assert "not-the-password" not in wrong.text


@pytest.mark.parametrize(
    "login", ["", "\u0000", "😀", "' OR 1=1 --", "x" * 500_000, "\ufffd", "１３８"]
)
def test_any_text_as_login_is_just_wrong(client: TestClient, login: str) -> None:
    answer = log_in(client, login)
    assert answer.status_code == 401
    assert mentions(answer.text, WRONG)


@pytest.mark.parametrize("password", ["", "\u0000", "x" * 500_000, "😀" * 100])
def test_any_text_as_password_is_just_wrong(
    client: TestClient, who: Someone, password: str
) -> None:
    assert log_in(client, who.phone, password).status_code == 401


def test_a_disabled_account_cannot_log_in(client: TestClient, saved: Session, who: Someone) -> None:
    saved.get_one(Account, who.account.id).status = "disabled"
    saved.commit()
    assert log_in(client, who.phone).status_code == 401
    assert actor_of(client, headers=who.bearer) == 401


# The back-off


def fail(client: TestClient, login: str, times: int, **kwargs: Any) -> list[int]:
    data = {"login": login, "password": "wrong-one"}
    return [client.post("/auth/login", data=data, **kwargs).status_code for _ in range(times)]


def test_after_five_failures_even_the_right_password_must_wait(
    client: TestClient, clock: Clock, who: Someone
) -> None:
    assert fail(client, who.phone, 6) == [401] * 5 + [429]
    refused = log_in(client, who.phone)
    assert refused.status_code == 429
    seconds = int(refused.headers["retry-after"])
    assert 1 <= seconds <= 900
    assert mentions(refused.text, sentence_for(TooManyAttempts(seconds=seconds)))
    clock.forward(seconds=seconds)
    assert log_in(client, who.phone).status_code == 303


def test_an_unknown_account_waits_as_a_real_one_does(client: TestClient, who: Someone) -> None:
    assert fail(client, numbers()[0], 7) == fail(client, who.phone, 7)


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "client-ip"]
)
def test_a_claimed_address_buys_no_more_tries(
    client: TestClient, who: Someone, header: str
) -> None:
    statuses = [fail(client, who.phone, 1, headers={header: f"203.0.113.{n}"})[0] for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2


def test_only_the_last_address_counts_behind_a_proxy_of_ours(
    client: TestClient, who: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "trusted_proxy", True)
    spoofed = [
        fail(client, who.phone, 1, headers={"x-forwarded-for": f"10.0.0.{n}, 198.51.100.7"})[0]
        for n in range(6)
    ]
    assert spoofed[-1] == 429
    elsewhere = {"x-forwarded-for": "198.51.100.8"}
    assert fail(client, who.phone, 1, headers=elsewhere) == [401]


def test_one_ipv6_household_is_one_place(
    client: TestClient, who: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "trusted_proxy", True)
    tries = [
        fail(client, who.phone, 1, headers={"x-forwarded-for": f"2001:db8:1:2::{n:x}"})[0]
        for n in range(6)
    ]
    assert tries[-1] == 429


def test_guesses_sent_all_at_once_are_counted_one_by_one(client: TestClient, who: Someone) -> None:
    with ThreadPoolExecutor(24) as pool:
        tries = [pool.submit(fail, client, who.phone, 1) for _ in range(24)]
    statuses = [task.result()[0] for task in tries]
    assert statuses.count(401) == 5
    assert statuses.count(429) == 19


def test_a_double_tap_on_the_button_logs_in_twice_and_refuses_none(
    client: TestClient, who: Someone
) -> None:
    with ThreadPoolExecutor(2) as pool:
        taps = [pool.submit(log_in, client, who.phone) for _ in range(2)]
    assert [tap.result().status_code for tap in taps] == [303, 303]


# The cookie


def cookie_of(answer: Response, name: str = LOGIN_COOKIE) -> str:
    (found,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{name}=")]
    return found


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: TestClient, who: Someone
) -> None:
    parts = cookie_of(log_in(client, who.phone)).split("; ")
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={30 * 86400}"} <= set(parts)
    assert "Secure" not in parts
    assert not any(part.lower().startswith("domain") for part in parts)


def test_the_cookie_travels_over_https_only_where_the_site_does(
    client: TestClient, who: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "base_url", "https://portal.example")
    answer = log_in(client, who.phone)
    assert "Secure" in cookie_of(answer).split("; ")
    assert "max-age" in answer.headers["strict-transport-security"]


def test_staff_are_logged_out_after_half_a_day(client: TestClient, saved: Session) -> None:
    staff = someone(saved, Role.MANAGER, institution=make_institution(saved))
    assert f"Max-Age={12 * 3600}" in cookie_of(log_in(client, staff.phone))


def test_a_login_never_takes_over_a_token_that_was_there_before(
    client: TestClient, saved: Session, who: Someone
) -> None:
    client.cookies.set(LOGIN_COOKIE, "a-token-that-the-attacker-knows")
    answer = log_in(client, who.phone)
    assert "attacker" not in cookie_of(answer)
    planted = token_hash("a-token-that-the-attacker-knows")
    assert saved.scalar(select(LoginSession.id).where(LoginSession.token_hash == planted)) is None


def test_the_database_keeps_no_token(client: TestClient, saved: Session, who: Someone) -> None:
    token = cookie_of(log_in(client, who.phone)).split("; ")[0].partition("=")[2]
    rows = saved.execute(text("SELECT login_session::text FROM login_session")).scalars().all()
    assert rows
    assert not any(token in row for row in rows)


TAMPER: list[Callable[[str], str]] = [
    lambda token: token[:-1],
    lambda token: token[1:],
    lambda token: token + "A",
    lambda token: token.swapcase(),
    lambda token: token[::-1],
    lambda token: f"{token} ",
    lambda token: token[:20] + "\x7f" + token[20:],
    lambda token: "",
    lambda token: "x" * 60_000,
    lambda token: "' OR '1'='1",
    lambda token: "é" * 40,
]


@pytest.mark.parametrize("change", TAMPER)
def test_a_tampered_cookie_is_no_cookie(
    client: TestClient, who: Someone, change: Callable[[str], str]
) -> None:
    changed = change(who.token)
    raw = f"{LOGIN_COOKIE}={changed}".encode()
    answer = client.get("/api/v1/enrolments", headers=[(b"cookie", raw)])
    # Spaces around a value are no part of it.
    assert answer.status_code == (200 if changed.strip() == who.token else 401)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic eDp5", "bearer x y z", "é" * 9])
def test_a_malformed_authorization_header_is_no_login(client: TestClient, header: str) -> None:
    raw = [(b"authorization", header.encode())]
    assert client.get("/api/v1/enrolments", headers=raw).status_code == 401


def test_a_login_ends_with_its_time(client: TestClient, clock: Clock, who: Someone) -> None:
    log_in(client, who.phone)
    token = client.cookies[LOGIN_COOKIE]
    clock.forward(days=30, seconds=-1)
    assert actor_of(client, headers=bearer(token)) == 200
    clock.forward(seconds=1)
    answer = client.get("/me", headers=bearer(token))
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/me")


# Where to go next


EVIL = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    " //evil.example",
    "/ok\r\nSet-Cookie: a=b",
    "/ok\r\nLocation: https://evil.example",
    "evil.example",
    "@evil.example",
    "",
    "/" + "a" * 100_000,
]


@pytest.mark.parametrize("target", EVIL)
def test_a_login_leads_nowhere_but_into_this_site(
    client: TestClient, who: Someone, target: str
) -> None:
    answer = log_in(client, who.phone, next=target)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "a" not in {c.partition("=")[0] for c in answer.headers.get_list("set-cookie")}
    for page in ("/login", "/register") if len(target) < 1000 else ():
        shown = client.get(page, params={"next": target})
        assert shown.status_code == 200
        assert "evil.example" not in shown.text


@pytest.mark.parametrize(
    "target", ["/classes", "/enrol/0190?x=1&y=2", "/.//evil.example", "/%2F/evil.example", "/班级"]
)
def test_a_path_of_this_site_is_kept(client: TestClient, who: Someone, target: str) -> None:
    location = log_in(client, who.phone, next=target).headers["location"]
    assert location.startswith("/")
    assert not location.startswith("//")


def test_of_two_targets_neither_leads_outside(client: TestClient, who: Someone) -> None:
    body = f"login={who.phone}&password={PASSWORD}&next=/classes&next=//evil.example"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/auth/login", content=body.encode(), headers=kind)
    assert answer.headers["location"] in ("/", "/classes")


def test_doubled_fields_log_in_as_one_person_or_not_at_all(
    client: TestClient, saved: Session, who: Someone
) -> None:
    other = someone(saved)
    body = f"login={other.phone}&login={who.phone}&password=x&password={PASSWORD}"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/auth/login?login=" + other.phone, content=body.encode(), headers=kind)
    assert answer.status_code in (303, 401)
    if answer.status_code == 303:
        hashed = token_hash(client.cookies[LOGIN_COOKIE])
        owner = saved.scalar(
            select(LoginSession.account_id).where(LoginSession.token_hash == hashed)
        )
        assert owner == who.account.id


# Logging out


def test_logging_out_ends_this_login_only(
    client: TestClient, browser: Callable[..., TestClient], who: Someone
) -> None:
    other = browser()
    log_in(client, who.phone)
    log_in(other, who.phone)
    token = client.cookies[LOGIN_COOKIE]
    answer = client.post("/auth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert LOGIN_COOKIE not in client.cookies
    assert actor_of(client, headers=bearer(token)) == 401
    assert actor_of(other) == 200


def test_logging_out_everywhere_ends_every_login_of_this_account(
    client: TestClient, browser: Callable[..., TestClient], saved: Session, who: Someone
) -> None:
    other, stranger = browser(), someone(saved)
    log_in(client, who.phone)
    log_in(other, who.phone)
    assert client.post("/auth/logout", data={"everywhere": "1"}).status_code == 303
    assert actor_of(other) == 401
    assert actor_of(client, headers=who.bearer) == 401
    assert actor_of(client, headers=stranger.bearer) == 200


def test_logging_out_without_a_login_does_no_harm(client: TestClient) -> None:
    client.cookies.set(LOGIN_COOKIE, "nonsense")
    assert client.post("/auth/logout", data={"everywhere": "1"}).status_code == 303


def test_logging_out_cannot_be_done_by_a_link(client: TestClient, who: Someone) -> None:
    assert client.get("/auth/logout", headers=who.bearer).status_code == 405
    assert actor_of(client, headers=who.bearer) == 200


def test_logging_out_leads_nowhere_outside(client: TestClient) -> None:
    for target, location in {"//evil.example": "/", "/checkin": "/checkin"}.items():
        answer = client.post("/auth/logout", data={"next": target})
        assert answer.headers["location"] == location


# The elder's version


def test_the_elder_version_is_turned_on_and_off_again(client: TestClient) -> None:
    assert "data-elder>" not in client.get("/login").text
    on = client.post("/elder", headers={"referer": "http://testserver/login?next=/classes"})
    assert (on.status_code, on.headers["location"]) == (303, "/login?next=/classes")
    assert '<html lang="zh-CN" data-elder>' in client.get("/login").text
    client.post("/elder")
    assert '<html lang="zh-CN" data-elder>' not in client.get("/login").text


@pytest.mark.parametrize(
    "referer",
    ["https://evil.example//evil.example", "x", "http://a/\\evil.example", "http://a//b", ""],
)
def test_the_elder_button_leads_nowhere_else(client: TestClient, referer: str) -> None:
    answer = client.post("/elder", headers={"referer": referer})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_a_login_two_days_old_of_the_past_is_refused(saved: Session, client: TestClient) -> None:
    old = someone(saved)
    row = saved.scalars(
        select(LoginSession).where(LoginSession.token_hash == token_hash(old.token))
    ).one()
    row.expires_at = NOW - timedelta(days=2)
    saved.commit()
    assert actor_of(client, headers=old.bearer) == 401
