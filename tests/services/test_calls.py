"""The roll-call in the middle of a session: when, by whom, and who answered."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Inspection, SessionCall
from portal.domain.errors import Forbidden, NotFound, OutsideWindow, PortalError, Unauthenticated
from portal.domain.leave_errors import CallRefused
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import calls
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.meetings import END, MINUTE, START, School, guest_at, school

MIDDLE = START + 90 * MINUTE


@pytest.fixture
def here(session: Session) -> School:
    return school(session)


def start(of: School, now: datetime = MIDDLE) -> calls.OpenCall:
    return calls.start(of.session, of.staff, session_id=of.meeting.id, now=now)


def sheet(of: School, now: datetime = MIDDLE) -> calls.CallSheet:
    return calls.call_sheet(of.session, of.staff, session_id=of.meeting.id, now=now)


def test_a_call_is_open_for_the_regions_minutes(here: School) -> None:
    assert start(here).closes_at == MIDDLE + 5 * MINUTE
    assert calls.open_call(here.session, here.meeting.id, MIDDLE) is not None
    assert calls.open_call(here.session, here.meeting.id, MIDDLE + 5 * MINUTE) is None
    assert calls.open_call(here.session, here.meeting.id, MIDDLE - MINUTE) is None


def test_a_call_never_runs_into_sign_out(here: School) -> None:
    late = here.meeting.sign_out_from - 2 * MINUTE
    assert start(here, late).closes_at == here.meeting.sign_out_from


@pytest.mark.parametrize(
    ("minutes", "allowed"), [(29, False), (30, True), (169, True), (169.5, False), (200, False)]
)
def test_a_call_belongs_between_sign_in_and_sign_out(
    here: School, minutes: float, allowed: bool
) -> None:
    now = START + timedelta(minutes=minutes)
    if allowed:
        assert start(here, now).called_at == now
    else:
        with pytest.raises(CallRefused):
            start(here, now)


def test_a_double_tap_answers_the_open_call_and_a_second_call_is_refused(here: School) -> None:
    assert start(here) == start(here, MIDDLE + MINUTE)
    with pytest.raises(CallRefused):
        start(here, MIDDLE + 10 * MINUTE)
    traces = select(func.count()).where(
        AuditEvent.action == "attendance.call", AuditEvent.object_id == str(here.meeting.id)
    )
    assert here.session.scalar(traces) == 1


def test_two_who_call_at_once_make_one_call(here: School, engine: Engine) -> None:
    here.session.commit()
    act = partial(calls.start, session_id=here.meeting.id, now=MIDDLE)
    answers = together([partial(as_actor, act, here.staff)] * 4)
    assert not any(isinstance(answer, PortalError) for answer in answers)
    count = select(func.count()).where(SessionCall.session_id == here.meeting.id)
    assert here.session.scalar(count) == 1


def test_an_officer_calls_in_the_region_and_nowhere_else(session: Session, here: School) -> None:
    stranger = make.make_actor(session, Role.OFFICER, region_code="370200")
    with pytest.raises(NotFound):
        calls.start(session, stranger, session_id=here.meeting.id, now=MIDDLE)
    officer = make.make_actor(session, Role.OFFICER)
    calls.start(session, officer, session_id=here.meeting.id, now=MIDDLE)
    assert sheet(here).by_officer


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.HELPER, Role.EMPLOYER])
def test_nobody_else_calls(session: Session, here: School, role: Role) -> None:
    with pytest.raises(Forbidden):
        calls.start(session, make.make_actor(session, role), session_id=here.meeting.id, now=MIDDLE)


def test_staff_of_another_institution_find_nothing(session: Session, here: School) -> None:
    other = make.make_actor(session, Role.MANAGER, institution=make.make_institution(session))
    for act in (calls.start, calls.call_sheet):
        with pytest.raises(NotFound):
            act(session, other, session_id=here.meeting.id, now=MIDDLE)
        with pytest.raises(Unauthenticated):
            act(session, ANONYMOUS, session_id=here.meeting.id, now=MIDDLE)


def test_the_staff_see_who_answered_and_who_did_not(session: Session, here: School) -> None:
    away = school(session, first_start=START - timedelta(days=2), trainees=1)
    guest_at(session, away, here)
    here.scan(here.places[0], "in", START)
    here.scan(here.places[1], "in", START)
    here.scan(away.places[0], "in", START)
    start(here)
    here.scan(here.places[0], "mid", MIDDLE + MINUTE)
    found = sheet(here, MIDDLE + 2 * MINUTE)
    assert found.status == "open"
    assert [one.enrolment_id for one in found.answered] == [here.places[0].id]
    assert {(one.enrolment_id, one.is_guest) for one in found.missing} == {
        (here.places[1].id, False),
        (away.places[0].id, True),
    }


def test_who_never_came_is_not_missed_at_the_call(here: School) -> None:
    start(here)
    assert sheet(here).missing == ()


def test_a_tap_answers_for_who_has_no_phone_while_the_call_is_open(here: School) -> None:
    here.scan(here.places[0], "in", START)
    with pytest.raises(OutsideWindow):
        calls.tap(
            here.session,
            here.staff,
            session_id=here.meeting.id,
            enrolment_id=here.places[0].id,
            now=MIDDLE,
        )
    start(here)
    for _ in range(2):
        found = calls.tap(
            here.session,
            here.staff,
            session_id=here.meeting.id,
            enrolment_id=here.places[0].id,
            now=MIDDLE + MINUTE,
        )
        assert len(found.answered) == 1


@pytest.mark.parametrize(
    ("minutes", "status"), [(0, "early"), (60, "possible"), (172, "late"), (200, "late")]
)
def test_the_sheet_says_when_a_call_is_possible(here: School, minutes: int, status: str) -> None:
    assert sheet(here, START + minutes * MINUTE).status == status


def test_a_call_that_is_over_stays_on_the_sheet(here: School) -> None:
    start(here)
    assert sheet(here, END).status == "over"


def counted(session: Session, here: School, officer: Actor, at: datetime | None) -> None:
    """The officer's inspection, with the heads entered at a moment or not yet."""
    session.add(
        Inspection(
            session_id=here.meeting.id,
            officer_account_id=officer.the_account(),
            opened_at=MIDDLE,
            counted_at=at,
            head_count=None if at is None else 2,
        )
    )
    session.flush()


def test_an_officer_learns_how_many_answered_and_no_names(session: Session, here: School) -> None:
    officer = make.make_actor(session, Role.OFFICER)
    here.scan(here.places[0], "in", START)
    here.scan(here.places[1], "in", START)
    counted(session, here, officer, MIDDLE)

    def count(now: datetime) -> calls.CallCount | None:
        return calls.call_count(session, officer, session_id=here.meeting.id, now=now)

    assert count(MIDDLE) is None
    calls.start(session, officer, session_id=here.meeting.id, now=MIDDLE)
    here.scan(here.places[0], "mid", MIDDLE + MINUTE)
    closes = MIDDLE + 5 * MINUTE
    assert count(MIDDLE + MINUTE) == calls.CallCount(closes, True, answered=1, expected=2)
    assert count(END) == calls.CallCount(closes, False, answered=1, expected=2)
    with pytest.raises(Forbidden):
        calls.call_sheet(session, officer, session_id=here.meeting.id, now=MIDDLE)


def test_an_officer_who_has_not_counted_heads_learns_no_number_while_the_lesson_runs(
    session: Session, here: School
) -> None:
    officer, colleague = (make.make_actor(session, Role.OFFICER) for _ in range(2))
    here.scan(here.places[0], "in", START)
    calls.start(session, officer, session_id=here.meeting.id, now=MIDDLE)
    counted(session, here, officer, None)
    counted(session, here, colleague, MIDDLE)

    def count(who: Actor, now: datetime) -> tuple[int | None, int | None]:
        found = calls.call_count(session, who, session_id=here.meeting.id, now=now)
        assert found is not None
        return found.answered, found.expected

    assert count(officer, END - MINUTE) == (None, None)
    assert count(colleague, END - MINUTE) == (0, 1)
    # No count is taken any more, so that none can be copied.
    assert count(officer, END) == (0, 1)
    assert count(here.staff, MIDDLE) == (0, 1)
