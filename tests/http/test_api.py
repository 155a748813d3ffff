"""The JSON API: the shapes of the contract, and an answer with a code to whatever is sent."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Enrolment, TrainingClass
from portal.domain.checkin_code import Phase
from portal.domain.errors import CannotCancel, TimeConflict, Unauthenticated
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale.errors import sentence_for
from portal.services import commitment
from tests.http.conftest import Clock
from tests.http.parts import (
    FOREIGN,
    MINUTE,
    PASSWORD,
    START,
    Room,
    Someone,
    bearer,
    classmate,
    events_of,
    make_room,
    numbers,
    row_counts,
    someone,
)
from tests.support.acts import listed_class
from tests.support.factories import NOW, make_institution

API = "/api/v1"
UNKNOWN = "01890000-0000-7000-8000-000000000000"
CODES = {
    *("bad_input", "unauthenticated", "forbidden", "not_found", "seats_gone", "already_enrolled"),
    *("time_conflict", "enrolment_closed", "not_eligible", "code_expired", "code_invalid"),
    *("not_on_roster", "outside_window", "too_many_attempts", "origin_refused"),
}


@pytest.fixture
def who(saved: Session) -> Someone:
    return someone(saved)


@pytest.fixture
def offered(saved: Session) -> TrainingClass:
    return listed_class(saved)


def problem(answer: Response, code: str, status: int) -> dict[str, Any]:
    """The body of a refusal, checked against RFC 9457 and the contract."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert code in CODES
    assert (body["code"], body["status"], answer.status_code) == (code, status, status)
    assert body["type"] == f"/problems/{code}"
    assert re.search(r"[\u4e00-\u9fff]", body["title"])
    assert not FOREIGN.search(answer.text)
    return body


def moment(text: str) -> datetime:
    """A time of the API; it must say its zone."""
    parsed = datetime.fromisoformat(text)
    assert parsed.tzinfo is not None
    return parsed


def enrol(
    client: TestClient, who: Someone, class_id: object, key: str | None = None, **body: bool
) -> Response:
    headers = who.bearer | ({"idempotency-key": key} if key else {})
    wanted = {"class_id": str(class_id)} | body
    return client.post(f"{API}/enrolments", json=wanted, headers=headers)


# Session


def test_a_session_gives_a_cookie_and_a_token(client: TestClient, who: Someone) -> None:
    answer = client.post(f"{API}/session", json={"login": who.phone, "password": PASSWORD})
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert body["role"] == "trainee"
    assert moment(body["expires_at"]) == NOW + timedelta(days=30)
    assert client.cookies[LOGIN_COOKIE] == body["token"]
    client.cookies.clear()
    assert client.get(f"{API}/enrolments", headers=bearer(body["token"])).status_code == 200


def test_wrong_and_unknown_get_the_same_problem(client: TestClient, who: Someone) -> None:
    bodies = [
        problem(
            client.post(f"{API}/session", json={"login": login, "password": "wrong"}),
            "unauthenticated",
            401,
        )
        for login in (who.phone, numbers()[0])
    ]
    assert bodies[0] == bodies[1]


def test_too_many_tries_are_told_how_long_to_wait(client: TestClient, who: Someone) -> None:
    wrong = {"login": who.phone, "password": "wrong"}
    for _ in range(5):
        client.post(f"{API}/session", json=wrong)
    answer = client.post(f"{API}/session", json=wrong)
    problem(answer, "too_many_attempts", 429)
    assert int(answer.headers["retry-after"]) > 0


def test_tries_at_both_doors_count_together(client: TestClient, who: Someone) -> None:
    for _ in range(3):
        client.post(f"{API}/session", json={"login": who.phone, "password": "wrong"})
        client.post("/auth/login", data={"login": who.id_no, "password": "wrong"})
    answer = client.post(f"{API}/session", json={"login": who.phone, "password": PASSWORD})
    problem(answer, "too_many_attempts", 429)


# Classes and institutions

CLASS = {
    *("id", "title", "region_code", "institution", "occupation_code", "level", "hours"),
    *("starts_on", "ends_on", "capacity", "seats_left", "status"),
}


def test_the_list_of_classes_has_the_shape_of_the_contract(
    client: TestClient, offered: TrainingClass
) -> None:
    answer = client.get(f"{API}/classes", params={"size": 50})
    body = answer.json()
    assert body.keys() >= {"items", "page", "size", "total"}
    assert (body["page"], body["size"]) == (1, 50)
    found = next(item for item in body["items"] if item["id"] == str(offered.id))
    assert found.keys() >= CLASS
    assert found["institution"].keys() >= {"id", "name"}
    assert (found["starts_on"], found["seats_left"]) == ("2026-12-08", 30)
    assert body["total"] >= len(body["items"])


def test_a_list_of_classes_has_the_sessions_of_each(
    client: TestClient, offered: TrainingClass
) -> None:
    body = client.get(f"{API}/classes?size=50").json()
    assert body.keys() >= {"items", "page", "size", "total"}
    assert "sessions" not in body
    found = {item["id"]: item for item in body["items"]}[str(offered.id)]
    assert [meeting["hours"] for meeting in found["sessions"]] == [4, 4]
    assert found["sessions"] == sorted(found["sessions"], key=lambda one: one["starts_at"])


def test_a_class_has_its_sessions(client: TestClient, offered: TrainingClass) -> None:
    body = client.get(f"{API}/classes/{offered.id}").json()
    assert body.keys() >= CLASS | {"sessions"}
    shape = {"id", "starts_at", "ends_at", "hours"}
    assert all(meeting.keys() >= shape for meeting in body["sessions"])
    assert [meeting["hours"] for meeting in body["sessions"]] == [4, 4]
    assert moment(body["sessions"][0]["starts_at"]) == NOW + timedelta(days=7)


def test_the_list_of_institutions_has_the_shape_of_a_list(
    client: TestClient, offered: TrainingClass
) -> None:
    body = client.get(f"{API}/institutions").json()
    assert body.keys() == {"items", "page", "size", "total"}
    assert {"id", "name"} <= body["items"][0].keys()


@pytest.mark.parametrize("path", ["classes", "institutions", "enrolments"])
@pytest.mark.parametrize(
    ("page", "size"),
    [
        ("0", "0"),
        ("-5", "-5"),
        ("1", "100000"),
        ("9" * 30, "20"),
        ("9223372036854775807", "9" * 40),
    ],
)
def test_page_and_size_are_brought_into_range(
    client: TestClient, who: Someone, offered: TrainingClass, path: str, page: str, size: str
) -> None:
    answer = client.get(f"{API}/{path}", params={"page": page, "size": size}, headers=who.bearer)
    body = answer.json()
    assert answer.status_code == 200
    assert 1 <= body["size"] <= 100
    assert body["page"] >= 1
    assert len(body["items"]) <= body["size"]


@pytest.mark.parametrize("path", ["classes", "institutions", "enrolments"])
@pytest.mark.parametrize(
    "value", ["x", "", "1.5", "1e9", "９９", "true", "9" * 5000, "0x10", "\u0000"]
)
def test_a_page_that_is_no_number_is_named(
    client: TestClient, who: Someone, path: str, value: str
) -> None:
    answer = client.get(f"{API}/{path}", params={"page": value}, headers=who.bearer)
    if answer.status_code != 200:  # full-width digits are digits
        assert problem(answer, "bad_input", 400)["field"] == "page"


@pytest.mark.parametrize(
    "query",
    [
        *(
            "q=%00",
            "q=%F0%28",
            "q=" + "电" * 200,
            "q=%",
            "q=\\",
            "q='",
            "q=😀",
            "q=&q=a&q=b",
            "q=%25_",
        ),
        *("level=1", "level=", "region=650402", "region=", "unknown=1", "size[]=1", "q[]=1"),
    ],
)
def test_a_strange_search_is_answered(client: TestClient, query: str) -> None:
    answer = client.get(f"{API}/classes?{query}")
    assert answer.status_code == 200
    assert not FOREIGN.search(answer.text)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *((f"region={value}", "region") for value in ("x", "%00", "123", "999999", "6" * 12)),
        *((f"level={value}", "level") for value in ("9", "x", "%00", "-1", "1.5", "9" * 10)),
        *((f"occupation={value}", "occupation") for value in ("x", "%00", "9-99-99-99")),
        *((f"group={value}", "group") for value in ("x", "%00", "DETAINEE")),
        *((f"{name}={'x' * 1000}", name) for name in ("q", "region", "level", "group")),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(client: TestClient, query: str, field: str) -> None:
    assert problem(client.get(f"{API}/classes?{query}"), "bad_input", 400)["field"] == field


IDS = ["x", "0" * 36, UNKNOWN, "%00", "a" * 5000, "..", "null", "班级"]


@pytest.mark.parametrize("raw", IDS)
@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/classes/{}", None),
        ("DELETE", "/enrolments/{}", Role.TRAINEE),
        ("GET", "/sessions/{}/code", Role.MANAGER),
        ("GET", "/sessions/{}/attendance", Role.MANAGER),
        ("POST", "/sessions/{}/attendance/confirm", Role.MANAGER),
    ],
)
def test_an_id_of_nothing_is_not_found(
    client: TestClient,
    people: dict[Role, Someone],
    method: str,
    path: str,
    role: Role | None,
    raw: str,
) -> None:
    headers = people[role].bearer if role else {}
    answer = client.request(method, API + path.format(raw), headers=headers)
    if raw == "..":
        assert answer.status_code in (200, 401, 404, 405)  # another address altogether
    else:
        problem(answer, "not_found", 404)


@pytest.fixture(scope="module")
def people(engine: Any) -> Iterator[dict[Role, Someone]]:
    with Session(engine, expire_on_commit=False) as session:
        institution = make_institution(session)
        yield {
            Role.TRAINEE: someone(session),
            Role.MANAGER: someone(session, Role.MANAGER, institution=institution),
        }


# Enrolments


def test_an_enrolment_has_the_shape_of_the_contract(
    client: TestClient, who: Someone, offered: TrainingClass
) -> None:
    answer = enrol(client, who, offered.id)
    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() >= {"id", "class_id", "status", "waitlist_position"}
    assert (body["class_id"], body["status"]) == (str(offered.id), "accepted")
    assert body["waitlist_position"] is None
    listed = client.get(f"{API}/enrolments", headers=who.bearer).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, body["id"])
    assert listed["items"][0].keys() >= {"id", "class_id", "status", "waitlist_position"}


def test_the_same_key_answers_the_same_enrolment(
    client: TestClient, who: Someone, offered: TrainingClass
) -> None:
    first, second = (enrol(client, who, offered.id, key="k-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_the_same_key_for_another_class_is_refused(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    enrol(client, who, offered.id, key="k-1")
    other = listed_class(saved, first_start=NOW + timedelta(days=40))
    problem(enrol(client, who, other.id, key="k-1"), "bad_input", 400)


@pytest.mark.parametrize("key", [b"x" * 201, b"\xff\x00", b"a\x07b", "键".encode(), b"x" * 50_000])
def test_a_strange_key_makes_no_error_of_ours(
    client: TestClient, who: Someone, offered: TrainingClass, key: bytes
) -> None:
    headers = [(b"idempotency-key", key), (b"authorization", f"Bearer {who.token}".encode())]
    body = {"class_id": str(offered.id)}
    answer = client.post(f"{API}/enrolments", json=body, headers=headers)
    assert answer.status_code in (201, 400)


def test_refusals_of_enrolling_have_their_codes(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    full = listed_class(saved, capacity=1, seats_taken=1)
    problem(enrol(client, who, full.id, wait=False), "seats_gone", 409)
    waiting = enrol(client, who, full.id)
    assert (waiting.status_code, waiting.json()["status"]) == (202, "waitlisted")
    assert waiting.json()["waitlist_position"] == 1
    running = listed_class(saved, status="running")
    problem(enrol(client, who, running.id), "enrolment_closed", 409)
    problem(enrol(client, who, uuid4()), "not_found", 404)
    problem(enrol(client, who, "x"), "not_found", 404)
    assert enrol(client, who, offered.id).status_code == 201
    problem(enrol(client, who, offered.id), "already_enrolled", 409)
    same_time = listed_class(saved)
    body = problem(enrol(client, who, same_time.id), "time_conflict", 409)
    assert body["detail"] == sentence_for(TimeConflict(title=offered.title))


def test_only_the_commitment_in_force_can_be_signed(
    client: TestClient, who: Someone, offered: TrainingClass
) -> None:
    body = {"class_id": str(offered.id), "commitment_version": "2020-01"}
    answer = client.post(f"{API}/enrolments", json=body, headers=who.bearer)
    assert problem(answer, "bad_input", 400)["field"] == "commitment"
    body["commitment_version"] = commitment.current().version
    assert client.post(f"{API}/enrolments", json=body, headers=who.bearer).status_code == 201


def test_giving_a_seat_back_is_done_once_and_answered_twice(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    made = enrol(client, who, offered.id).json()["id"]
    for _ in range(2):
        answer = client.delete(f"{API}/enrolments/{made}", headers=who.bearer)
        assert (answer.status_code, answer.content) == (204, b"")
    taken = select(TrainingClass.seats_taken).where(TrainingClass.id == offered.id)
    assert saved.scalar(taken) == 0
    assert enrol(client, who, offered.id).status_code == 201


def test_a_class_that_has_begun_cannot_be_left(
    client: TestClient, clock: Clock, room: Room
) -> None:
    clock.at = START
    url = f"{API}/enrolments/{room.enrolment.id}"
    body = problem(client.delete(url, headers=room.trainee.bearer), "enrolment_closed", 409)
    assert body["detail"] == sentence_for(CannotCancel(phone=room.institution.contact_phone))


# Codes, check-ins, attendance


def code_of(client: TestClient, room: Room) -> dict[str, Any]:
    url = f"{API}/sessions/{room.meeting.id}/code"
    body: dict[str, Any] = client.get(url, headers=room.instructor.bearer).json()
    return body


def check_in(client: TestClient, who: Someone, code: str) -> Response:
    return client.post(f"{API}/checkins", json={"code": code}, headers=who.bearer)


def test_the_code_of_a_session_has_the_shape_of_the_contract(
    client: TestClient, room: Room
) -> None:
    body = code_of(client, room)
    assert body.keys() >= {"code", "numeric", "url", "expires_at", "period_s"}
    assert re.fullmatch(r"[0-9]{6}", body["numeric"])
    assert body["url"].endswith(f"/c/{body['code']}")
    assert body["period_s"] == 15
    assert NOW < moment(body["expires_at"]) <= NOW + timedelta(seconds=15)


@pytest.mark.parametrize("form", ["code", "url", "numeric"])
def test_a_check_in_has_the_shape_of_the_contract(
    client: TestClient, room: Room, clock: Clock, form: str
) -> None:
    code = code_of(client, room)[form]
    body = check_in(client, room.trainee, code).json()
    assert body.keys() >= {"session_id", "phase", "recorded_at", "repeated"}
    assert (body["session_id"], body["phase"]) == (str(room.meeting.id), "in")
    assert (moment(body["recorded_at"]), body["repeated"]) == (NOW, False)
    clock.forward(seconds=5)
    again = check_in(client, room.trainee, code).json()
    assert (moment(again["recorded_at"]), again["repeated"]) == (NOW, True)


def test_refusals_of_a_check_in_have_their_codes(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    code = room.code()
    problem(check_in(client, someone(saved), code), "not_on_roster", 403)
    problem(check_in(client, room.instructor, code), "forbidden", 403)
    problem(check_in(client, room.trainee, code[:-1] + "!"), "code_invalid", 400)
    problem(client.post(f"{API}/checkins", json={"code": code}), "unauthenticated", 401)
    clock.forward(seconds=61)
    problem(check_in(client, room.trainee, code), "code_expired", 410)
    clock.at = room.meeting.sign_in_until + MINUTE
    problem(check_in(client, room.trainee, room.code(clock.at)), "outside_window", 409)
    assert events_of(saved, room.meeting.id) == []


def test_guessing_digits_is_stopped(client: TestClient, room: Room) -> None:
    wrong = f"{(int(room.digits()) + 1) % 10**6:06d}"
    answers = [check_in(client, room.trainee, wrong) for _ in range(12)]
    problem(answers[-1], "too_many_attempts", 429)
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_code_outside_the_windows_is_not_shown(
    client: TestClient, clock: Clock, room: Room
) -> None:
    clock.at = room.meeting.sign_in_from - MINUTE
    url = f"{API}/sessions/{room.meeting.id}/code"
    problem(client.get(url, headers=room.manager.bearer), "outside_window", 409)


def test_the_sheet_is_read_and_confirmed(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    absent = classmate(saved, room, name="古丽娜尔")
    check_in(client, room.trainee, room.code())
    clock.at = room.meeting.ends_at
    check_in(client, room.trainee, room.code(clock.at, Phase.OUT))
    url = f"{API}/sessions/{room.meeting.id}/attendance"
    early = client.get(url, headers=room.instructor.bearer)
    rows = {row["name"]: row for row in early.json()["rows"]}
    assert rows[room.trainee.person.name]["state"] == "present"
    assert early.json()["confirmed_at"] is None
    for who in (room.trainee, absent):
        assert who.id_no not in early.text
        assert who.phone not in early.text
    confirmed = client.post(f"{url}/confirm", headers=room.instructor.bearer)
    assert moment(confirmed.json()["confirmed_at"]) == clock.at
    hours = {row["name"]: row["credited_hours"] for row in confirmed.json()["rows"]}
    assert hours == {room.trainee.person.name: 4, "古丽娜尔": 0}
    again = client.post(f"{url}/confirm", headers=room.manager.bearer)
    assert (again.status_code, again.json()) == (200, confirmed.json())


def test_a_sheet_cannot_be_confirmed_before_the_end(client: TestClient, room: Room) -> None:
    url = f"{API}/sessions/{room.meeting.id}/attendance/confirm"
    problem(client.post(url, headers=room.manager.bearer), "outside_window", 409)


def test_the_archive_holds_no_whole_number(client: TestClient, room: Room) -> None:
    answer = client.get(f"{API}/archive", headers=room.trainee.bearer)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["holder"]["name"] == room.trainee.person.name
    assert room.trainee.id_no not in answer.text
    assert room.trainee.phone not in answer.text


# Bodies that are none

BODIES = [
    ("/session", {"login": "13900000001", "password": "wrong-one"}),
    ("/enrolments", {"class_id": UNKNOWN, "commitment_version": "x"}),
    ("/checkins", {"code": "123456"}),
]
FIELDS = [(path, body, field) for path, body in BODIES for field in body]
VALUES: list[Any] = [
    *(None, True, 0, -1, 10**300, 1.5, [], ["x"], {}, {"x": "y"}, [[[]]]),
    *("", " ", "\u0000", "a\u0000b", "\ud800", "a\udfffb", "😀", "\u202e", "\ufffe", "x" * 5000),
    *(
        "' OR 1=1 --",
        "{0}",
        "{name}",
        "%s",
        "<script>",
        "１２３４５６",
        "0" * 36,
        "\x7f",
        "\r\nx: y",
    ),
]


def send(client: TestClient, path: str, raw: bytes, who: Someone, kind: str | None) -> Response:
    headers = who.bearer | ({"content-type": kind} if kind is not None else {})
    return client.post(API + path, content=raw, headers=headers)


def answered(answer: Response) -> bool:
    """Whether it is a refusal of the contract, in Chinese; an error of ours is none."""
    body = problem(answer, answer.json()["code"], answer.status_code)
    return answer.status_code < 500 and not FOREIGN.search(json.dumps(body))


@pytest.mark.parametrize(("path", "body", "field"), FIELDS)
def test_a_strange_value_in_any_field_is_refused_and_not_an_error(
    client: TestClient, saved: Session, who: Someone, path: str, body: dict[str, str], field: str
) -> None:
    before = row_counts(saved)
    for value in VALUES:
        raw = json.dumps(body | {field: value}).encode()
        assert answered(send(client, path, raw, who, "application/json")), repr(value)[:50]
        if isinstance(value, str):
            continue
        if value is None and field == "commitment_version":
            continue  # may be left out
        answer = send(client, path, raw, who, "application/json")
        assert problem(answer, "bad_input", 400)["field"] == field
    tries = {"login_attempt"}
    after = row_counts(saved)
    assert {k: v for k, v in after.items() if k not in tries} == {
        k: v for k, v in before.items() if k not in tries
    }


RAW = [
    *(b"", b"{", b"null", b"[]", b"\x00", b"\xff\xfe", b'"x"', b"1", b"NaN", b"{}", b"}" * 99),
    *(b"[" * 100_000, b'{"a":' * 50_000, b'{"login": 1' + b"0" * 5000 + b"}"),
    *(b'{"login": "\xc3\x28"}', '{"login": "电"}'.encode("utf-16"), b'\xef\xbb\xbf{"login": "x"}'),
    *(b'{"login": "a", "login": {}}', b"login=a&password=b", b"<xml/>"),
]


@pytest.mark.parametrize("path", [path for path, _ in BODIES])
@pytest.mark.parametrize("raw", RAW, ids=lambda raw: repr(raw[:12]))
def test_a_body_that_is_none_is_refused_and_not_an_error(
    client: TestClient, who: Someone, path: str, raw: bytes
) -> None:
    assert problem(send(client, path, raw, who, "application/json"), "bad_input", 400)


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "",
            "x",
            "a/b/c",
        ),
        *("application/json; charset=nonsense", "application/xml", "; ;", "application/json\u00e9"),
        "multipart/form-data; boundary=x",
    ],
)
@pytest.mark.parametrize("path", [path for path, _ in BODIES])
def test_a_body_of_another_kind_is_refused_and_not_an_error(
    client: TestClient, who: Someone, path: str, kind: str
) -> None:
    raw = json.dumps(dict(BODIES)[path]).encode()
    headers = [
        (b"content-type", kind.encode()),
        (b"authorization", f"Bearer {who.token}".encode()),
    ]
    assert answered(client.post(API + path, content=raw, headers=headers))


FORMS = ["/auth/login", "/register", "/checkin", "/checkin/code", "/enrol/x", "/auth/logout"]


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "application/json",
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=",
        ),
        *("multipart/form-data; boundary=x", "multipart/form-data; boundary=x; charset=nonsense"),
        *("", "application/x-www-form-urlencoded; charset=nonsense"),
    ],
)
@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\x00", b"=&=&=", b"login=%FF%FE&password=%00", b"--x", b"a=" * 5000, b"{}"),
        b'--x\r\nContent-Disposition: form-data; name="login"; filename="a"\r\n\r\nx\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\xff\xfe\r\n--x--\r\n',
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_a_form_that_is_none_is_answered_in_chinese(
    client: TestClient, who: Someone, kind: str, raw: bytes
) -> None:
    for path in FORMS:
        headers = who.bearer | {"content-type": kind}
        answer = client.post(path, content=raw, headers=headers)
        assert answer.status_code < 500, path
        if answer.status_code != 303:
            assert answer.headers["content-type"].startswith("text/html")
            assert not FOREIGN.search(_without_style(answer.text))


def _without_style(text: str) -> str:
    return re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


# Bodies that are too much

TEN_MEGABYTES = 10_000_000


@pytest.mark.parametrize("path", ["/api/v1/session", "/api/v1/checkins", "/register", "/checkin"])
def test_ten_megabytes_are_too_much(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b"x" * TEN_MEGABYTES)
    assert answer.status_code == 413
    if path.startswith("/api"):
        problem(answer, "bad_input", 413)
    else:
        assert "1 MB" in answer.text


def chunks(count: int, served: list[int]) -> Iterator[bytes]:
    for number in range(count):
        served.append(number)
        yield b"x" * 100_000


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/session", "application/json"),
        ("/register", "application/x-www-form-urlencoded"),
        ("/auth/login", "multipart/form-data; boundary=x"),
        ("/checkin", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_without_a_length_is_counted_as_it_comes(
    client: TestClient, path: str, kind: str
) -> None:
    answer = client.post(path, content=chunks(30, []), headers={"content-type": kind})
    assert answer.status_code == 413
    assert "1 MB" in answer.text


@pytest.mark.parametrize("length", ["abc", "-1", "1e9", "²", "9" * 5000, "+5", " ", "1, 2"])
def test_a_length_that_is_none_is_not_believed(client: TestClient, length: str) -> None:
    headers = [
        (b"content-length", length.encode("latin-1")),
        (b"content-type", b"application/json"),
    ]
    answer = client.post(f"{API}/session", content=b"{}", headers=headers)
    assert problem(answer, "bad_input", answer.status_code)
    assert answer.status_code in (400, 413)


def test_a_body_as_large_as_allowed_is_read(client: TestClient) -> None:
    body = {"login": "x" * 999_000, "password": ""}
    answer = client.post(f"{API}/session", json=body)
    assert problem(answer, "bad_input", 400)["field"] == "login"


# The rest


def test_methods_that_are_not_offered_are_named(client: TestClient) -> None:
    answer = client.put(f"{API}/classes", json={})
    assert answer.headers["allow"] == "GET"
    problem(answer, "bad_input", 405)


def test_no_such_address_is_a_problem_too(client: TestClient) -> None:
    for path in ("/api/v1/nothing", "/api/", "/api/v2/classes"):
        problem(client.get(path), "not_found", 404)


def test_the_description_names_every_address_of_the_contract(client: TestClient) -> None:
    described = client.get(f"{API}/openapi.json").json()["paths"]
    assert {path for path in described if not path.startswith(API)} == set()
    assert len(described) >= 12


def test_nobody_enrols_by_reading(client: TestClient, saved: Session, who: Someone) -> None:
    make_room(saved)
    before = row_counts(saved)
    for path in ("/classes", "/institutions", "/enrolments", "/archive"):
        assert client.get(API + path, headers=who.bearer).status_code == 200
    assert row_counts(saved) == before
    assert saved.scalar(select(func.count()).where(Enrolment.person_id == who.person.id)) == 0


def test_the_sentence_of_each_problem_is_that_of_the_page(client: TestClient) -> None:
    body = problem(client.get(f"{API}/archive"), "unauthenticated", 401)
    assert body["detail"] == sentence_for(Unauthenticated())
