"""Every way to cheat at the door that auditors have seen, each refused or flagged with a reason.

Kept scans and passes have attacks of their own: tests/http/test_kept_scans.py, test_staff_scan.py.
How many relays the colours catch is simulated in tests/domain/test_relay_trap.py.
"""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import AttendanceSignal, ClassCheckIn
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.checkin_code import NUMERIC_STEPS_BACK, Phase, ReadCode, ScanTicket
from portal.domain.errors import CodeExpired, CodeInvalid, CodeUsed, NotOnRoster, PortalError
from portal.http.context import LOGIN_COOKIE, TICKET_COOKIE
from portal.http.signals import DEVICE_COOKIE
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import checkin_typed
from portal.services.checkin_codes import device_mark
from tests.http.conftest import Clock
from tests.http.parts import PASSWORD, Room, classmate, events_of, make_room, mentions, someone
from tests.support.factories import NOW


def refused(answer: object, error: PortalError) -> bool:
    """Whether the page says what was wrong, in the error's own sentence."""
    status, text = answer.status_code, answer.text  # type: ignore[attr-defined]
    return status == error.status and mentions(text, sentence_for(error))


def signal_of(session: Session, room: Room) -> AttendanceSignal:
    query = select(AttendanceSignal).where(AttendanceSignal.session_id == room.meeting.id)
    return session.scalars(query).one()


@pytest.fixture
def signed_in(client: TestClient, room: Room) -> TestClient:
    client.cookies.set(LOGIN_COOKIE, room.trainee.token)
    return client


def test_a_photo_after_31_seconds_opens_nothing(signed_in: TestClient, room: Room) -> None:
    for age in (30, 31, 61):
        photo = room.code(at=NOW - timedelta(seconds=age))
        assert refused(signed_in.get(f"/c/{photo}"), CodeExpired())


def test_a_code_of_another_session_signs_nobody_in_here(
    signed_in: TestClient, saved: Session, room: Room
) -> None:
    other = make_room(saved)
    signed_in.get(f"/c/{other.code()}")
    assert refused(signed_in.post("/checkin"), NotOnRoster(title=other.training_class.title))
    assert events_of(saved, room.meeting.id) == events_of(saved, other.meeting.id) == []


def test_a_ticket_sent_to_a_friend_is_worth_nothing_on_his_phone(
    signed_in: TestClient, browser: Callable[..., TestClient], saved: Session, room: Room
) -> None:
    absent, elsewhere = classmate(saved, room), browser()
    signed_in.get(f"/c/{room.code()}")
    elsewhere.cookies.set(LOGIN_COOKIE, absent.token)
    elsewhere.get("/login")
    elsewhere.cookies.set(TICKET_COOKIE, signed_in.cookies[TICKET_COOKIE])
    assert refused(elsewhere.post("/checkin"), CodeInvalid())
    assert events_of(saved, room.meeting.id) == []


def test_a_ticket_replayed_by_its_owner_counts_once(
    signed_in: TestClient, saved: Session, room: Room
) -> None:
    signed_in.get(f"/c/{room.code()}")
    ticket = signed_in.cookies[TICKET_COOKIE]
    for _ in range(3):
        signed_in.cookies.set(TICKET_COOKIE, ticket)
        assert signed_in.post("/checkin").status_code == 200
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_a_forged_signature_is_none_of_ours(
    signed_in: TestClient, saved: Session, room: Room
) -> None:
    signed_in.cookies.set(DEVICE_COOKIE, "a" * 22)
    mark = device_mark(get_vault().lookup_hash("device", "a" * 22))
    scan = ScanTicket(ReadCode(room.meeting.id, Phase.IN, 7), NOW, device=mark)
    forged = checkin_code.issue_ticket(b"k" * 32, scan)
    signed_in.cookies.set(TICKET_COOKIE, forged)
    assert refused(signed_in.post("/checkin"), CodeInvalid())
    key = checkin_code.session_key(b"k" * 32, room.meeting.id)
    code = checkin_code.code_at(key, session_id=room.meeting.id, phase=Phase.IN, at=NOW)
    assert refused(signed_in.get(f"/c/{code.token}"), CodeInvalid())
    assert events_of(saved, room.meeting.id) == []


def test_a_stolen_cookie_on_another_phone_is_flagged(
    browser: Callable[..., TestClient], saved: Session, room: Room
) -> None:
    victim, thief = browser(), browser()
    victim.post("/auth/login", data={"login": room.trainee.phone, "password": PASSWORD})
    thief.get(f"/c/{room.code()}")
    thief.cookies.set(LOGIN_COOKIE, victim.cookies[LOGIN_COOKIE])
    assert thief.post("/checkin").status_code == 200
    assert signal_of(saved, room).moved_login


def test_a_stolen_cookie_in_a_program_is_flagged_too(
    browser: Callable[..., TestClient], saved: Session, room: Room
) -> None:
    victim, thief = browser(), browser()
    victim.post("/auth/login", data={"login": room.trainee.phone, "password": PASSWORD})
    thief.cookies.set(LOGIN_COOKIE, victim.cookies[LOGIN_COOKIE])
    assert thief.post("/api/v1/checkins", json={"code": room.code()}).status_code == 200
    assert signal_of(saved, room).moved_login


def test_ones_own_phone_is_not_flagged(
    browser: Callable[..., TestClient], saved: Session, room: Room
) -> None:
    phone = browser()
    phone.get(f"/c/{room.code()}")
    phone.post("/checkin", data={"login": room.trainee.phone, "password": PASSWORD})
    looks = signal_of(saved, room)
    assert not looks.moved_login
    assert looks.device is not None
    assert looks.network is not None


def test_whoever_is_not_on_the_roster_is_refused_by_name_of_the_class(
    client: TestClient, saved: Session, room: Room
) -> None:
    stranger = someone(saved)
    client.cookies.set(LOGIN_COOKIE, stranger.token)
    client.get(f"/c/{room.code()}")
    assert refused(client.post("/checkin"), NotOnRoster(title=room.training_class.title))


def test_the_phones_own_clock_changes_nothing(
    signed_in: TestClient, saved: Session, room: Room
) -> None:
    """A phone that is wrong by a day sends no time, and nothing that it sends is believed."""
    signed_in.headers["date"] = "Mon, 23 Nov 2026 02:30:00 GMT"
    signed_in.get(f"/c/{room.code()}")
    signed_in.post("/checkin", data={"at": "2026-11-23T02:30:00Z", "occurred_at": "1"})
    room_events = events_of(saved, room.meeting.id)
    assert room_events == [(room.trainee.person.id, "in")]


def test_a_code_computed_for_tomorrow_is_not_valid_yet(signed_in: TestClient, room: Room) -> None:
    tomorrow = room.code(at=NOW + timedelta(days=1))
    assert refused(signed_in.get(f"/c/{tomorrow}"), CodeInvalid())


def test_digits_cannot_be_guessed() -> None:
    """The bar: under 1 in 10,000 a session, its sign-in and sign-out together, by one account."""
    right_at_a_time = NUMERIC_STEPS_BACK + 1
    tries = max(most for most, _ in checkin_typed._LIMITS)
    assert right_at_a_time * tries / 10**6 < 1 / 10_000


def test_a_guesser_is_stopped(signed_in: TestClient, saved: Session, room: Room) -> None:
    chance = random.Random(4)
    right = {room.digits(at=NOW - timedelta(seconds=15 * n)) for n in range(12)}
    guesses = [g for n in range(60) if (g := f"{chance.randrange(10**6):06d}") not in right]
    answers = [signed_in.post("/checkin/code", data={"code": guess}) for guess in guesses]
    assert sum(each.status_code != 429 for each in answers) == 10
    assert events_of(saved, room.meeting.id) == []


def test_where_each_scan_gets_a_new_code_a_forwarded_one_is_used_up(
    signed_in: TestClient,
    browser: Callable[..., TestClient],
    saved: Session,
    room: Room,
    clock: Clock,
) -> None:
    saved.add(
        ClassCheckIn(
            class_id=room.training_class.id,
            relay_trap=False,
            new_code_per_scan=True,
            updated_at=NOW,
        )
    )
    absent, elsewhere = classmate(saved, room), browser()
    saved.commit()
    key = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    shown = checkin_code.code_at(key, session_id=room.meeting.id, phase=Phase.IN, at=NOW, seq=1)
    assert signed_in.get(f"/c/{shown.token}").status_code == 200
    clock.forward(seconds=4)
    elsewhere.cookies.set(LOGIN_COOKIE, absent.token)
    late = elsewhere.get(f"/c/{shown.token}")
    assert refused(late, CodeUsed())
    # Honest people come too late as well: they are shown how to go on.
    assert t("scan.refused.code_used") in late.text
    assert t("scan.typed") in late.text
    answer = elsewhere.post("/api/v1/checkins", json={"code": shown.token})
    assert answer.json()["code"] == "code_used"


def test_two_in_the_room_who_scan_in_the_same_moment_both_come_in(
    signed_in: TestClient,
    browser: Callable[..., TestClient],
    saved: Session,
    room: Room,
    clock: Clock,
) -> None:
    friend, other = classmate(saved, room), browser()
    key = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    shown = checkin_code.code_at(key, session_id=room.meeting.id, phase=Phase.IN, at=NOW, seq=1)
    other.cookies.set(LOGIN_COOKIE, friend.token)
    assert signed_in.get(f"/c/{shown.token}").status_code == 200
    clock.forward(seconds=2)
    assert other.get(f"/c/{shown.token}").status_code == 200


VENUE = (42.951, 89.189)


@pytest.mark.parametrize(
    ("north", "accuracy", "band"),
    [(0, 20, "near"), (0.01, 20, "edge"), (0.1, 20, "far"), (0.1, 50_000, None)],
)
def test_of_a_place_only_the_band_is_kept(
    signed_in: TestClient,
    saved: Session,
    room: Room,
    north: float,
    accuracy: float,
    band: str | None,
) -> None:
    saved.add(
        ClassCheckIn(
            class_id=room.training_class.id,
            relay_trap=False,
            asks_place=True,
            venue_lat=VENUE[0],
            venue_lon=VENUE[1],
            updated_at=NOW,
        )
    )
    saved.commit()
    signed_in.get(f"/c/{room.code()}")
    place = {"lat": f"{VENUE[0] + north}", "lon": f"{VENUE[1]}", "accuracy": f"{accuracy}"}
    assert signed_in.post("/checkin", data=place).status_code == 200
    looks = signal_of(saved, room)
    assert looks.band == band
    assert (looks.spot is None) == (band is None)


@pytest.mark.parametrize("lat", ["", "x", "nan", "91", "1e400", "-"])
def test_a_place_that_is_none_does_no_harm(
    signed_in: TestClient, saved: Session, room: Room, lat: str
) -> None:
    signed_in.get(f"/c/{room.code()}")
    place = {"lat": lat, "lon": "89", "accuracy": "10"}
    assert signed_in.post("/checkin", data=place).status_code == 200
    assert signal_of(saved, room).band is None


def test_the_age_of_the_code_is_kept(
    signed_in: TestClient, saved: Session, room: Room, clock: Clock
) -> None:
    code = room.code()
    clock.forward(seconds=22)
    signed_in.get(f"/c/{code}")
    clock.forward(minutes=5)
    assert signed_in.post("/checkin").status_code == 200
    age = signal_of(saved, room).code_age
    assert age is not None
    assert 22 <= age < 37
