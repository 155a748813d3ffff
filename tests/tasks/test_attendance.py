"""What attendance owes people comes by the clock."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AttendanceWarning, Notice
from portal.services import appeals
from tests.support.courses import END, Course, make_course
from tests.support.tasks import tick


@pytest.fixture
def saved(engine: Engine) -> Iterator[Course]:
    with Session(engine, expire_on_commit=False) as session:
        made = make_course(session, people=2, sessions=3)
        made.attend(1)
        session.commit()
        yield made


def test_overdue_sheets_appeals_and_warnings_are_told(saved: Course) -> None:
    appeals.appeal(
        saved.session,
        saved.people[0],
        session_id=saved.meeting.id,
        enrolment_id=saved.places[0].id,
        kind="missing",
        now=END,
    )
    saved.session.commit()
    for _ in range(2):
        tick(now=END + timedelta(days=6))
    query = select(Notice.kind).where(Notice.person_id == saved.manager.person_id)
    kinds = list(saved.session.scalars(query.order_by(Notice.id)))
    assert sorted(kinds) == ["appeal_overdue", "appeal_received", "sheets_overdue"]
    places = [place.id for place in saved.places]
    warned = saved.session.scalars(
        select(AttendanceWarning.level).where(AttendanceWarning.enrolment_id.in_(places))
    )
    assert set(warned) == {"lost"}
