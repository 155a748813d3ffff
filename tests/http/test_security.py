"""What every answer keeps to, whatever is asked, by whomever: origins, headers, ids, faults."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from httpx2 import Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from starlette.websockets import WebSocketDisconnect

from portal.domain.certificate_number import format_certificate_number
from portal.domain.errors import OriginRefused
from portal.domain.permissions import Permission
from portal.http import verify
from portal.http.context import LOGIN_COOKIE, TICKET_COOKIE
from portal.http.problems import Unexpected
from portal.http.security import pages_policy
from portal.locale.errors import sentence_for
from portal.services import commitment, hot
from portal.settings import get_settings
from tests.http.parts import (
    FOREIGN,
    PASSWORD,
    Room,
    Someone,
    bearer,
    events_of,
    make_room,
    mentions,
    numbers,
    row_counts,
    someone,
)
from tests.http.test_access import TABLE
from tests.support.acts import listed_class
from tests.support.factories import NOW

UNKNOWN = "01890000-0000-7000-8000-000000000000"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
WRITING = [key for key in TABLE if key[0] not in ("GET", "HEAD")]
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/session": {"login": "13800000000", "password": "wrong-one"},
    "/api/v1/enrolments": {"class_id": UNKNOWN},
    "/api/v1/checkins": {"code": "123456"},
    "/teach/sessions/{session_id}/scan.json": {"text": "123456"},
    "/teach/offline/upload": {"items": []},
    "/checkin/kept": {"scans": []},
    "/api/v1/enrolments/{enrolment_id}/offer": {"accept": True},
}

FORMS: dict[str, dict[str, str]] = {
    "/teach/classes/{class_id}/confirm": {"enrolment": UNKNOWN, "present": "1"},
}

SIGNED = {"version": commitment.current().version, "agreed": "1"}


def filled(path: str, value: str = UNKNOWN) -> str:
    """A route's address with every placeholder filled."""
    return re.sub(r"\{\w+\}", value, path.replace("{extension}", "pdf"))


def ask(client: TestClient, method: str, path: str, **kwargs: Any) -> Response:
    if method == "POST" and path in BODIES:
        kwargs.setdefault("json", BODIES[path])
    if method == "POST" and path in FORMS:
        kwargs["data"] = FORMS[path]
    return client.request(method, filled(path), **kwargs)


def fit_to_read(answer: Response) -> bool:
    """Whether a person would understand it: Chinese, no trace, no sentence of a framework."""
    text = STYLE.sub("", answer.text)
    if answer.headers.get("content-type", "").startswith(("text/html", "application/problem")):
        return bool(CHINESE.search(text)) and not FOREIGN.search(text)
    return not FOREIGN.search(text) or "openapi" in text


@dataclass(frozen=True)
class Two:
    """Two institutions, each with a class, a trainee and staff."""

    mine: Room
    theirs: Room


@pytest.fixture(scope="module")
def two(engine: Engine) -> Iterator[Two]:
    with Session(engine, expire_on_commit=False) as session:
        yield Two(make_room(session), make_room(session))


@pytest.fixture(scope="module")
def everybody(two: Two) -> list[dict[str, str]]:
    """Headers of an anonymous visitor, a trainee, an instructor and a manager."""
    room = two.mine
    return [{}, *(who.bearer for who in (room.trainee, room.instructor, room.manager))]


# Where a writing request comes from

FOREIGN_ORIGINS = [
    *("https://evil.example", "null", "http://testserver.evil.example", "http://testserver:81"),
    *("http://[", "http://]", "testserver", "//testserver", "http://evil@testserver", "", "é"),
    *("http://testserver@evil.example", "http://testserver, https://evil.example", "file://"),
]


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_no_other_site_can_write(
    client: TestClient, saved: Session, two: Two, method: str, path: str
) -> None:
    before = row_counts(saved)
    client.cookies.set(LOGIN_COOKIE, two.mine.trainee.token)
    for origin in FOREIGN_ORIGINS:
        headers = [(b"origin", origin.encode()), (b"accept", b"application/json")]
        answer = ask(client, method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused"), origin
        assert "set-cookie" not in answer.headers
    for site in ("cross-site", "same-site", "", "garbage"):
        answer = ask(client, method, path, headers={"sec-fetch-site": site})
        assert answer.status_code == 403, site
        assert sentence_for(OriginRefused()) in answer.text
    assert row_counts(saved) == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://testserver"},
        {"origin": "HTTP://TESTSERVER"},
        {"origin": get_settings().public_url},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://testserver", "sec-fetch-site": "same-origin"},
    ],
)
def test_our_own_pages_and_devices_can(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/auth/logout", headers=headers).status_code == 303


def test_a_link_from_elsewhere_can_be_followed(client: TestClient, room: Room) -> None:
    headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert client.get(f"/c/{room.code()}", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://["])
def test_no_other_site_can_open_a_socket(client: TestClient, origin: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("/_event", headers={"origin": origin}),
    ):
        pass
    assert closed.value.code == 1008


@pytest.mark.parametrize(
    "headers", [{"x-http-method-override": "POST"}, {"x-method-override": "DELETE"}]
)
def test_a_header_does_not_turn_reading_into_writing(
    client: TestClient, saved: Session, two: Two, headers: dict[str, str]
) -> None:
    before = row_counts(saved)
    url = f"/api/v1/enrolments/{two.mine.enrolment.id}?_method=DELETE"
    answer = client.get(url, headers=headers | two.mine.trainee.bearer)
    assert answer.status_code == 405
    assert row_counts(saved) == before


# Headers


def kinds(client: TestClient, two: Two) -> dict[str, Response]:
    """One answer of every kind."""
    trainee, manager = two.mine.trainee.bearer, two.mine.manager.bearer
    return {
        "page": client.get("/login"),
        "personal page": client.get(f"/c/{two.mine.code()}", headers=trainee),
        "redirect": client.get("/me"),
        "data": client.get("/api/v1/enrolments", headers=trainee),
        "sheet": client.get(f"/api/v1/sessions/{two.mine.meeting.id}/attendance", headers=manager),
        "file": client.get("/files/archive.pdf", headers=trainee),
        "problem": client.get("/api/v1/archive"),
        "refused page": client.get("/files/archive.pdf"),
        "no such page": client.get("/nothing/here"),
        "no such method": client.put("/login"),
        "foreign": client.post("/auth/login", headers={"origin": "https://evil.example"}),
        "too large": client.post("/auth/login", content=b"x" * 1_000_001),
        "health": client.get("/healthz"),
        "empty": client.delete(f"/api/v1/enrolments/{UNKNOWN}", headers=trainee),
    }


def test_every_kind_of_answer_carries_the_headers(client: TestClient, two: Two) -> None:
    for kind, answer in kinds(client, two).items():
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff", kind
        assert headers["x-frame-options"] == "DENY", kind
        assert headers["referrer-policy"] == "same-origin", kind
        assert "permissions-policy" in headers, kind
        assert "cache-control" in headers, kind
        assert "access-control-allow-origin" not in headers, kind
        if headers.get("content-type", "").startswith("text/html"):
            policy = headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy, kind
            assert "unsafe-eval" not in policy, kind
            assert "script-src 'self'" in policy, kind


def test_what_is_personal_is_kept_by_nobody_on_the_way(client: TestClient, two: Two) -> None:
    answers = kinds(client, two)
    for kind in ("page", "personal page", "data", "sheet", "file", "problem", "refused page"):
        assert "no-store" in answers[kind].headers["cache-control"], kind
    for url in ("/screen", "/screen.json"):
        address = f"/teach/sessions/{two.mine.meeting.id}{url}"
        answer = client.get(address, headers=two.mine.instructor.bearer)
        assert answer.headers["cache-control"] == "no-store", url


def test_plain_pages_run_no_inline_script_or_foreign_style(client: TestClient, two: Two) -> None:
    for kind, answer in kinds(client, two).items():
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert "'unsafe-inline'" not in answer.headers["content-security-policy"], kind
            assert not re.search(r"<script(?![^>]*\ssrc=\"/)", answer.text), kind
            assert not re.search(r"\s(style|on\w+)=\"", STYLE.sub("", answer.text)), kind


def test_without_built_pages_their_policy_refuses_inline_scripts(tmp_path: Path) -> None:
    policy = pages_policy(tmp_path)
    assert "script-src 'self' ;" in policy
    assert "'unsafe-eval'" not in policy


def test_over_https_browsers_are_told_to_stay_there(
    client: TestClient, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "base_url", "https://portal.example")
    for kind, answer in kinds(client, two).items():
        assert "max-age" in answer.headers["strict-transport-security"], kind


# Somebody else's ids


@pytest.mark.parametrize("back_to_front", [False, True])
def test_ids_of_others_are_not_found_and_nothing_happens(
    client: TestClient, saved: Session, two: Two, back_to_front: bool
) -> None:
    mine, theirs = (two.theirs, two.mine) if back_to_front else (two.mine, two.theirs)
    session_routes = [
        ("GET", "/api/v1/sessions/{}/code"),
        ("GET", "/api/v1/sessions/{}/attendance"),
        ("POST", "/api/v1/sessions/{}/attendance/confirm"),
        ("GET", "/teach/sessions/{}/screen"),
        ("GET", "/teach/sessions/{}/screen.json"),
    ]
    before = row_counts(saved)
    for staff in (mine.instructor, mine.manager):
        for method, path in session_routes:
            url = path.format(theirs.meeting.id)
            answer = client.request(method, url, headers=staff.bearer)
            assert answer.status_code == 404, url
            assert theirs.training_class.title not in answer.text
    url = f"/api/v1/enrolments/{theirs.enrolment.id}"
    assert client.delete(url, headers=mine.trainee.bearer).status_code == 404
    assert row_counts(saved) == before


def test_a_trainee_and_staff_cannot_do_what_the_other_may(
    client: TestClient, saved: Session, two: Two
) -> None:
    room = two.mine
    before = row_counts(saved)
    for (method, path), permission in TABLE.items():
        if permission in (Permission.RUN_SESSION, Permission.CONFIRM_ATTENDANCE):
            url = filled(path, str(room.meeting.id))
            form = FORMS.get(path) if method == "POST" else None
            body = BODIES.get(path) if method == "POST" else None
            answer = client.request(method, url, headers=room.trainee.bearer, data=form, json=body)
        elif permission in (Permission.ENROL, Permission.CHECK_IN, Permission.SEE_OWN_ARCHIVE):
            data = None if path in BODIES or method != "POST" else SIGNED
            answer = ask(client, method, path, headers=room.manager.bearer, data=data)
        else:
            continue
        assert answer.status_code in (303, 403), (method, path)
    assert row_counts(saved) == before


def test_a_revoked_login_is_worth_nothing_on_any_route(client: TestClient, saved: Session) -> None:
    gone = someone(saved)
    client.post("/auth/logout", data={"everywhere": "1"}, headers=gone.bearer)
    before = row_counts(saved)
    for (method, path), permission in TABLE.items():
        if permission is not Permission.PUBLIC:
            signed = SIGNED if path.startswith("/enrol") and method == "POST" else None
            answer = ask(client, method, path, headers=gone.bearer, data=signed)
            assert answer.status_code in (303, 401), (method, path)
    assert row_counts(saved) == before


def test_what_the_client_says_about_itself_is_not_believed(
    client: TestClient, saved: Session, two: Two
) -> None:
    stranger = someone(saved)
    claims = {
        "person_id": str(two.mine.trainee.person.id),
        "role": "manager",
        "institution_id": str(two.mine.institution.id),
        "account_id": str(two.mine.manager.account.id),
    }
    headers = stranger.bearer | {f"x-{name}".replace("_", "-"): v for name, v in claims.items()}
    url = f"/api/v1/sessions/{two.mine.meeting.id}/attendance"
    assert client.get(url, params=claims, headers=headers).status_code == 403
    answer = client.post(
        "/api/v1/checkins", json={"code": two.mine.code()} | claims, headers=headers
    )
    assert answer.json()["code"] == "not_on_roster"
    assert events_of(saved, two.mine.meeting.id) == []


# Methods


@pytest.mark.parametrize(
    "method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "CONNECT", "PROPFIND", "X" * 500]
)
def test_other_methods_do_nothing(
    client: TestClient, saved: Session, everybody: list[dict[str, str]], method: str
) -> None:
    before = row_counts(saved)
    offered = {path for verb, path in TABLE if verb == method}
    for path in sorted({path for _, path in TABLE} - offered):
        for headers in everybody[:2]:
            sent = headers | {"x-secret": "reflect-me"}
            answer = client.request(method, filled(path), headers=sent)
            assert answer.status_code in (404, 405), path
            assert "reflect-me" not in answer.text
            assert method == "HEAD" or fit_to_read(answer), path
    assert row_counts(saved) == before


# Garbage

GARBAGE = [
    *(
        "x",
        "%00",
        "%0d%0aset-cookie:a=b",
        "%F0%28%8C%28",
        "{{7*7}}",
        "%2e%2e%2f" * 5 + "etc%2fpasswd",
    ),
    *("<script>alert(1)</script>", "%E2%80%AE", "a" * 9000, "' OR 1=1 --", "..;/", "%25s%25s", "*"),
]

QUERIED = (
    *("page", "size", "next", "number", "q", "region", "level", "group", "occupation"),
    *("starts_within_days", "institution_id", "has_seats", "registered"),
)


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda text: text[:12])
def test_every_route_answers_garbage_in_chinese(
    client: TestClient, everybody: list[dict[str, str]], garbage: str
) -> None:
    for method, path in TABLE:
        url = filled(path, garbage)
        for headers in everybody:
            query = "&".join(f"{name}={garbage[:2000]}" for name in QUERIED)
            answer = client.request(method, f"{url}?{query}", headers=headers)
            assert answer.status_code < 500, (method, path)
            assert fit_to_read(answer), (method, path)
            assert "<script>alert" not in answer.text
            assert "a=b" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "host",
    ["[", "]", "evil.example", "evil.example:99999", "a b", "", "é", "x" * 5000, "[::1", "@"],
)
def test_no_host_header_breaks_or_enters_an_answer(client: TestClient, two: Two, host: str) -> None:
    raw = (b"host", host.encode())
    key = (b"authorization", f"Bearer {two.mine.instructor.token}".encode())
    urls = ["/api/v1/archive", "/files/archive.pdf", "/me", "/nothing", "/verify/x", "/login"]
    for url in [*urls, f"/api/v1/sessions/{two.mine.meeting.id}/code"]:
        answer = client.get(url, headers=[raw, key])
        assert answer.status_code < 500, url
        assert fit_to_read(answer), url
        assert "evil.example" not in answer.text + str(answer.headers)
    assert client.post("/auth/login", headers=[raw]).status_code < 500


@pytest.mark.parametrize(
    "cookie",
    [
        *(f"{LOGIN_COOKIE}={'x' * 200_000}", "; ".join(f"c{n}={n}" for n in range(5000))),
        *("=", ";;;;", "elder", "elder=1; elder=<b>", f"{LOGIN_COOKIE}=\x00", f"{TICKET_COOKIE}=é"),
        f"{LOGIN_COOKIE}=a; {LOGIN_COOKIE}=b; {TICKET_COOKIE}=c; {TICKET_COOKIE}=d",
    ],
    ids=lambda text: text[:16],
)
def test_no_cookie_breaks_an_answer(client: TestClient, cookie: str) -> None:
    headers = [(b"cookie", cookie.encode())]
    for method, path in TABLE:
        kwargs = {"json": BODIES[path]} if method == "POST" and path in BODIES else {}
        answer = client.request(method, filled(path), headers=headers, **kwargs)
        assert answer.status_code < 500, (method, path)
        assert fit_to_read(answer)
        assert "<b>" not in answer.text


PATHS = sorted({path.split("{")[0] for _, path in TABLE})
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FUZZ = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD"]),
    start=st.sampled_from([*PATHS, "/", "/api/v1/classes/", "/files/", "/teach/", "/me", "/x"]),
    tail=TEXT,
    query=TEXT,
    who=st.integers(0, 3),
)
@example(method="GET", start="/", tail="/evil.example", query="", who=0)
def test_no_address_is_an_error_of_ours(
    client: TestClient,
    everybody: list[dict[str, str]],
    method: str,
    start: str,
    tail: str,
    query: str,
    who: int,
) -> None:
    path = (start + tail).replace("?", "%3F").replace("#", "%23")
    visible = "".join(char if char.isprintable() else f"%{ord(char) % 256:02x}" for char in path)
    answer = client.request(
        method,
        f"http://testserver{visible}",
        params=dict.fromkeys(QUERIED, query),
        headers=everybody[who],
    )
    assert answer.status_code < 500
    assert method == "HEAD" or fit_to_read(answer)
    location = answer.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


@FUZZ
@given(
    key=st.sampled_from(WRITING),
    fields=st.dictionaries(
        st.sampled_from(
            [
                *("login", "password", "next", "name", "id_type", "id_no", "phone", "agreed"),
                *("version", "key", "code", "class_id", "commitment_version", "everywhere"),
            ]
        ),
        ANY_JSON,
    ),
    as_json=st.booleans(),
    who=st.integers(0, 3),
)
def test_no_body_is_an_error_of_ours(
    client: TestClient,
    everybody: list[dict[str, str]],
    key: tuple[str, str],
    fields: dict[str, Any],
    as_json: bool,
    who: int,
) -> None:
    method, path = key
    if path == "/auth/logout":
        return  # it would end the logins of all later examples
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    flat = {
        name: value if isinstance(value, str) else repr(value) for name, value in fields.items()
    }
    sent = (
        {"content": json.dumps(fields).encode(), "headers": {"content-type": kind}}
        if as_json
        else {"data": flat, "headers": {}}
    )
    headers = sent.pop("headers") | everybody[who]
    answer = client.request(method, filled(path), headers=headers, **sent)
    assert answer.status_code < 500
    assert fit_to_read(answer)


@FUZZ
@given(raw=st.binary(max_size=300), key=st.sampled_from(WRITING), kind=TEXT, who=st.integers(0, 3))
def test_no_bytes_are_an_error_of_ours(
    client: TestClient,
    everybody: list[dict[str, str]],
    raw: bytes,
    key: tuple[str, str],
    kind: str,
    who: int,
) -> None:
    method, path = key
    if path == "/auth/logout":
        return
    headers = [(b"content-type", kind.encode())]
    headers += [(name.encode(), value.encode()) for name, value in everybody[who].items()]
    answer = client.request(method, filled(path), content=raw, headers=headers)
    assert answer.status_code < 500
    assert fit_to_read(answer)


# When something of ours breaks

SECRETS = ("990000199001019999", "13812349999", "hunter2-secret", "王二麻", "tok-secret-en")


def broken(*args: object, **kwargs: object) -> Any:
    """Fails as a database does: with the row and the parameters in its message."""
    row = psycopg.errors.CheckViolation(f"DETAIL:  Failing row contains ({', '.join(SECRETS)})")
    raise IntegrityError("INSERT INTO person", {"all": SECRETS}, row)


async def broken_async() -> Any:
    broken()


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch, client: TestClient) -> None:
    """From now on no connection to the database can be had."""
    monkeypatch.setattr(Engine, "connect", broken)
    monkeypatch.setattr(hot, "_connect", broken_async)


def log_of(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged, but for the test's own client."""
    records = [record for record in caplog.records if not record.name.startswith("httpx")]
    return "\n".join(logging.Formatter().format(record) for record in records)


def test_a_fault_is_told_in_chinese_and_logged_without_what_was_typed(
    client: TestClient, fault: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    faults = 0
    headers = {"authorization": f"Bearer {SECRETS[4]}"}
    for method, path in TABLE:
        kwargs: dict[str, Any] = {"json": BODIES[path]} if path in BODIES else {}
        if method == "POST" and not kwargs:
            kwargs = {"data": {"login": SECRETS[1], "password": SECRETS[2], "code": "123456"}}
        answer = client.request(
            method, f"{filled(path)}?id_no={SECRETS[0]}", headers=headers, **kwargs
        )
        assert not [secret for secret in SECRETS if secret in answer.text], path
        assert fit_to_read(answer), path
        if answer.status_code == 500:
            faults += 1
            assert sentence_for(Unexpected()) in answer.text
            assert "no-store" in answer.headers["cache-control"]
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert faults > 20
    written = log_of(caplog)
    assert written.count("unexpected error at") == faults
    assert "IntegrityError" in written  # what, and where it happened
    assert "in in_transaction" in written
    assert not [secret for secret in SECRETS if secret in written]


def test_a_fault_never_reaches_the_server_that_would_log_it(
    app: ASGIApp, fault: None, two: Two
) -> None:
    with TestClient(app, follow_redirects=False, raise_server_exceptions=True) as strict:
        number = format_certificate_number("650400", 2026, 1)
        assert strict.get(f"/verify/{number}").status_code == 500
        problem = strict.get("/api/v1/archive", headers=two.mine.trainee.bearer)
        assert strict.get("/me", headers=two.mine.trainee.bearer).status_code == 500
    assert problem.status_code == 500
    body = problem.json()
    assert (body["status"], body["code"]) == (500, "unexpected")


def test_a_fault_in_a_template_is_told_like_any_other(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def page(*args: object, **kwargs: object) -> Response:
        raise KeyError(SECRETS[0])

    monkeypatch.setattr(verify, "page", page)
    answer = client.get("/verify/x")
    assert answer.status_code == 500
    assert mentions(answer.text, sentence_for(Unexpected()))
    assert "KeyError" in log_of(caplog)
    assert SECRETS[0] not in log_of(caplog)


def test_an_ordinary_day_leaves_nothing_personal_in_the_log(
    client: TestClient, saved: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    phone, id_no = numbers()
    form = {
        "name": "古丽娜尔·买买提",
        "id_type": "resident_id",
        "id_no": id_no,
        "phone": phone,
        "password": "sunflower-72",
        "agreed": "1",
    }
    client.post("/register", data=form | {"name": "王😀"})
    client.post("/register", data=form)
    client.post("/register", data=form)
    token = client.cookies[LOGIN_COOKIE]
    client.cookies.clear()
    client.post("/auth/login", data={"login": phone, "password": "another-9"})
    client.post("/auth/login", data={"login": id_no, "password": form["password"]})
    offered = listed_class(saved)
    client.post("/api/v1/enrolments", json={"class_id": str(offered.id)}, headers=bearer(token))
    client.post("/api/v1/checkins", json={"code": id_no}, headers=bearer(token))
    client.post("/api/v1/session", json={"login": phone, "password": ["another-9"]})
    secrets = (phone, id_no, form["password"], "another-9", token, form["name"])
    written = log_of(caplog)
    assert not [secret for secret in secrets if secret in written]


# Two things at once


def test_a_login_that_ends_in_the_middle_checks_nobody_in(
    client: TestClient, saved: Session, room: Room
) -> None:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    client.get(f"/c/{room.code()}")
    client.post("/auth/logout", data={"everywhere": "1"}, headers=room.trainee.bearer)
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    assert client.post("/checkin").status_code == 401
    assert events_of(saved, room.meeting.id) == []


def test_whoever_left_the_class_cannot_use_a_ticket_of_before(
    client: TestClient, browser: Callable[..., TestClient], saved: Session
) -> None:
    room = make_room(saved, start=NOW + timedelta(minutes=20))
    who: Someone = room.trainee
    client.cookies.set(LOGIN_COOKIE, who.token)
    assert client.get(f"/c/{room.code()}").status_code == 200
    url = f"/api/v1/enrolments/{room.enrolment.id}"
    left = client.delete(url, headers=who.bearer).status_code
    answer = client.post("/checkin")
    assert (left, answer.status_code) in ((204, 403), (409, 200))


def test_a_password_is_asked_for_by_post_only(client: TestClient, saved: Session) -> None:
    who = someone(saved)
    query = {"login": who.phone, "password": PASSWORD}
    assert client.get("/auth/login", params=query).status_code == 405
    posted = client.post("/auth/login", params=query)
    assert posted.status_code in (401, 429)
    assert LOGIN_COOKIE not in client.cookies
