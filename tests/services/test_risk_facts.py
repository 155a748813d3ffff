"""The score asked through the database is the score of the pure facts, point by point."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as listen
from sqlalchemy.orm import Session

from portal.db.models import AttendanceCorrection, Inspection, StaffAttendance, TrainingSession
from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import Relay, SessionFacts
from portal.domain.risk.score import score_session
from portal.services.risk_facts import PHONE_AGE, class_facts, session_facts
from portal.services.risk_records import record_of
from tests.support import factories as make
from tests.support.sign_ins import sign
from tests.support.simulated_class import drafts_of, write
from tests.support.simulation import HELD_OUT, KINDS

START = make.NOW
MINUTE = timedelta(minutes=1)


def points(facts: SessionFacts) -> dict[str, int]:
    return {reason.code: reason.points for reason in score_session(facts).reasons}


def said(facts: SessionFacts) -> dict[str, tuple[object, ...]]:
    """What the reasons say and of whom; a tie of two sets may name either."""
    return {
        reason.code: (reason.points, dict(reason.params), len(reason.people))
        for reason in score_session(facts).reasons
    }


@pytest.mark.parametrize("kind", ["honest 1", "honest 2", "honest 3", *KINDS])
def test_a_simulated_class_scores_alike_by_both_ways(session: Session, kind: str) -> None:
    seed = f"by the database: {kind}"
    assert str(HELD_OUT) not in seed
    kind = "" if kind.startswith("honest") else kind
    of = write(session, drafts_of(seed, kind))
    record = record_of(session, of.training_class.id)
    fired: set[str] = set()
    for index, meeting in enumerate(of.meetings):
        for when_over in (False, True):
            pure = of.known(index, when_over=when_over)
            asked = session_facts(record, meeting, when_over=when_over)
            assert said(asked) == said(pure)
            fired |= points(asked).keys()
    assert fired or not kind


def test_a_ghost_stands_above_the_line_by_the_database_as_well(session: Session) -> None:
    of = write(session, drafts_of("database ghosts above", "few_phones"))
    record = record_of(session, of.training_class.id)
    scores = [
        score_session(session_facts(record, meeting, when_over=True)).value
        for meeting in of.meetings
    ]
    assert max(scores) >= 40


class Room:
    """A class with one session now and people on its roster."""

    def __init__(self, session: Session, people: int = 2, **fields: Any) -> None:
        self.session = session
        self.training_class = make.make_class(session, first_start=START, sessions=2, **fields)
        self.meeting, self.next = make.sessions_of(session, self.training_class)
        self.places = [
            make.enrol(
                session, make.make_person(session, name_key=f"{number:02d}"), self.training_class
            )
            for number in range(people)
        ]

    def facts(self, meeting: TrainingSession | None = None, **kwargs: Any) -> SessionFacts:
        self.session.flush()
        record = record_of(self.session, self.training_class.id)
        return session_facts(record, meeting or self.meeting, **{"when_over": False} | kwargs)


@pytest.fixture
def room(session: Session) -> Room:
    return Room(session)


def test_nothing_known_says_nothing(room: Room) -> None:
    facts = room.facts()
    assert facts == SessionFacts(
        starts_at=START,
        ends_at=START + 180 * MINUTE,
        roster=2,
        planned_hours=4,
        day_off=False,
    )


def test_a_mark_carries_its_signals_and_no_name(room: Room) -> None:
    seen: dict[str, Any] = {
        "device": b"d",
        "network": b"n",
        "band": "edge",
        "spot": b"s",
        "code_age": 3.5,
    }
    colour: dict[str, Any] = {"relay": "failed", "relay_tries": 3, "relay_seconds": 9.5}
    sign(room.session, room.meeting, room.places[1], START, **seen, **colour)
    (mark,) = room.facts().marks
    assert mark.person == str(room.places[1].id)
    assert (mark.device, mark.network, mark.spot) == (b"d".hex(), b"n".hex(), b"s".hex())
    assert (mark.band, mark.code_age, mark.relay) == ("edge", 3.5, Relay(False, 9.5))
    assert (mark.place, mark.by, mark.phone_age) == (1, None, None)


def test_a_question_that_could_not_be_put_is_no_wrong_answer(room: Room) -> None:
    sign(room.session, room.meeting, room.places[0], START, relay="skipped")
    (mark,) = room.facts().marks
    assert (mark.relay, mark.relay_skipped) == (None, True)


def test_an_answer_or_no_question_is_not_skipped(room: Room) -> None:
    sign(room.session, room.meeting, room.places[0], START, relay="passed", relay_seconds=2)
    sign(room.session, room.meeting, room.places[1], START, device=b"d")
    assert not any(mark.relay_skipped for mark in room.facts().marks)


@pytest.mark.parametrize(
    ("method", "own"),
    [("qr", True), ("numeric", True), ("device", True), ("pass", False), ("pass_code", False),
     ("sheet", False), ("helper", False), ("manual", False)],
)  # fmt: skip
def test_who_signed_somebody_in_is_known_by_the_method(room: Room, method: str, own: bool) -> None:
    actor = make.make_account(room.session).id
    sign(room.session, room.meeting, room.places[0], START, method=method, actor=actor)
    (mark,) = room.facts().marks
    assert mark.by == (None if own else str(actor))


def test_a_pass_that_staff_scan_is_the_person_s_own_phone_in_another_session(room: Room) -> None:
    for place, method in zip(room.places, ("pass", "manual"), strict=True):
        sign(room.session, room.meeting, place, START, method=method)
    sign(room.session, room.next, room.places[0], room.next.starts_at)
    (before,) = room.facts(room.next).others
    assert before.shown == {str(room.places[0].id)}
    assert before.by_hand == {str(room.places[1].id)}
    assert before.arrivals == {}


def test_on_the_day_only_earlier_sessions_are_known(room: Room) -> None:
    for meeting in (room.meeting, room.next):
        sign(room.session, meeting, room.places[0], meeting.starts_at + MINUTE, spot=b"s")
    assert room.facts().others == ()
    (later,) = room.facts(when_over=True).others
    assert later.starts_at == room.next.starts_at
    assert later.arrivals == {str(room.places[0].id): 60.0}
    assert later.spots == {str(room.places[0].id): b"s".hex()}


def test_an_answer_to_the_roll_call_is_no_coming(room: Room) -> None:
    sign(room.session, room.meeting, room.places[0], START + 60 * MINUTE, phase=Phase.MID)
    assert room.facts().marks == ()


def test_a_guest_counts_and_has_no_place_on_the_roster(room: Room) -> None:
    other = make.make_class(room.session)
    guest = make.enrol(room.session, make.make_person(room.session, name_key="00a"), other)
    sign(room.session, room.meeting, guest, START)
    sign(room.session, room.meeting, room.places[1], START)
    facts = room.facts()
    assert facts.roster == 3
    assert {mark.person: mark.place for mark in facts.marks} == {
        str(guest.id): None,
        str(room.places[1].id): 1,
    }


def test_who_left_the_class_later_was_on_the_sheet_of_the_day(room: Room) -> None:
    sign(room.session, room.meeting, room.places[0], START)
    room.places[0].status = "withdrawn"
    assert room.facts().roster == 2
    room.places[1].status = "withdrawn"
    assert room.facts().roster == 1


@pytest.mark.parametrize(
    ("born", "carries"),
    [
        (date(2026 - PHONE_AGE, 12, 2), True),
        (date(2026 - PHONE_AGE, 12, 1), False),
        (date(1950, 1, 1), False),
        (None, None),
    ],
    ids=["the_day_before", "on_the_birthday", "old", "unknown"],
)
def test_the_age_tells_whether_a_phone_is_taken_for_granted(
    session: Session, born: date | None, carries: bool | None
) -> None:
    room = Room(session, people=0)
    person = make.make_person(session, birth_date=born)
    place = make.enrol(session, person, room.training_class)
    sign(session, room.meeting, place, START)
    assert room.facts().marks[0].phone_age is carries


def test_the_heads_are_compared_with_the_sheet_of_the_moment_at_which_they_were_counted(
    session: Session,
) -> None:
    room = Room(session, people=12)
    for number, place in enumerate(room.places):
        sign(session, room.meeting, place, START + (0 if number < 10 else 20) * MINUTE)
    values = {"session_id": room.meeting.id, "roster_count": 12, "card": "none", "note": ""}
    officer = make.make_account(session)
    for heads, at in ((3, 5), (9, 10)):
        session.add(
            Inspection(
                officer_account_id=officer.id,
                opened_at=START,
                counted_at=START + at * MINUTE,
                head_count=heads,
                sheet_count=10,
                **values,
            )
        )
    # Another one was begun and never counted.
    begun = {**values, "card": None, "officer_account_id": officer.id}
    session.add(Inspection(opened_at=START + 30 * MINUTE, **begun))
    # Nine of ten were there; two came after the count, and twelve are on the sheet by now.
    assert room.facts().head_count == 11


def test_corrections_tell_whether_they_add(room: Room) -> None:
    rows = [("absent", 0, "present", 4), ("present", 4, "absent", 0), ("late", 2, "late", 3),
            ("absent", 0, "excused", 0)]  # fmt: skip
    account = make.make_account(room.session).id
    for number, (old, had, new, has) in enumerate(rows):
        room.session.add(
            AttendanceCorrection(
                session_id=room.meeting.id,
                enrolment_id=room.places[0].id,
                old_state=old,
                old_hours=had,
                new_state=new,
                new_hours=has,
                reason="核对",
                actor_account_id=account,
                at=START + number * MINUTE,
            )
        )
    assert [one.adds for one in room.facts().corrections] == [True, False, True, False]


def test_the_presence_of_staff_is_asked_for_where_somebody_is_to_teach(room: Room) -> None:
    teacher = make.make_account(room.session)
    assert room.facts().present is None
    room.meeting.instructor_id = teacher.id
    assert room.facts().present is False
    values = {"session_id": room.meeting.id, "account_id": teacher.id, "method": "manual"}
    moments = {"occurred_at": START, "server_at": START, "person_id": teacher.person_id}
    room.session.add(StaffAttendance(phase="out", **values, **moments))
    assert room.facts().present is False
    room.session.add(StaffAttendance(phase="in", **values, **moments))
    assert room.facts().present is True


def test_a_public_holiday_is_a_day_off_and_a_common_sunday_is_not(session: Session) -> None:
    for day, off in ((date(2026, 10, 1), True), (date(2026, 11, 22), False)):
        start = datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC)
        made = make.make_class(session, first_start=start, sessions=1)
        (meeting,) = make.sessions_of(session, made)
        record = record_of(session, made.id)
        assert session_facts(record, meeting, when_over=False).day_off is off


def test_a_large_class_asks_the_database_as_often_as_a_small_one(session: Session) -> None:
    counts = []
    for people in (2, 25):
        room = Room(session, people=people)
        for place in room.places:
            sign(session, room.meeting, place, START, device=b"d")
        session.flush()
        session.expire_all()
        asked: list[object] = []

        def note(*args: object, into: list[object] = asked) -> None:
            into.append(args[2])

        listen.listen(session.get_bind(), "before_cursor_execute", note)
        record = record_of(session, room.training_class.id)
        session_facts(record, record.meetings[0], when_over=True)
        class_facts(session, record, (1, 2))
        listen.remove(session.get_bind(), "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_facts_of_a_class_that_is_not_closed_say_nothing_of_exams(room: Room) -> None:
    record = record_of(room.session, room.training_class.id)
    facts = class_facts(room.session, record, (10, 20))
    assert (facts.roster, facts.session_scores, facts.dropped) == (2, (10, 20), 0)
    assert (facts.finished, facts.examined, facts.passed, facts.certified) == (None,) * 4


def test_who_left_after_the_class_had_begun_dropped_it(room: Room) -> None:
    for place, later in zip(room.places, (-MINUTE, MINUTE), strict=True):
        place.status, place.ended_at = "withdrawn", START + later
    room.session.flush()
    record = record_of(room.session, room.training_class.id)
    facts = class_facts(room.session, record, ())
    assert (facts.roster, facts.dropped) == (1, 1)


def test_facts_are_compared_with_care() -> None:
    """The comparison above must be able to fail."""
    drafts = drafts_of("database care", "few_phones")
    facts = drafts[-1].facts([])
    moved = tuple(replace(mark, device=None) for mark in facts.marks)
    assert points(facts) != points(replace(facts, marks=moved))
