"""The demo holds one teacher, one room and one trainee in two places, and teachers who came."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, StaffAttendance, TrainingSession
from portal.domain.permissions import Actor, Role
from portal.services.overlaps import Overlaps, overlaps
from portal.services.staff_attendance import lines
from portal.services.times import day_bounds
from tests.support.demo import NOW, load


def found(session: Session) -> tuple[Overlaps, ...]:
    officer = Actor(
        Role.OFFICER, account_id=session.scalar(select(Account.id)), region_code="650400"
    )
    around = timedelta(days=30)
    return overlaps(session, officer, since=NOW - around, until=NOW + around, now=NOW)


def test_each_kind_of_overlap_can_be_looked_at(session: Session) -> None:
    by_kind = {of.kind: of for of in found(session)}
    assert {kind: bool(of.rows) for kind, of in by_kind.items()} == {
        "instructor": True,
        "room": True,
        "person": True,
    }
    assert all(row.across for of in by_kind.values() for row in of.rows)
    assert by_kind["instructor"].total <= 3
    assert by_kind["person"].total == 1


def test_whoever_taught_came_and_left(session: Session) -> None:
    over = session.scalars(
        select(TrainingSession.id)
        .where(
            TrainingSession.ends_at < day_bounds(NOW)[0], TrainingSession.instructor_id.is_not(None)
        )
        .limit(40)
    ).all()
    assert over
    for session_id in over:
        assert [line.odd for line in lines(session, session_id, now=NOW)] == [()]


def test_loading_again_adds_nothing(session: Session) -> None:
    def counts() -> tuple[int, list[int]]:
        session.rollback()
        taps = session.scalar(select(func.count()).select_from(StaffAttendance)) or 0
        return taps, [of.total for of in found(session)]

    before = counts()
    load()
    assert counts() == before
