"""Taps that came in late, for a time at which there was a link: looked at, and what is not."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Institution
from portal.domain.checkin_code import Phase
from portal.domain.permissions import Role
from portal.services import audit
from portal.services.odd_rows import odd_reasons
from tests.support import factories as make
from tests.support.sign_ins import sign

START = make.NOW
MINUTE = timedelta(minutes=1)
TAPPED = START - 10 * MINUTE
EVENING = START + timedelta(hours=9)


class Room:
    """A class of eight and its instructor, who was without a link or says so."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.of = make.make_class(session, first_start=START, sessions=1)
        (self.meeting,) = make.sessions_of(session, self.of)
        self.places: list[Enrolment] = [
            make.enrol(session, make.make_person(session), self.of) for _ in range(8)
        ]
        school = session.get_one(Institution, self.of.institution_id)
        self.staff = make.make_actor(session, Role.INSTRUCTOR, institution=school)

    def tap(
        self,
        number: int = 0,
        at: datetime = TAPPED,
        *,
        arrived: datetime = EVENING,
        phase: Phase = Phase.IN,
        method: str = "manual",
    ) -> None:
        sign(
            self.session,
            self.meeting,
            self.places[number],
            at,
            phase=phase,
            method=method,
            offline=True,
            actor=self.staff.account_id,
            arrived=arrived,
        )

    def scan(self, *numbers: int, at: datetime = TAPPED, offline: bool = False) -> None:
        for number in numbers:
            sign(self.session, self.meeting, self.places[number], at, offline=offline)

    def was_online(self, at: datetime) -> None:
        audit.record(self.session, self.staff, "attendance.read", now=at, object_type="session")

    def late(self) -> list[int]:
        """Whose rows are odd for it."""
        found = odd_reasons(self.session, self.meeting)
        return [
            number
            for number, place in enumerate(self.places)
            if "late_tap" in {odd.code for odd in found.get(place.id, ())}
        ]


@pytest.fixture
def room(session: Session) -> Room:
    return Room(session)


def test_taps_of_the_evening_for_a_morning_when_others_scanned_with_a_link(room: Room) -> None:
    room.scan(5, 6)
    room.tap(0)
    room.tap(1, START + 15 * MINUTE)
    assert room.late() == [0, 1]
    (first, *_) = odd_reasons(room.session, room.meeting)[room.places[0].id]
    assert (first.code, first.text[:9]) == ("late_tap", "点名是事后补传的，")


def test_one_who_found_a_signal_at_the_window_is_no_link_for_all(room: Room) -> None:
    room.scan(5)
    room.tap(0)
    assert room.late() == []


def test_a_room_where_nobody_had_a_link_is_not_asked(room: Room) -> None:
    room.scan(4, 5, 6, offline=True)
    for number in range(4):
        room.tap(number)
    assert room.late() == []


def test_a_link_when_they_left_tells_nothing_of_when_they_came(room: Room) -> None:
    for number in (5, 6):
        sign(room.session, room.meeting, room.places[number], START + 180 * MINUTE, phase=Phase.OUT)
    room.tap(0)
    assert room.late() == []
    room.tap(1, START + 180 * MINUTE, phase=Phase.OUT)
    assert room.late() == [1]


def test_what_comes_in_at_once_was_as_good_as_tapped_with_a_link(room: Room) -> None:
    room.scan(5, 6)
    room.tap(0, arrived=TAPPED + 10 * MINUTE)
    assert room.late() == []
    room.tap(1, arrived=TAPPED + 10 * MINUTE + timedelta(seconds=1))
    assert room.late() == [1]


def test_an_account_that_was_online_just_after_its_tap_would_have_uploaded(room: Room) -> None:
    room.tap(0)
    room.was_online(TAPPED + 10 * MINUTE)
    assert room.late() == [0]


@pytest.mark.parametrize("minutes", [-1, 0, 11])
def test_the_list_fetched_at_the_door_or_a_link_much_later_tells_nothing(
    room: Room, minutes: int
) -> None:
    room.tap(0)
    room.was_online(TAPPED + minutes * MINUTE)
    assert room.late() == []


def test_another_account_that_was_online_tells_nothing(session: Session, room: Room) -> None:
    room.tap(0)
    Room(session).was_online(TAPPED + MINUTE)
    assert room.late() == []


def test_passes_that_were_read_without_a_link_prove_themselves(room: Room) -> None:
    room.scan(5, 6)
    room.tap(0, method="pass")
    assert room.late() == []


def test_the_upload_itself_is_no_sign_of_a_link(room: Room) -> None:
    """Uploading a hundred rows takes a while, and each leaves its trace."""
    room.tap(0, EVENING - 11 * MINUTE)
    room.was_online(EVENING)
    assert room.late() == []
