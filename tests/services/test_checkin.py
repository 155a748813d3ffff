"""Checking in: the hot act, codes, tickets, typed digits, and the races."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceEvent,
    AttendanceSignal,
    AuditEvent,
    Enrolment,
    Institution,
    LoginSession,
    MakeUp,
    Person,
    SessionCall,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain import attendance, checkin_code
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import (
    CodeExpired,
    CodeInvalid,
    Forbidden,
    NotFound,
    NotOnRoster,
    OutsideWindow,
    PortalError,
    TooManyAttempts,
    Unauthenticated,
)
from portal.domain.permissions import Role
from portal.services import checkin_codes, room_screen
from portal.services.checkin import CheckinResult, check_in_now
from portal.services.checkin_typed import read_numeric
from portal.services.hot import closing_connections
from portal.services.signals import Signals
from portal.services.unit import as_actor, token_hash
from portal.services.windows import windows_of
from tests.support import factories as make
from tests.support.acts import together, trainee

START = make.NOW + timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Room:
    """A class that meets, one of its trainees, and the institution's instructor."""

    institution: Institution
    training_class: TrainingClass
    meeting: TrainingSession
    enrolment: Enrolment
    who: bytes
    staff: Any

    def check_in(
        self, phase: Phase = Phase.IN, at: datetime = START, **kwargs: Any
    ) -> CheckinResult:
        values: dict[str, Any] = {"session_id": self.meeting.id, "method": Method.QR, "now": at}
        return check_in_now(
            kwargs.pop("who", self.who), phase=phase, occurred_at=at, **values | kwargs
        )

    def screen(self, at: datetime) -> room_screen.ScreenCode:
        return as_actor(room_screen.show_code, self.staff, session_id=self.meeting.id, now=at)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, because a hot act has a connection of its own."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def room(saved: Session) -> Room:
    institution = make.make_institution(saved)
    klass = make.make_class(saved, institution=institution, first_start=START, status="running")
    account = make.make_account(saved)
    token = make.log_in(saved, account, now=START)
    enrolment = make.enrol(saved, saved.get_one(Person, account.person_id), klass)
    staff = make.make_actor(saved, Role.INSTRUCTOR, institution=institution)
    saved.commit()
    meeting = make.sessions_of(saved, klass)[0]
    return Room(institution, klass, meeting, enrolment, token_hash(token), staff)


def events(session: Session, meeting: TrainingSession) -> list[AttendanceEvent]:
    query = select(AttendanceEvent).where(AttendanceEvent.session_id == meeting.id)
    return list(session.scalars(query))


def test_a_scan_records_the_coming_and_its_trace(saved: Session, room: Room) -> None:
    scanned, spent = START - 5 * MINUTE, START - MINUTE
    result = room.check_in(at=scanned, now=spent)
    (event,) = events(saved, room.meeting)
    trace = saved.scalars(
        select(AuditEvent).where(AuditEvent.detail["event"].astext == str(event.id))
    ).one()
    assert (event.occurred_at, event.server_at, event.method) == (scanned, spent, "qr")
    assert (result.recorded_at, result.repeated, result.punctuality) == (scanned, False, "on_time")
    assert (result.name_masked, result.hours_credited, result.hours_planned) == ("王*强", 0, 8)
    assert result.receipt == event.receipt
    assert (trace.action, trace.on_behalf_of) == ("checkin.sign_in", room.enrolment.person_id)


def test_a_second_scan_answers_the_first_result(saved: Session, room: Room) -> None:
    first = room.check_in(at=START)
    again = room.check_in(at=START + MINUTE)
    assert again.repeated
    assert (again.recorded_at, again.receipt) == (first.recorded_at, first.receipt)
    # A retry that arrives after the window has closed is still the same answer.
    assert room.check_in(at=START + 31 * MINUTE).recorded_at == first.recorded_at
    assert len(events(saved, room.meeting)) == 1
    traces = saved.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(room.meeting.id))
    ).all()
    assert len(traces) == 1


def test_coming_and_leaving_are_two_events(saved: Session, room: Room) -> None:
    ends = room.meeting.ends_at
    room.check_in(Phase.IN, START)
    assert not room.check_in(Phase.OUT, ends).repeated
    assert room.check_in(Phase.OUT, ends + MINUTE).recorded_at == ends
    assert room.check_in(Phase.IN, START + MINUTE).recorded_at == START
    assert {event.phase for event in events(saved, room.meeting)} == {"in", "out"}


def test_leaving_without_having_come_is_recorded(saved: Session, room: Room) -> None:
    assert room.check_in(Phase.OUT, room.meeting.ends_at).phase == "out"


@pytest.mark.parametrize(("minutes", "late"), [(15, 0), (16, 16), (29, 29)])
def test_late_counts_from_the_start(room: Room, minutes: int, late: int) -> None:
    result = room.check_in(at=START + minutes * MINUTE)
    assert (result.punctuality == "late", result.minutes_late) == (late > 0, late)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize(
    "edge", ["sign_in_from", "sign_in_until", "sign_out_from", "sign_out_until"]
)
@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_the_statement_keeps_the_windows_of_the_domain(
    room: Room, phase: Phase, edge: str, shift: int
) -> None:
    at = getattr(room.meeting, edge) + timedelta(seconds=shift)
    if attendance.phase_open(windows_of(room.meeting), at) is phase:
        assert room.check_in(phase, at).recorded_at == at
    else:
        with pytest.raises(OutsideWindow):
            room.check_in(phase, at)


def test_outside_the_window_names_the_next_one(room: Room) -> None:
    with pytest.raises(OutsideWindow) as refused:
        room.check_in(at=START - timedelta(hours=2))
    assert refused.value.params["opens_at"] == room.meeting.sign_in_from


@pytest.mark.parametrize("status", ["withdrawn", "removed"])
def test_who_is_not_on_the_roster_is_refused(saved: Session, room: Room, status: str) -> None:
    with pytest.raises(NotOnRoster):
        room.check_in(who=trainee(saved), now=START - timedelta(hours=23))
    saved.get_one(Enrolment, room.enrolment.id).status = status
    saved.commit()
    with pytest.raises(NotOnRoster):
        room.check_in()
    assert events(saved, room.meeting) == []


def test_an_unknown_or_cancelled_session_is_not_found(saved: Session, room: Room) -> None:
    with pytest.raises(NotFound):
        room.check_in(session_id=new_id())
    saved.get_one(TrainingClass, room.training_class.id).status = "cancelled"
    saved.commit()
    with pytest.raises(NotFound):
        room.check_in()


def test_no_login_an_expired_and_a_revoked_one_are_refused(saved: Session, room: Room) -> None:
    with pytest.raises(Unauthenticated):
        room.check_in(who=token_hash("nobody"))
    with pytest.raises(Unauthenticated):
        room.check_in(now=START + timedelta(days=1))
    saved.query(LoginSession).filter_by(token_hash=room.who).update({"revoked_at": START})
    saved.commit()
    with pytest.raises(Unauthenticated):
        room.check_in()


def test_staff_do_not_check_in(saved: Session, room: Room) -> None:
    who = trainee(saved, Role.INSTRUCTOR, institution=room.institution)
    with pytest.raises(Forbidden):
        room.check_in(who=who, now=make.NOW)


def test_two_scans_at_once_leave_one_event_and_one_answer(saved: Session, room: Room) -> None:
    moments = [START + n * timedelta(seconds=1) for n in range(12)]
    answers = together([partial(room.check_in, Phase.IN, at) for at in moments])
    results = [answer for answer in answers if isinstance(answer, CheckinResult)]
    assert len(results) == 12
    assert len({result.recorded_at for result in results}) == 1
    assert sum(not result.repeated for result in results) == 1
    assert len(events(saved, room.meeting)) == 1


def test_the_screen_shows_the_code_of_the_open_phase(saved: Session, room: Room) -> None:
    coming, leaving = room.screen(START), room.screen(room.meeting.ends_at)
    assert (coming.phase, leaving.phase, coming.is_open) == ("in", "out", True)
    assert coming.url is not None
    assert coming.url.endswith(f"/c/{coming.token}")
    assert coming.numeric is not None
    assert len(coming.numeric) == 6
    assert coming.closes_at == room.meeting.sign_in_until
    assert (coming.present_count, coming.roster_count, coming.period_s) == (0, 1, 15)
    room.check_in()
    assert room.screen(START).present_count == 1


def test_the_screen_between_the_windows_says_when_the_next_opens(room: Room) -> None:
    screen = room.screen(START + 60 * MINUTE)
    assert (screen.is_open, screen.token, screen.numeric, screen.url) == (False, None, None, None)
    assert screen.opens_at == room.meeting.sign_out_from


def test_another_institution_and_a_trainee_get_no_code(saved: Session, room: Room) -> None:
    foreign = make.make_actor(saved, Role.MANAGER, institution=make.make_institution(saved))
    learner = make.make_actor(saved)
    for actor, refusal in ((foreign, NotFound), (learner, Forbidden)):
        with pytest.raises(refusal):
            room_screen.show_code(saved, actor, session_id=room.meeting.id, now=START)
    with pytest.raises(NotFound):
        room_screen.show_code(saved, room.staff, session_id=new_id(), now=START)


def test_a_scanned_code_becomes_a_ticket_that_counts_from_the_scan(room: Room) -> None:
    token = room.screen(START).token
    assert token is not None
    scan = checkin_codes.open_scan(token, now=START)
    assert (scan.session_id, scan.phase) == (room.meeting.id, "in")
    assert checkin_codes.reopen_scan(scan.ticket, now=START + MINUTE) == scan
    later = START + 9 * MINUTE
    ticket = checkin_codes.read_ticket(scan.ticket, device=b"", now=later)
    result = checkin_codes.check_in_with_ticket(room.who, ticket, now=later)
    assert result.recorded_at == START
    with pytest.raises(CodeExpired):
        checkin_codes.read_ticket(scan.ticket, device=b"", now=START + 11 * MINUTE)


def test_a_ticket_is_worth_something_only_on_the_phone_that_scanned(room: Room) -> None:
    token = room.screen(START).token or ""
    ticket = checkin_codes.open_scan(token, device=b"one phone", now=START).ticket
    assert checkin_codes.reopen_scan(ticket, device=b"one phone", now=START).ticket == ticket
    with pytest.raises(CodeInvalid):
        checkin_codes.reopen_scan(ticket, device=b"another", now=START)


def test_an_old_or_forged_code_opens_nothing(room: Room) -> None:
    token = room.screen(START).token
    assert token is not None
    with pytest.raises(CodeExpired):
        checkin_codes.open_scan(token, now=START + timedelta(seconds=61))
    other = "B" if token[-4] == "A" else "A"
    for forged in (token[:-4] + other + token[-3:], "nonsense", "", "x" * 5000):
        with pytest.raises(CodeInvalid):
            checkin_codes.open_scan(forged, now=START)


def test_a_code_scanned_just_after_the_window_is_refused(room: Room) -> None:
    token = room.screen(room.meeting.sign_in_until - timedelta(seconds=1)).token
    assert token is not None
    with pytest.raises(OutsideWindow) as refused:
        checkin_codes.open_scan(token, now=room.meeting.sign_in_until + timedelta(seconds=1))
    assert refused.value.params["opens_at"] == room.meeting.sign_out_from


def test_address_code_and_digits_all_check_in(room: Room) -> None:
    screen = room.screen(START)
    spaced = f"{screen.numeric[:3]} {screen.numeric[3:]}" if screen.numeric else ""
    codes = (screen.url, screen.token, screen.numeric, spaced)

    async def all_of_them() -> list[CheckinResult]:
        async with closing_connections():
            return [
                await checkin_codes.check_in_by_program(room.who, code or "", now=START)
                for code in codes
            ]

    answers = asyncio.run(all_of_them())
    assert [answer.repeated for answer in answers] == [False, True, True, True]


def other_digits(room: Room, at: datetime) -> str:
    """Six digits that the screen does not show around ``at``."""
    master = get_vault().subkey("checkin")
    key = checkin_code.session_key(master, room.meeting.id)
    moments = [at + n * checkin_code.CODE_PERIOD for n in range(-30, 30)]
    code = partial(checkin_code.code_at, key, session_id=room.meeting.id, phase=Phase.IN)
    shown = {code(at=moment).numeric for moment in moments}
    return next(digits for n in range(100) if (digits := f"{n:06d}") not in shown)


def test_wrong_digits_are_refused_and_old_ones_called_old(room: Room) -> None:
    with pytest.raises(CodeInvalid):
        read_numeric(room.who, numeric=other_digits(room, START), now=START)
    old = room.screen(START).numeric
    with pytest.raises(CodeExpired):
        read_numeric(room.who, numeric=old or "", now=START + MINUTE)


def test_more_than_ten_wrong_digits_in_five_minutes_stop_the_account(room: Room) -> None:
    wrong, right = other_digits(room, START), room.screen(START).numeric or ""
    for _ in range(10):
        with pytest.raises(CodeInvalid):
            read_numeric(room.who, numeric=wrong, now=START)
    with pytest.raises(TooManyAttempts) as refused:
        read_numeric(room.who, numeric=right, now=START)
    assert refused.value.params["seconds"] == 300
    # Trying on while stopped does not make the wait longer.
    for _ in range(11):
        with pytest.raises(TooManyAttempts):
            read_numeric(room.who, numeric=wrong, now=START + 4 * MINUTE)
    later = START + 5 * MINUTE
    again = room.screen(later).numeric or ""
    assert read_numeric(room.who, numeric=again, now=later).session_id == room.meeting.id


def test_guesses_at_once_do_not_slip_past_the_limit(room: Room) -> None:
    wrong = other_digits(room, START)
    guess = partial(read_numeric, room.who, numeric=wrong, now=START)
    answers = together([guess] * 24)
    kinds = [type(answer) for answer in answers if isinstance(answer, PortalError)]
    assert kinds.count(CodeInvalid) <= 10
    assert kinds.count(TooManyAttempts) >= 14


def test_digits_of_a_class_that_is_not_mine_say_so(saved: Session, room: Room) -> None:
    stranger = trainee(saved)
    digits = room.screen(START).numeric or ""
    with pytest.raises(NotOnRoster):
        read_numeric(stranger, numeric=digits, now=START - timedelta(hours=23))
    with pytest.raises(OutsideWindow) as refused:
        read_numeric(room.who, numeric=digits, now=START + 60 * MINUTE)
    assert refused.value.params["opens_at"] == room.meeting.sign_out_from


def test_digits_without_a_login_or_from_staff_are_refused(saved: Session, room: Room) -> None:
    with pytest.raises(Unauthenticated):
        read_numeric(token_hash("nobody"), numeric="123456", now=START)
    staff = trainee(saved, Role.MANAGER, institution=room.institution)
    with pytest.raises(Forbidden):
        read_numeric(staff, numeric="123456", now=make.NOW)


def test_no_more_than_forty_wrong_digits_in_half_a_day(room: Room) -> None:
    """Two digits are right at a time: 40 tries hit with 0.8 in 10,000."""
    wrong = other_digits(room, START)
    answers: list[type] = []
    for n in range(12):
        for _ in range(10):
            try:
                read_numeric(room.who, numeric=wrong, now=START + n * 5 * MINUTE)
            except PortalError as error:
                answers.append(type(error))
    tried = answers.count(CodeInvalid) + answers.count(CodeExpired)
    assert tried == 40
    assert answers.count(TooManyAttempts) >= 10


def test_a_guest_who_makes_up_a_session_is_recorded_under_their_own_enrolment(
    saved: Session, room: Room
) -> None:
    own = make.make_class(saved, first_start=START + timedelta(days=7), hours=16)
    account = make.make_account(saved)
    token = token_hash(make.log_in(saved, account, now=START))
    enrolment = make.enrol(saved, saved.get_one(Person, account.person_id), own)
    saved.add(
        MakeUp(
            enrolment_id=enrolment.id,
            person_id=account.person_id,
            missed_session_id=make.sessions_of(saved, own)[0].id,
            at_session_id=room.meeting.id,
            state="planned",
            created_at=START,
            created_by=account.id,
        )
    )
    saved.commit()
    result = room.check_in(who=token)
    assert (result.enrolment_id, result.own_class_id) == (enrolment.id, own.id)
    assert result.hours_planned == own.hours
    digits = room.screen(START).numeric or ""
    assert read_numeric(token, numeric=digits, now=START).session_id == room.meeting.id


def test_a_guest_who_has_joined_the_class_since_is_recorded_once_under_it(
    saved: Session, room: Room
) -> None:
    missed = make.make_class(saved, first_start=START + timedelta(days=7))
    account = make.make_account(saved)
    token = token_hash(make.log_in(saved, account, now=START))
    person = saved.get_one(Person, account.person_id)
    before = make.enrol(saved, person, missed)
    of = saved.get_one(TrainingClass, room.meeting.class_id)
    now_own = make.enrol(saved, person, of)
    saved.add(
        MakeUp(
            enrolment_id=before.id,
            person_id=person.id,
            missed_session_id=make.sessions_of(saved, missed)[0].id,
            at_session_id=room.meeting.id,
            state="planned",
            created_at=START,
            created_by=account.id,
        )
    )
    saved.commit()
    first, again = room.check_in(who=token), room.check_in(who=token)
    assert (first.enrolment_id, again.enrolment_id) == (now_own.id, now_own.id)
    assert (first.repeated, again.repeated) == (False, True)
    assert first.receipt == again.receipt


def test_a_roll_call_takes_scans_while_it_is_open_and_no_others(saved: Session, room: Room) -> None:
    called = START + 70 * MINUTE
    with pytest.raises(OutsideWindow):
        room.check_in(Phase.MID, at=called)
    saved.add(
        SessionCall(
            session_id=room.meeting.id,
            called_at=called,
            closes_at=called + 5 * MINUTE,
            called_by=room.staff.account_id,
        )
    )
    saved.commit()
    assert room.check_in(Phase.MID, at=called).phase == "mid"
    assert room.check_in(Phase.MID, at=called + MINUTE).repeated
    with pytest.raises(OutsideWindow):
        room.check_in(Phase.OUT, at=called + 2 * MINUTE)
    key = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    code = checkin_code.code_at(key, session_id=room.meeting.id, phase=Phase.MID, at=called)
    assert checkin_codes.open_scan(code.token, now=called).phase == "mid"
    read = read_numeric(room.who, numeric=code.numeric, now=called)
    assert read.phase is Phase.MID
    late = called + 5 * MINUTE
    late_code = checkin_code.code_at(key, session_id=room.meeting.id, phase=Phase.MID, at=late)
    with pytest.raises(OutsideWindow):
        checkin_codes.open_scan(late_code.token, now=late)


def test_what_a_sign_in_looked_like_stands_beside_it(saved: Session, room: Room) -> None:
    seen = Signals(device=b"d", network=b"n", band="near", spot=b"s", code_age=3.5, clock_off=0.2)
    room.check_in(seen=seen)
    (event,) = events(saved, room.meeting)
    looks = saved.get_one(AttendanceSignal, event.id)
    assert (looks.device, looks.network, looks.band, looks.spot) == (b"d", b"n", "near", b"s")
    assert (looks.code_age, looks.clock_off, looks.relay, looks.moved_login) == (
        3.5,
        0.2,
        None,
        False,
    )
    # A second scan leaves the looks of the first.
    room.check_in(seen=Signals(device=b"e"))
    assert saved.scalars(select(AttendanceSignal.device)).all().count(b"e") == 0
