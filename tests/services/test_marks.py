"""Events that staff record for somebody on a sheet."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    AttendanceEvent,
    AttendanceSignal,
    AuditEvent,
    Enrolment,
    MakeUp,
    SessionCall,
    TrainingClass,
)
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import NotFound, OutsideWindow
from portal.domain.permissions import Actor, Role
from portal.services import marks
from portal.services.marks import Marked
from portal.services.signals import Signals
from portal.services.teaching import OwnSession
from tests.support import factories as make

START = make.NOW
MINUTE = timedelta(minutes=1)


class Desk(NamedTuple):
    staff: Actor
    own: OwnSession
    enrolment: Enrolment
    other_class: TrainingClass


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def desk(saved: Session) -> Desk:
    institution = make.make_institution(saved)
    of = make.make_class(saved, institution=institution, first_start=START, status="running")
    other = make.make_class(
        saved, institution=institution, first_start=START + 7 * timedelta(days=1), status="running"
    )
    enrolment = make.enrol(saved, make.make_person(saved), of)
    staff = make.make_actor(saved, Role.INSTRUCTOR, institution=institution)
    saved.commit()
    return Desk(staff, OwnSession(make.sessions_of(saved, of)[0], of), enrolment, other)


def put(desk: Desk, session: Session, at: datetime = START, **kwargs: object) -> Marked:
    values = {
        "enrolment_id": desk.enrolment.id,
        "phase": Phase.IN,
        "method": Method.PASS,
        "occurred_at": at,
        "now": at,
    }
    return marks.mark(session, desk.staff, desk.own, **values | kwargs)  # type: ignore[arg-type]


def test_a_mark_is_an_event_with_its_method_signals_and_trace(saved: Session, desk: Desk) -> None:
    looks = Signals(clock_off=1.5)
    late = START + 3 * MINUTE
    marked = put(desk, saved, offline=True, seen=looks, now=late)
    event = saved.get_one(AttendanceEvent, marked.event_id)
    assert (event.method, event.offline, event.occurred_at) == ("pass", True, START)
    assert (event.server_at, event.actor_account_id) == (late, desk.staff.account_id)
    assert saved.get_one(AttendanceSignal, event.id).clock_off == 1.5
    trace = saved.scalars(
        select(AuditEvent).where(AuditEvent.detail["event"].astext == str(event.id))
    ).one()
    assert (trace.action, trace.on_behalf_of) == ("attendance.mark", desk.enrolment.person_id)
    assert trace.detail == {"phase": "in", "method": "pass", "event": str(event.id)}


def test_again_answers_the_first_with_its_time(saved: Session, desk: Desk) -> None:
    first = put(desk, saved)
    again = put(desk, saved, START + MINUTE, method=Method.MANUAL)
    assert again.repeated
    assert (again.event_id, again.occurred_at, again.receipt) == (
        first.event_id,
        START,
        first.receipt,
    )


def test_ten_at_once_are_one_event(saved: Session, desk: Desk) -> None:
    act = partial(put, desk)
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda _: in_transaction(act), range(10)))
    assert sum(not each.repeated for each in found) == 1
    assert len({each.event_id for each in found}) == 1


@pytest.mark.parametrize("minutes", [-31, 31, 400])
def test_the_window_is_judged_by_when_it_happened(saved: Session, desk: Desk, minutes: int) -> None:
    with pytest.raises(OutsideWindow):
        put(desk, saved, START + minutes * MINUTE, now=START)


def test_a_roll_call_is_open_only_when_it_was_called(saved: Session, desk: Desk) -> None:
    at = START + 60 * MINUTE
    with pytest.raises(OutsideWindow):
        put(desk, saved, at, phase=Phase.MID)
    saved.add(
        SessionCall(
            session_id=desk.own.session.id,
            called_at=at,
            closes_at=at + 5 * MINUTE,
            called_by=desk.staff.account_id,
        )
    )
    saved.flush()
    assert put(desk, saved, at, phase=Phase.MID).phase is Phase.MID
    with pytest.raises(OutsideWindow):
        put(desk, saved, at + 5 * MINUTE, phase=Phase.MID)


def test_nobody_but_the_roster_and_its_guests_is_marked(saved: Session, desk: Desk) -> None:
    guest = make.enrol(saved, make.make_person(saved), desk.other_class)
    with pytest.raises(NotFound):
        put(desk, saved, enrolment_id=guest.id)
    missed = make.sessions_of(saved, desk.other_class)[0]
    saved.add(
        MakeUp(
            enrolment_id=guest.id,
            person_id=guest.person_id,
            missed_session_id=missed.id,
            at_session_id=desk.own.session.id,
            state="planned",
            created_at=START,
            created_by=desk.staff.account_id,
        )
    )
    saved.flush()
    assert put(desk, saved, enrolment_id=guest.id).person_id == guest.person_id


def test_somebody_who_left_the_class_is_not_marked(saved: Session, desk: Desk) -> None:
    desk.enrolment.status = "withdrawn"
    saved.flush()
    with pytest.raises(NotFound):
        put(desk, saved)
