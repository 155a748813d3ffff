"""Honest people on bad links: whatever happens, one right record comes of it.

Without a link for longer: tests/http/test_kept_scans.py and tests/e2e/test_offline.py. A projector
whose clock is off: tests/e2e/test_screen.py.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import AttendanceEvent
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.checkin_code import Phase
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from tests.http.conftest import Clock
from tests.http.parts import PASSWORD, Room, classmate, events_of, mentions
from tests.support.factories import NOW


def coming(session: Session, room: Room) -> AttendanceEvent:
    query = select(AttendanceEvent).where(AttendanceEvent.session_id == room.meeting.id)
    return session.scalars(query).one()


def test_the_link_is_lost_after_the_scan_and_back_minutes_later(
    client: TestClient, saved: Session, room: Room, clock: Clock
) -> None:
    """The scan counts, not the moment in which the button got through."""
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    client.get(f"/c/{room.code()}")
    clock.forward(minutes=9)
    assert mentions(client.post("/checkin").text, t("scan.in_done"))
    assert coming(saved, room).occurred_at == NOW


def test_the_answer_is_lost_and_the_button_pressed_again(
    client: TestClient, saved: Session, room: Room, clock: Clock
) -> None:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    client.get(f"/c/{room.code()}")
    client.post("/checkin")
    clock.forward(minutes=1)
    again = client.post("/checkin")
    assert mentions(again.text, t("scan.in_done"))
    assert mentions(again.text, coming(saved, room).receipt)


def test_a_double_tap_is_one_record(client: TestClient, saved: Session, room: Room) -> None:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    client.get(f"/c/{room.code()}")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post("/checkin"), range(4)))
    assert all(mentions(each.text, t("scan.in_done")) for each in answers)
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_a_reload_of_the_page_after_the_code_has_changed(
    client: TestClient, saved: Session, room: Room, clock: Clock
) -> None:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    address = f"/c/{room.code()}"
    client.get(address)
    clock.forward(minutes=2)
    assert client.get(address).status_code == 200
    assert client.get("/checkin").status_code == 200
    assert mentions(client.post("/checkin").text, t("scan.in_done"))
    assert coming(saved, room).occurred_at == NOW


def test_another_network_between_scan_and_button(
    browser: Callable[..., TestClient], saved: Session, room: Room
) -> None:
    """From the room's wireless network to the phone's own: the same browser, another address."""
    here, there = browser(), browser()
    here.cookies.set(LOGIN_COOKIE, room.trainee.token)
    here.get(f"/c/{room.code()}")
    for name, value in here.cookies.items():
        there.cookies.set(name, value)
    assert mentions(there.post("/checkin").text, t("scan.in_done"))
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_two_phones_of_one_person_make_one_record(
    browser: Callable[..., TestClient], saved: Session, room: Room, clock: Clock
) -> None:
    for phone in (browser(), browser()):
        phone.cookies.set(LOGIN_COOKIE, room.trainee.token)
        phone.get(f"/c/{room.code()}")
        answer = phone.post("/checkin")
        assert mentions(answer.text, t("scan.in_done"))
        clock.forward(seconds=1)
    assert mentions(answer.text, t("scan.repeated"))
    assert coming(saved, room).occurred_at == NOW


def test_one_phone_of_two_siblings_makes_two_records(
    client: TestClient, saved: Session, room: Room, clock: Clock
) -> None:
    """The first signs in, hands the phone on, and the second logs in on the page of the scan."""
    sibling = classmate(saved, room)
    client.post("/auth/login", data={"login": room.trainee.phone, "password": PASSWORD})
    client.get(f"/c/{room.code()}")
    client.post("/checkin")
    client.post("/auth/logout", data={"next": "/checkin"})
    clock.forward(seconds=40)
    client.get("/checkin")
    answer = client.post("/checkin", data={"login": sibling.phone, "password": PASSWORD})
    assert mentions(answer.text, t("scan.in_done"))
    people = {person for person, _ in events_of(saved, room.meeting.id)}
    assert people == {room.trainee.person.id, sibling.person.id}


def test_signing_out_after_the_lesson_needs_no_second_thought(
    client: TestClient, saved: Session, room: Room, clock: Clock
) -> None:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    client.get(f"/c/{room.code()}")
    client.post("/checkin")
    clock.at = room.meeting.ends_at
    client.get(f"/c/{room.code(at=clock.at, phase=Phase.OUT)}")
    assert mentions(client.post("/checkin").text, t("scan.out_done"))
    phases = [phase for _, phase in events_of(saved, room.meeting.id)]
    assert sorted(phases) == ["in", "out"]


def test_a_reload_where_every_scan_gets_a_new_code(
    client: TestClient, saved: Session, room: Room, clock: Clock
) -> None:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    key = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    shown = checkin_code.code_at(key, session_id=room.meeting.id, phase=Phase.IN, at=NOW, seq=1)
    client.get(f"/c/{shown.token}")
    clock.forward(seconds=20)
    assert client.get(f"/c/{shown.token}").status_code == 200
    assert mentions(client.post("/checkin").text, t("scan.in_done"))


def test_an_old_code_is_no_way_to_use_the_ticket_of_another(
    client: TestClient, room: Room, clock: Clock
) -> None:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    old = room.code()
    clock.forward(minutes=1)
    client.get(f"/c/{room.code(at=clock.at)}")
    assert client.get(f"/c/{old}").status_code == 410
