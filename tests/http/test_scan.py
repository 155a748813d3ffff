"""From the scanned code to the result: one page, one post, no script, and every way to cheat."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import TrainingClass
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.calling_off import ClassCalledOff
from portal.domain.checkin_code import Phase, ReadCode, ScanTicket
from portal.domain.errors import (
    CodeExpired,
    CodeInvalid,
    NotOnRoster,
    OutsideWindow,
    PortalError,
    Unauthenticated,
    WrongCredentials,
)
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE, TICKET_COOKIE
from portal.http.signals import DEVICE_COOKIE
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services.checkin_codes import device_mark
from portal.services.times import clock_text
from portal.settings import ROOT
from tests.http.conftest import Clock
from tests.http.parts import (
    MINUTE,
    PASSWORD,
    START,
    Room,
    Someone,
    classmate,
    events_of,
    make_room,
    mentions,
    row_counts,
    someone,
)
from tests.support.factories import NOW

SCAN_SECONDS = 600


class Parts(HTMLParser):
    """What stands on a page: its tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def with_id(self, test_id: str) -> list[dict[str, str]]:
        return [attrs for _, attrs in self.tags if attrs.get("data-testid") == test_id]


def sign_in(client: TestClient, who: Someone) -> None:
    client.cookies.set(LOGIN_COOKIE, who.token)


def scan(client: TestClient, room: Room, **kwargs: object) -> Response:
    return client.get(f"/c/{room.code(**kwargs)}")  # type: ignore[arg-type]


def result_of(answer: Response) -> str:
    """The phase that a result page tells of, or the code of its refusal."""
    (found,) = Parts(answer.text).with_id("checkin-result")
    return found.get("data-phase") or found["data-code"]


def told(answer: Response, error: PortalError) -> bool:
    return answer.status_code == error.status and mentions(answer.text, sentence_for(error))


# The page after the scan


def test_a_scan_before_any_login_hands_out_the_ticket_and_one_button(
    client: TestClient, room: Room
) -> None:
    answer = scan(client, room)
    assert answer.status_code == 200
    cookie, device = answer.headers.get_list("set-cookie")
    assert device.startswith("portal_device=")
    assert cookie.startswith(f"{TICKET_COOKIE}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={SCAN_SECONDS}"} <= set(
        cookie.split("; ")
    )
    assert len(Parts(answer.text).with_id("checkin-submit")) == 1
    assert mentions(answer.text, room.training_class.title)
    assert mentions(answer.text, room.institution.name)
    assert answer.headers["cache-control"] == "no-store"


def test_somebody_signed_in_sees_one_button_and_no_field(client: TestClient, room: Room) -> None:
    sign_in(client, room.trainee)
    parts = Parts(scan(client, room).text)
    assert len(parts.with_id("checkin-submit")) == 1
    assert [field for field in parts.all("input") if field["type"] != "hidden"] == []


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_page_and_all_it_needs_weigh_less_than_twenty_thousand_bytes(
    client: TestClient, room: Room, signed_in: bool
) -> None:
    if signed_in:
        sign_in(client, room.trainee)
    pages = [scan(client, room)]
    pages.append(client.post("/checkin"))
    for page in pages:
        parts = Parts(page.text)
        files = [tag["src"] for tag in parts.all("script")]
        files += [tag["href"] for tag in parts.all("link")]
        assert all(tag.get("src", "").startswith("data:") for tag in parts.all("img"))
        assert sorted(files) == ["/device.js", "/icon.svg"]
        weight = sum((ROOT / "assets" / file[1:]).stat().st_size for file in files)
        assert len(page.content) + weight < 20_000


def test_the_page_works_without_a_script(client: TestClient, room: Room) -> None:
    parts = Parts(scan(client, room).text)
    assert [tag["src"] for tag in parts.all("script")] == ["/device.js"]
    assert not any(name.startswith("on") for _, attrs in parts.tags for name in attrs)
    form = next(form for form in parts.all("form") if form["action"] == "/checkin")
    assert form["method"] == "post"


def test_opening_a_code_changes_nothing_in_the_database(
    client: TestClient, saved: Session, room: Room
) -> None:
    before = row_counts(saved)
    scan(client, room)
    sign_in(client, room.trainee)
    scan(client, room)
    client.get("/c/nonsense")
    assert row_counts(saved) == before


# Checking in


def test_signed_in_the_post_records_the_coming_at_the_time_of_the_scan(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee)
    scan(client, room)
    clock.forward(minutes=4)
    answer = client.post("/checkin")
    assert (answer.status_code, result_of(answer)) == (200, "in")
    assert clock_text(NOW) in answer.text
    assert clock_text(clock.at) not in answer.text
    assert mentions(answer.text, t("scan.on_time"))
    assert mentions(answer.text, "王*强")
    assert room.trainee.person.name not in answer.text
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


@pytest.mark.parametrize("by", ["phone", "id_no"])
def test_signed_out_one_post_logs_in_and_checks_in(
    client: TestClient, saved: Session, room: Room, by: str
) -> None:
    scan(client, room)
    data = {"login": getattr(room.trainee, by), "password": PASSWORD}
    answer = client.post("/checkin", data=data)
    assert (answer.status_code, result_of(answer)) == (200, "in")
    assert client.get("/api/v1/enrolments").status_code == 200
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_a_wrong_password_keeps_the_ticket_and_what_was_typed(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    scan(client, room)
    clock.forward(minutes=3)  # by now the code itself has long expired
    data = {"login": room.trainee.phone, "password": "not-it"}
    wrong = client.post("/checkin", data=data)
    assert told(wrong, WrongCredentials())
    assert f'value="{room.trainee.phone}"' in wrong.text
    assert "not-it" not in wrong.text
    assert events_of(saved, room.meeting.id) == []
    right = client.post("/checkin", data=data | {"password": PASSWORD})
    assert result_of(right) == "in"


def test_too_many_wrong_passwords_on_the_scan_page_must_wait_too(
    client: TestClient, room: Room
) -> None:
    scan(client, room)
    data = {"login": room.trainee.phone, "password": "not-it"}
    answers = [client.post("/checkin", data=data) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert client.post("/checkin", data=data | {"password": PASSWORD}).status_code == 429


def test_the_button_without_a_login_asks_for_one_and_keeps_the_ticket(
    client: TestClient, room: Room
) -> None:
    scan(client, room)
    answer = client.post("/checkin")
    assert told(answer, Unauthenticated())
    assert Parts(answer.text).with_id("login-password")
    sign_in(client, room.trainee)
    assert result_of(client.post("/checkin")) == "in"


def test_a_login_that_has_ended_is_asked_for_again(
    client: TestClient, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee)
    scan(client, room)
    client.cookies.set(LOGIN_COOKIE, "gone")
    answer = client.post("/checkin")
    assert told(answer, Unauthenticated())
    assert Parts(answer.text).with_id("login-password")


def test_the_second_post_answers_the_first_time(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee)
    scan(client, room)
    client.post("/checkin")
    clock.forward(minutes=5)
    scan(client, room, at=clock.at)
    again = client.post("/checkin")
    assert (again.status_code, result_of(again)) == (200, "in")
    assert clock_text(NOW) in again.text
    assert mentions(again.text, t("scan.repeated"))
    assert len(events_of(saved, room.meeting.id)) == 1


def test_posts_at_once_record_one_coming(client: TestClient, saved: Session, room: Room) -> None:
    sign_in(client, room.trainee)
    scan(client, room)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: client.post("/checkin"), range(12)))
    assert [answer.status_code for answer in answers] == [200] * 12
    receipts = {re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", answer.text)[0] for answer in answers}  # type: ignore[index]
    assert len(receipts) == 1
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_coming_late_is_said_in_minutes(client: TestClient, clock: Clock, room: Room) -> None:
    clock.at = START + 20 * MINUTE
    sign_in(client, room.trainee)
    scan(client, room, at=clock.at)
    answer = client.post("/checkin")
    assert mentions(answer.text, t("scan.late", minutes=20))
    assert not mentions(answer.text, t("scan.on_time"))


def test_at_the_end_the_same_two_steps_sign_out(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    clock.at = room.meeting.ends_at
    sign_in(client, room.trainee)
    page = scan(client, room, at=clock.at, phase=Phase.OUT)
    assert mentions(page.text, t("scan.out_button"))
    answer = client.post("/checkin")
    assert (answer.status_code, result_of(answer)) == (200, "out")
    assert mentions(answer.text, t("scan.after_out"))
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "out")]


def test_another_person_on_the_same_phone_needs_no_second_scan(
    client: TestClient, saved: Session, room: Room
) -> None:
    sign_in(client, room.instructor)
    hidden = Parts(scan(client, room).text).all("input")
    assert [(tag["name"], tag["value"]) for tag in hidden] == [("next", "/checkin")]
    answer = client.post("/auth/logout", data={"next": "/checkin"})
    assert answer.headers["location"] == "/checkin"
    client.cookies.delete(LOGIN_COOKIE)  # set by hand, so that it is another cookie to the jar
    before = row_counts(saved)
    page = client.get("/checkin")
    assert page.status_code == 200
    assert Parts(page.text).with_id("login-password")
    assert row_counts(saved) == before
    data = {"login": room.trainee.phone, "password": PASSWORD}
    assert result_of(client.post("/checkin", data=data)) == "in"


# Codes that are none


def flipped(code: str, place: int) -> str:
    return code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]


@pytest.mark.parametrize("place", [0, 10, 21, 25, 30, 38, 39])
def test_a_code_changed_anywhere_is_none_of_ours(
    client: TestClient, room: Room, place: int
) -> None:
    answer = client.get(f"/c/{flipped(room.code(), place)}")
    assert told(answer, CodeInvalid())
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "code",
    [
        *("x", "0" * 40, "A" * 40, "a" * 20_000, "签到码", "😀" * 10, "123456", "{{7*7}}"),
        *("%00", "%0d%0aset-cookie:a=b", "..%5c..", "%F0%28%8C%28", "%E2%80%AE"),
        "<script>alert(1)</script>",
    ],
)
def test_any_other_text_is_no_code(client: TestClient, code: str) -> None:
    answer = client.get(f"/c/{code}")
    assert told(answer, CodeInvalid()) or answer.status_code == 404
    assert "set-cookie" not in answer.headers
    assert "<script>alert" not in answer.text
    assert "49" not in re.sub(r"<style>.*?</style>", "", answer.text, flags=re.DOTALL)


def test_c4_20_a_photographed_code_is_worthless_a_minute_later(
    client: TestClient, clock: Clock, room: Room
) -> None:
    code = room.code()
    clock.forward(seconds=61)
    answer = client.get(f"/c/{code}")
    assert told(answer, CodeExpired())
    assert result_of(answer) == "code_expired"
    assert "set-cookie" not in answer.headers
    assert Parts(answer.text).with_id("checkin-submit")  # the typed form


def test_a_code_that_is_not_shown_yet_is_no_code(client: TestClient, room: Room) -> None:
    assert told(client.get(f"/c/{room.code(NOW + 2 * MINUTE)}"), CodeInvalid())


def test_a_genuine_code_of_a_class_that_was_called_off_says_so_and_opens_nothing(
    client: TestClient, saved: Session, room: Room
) -> None:
    made = saved.get_one(TrainingClass, room.training_class.id)
    made.status = "cancelled"
    saved.commit()
    answer = scan(client, room)
    assert told(answer, ClassCalledOff(title=made.title))
    assert "set-cookie" not in answer.headers


def test_a_ticket_of_a_class_that_is_called_off_meanwhile_is_worth_nothing(
    client: TestClient, saved: Session, room: Room
) -> None:
    scan(client, room)
    made = saved.get_one(TrainingClass, room.training_class.id)
    made.status = "cancelled"
    saved.commit()
    assert told(client.get("/checkin"), ClassCalledOff(title=made.title))
    sign_in(client, room.trainee)
    client.post("/checkin")
    assert events_of(saved, room.meeting.id) == []


def test_a_code_just_after_the_window_closed_says_so(
    client: TestClient, clock: Clock, room: Room
) -> None:
    clock.at = room.meeting.sign_in_until
    answer = scan(client, room, at=clock.at - timedelta(seconds=15))
    assert told(answer, OutsideWindow())
    assert result_of(answer) == "outside_window"


# Tickets


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_ticket_older_than_ten_minutes_is_expired(
    client: TestClient, saved: Session, clock: Clock, room: Room, signed_in: bool
) -> None:
    scan(client, room)
    clock.forward(seconds=SCAN_SECONDS + 1)
    if signed_in:
        sign_in(client, room.trainee)
    answer = client.post("/checkin")
    assert told(answer, CodeExpired())
    assert events_of(saved, room.meeting.id) == []


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_ticket_that_the_browser_has_dropped_is_expired_and_not_a_forgery(
    client: TestClient, room: Room, signed_in: bool
) -> None:
    if signed_in:
        sign_in(client, room.trainee)
    answer = client.post("/checkin")
    assert told(answer, CodeExpired())
    assert told(client.get("/checkin"), CodeExpired())
    login = {"login": room.trainee.phone, "password": "not-it"}
    assert told(client.post("/checkin", data=login), CodeExpired())


TICKETS: list[Callable[[str], str]] = [
    lambda ticket: ticket[:-1],
    lambda ticket: ticket + "A",
    lambda ticket: flipped(ticket, 0),
    lambda ticket: flipped(ticket, 21),
    lambda ticket: flipped(ticket, 30),
    lambda ticket: flipped(ticket, len(ticket) - 1),
    lambda ticket: "x" * 50_000,
    lambda ticket: "é",
    lambda ticket: "A" * len(ticket),
]


@pytest.mark.parametrize("change", TICKETS)
@pytest.mark.parametrize("signed_in", [True, False])
def test_a_changed_ticket_is_none_of_ours(
    client: TestClient, saved: Session, room: Room, change: Callable[[str], str], signed_in: bool
) -> None:
    scan(client, room)
    cookies = f"{TICKET_COOKIE}={change(client.cookies[TICKET_COOKIE])}"
    if signed_in:
        cookies += f"; {LOGIN_COOKIE}={room.trainee.token}"
    client.cookies.clear()
    answer = client.post("/checkin", headers=[(b"cookie", cookies.encode())])
    assert told(answer, CodeInvalid())
    assert events_of(saved, room.meeting.id) == []


def test_a_token_is_no_ticket(client: TestClient, saved: Session, room: Room) -> None:
    sign_in(client, room.trainee)
    client.cookies.set(TICKET_COOKIE, room.code())
    assert told(client.post("/checkin"), CodeInvalid())
    assert events_of(saved, room.meeting.id) == []


def test_a_ticket_signed_with_another_key_is_none_of_ours(
    client: TestClient, saved: Session, room: Room
) -> None:
    sign_in(client, room.trainee)
    key = get_vault().subkey("something else")
    forged = checkin_code.issue_ticket(key, ScanTicket(ReadCode(room.meeting.id, Phase.IN, 7), NOW))
    client.cookies.set(TICKET_COOKIE, forged)
    assert told(client.post("/checkin"), CodeInvalid())
    assert events_of(saved, room.meeting.id) == []


def test_a_genuine_ticket_of_a_session_that_is_gone_opens_nothing(
    client: TestClient, room: Room
) -> None:
    scanned = ScanTicket(ReadCode(uuid4(), Phase.IN, 7), NOW, device=device_mark_of(client))
    ticket = checkin_code.issue_ticket(get_vault().subkey("checkin"), scanned)
    client.cookies.set(TICKET_COOKIE, ticket)
    assert told(client.post("/checkin"), CodeInvalid())
    sign_in(client, room.trainee)
    assert client.post("/checkin").status_code in (400, 404)


def device_mark_of(client: TestClient) -> bytes:
    """What a ticket knows the client's browser by, once it has been given its number."""
    client.cookies.set(DEVICE_COOKIE, "a" * 22)
    return device_mark(get_vault().lookup_hash("device", "a" * 22))


def test_a_ticket_copied_to_another_phone_is_worth_nothing_there(
    client: TestClient, browser: Callable[..., TestClient], saved: Session, room: Room
) -> None:
    friend, other = classmate(saved, room), browser()
    sign_in(client, room.trainee)
    scan(client, room)
    sign_in(other, friend)
    other.cookies.set(TICKET_COOKIE, client.cookies[TICKET_COOKIE])
    assert told(other.post("/checkin"), CodeInvalid())
    assert events_of(saved, room.meeting.id) == []


def test_a_form_cannot_name_whom_it_signs_in(
    client: TestClient, saved: Session, room: Room
) -> None:
    friend = classmate(saved, room)
    sign_in(client, friend)
    scan(client, room)
    client.post("/checkin", data={"person_id": str(room.trainee.person.id), "login": ""})
    assert events_of(saved, room.meeting.id) == [(friend.person.id, "in")]


# People who do not belong


def test_somebody_of_another_class_is_told_and_not_recorded(
    client: TestClient, saved: Session, room: Room
) -> None:
    stranger = someone(saved)
    sign_in(client, stranger)
    scan(client, room)
    answer = client.post("/checkin")
    assert told(answer, NotOnRoster())
    assert result_of(answer) == "not_on_roster"
    assert events_of(saved, room.meeting.id) == []


def test_on_a_shared_phone_the_one_who_belongs_goes_on_with_the_same_scan(
    client: TestClient, saved: Session, room: Room
) -> None:
    sibling, friend = someone(saved), classmate(saved, room)
    sign_in(client, sibling)
    scan(client, room)
    page = client.post("/checkin")
    assert not mentions(page.text, t("scan.ask_teacher"))
    (button,) = Parts(page.text).with_id("other-person")
    assert button
    left = client.post("/auth/logout", data={"next": "/checkin"})
    assert Parts(client.get(left.headers["location"]).text).with_id("login-phone")
    sign_in(client, friend)
    client.post("/checkin")
    assert events_of(saved, room.meeting.id) == [(friend.person.id, "in")]


def test_staff_cannot_check_in_and_are_led_to_another_login(
    client: TestClient, saved: Session, room: Room
) -> None:
    sign_in(client, room.instructor)
    page = scan(client, room)
    assert mentions(page.text, t("scan.not_trainee"))
    assert Parts(page.text).with_id("checkin-submit") == []
    answer = client.post("/checkin")
    assert (answer.status_code, result_of(answer)) == (403, "forbidden")
    login = {"login": room.manager.phone, "password": PASSWORD}
    client.cookies.delete(LOGIN_COOKIE)
    assert client.post("/checkin", data=login).status_code == 403
    assert events_of(saved, room.meeting.id) == []


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
def test_the_authority_cannot_check_in_either(
    client: TestClient, saved: Session, room: Room, role: Role
) -> None:
    sign_in(client, someone(saved, role))
    scan(client, room)
    assert client.post("/checkin").status_code == 403
    assert client.post("/checkin/code", data={"code": room.digits()}).status_code == 403


def test_the_window_counts_at_the_moment_of_the_scan(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee)
    clock.at = room.meeting.sign_in_until - timedelta(seconds=5)
    scan(client, room, at=clock.at)
    clock.forward(minutes=9)
    assert result_of(client.post("/checkin")) == "in"


# The typed digits


def type_in(client: TestClient, code: str) -> Response:
    return client.post("/checkin/code", data={"code": code})


@pytest.mark.parametrize("form", ["{}", " {} ", "{}\n", "wide"])
def test_the_six_digits_check_in_however_they_are_typed(
    client: TestClient, saved: Session, room: Room, form: str
) -> None:
    sign_in(client, room.trainee)
    digits = room.digits()
    wide = digits.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    answer = type_in(client, wide if form == "wide" else form.format(digits))
    assert (answer.status_code, result_of(answer)) == (200, "in")
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def wrong_digits(room: Room) -> str:
    """Six digits that no screen of the last minutes has shown."""
    shown = {room.digits(NOW + n * timedelta(seconds=15)) for n in range(-10, 3)}
    return next(f"{n:06d}" for n in range(100) if f"{n:06d}" not in shown)


@pytest.mark.parametrize(
    "typed",
    ["", "12", "abcdef", "１２", "\0\0", "x" * 300, "x" * 5000, "-00001", "٣٤٥٦٧٨", "😀"],
)
def test_any_other_text_typed_is_no_code(client: TestClient, room: Room, typed: str) -> None:
    sign_in(client, room.trainee)
    assert told(type_in(client, typed), CodeInvalid())


def test_digits_of_a_minute_ago_are_told_to_be_old(
    client: TestClient, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee)
    old = room.digits()
    clock.forward(seconds=60)
    assert told(type_in(client, old), CodeExpired())


def test_eleven_wrong_guesses_stop_an_account_and_then_the_right_one_waits(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    sign_in(client, room.trainee)
    guesses = [type_in(client, wrong_digits(room)).status_code for _ in range(12)]
    assert guesses[:10] == [400] * 10
    assert guesses[-1] == 429
    refused = type_in(client, room.digits())
    assert refused.status_code == 429
    seconds = int(refused.headers["retry-after"])
    assert mentions(refused.text, str(seconds))
    assert events_of(saved, room.meeting.id) == []
    clock.forward(minutes=5, seconds=1)
    assert result_of(type_in(client, room.digits(clock.at))) == "in"


def test_guesses_at_once_are_counted_all_the_same(client: TestClient, room: Room) -> None:
    sign_in(client, room.trainee)
    wrong = wrong_digits(room)
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: type_in(client, wrong).status_code, range(24)))
    assert answers.count(400) <= 10


def test_guesses_of_one_account_do_not_stop_another(
    client: TestClient, saved: Session, room: Room
) -> None:
    friend = classmate(saved, room)
    sign_in(client, room.trainee)
    for _ in range(12):
        type_in(client, wrong_digits(room))
    sign_in(client, friend)
    assert result_of(type_in(client, room.digits())) == "in"


def test_the_scan_itself_works_while_the_digits_must_wait(client: TestClient, room: Room) -> None:
    sign_in(client, room.trainee)
    for _ in range(12):
        type_in(client, wrong_digits(room))
    scan(client, room)
    assert result_of(client.post("/checkin")) == "in"


def test_digits_of_another_room_do_not_count(
    client: TestClient, saved: Session, room: Room
) -> None:
    other = make_room(saved)
    sign_in(client, room.trainee)
    assert told(type_in(client, other.digits()), CodeInvalid())
    assert events_of(saved, other.meeting.id) == []
    assert events_of(saved, room.meeting.id) == []


def test_somebody_without_a_class_today_can_guess_nothing(
    client: TestClient, saved: Session, room: Room
) -> None:
    sign_in(client, someone(saved))
    assert told(type_in(client, room.digits()), NotOnRoster())


def test_digits_outside_the_windows_are_told_so(
    client: TestClient, clock: Clock, room: Room
) -> None:
    clock.at = room.meeting.sign_in_from - MINUTE
    sign_in(client, room.trainee)
    assert told(type_in(client, room.digits(clock.at)), OutsideWindow())


def test_typing_without_a_login_is_led_to_it(client: TestClient, room: Room) -> None:
    answer = type_in(client, room.digits())
    assert told(answer, Unauthenticated())
    assert any(link["href"].startswith("/login?next=") for link in Parts(answer.text).all("a"))
