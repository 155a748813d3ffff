"""What is odd about a row, and what is not: every code has its honest twin."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as listen
from sqlalchemy.orm import Session

from portal.db.models import ClassCheckIn, Enrolment, Person, SessionCall, TrainingSession
from portal.domain.checkin_code import Phase
from portal.locale import t
from portal.services.odd_rows import CODES, odd_reasons
from tests.support import factories as make
from tests.support.sign_ins import sign

START = make.NOW
END = START + timedelta(minutes=180)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
EARLY = START - 10 * MINUTE
TURPAN, URUMQI, NEARBY = (42.95, 89.19), (43.83, 87.62), (42.96, 89.20)


class Room:
    """A class of eight people that meets now."""

    def __init__(self, session: Session, size: int = 8, **fields: Any) -> None:
        self.session = session
        self.training_class = make.make_class(session, first_start=START, sessions=1, **fields)
        (self.meeting,) = make.sessions_of(session, self.training_class)
        self.places = [self.join() for _ in range(size)]

    def join(self) -> Enrolment:
        return make.enrol(self.session, make.make_person(self.session), self.training_class)

    def come(self, number: int, at: datetime = EARLY, **known: Any) -> None:
        sign(self.session, self.meeting, self.places[number], at, **known)

    def met_before(self, *, days: int = 1) -> TrainingSession:
        """An earlier session of the class."""
        start = START - timedelta(days=days)
        made = make.make_session(self.training_class, 1 + days, start, start + (END - START))
        self.session.add(made)
        self.session.flush()
        return made

    def settings(self, **fields: Any) -> None:
        values = {"relay_trap": True, "updated_at": START}
        self.session.add(ClassCheckIn(class_id=self.training_class.id, **values | fields))
        self.session.flush()

    def everybody(self, **known: Any) -> None:
        for number in range(len(self.places)):
            self.come(number, EARLY + number * 20 * SECOND, **known)

    def meets_at(self, place: tuple[float, float]) -> None:
        self.settings(venue_lat=place[0], venue_lon=place[1])

    def codes(self, **kwargs: Any) -> dict[int, list[str]]:
        found = odd_reasons(self.session, self.meeting, **kwargs)
        return {
            number: [odd.code for odd in found[place.id]]
            for number, place in enumerate(self.places)
            if place.id in found
        }


@pytest.fixture
def room(session: Session) -> Room:
    return Room(session)


def test_an_ordinary_session_has_no_odd_row(room: Room) -> None:
    for number in range(8):
        room.come(number, device=bytes([number]), network=b"room", band="near", code_age=9.0,
                  relay="passed", relay_tries=1, relay_seconds=2.0, clock_off=1.0)  # fmt: skip
    room.meeting.screen_opened_at = START - 20 * MINUTE
    assert room.codes() == {}


def test_a_couple_may_share_a_phone_and_three_people_may_be_asked(room: Room) -> None:
    for number in (0, 1):
        room.come(number, device=b"couple")
    for number in (2, 3, 4):
        room.come(number, device=b"three")
    assert room.codes() == {number: ["same_phone"] for number in (2, 3, 4)}
    (odd,) = odd_reasons(room.session, room.meeting)[room.places[2].id]
    assert odd.text.startswith("和另外 2 人用同一部手机签到。")


def test_the_phone_of_staff_that_scans_passes_is_nobody_s(room: Room) -> None:
    for number in range(5):
        room.come(number, method="pass", device=b"staff")
    assert room.codes() == {}


def came_before(room: Room, meeting: TrainingSession) -> None:
    """Everybody, each on a phone of their own."""
    for number, place in enumerate(room.places):
        sign(room.session, meeting, place, meeting.starts_at, device=b"old%d" % number)


def private_windows(room: Room, count: int) -> None:
    """So many on phones that nobody had; the others on their own."""
    for number in range(len(room.places)):
        room.come(number, device=b"%s%d" % (b"new" if number < count else b"old", number))


def test_three_on_phones_that_the_class_never_saw_are_each_looked_at(room: Room) -> None:
    came_before(room, room.met_before())
    private_windows(room, 3)
    assert room.codes() == {number: ["new_phone"] for number in range(3)}
    odd = odd_reasons(room.session, room.meeting)[room.places[0].id][0]
    assert odd.text.startswith("换了一部班里没有出现过的手机，这节课共有 3 人这样。")


def test_two_with_a_new_phone_have_a_new_phone(room: Room) -> None:
    came_before(room, room.met_before())
    private_windows(room, 2)
    assert room.codes() == {}


def test_who_never_signed_in_by_phone_has_no_other_one(room: Room) -> None:
    """The first session, or the first one with a phone; nor do they make others odd."""
    private_windows(room, 8)
    assert room.codes() == {}
    before = room.met_before()
    for place in room.places[:2]:
        sign(room.session, before, place, before.starts_at, device=b"old")
    for place in room.places[2:]:
        sign(room.session, before, place, before.starts_at, method="pass", device=b"staff")
    assert room.codes() == {}


def test_a_later_session_tells_nothing_of_an_earlier_phone(room: Room) -> None:
    came_before(room, room.met_before(days=-1))
    private_windows(room, 8)
    assert room.codes() == {}


def test_a_phone_of_any_earlier_session_is_known(room: Room) -> None:
    for days, name in ((3, b"new"), (2, b"old")):
        meeting = room.met_before(days=days)
        for number, place in enumerate(room.places):
            device = b"%s%d" % (name, number)
            sign(room.session, meeting, place, meeting.starts_at, device=device)
    private_windows(room, 8)
    assert room.codes() == {}


def test_a_phone_that_somebody_else_of_the_class_had_is_borrowed_not_new(room: Room) -> None:
    came_before(room, room.met_before())
    for number in range(8):
        room.come(number, device=b"old%d" % (7 - number))
    assert room.codes() == {}


def test_phones_of_another_class_are_not_compared(session: Session, room: Room) -> None:
    other = Room(session)
    before = other.met_before()
    for number, place in enumerate(room.places):
        sign(session, before, place, before.starts_at, device=b"old%d" % number)
    private_windows(room, 8)
    assert room.codes() == {}


def test_digits_are_odd_only_where_each_scan_has_its_own_code(room: Room) -> None:
    room.come(0, method="numeric")
    room.come(1)
    assert room.codes() == {}
    room.settings(new_code_per_scan=True)
    assert room.codes() == {0: ["typed"]}


def test_one_person_who_comes_and_leaves_by_one_phone_is_one_person(room: Room) -> None:
    for number in (0, 1):
        room.come(number, device=b"couple")
        room.come(number, END, phase=Phase.OUT, device=b"couple")
    assert room.codes() == {}


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"relay": "failed", "relay_tries": 3}, "relay_failed"),
        ({"relay": "skipped"}, "relay_skipped"),
        ({"moved_login": True}, "moved_login"),
        ({"band": "far"}, "far"),
        ({"code_age": 20.5}, "old_code"),
        ({"clock_off": -86_400.0}, "clock_off"),
        ({"method": "manual"}, "manual"),
        ({"method": "helper"}, "helper"),
        ({"method": "sheet"}, "sheet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_odd_sign_in_is_said_of_its_row_alone(
    room: Room, known: dict[str, Any], code: str
) -> None:
    room.everybody()
    sign(room.session, room.meeting, room.join(), EARLY)
    late = room.join()
    sign(room.session, room.meeting, late, EARLY, **known)
    found = odd_reasons(room.session, room.meeting)
    assert {who: [odd.code for odd in odds] for who, odds in found.items()} == {late.id: [code]}


@pytest.mark.parametrize(
    "known",
    [
        {"band": "edge"},
        {"band": None},
        {"code_age": 19.9},
        {"clock_off": 119.0},
        {"method": "numeric"},
        {"method": "pass_code"},
        {"method": "pass", "band": "far"},
    ],
    ids=["edge", "unknown", "code", "clock", "typed", "pass_code", "far_pass"],
)
def test_its_honest_twin_is_not(room: Room, known: dict[str, Any]) -> None:
    room.come(0, **known)
    assert room.codes() == {}


def test_somebody_alone_in_a_network_while_all_others_share_one(room: Room) -> None:
    for number in range(7):
        room.come(number, network=b"room")
    room.come(7, network=b"elsewhere")
    assert room.codes() == {7: ["alone_in_network"]}


def test_two_on_their_own_data_or_a_class_of_four_are_nothing_odd(session: Session) -> None:
    room = Room(session)
    for number in range(6):
        room.come(number, network=b"room")
    room.come(6, network=b"one")
    room.come(7, network=b"other")
    assert room.codes() == {}
    small = Room(session, size=4)
    for number in range(3):
        small.come(number, network=b"room")
    small.come(3, network=b"elsewhere")
    assert small.codes() == {}


@pytest.mark.parametrize("minutes", [0, 11])
def test_a_phone_that_says_it_had_no_link_where_somebody_else_had_one(
    room: Room, minutes: int
) -> None:
    """A photo that was sent on is as old as whoever took it likes, and a class may be small."""
    room.come(0)
    room.come(5, EARLY + minutes * MINUTE, offline=True)
    assert room.codes() == {5: ["kept_alone"]}


def test_where_the_staff_had_no_link_either_it_takes_five_at_the_same_time(room: Room) -> None:
    for number in range(4):
        room.come(number)
    room.come(7, offline=True, method="pass")
    room.come(5, offline=True)
    assert room.codes() == {}
    room.come(4)
    room.come(6, EARLY + 11 * MINUTE, offline=True)
    assert room.codes() == {5: ["kept_alone"]}


def test_a_room_without_a_link_makes_nobody_odd(room: Room) -> None:
    room.everybody(offline=True)
    assert room.codes() == {}


def test_signed_in_before_the_screen_showed_a_code(room: Room) -> None:
    room.meeting.screen_opened_at = EARLY
    room.come(0, EARLY - 31 * SECOND)
    room.come(1, EARLY - 30 * SECOND)
    room.come(2, EARLY - 31 * SECOND, offline=True)
    room.come(3, EARLY - 31 * SECOND, method="pass")
    assert room.codes() == {0: ["before_screen"], 2: ["kept_alone"]}


def called(room: Room) -> SessionCall:
    made = SessionCall(
        session_id=room.meeting.id,
        called_at=START + 60 * MINUTE,
        closes_at=START + 65 * MINUTE,
        called_by=make.make_account(room.session).id,
    )
    room.session.add(made)
    room.session.flush()
    return made


def test_who_had_come_and_did_not_answer_the_roll_call(room: Room) -> None:
    call = called(room)
    for number in range(4):
        room.come(number)
    room.come(1, call.called_at + MINUTE, phase=Phase.MID)
    room.come(2, call.called_at - MINUTE, phase=Phase.OUT)
    room.come(3, call.called_at + MINUTE, phase=Phase.OUT)
    room.come(4, call.closes_at)
    assert room.codes() == {0: ["missed_call"]}
    assert room.codes(now=call.closes_at) == {}
    assert room.codes(now=call.closes_at + SECOND) == {0: ["missed_call"]}


@pytest.mark.parametrize(
    ("there", "hours", "odd"),
    [(URUMQI, 1, True), (URUMQI, 24, False), (NEARBY, 0, False), (None, 1, False)],
    ids=["too_far", "a_day_later", "around_the_corner", "place_unknown"],
)
def test_nobody_drives_so_fast_from_the_session_before(
    session: Session, there: tuple[float, float] | None, hours: int, odd: bool
) -> None:
    room, before = Room(session, size=1), Room(session, size=0)
    room.meets_at(TURPAN)
    if there:
        before.meets_at(there)
    guest = make.enrol(
        session, session.get_one(Person, room.places[0].person_id), make.make_class(session)
    )
    at = EARLY - timedelta(hours=hours)
    sign(session, before.meeting, guest, at - 2 * MINUTE)
    sign(session, before.meeting, guest, at - MINUTE, phase=Phase.OUT)
    room.come(0)
    assert room.codes() == ({0: ["travel"]} if odd else {})


def test_the_weightiest_comes_first_and_each_is_said_once(room: Room) -> None:
    for number in (0, 1, 2):
        room.come(number, device=b"three", moved_login=number == 0)
    room.come(0, END, phase=Phase.OUT, device=b"three", moved_login=True)
    assert room.codes()[0] == ["same_phone", "moved_login"]


def test_many_people_ask_the_database_as_often_as_few(session: Session) -> None:
    counts = []
    for size in (2, 20):
        room = Room(session, size=size)
        room.everybody(device=b"one", network=b"room")
        asked: list[str] = []
        engine = session.get_bind()

        def note(*args: Any, into: list[str] = asked) -> None:
            into.append(args[2])

        listen.listen(engine, "before_cursor_execute", note)
        odd_reasons(session, room.meeting)
        listen.remove(engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts == [5, 5]


def test_every_code_has_a_sentence_that_names_what_is_harmless() -> None:
    for code in CODES:
        sentence = t(f"odd_rows.{code}", others=2, seconds=25, km=150, minutes=3, people=3)
        assert sentence.endswith(("也会这样。", "也会点错。", "可以这样签。")), code


def test_a_session_without_scans_has_no_odd_rows(session: Session) -> None:
    meeting: TrainingSession = Room(session).meeting
    assert odd_reasons(session, meeting) == {}
