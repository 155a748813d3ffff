"""What the room's screen is given, in every phase and setting of its class."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceEvent,
    AuditEvent,
    ClassCheckIn,
    Institution,
    MakeUp,
    SessionCall,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain import checkin_code, relay_trap
from portal.domain.checkin_code import CODE_PERIOD, Phase, ReadCode
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services import code_claims, room_screen
from portal.services.room_screen import ScreenCode
from portal.services.unit import as_actor
from tests.support import factories as make

START = make.NOW + timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Room:
    """A class that meets at START, and its instructor."""

    institution: Institution
    training_class: TrainingClass
    meeting: TrainingSession
    staff: Actor

    def screen(self, at: datetime = START) -> ScreenCode:
        return as_actor(room_screen.show_code, self.staff, session_id=self.meeting.id, now=at)

    def key(self) -> bytes:
        return checkin_code.session_key(get_vault().subkey("checkin"), self.meeting.id)


@pytest.fixture
def room(engine: Engine) -> Room:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        institution = make.make_institution(session)
        of = make.make_class(session, institution=institution, first_start=START, status="running")
        staff = make.make_actor(session, Role.INSTRUCTOR, institution=institution)
        return Room(institution, of, make.sessions_of(session, of)[0], staff)


def save(engine: Engine, *rows: Any) -> None:
    with Session(engine) as session, session.begin():
        session.add_all(rows)


def settings(room: Room, **chosen: bool) -> ClassCheckIn:
    values = {"relay_trap": False, "new_code_per_scan": False} | chosen
    return ClassCheckIn(class_id=room.training_class.id, updated_at=START, **values)


def test_a_class_without_settings_shows_codes_that_change_by_time(room: Room) -> None:
    screen = room.screen()
    assert (screen.phase, screen.seq, screen.new_code_per_scan) == ("in", 0, False)
    assert screen.colour is None
    assert room_screen.colours_ahead(screen, span=MINUTE) == ()
    assert screen.url == room_screen.scan_url(screen.token or "")
    assert (screen.opens_at, screen.closes_at) == (
        room.meeting.sign_out_from,
        room.meeting.sign_in_until,
    )


@pytest.mark.parametrize("seconds", [0, 1, 299, 300])
def test_the_keys_make_the_codes_of_the_next_ten_minutes_and_not_the_session_key(
    room: Room, seconds: int
) -> None:
    now = START + timedelta(seconds=seconds)
    screen = room.screen(now)
    last = now + 10 * MINUTE
    assert screen.keys[0].block == relay_trap.block_of(now)
    assert screen.keys[-1].block >= relay_trap.block_of(last)
    # Nor may a thief of the screen's keys make codes for longer than a quarter of an hour.
    assert screen.keys[-1].block < relay_trap.block_of(now + 15 * MINUTE)
    for of in screen.keys:
        assert of.key == checkin_code.screen_key(room.key(), Phase.IN, of.block)
        assert of.key not in (room.key(), get_vault().subkey("checkin"))


def test_keys_do_not_reach_a_log_by_their_view(room: Room) -> None:
    screen = room.screen()
    assert all(repr(of.key) not in repr(screen) for of in screen.keys)


def test_with_every_scan_the_number_goes_up(engine: Engine, room: Room) -> None:
    save(engine, settings(room, new_code_per_scan=True))
    first = room.screen()
    read = checkin_code.read_any_token(get_vault().subkey("checkin"), first.token or "")
    assert read.seq == first.seq == 1
    code_claims.claim(read, now=START)
    second = room.screen()
    assert (second.seq, second.numeric) == (2, first.numeric)
    assert second.token != first.token


def test_the_number_is_of_the_phase(engine: Engine, room: Room) -> None:
    save(engine, settings(room, new_code_per_scan=True))
    step = checkin_code.step_of(START)
    for seq in (1, 2):
        code_claims.claim(ReadCode(room.meeting.id, Phase.IN, step, seq), now=START)
    assert room.screen().seq == 3
    assert room.screen(room.meeting.sign_out_from).seq == 1


def test_the_colours_ahead_are_those_the_server_judges_by(engine: Engine, room: Room) -> None:
    save(engine, settings(room, relay_trap=True))
    # Across the border of a block.
    now = START + 5 * MINUTE - timedelta(seconds=7, milliseconds=300)
    screen = room.screen(now)
    ahead = room_screen.colours_ahead(screen, span=timedelta(seconds=40))
    assert screen.colour == ahead[0][1]
    assert ahead[0][0] <= now < ahead[1][0]
    for at, colour in ahead:
        key = checkin_code.screen_key(room.key(), Phase.IN, relay_trap.block_of(at))
        for moment in (at, at + relay_trap.COLOUR_PERIOD - timedelta(microseconds=1)):
            assert relay_trap.colour_at(key, moment) == colour


def test_a_roll_call_shows_codes_of_its_own_phase_until_it_closes(
    engine: Engine, room: Room
) -> None:
    called = START + 60 * MINUTE
    closes = called + 5 * MINUTE
    save(
        engine,
        SessionCall(
            session_id=room.meeting.id,
            called_at=called,
            closes_at=closes,
            called_by=room.staff.account_id,
        ),
    )
    assert room.screen(called - MINUTE).phase is None
    screen = room.screen(called)
    assert (screen.phase, screen.closes_at, screen.count) == ("mid", closes, 0)
    read = checkin_code.read_any_token(get_vault().subkey("checkin"), screen.token or "")
    assert read.phase is Phase.MID
    assert screen.keys[0].key == checkin_code.screen_key(
        room.key(), Phase.MID, screen.keys[0].block
    )
    assert room.screen(closes).phase is None


@pytest.mark.parametrize(
    ("phase", "present", "called", "left", "said"),
    [
        ("in", 2, 0, 0, (2, 9)),
        ("mid", 2, 1, 0, (1, 2)),
        ("out", 2, 0, 1, (1, 2)),
        ("out", 2, 0, 3, (3, 3)),
    ],
)
def test_a_count_is_of_the_roster_while_they_come_and_then_of_those_who_came(
    room: Room, phase: str, present: int, called: int, left: int, said: tuple[int, int]
) -> None:
    counts = {"present_count": present, "called_count": called, "left_count": left}
    shown = replace(room.screen(), phase=phase, roster_count=9, **counts)
    assert (shown.count, shown.expected_count) == said


def test_guests_are_expected_and_counted_like_everybody(engine: Engine, room: Room) -> None:
    with Session(engine) as session, session.begin():
        other = make.make_class(session, first_start=START - timedelta(days=3))
        guest = make.enrol(session, make.make_person(session), other)
        make.enrol(session, make.make_person(session), room.training_class)
        session.add(
            MakeUp(
                enrolment_id=guest.id,
                person_id=guest.person_id,
                missed_session_id=make.sessions_of(session, other)[0].id,
                at_session_id=room.meeting.id,
                state="planned",
                created_at=START,
                created_by=room.staff.account_id,
            )
        )
        session.add(
            AttendanceEvent(
                session_id=room.meeting.id,
                enrolment_id=guest.id,
                person_id=guest.person_id,
                phase="in",
                method="qr",
                occurred_at=START,
                server_at=START,
                receipt="TEST-TEST",
            )
        )
    shown = room.screen()
    assert (shown.count, shown.expected_count) == (1, 2)


def test_a_closed_screen_has_no_key(room: Room) -> None:
    for at in (
        room.meeting.sign_in_from - MINUTE,
        room.meeting.sign_in_until,
        room.meeting.sign_out_until + MINUTE,
    ):
        screen = room.screen(at)
        assert (screen.is_open, screen.keys, screen.token, screen.seq) == (False, (), None, 0)


def test_the_first_code_that_was_shown_is_noted(engine: Engine, room: Room) -> None:
    for at in (
        room.meeting.sign_in_from - MINUTE,
        room.meeting.sign_in_from,
        room.meeting.sign_in_from + CODE_PERIOD,
    ):
        room.screen(at)
    with Session(engine) as session:
        row = session.get_one(TrainingSession, room.meeting.id)
        assert row.screen_opened_at == room.meeting.sign_in_from
        trace = session.scalars(
            select(AuditEvent).where(
                AuditEvent.action == "checkin.open_screen",
                AuditEvent.object_id == str(room.meeting.id),
            )
        ).one()
        assert (trace.actor_account_id, trace.at) == (
            room.staff.account_id,
            room.meeting.sign_in_from,
        )


def test_others_get_neither_code_nor_key_and_open_nothing(engine: Engine, room: Room) -> None:
    with Session(engine) as session:
        foreign = make.make_actor(session, Role.MANAGER, institution=make.make_institution(session))
        officer = make.make_actor(session, Role.OFFICER)
        learner = make.make_actor(session)
        session.commit()
    for actor, refusal in ((foreign, NotFound), (officer, Forbidden), (learner, Forbidden)):
        with pytest.raises(refusal):
            as_actor(room_screen.show_code, actor, session_id=room.meeting.id, now=START)
    with Session(engine) as session:
        assert session.get_one(TrainingSession, room.meeting.id).screen_opened_at is None
