"""The clock scores what is due and forgets signals."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import AttendanceSignal, ClassScore, SessionScore, TrainingSession
from tests.support import factories as make
from tests.support.sign_ins import sign
from tests.support.tasks import tick

DAY = timedelta(days=1)


@pytest.fixture
def meeting(engine: Engine) -> TrainingSession:
    with Session(engine, expire_on_commit=False) as session:
        made = make.make_class(session, first_start=make.NOW, sessions=1, status="running")
        (meeting,) = make.sessions_of(session, made)
        place = make.enrol(session, make.make_person(session), made)
        sign(session, meeting, place, make.NOW, device=b"one")
        meeting.confirmed_at = make.NOW + DAY
        session.commit()
        return meeting


def test_the_clock_scores_a_session_and_forgets_its_signals_after_ninety_days(
    engine: Engine, meeting: TrainingSession
) -> None:
    tick(now=make.NOW + 2 * DAY)
    with Session(engine) as session:
        for stage in ("day", "final"):
            assert session.get(SessionScore, (meeting.id, stage)) is not None
        assert session.get(ClassScore, meeting.class_id) is not None
        assert session.query(AttendanceSignal).filter_by(session_id=meeting.id).count() == 1
    tick(now=make.NOW + 91 * DAY)
    with Session(engine) as session:
        assert session.query(AttendanceSignal).filter_by(session_id=meeting.id).count() == 0
        assert session.get(SessionScore, (meeting.id, "day")) is not None
