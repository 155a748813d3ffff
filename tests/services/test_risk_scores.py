"""Scores are kept, come again when something changed, and stay when their signals are gone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceAppeal,
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceSignal,
    ClassScore,
    Enrolment,
    Inspection,
    RelayTry,
    SessionScore,
    TrainingSession,
)
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Role
from portal.locale.risk import innocent, sentence
from portal.services import risk_scores
from portal.services.risk_scores import KEPT_FOR, UNCONFIRMED_KEPT_FOR, due, reasons_of, score
from tests.support import factories as make
from tests.support.sign_ins import sign

START = make.NOW
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# After the sign-out of the first session, and of the second a day later.
FIRST, OVER = START + timedelta(hours=5), START + DAY + timedelta(hours=5)


class Course:
    """A class of twelve people with two sessions; all sign in by one phone in the first."""

    def __init__(self, session: Session, people: int = 12, **fields: Any) -> None:
        self.session = session
        self.made = make.make_class(session, first_start=START, status="running", **fields)
        self.first, self.second = make.sessions_of(session, self.made)
        self.places = [
            make.enrol(session, make.make_person(session), self.made) for _ in range(people)
        ]
        for number, place in enumerate(self.places):
            self.come(self.first, place, number, device=b"one", network=b"room")
            self.come(self.second, place, number * 7 % 12)
        session.commit()

    def come(self, meeting: TrainingSession, place: Enrolment, number: int, **known: Any) -> None:
        sign(self.session, meeting, place, meeting.starts_at + number * 47 * MINUTE / 60, **known)

    def due(self, now: datetime) -> bool:
        return self.made.id in due(self.session, SYSTEM, now=now)

    def score(self, now: datetime) -> None:
        score(self.session, SYSTEM, class_id=self.made.id, now=now)
        self.session.commit()

    def points(self, stage: str = "day") -> dict[int, int]:
        rows = self.session.execute(
            select(TrainingSession.seq_no, SessionScore.points)
            .join(SessionScore, SessionScore.session_id == TrainingSession.id)
            .where(TrainingSession.class_id == self.made.id, SessionScore.stage == stage)
        )
        return dict(rows.tuples().all())

    def of(self, meeting: TrainingSession, stage: str = "day") -> SessionScore:
        self.session.expire_all()
        return self.session.get_one(SessionScore, (meeting.id, stage))

    def of_class(self) -> ClassScore | None:
        self.session.expire_all()
        return self.session.get(ClassScore, self.made.id)


@pytest.fixture
def course(engine: Engine) -> Iterator[Course]:
    with Session(engine, expire_on_commit=False) as session:
        yield Course(session)
        session.rollback()


def test_a_session_is_due_when_its_sign_out_is_over(course: Course) -> None:
    assert not course.due(course.first.sign_out_until)
    assert course.due(course.first.sign_out_until + MINUTE)


def test_the_score_of_the_day_stands_with_its_reasons_and_people(course: Course) -> None:
    course.score(FIRST)
    assert course.points().keys() == {1}
    assert course.points("final") == {}
    kept = course.of(course.first)
    reasons = {reason.code: reason for reason in reasons_of(kept.reasons)}
    shared = reasons["shared_phone"]
    assert set(shared.people) == {str(place.id) for place in course.places}
    assert (kept.points, shared.points) == (min(sum(r.points for r in reasons.values()), 100), 50)
    assert sentence(shared).startswith("1 部手机各给 3 个人以上签了到，一共 12 人")
    assert innocent(shared)
    assert not course.due(FIRST + DAY / 2)


def test_the_score_of_the_end_comes_with_the_class_s(course: Course) -> None:
    course.score(FIRST)
    assert course.of_class() is None
    assert course.due(OVER)
    course.score(OVER)
    assert course.points("final").keys() == {1, 2}
    kept = course.of_class()
    assert kept is not None
    assert "odd_sessions" in {row["code"] for row in kept.reasons}
    assert not course.due(OVER + DAY)


def test_a_second_score_of_the_same_records_is_the_same(course: Course) -> None:
    course.score(OVER)
    before = (course.of(course.first).reasons, course.points(), course.points("final"))
    course.score(OVER + DAY)
    assert (course.of(course.first).reasons, course.points(), course.points("final")) == before


def confirm(course: Course, at: datetime) -> None:
    for meeting in (course.first, course.second):
        meeting.confirmed_at = at


def correct(course: Course, at: datetime) -> None:
    course.session.add(
        AttendanceCorrection(
            session_id=course.first.id,
            enrolment_id=course.places[0].id,
            old_state="absent",
            old_hours=0,
            new_state="present",
            new_hours=4,
            reason="漏签",
            actor_account_id=make.make_account(course.session).id,
            at=at,
        )
    )


def upload(course: Course, at: datetime) -> None:
    place = make.enrol(course.session, make.make_person(course.session), course.made)
    course.session.add(
        AttendanceEvent(
            session_id=course.first.id,
            enrolment_id=place.id,
            person_id=place.person_id,
            phase="in",
            method="qr",
            occurred_at=START,
            server_at=at,
            receipt="TEST-TEST",
            offline=True,
        )
    )


def inspect(course: Course, at: datetime, heads: int = 2) -> None:
    course.session.add(
        Inspection(
            session_id=course.first.id,
            officer_account_id=make.make_account(course.session, Role.OFFICER).id,
            opened_at=at,
            counted_at=at,
            head_count=heads,
            sheet_count=10,
            roster_count=12,
            card="red",
        )
    )


def appeal(course: Course, at: datetime) -> None:
    course.session.add(
        AttendanceAppeal(
            session_id=course.first.id,
            enrolment_id=course.places[0].id,
            kind="missing",
            state="upheld",
            created_at=at,
            due_at=at,
            answer="已补记",
            answered_at=at,
        )
    )


def leave(course: Course, at: datetime) -> None:
    course.places[0].status, course.places[0].ended_at = "withdrawn", at


@pytest.mark.parametrize("change", [confirm, correct, upload, inspect, appeal, leave])
def test_what_changes_later_makes_the_score_due_again_and_only_once(
    course: Course, change: Any
) -> None:
    course.score(OVER)
    assert not course.due(OVER + DAY)
    change(course, OVER + DAY)
    course.session.commit()
    assert course.due(OVER + DAY)
    course.score(OVER + DAY + 5 * MINUTE)
    assert not course.due(OVER + DAY + 10 * MINUTE)


def test_an_inspector_s_count_feeds_the_score_and_is_told_as_it_was_counted(
    course: Course,
) -> None:
    course.score(FIRST)
    before = course.of(course.first).points
    inspect(course, START + 5 * MINUTE)
    course.session.commit()
    course.score(FIRST + DAY)
    assert course.of(course.first).points > before
    (told,) = [row for row in course.of(course.first).reasons if row["code"] == "head_count"]
    assert told["params"] == {"counted": 2, "listed": 7}


def test_signals_go_ninety_days_after_the_confirmation_and_the_score_stays(
    course: Course,
) -> None:
    confirm(course, OVER)
    course.session.commit()
    course.score(OVER)
    stood = course.of(course.first).reasons
    assert signals(course) == 12
    risk_scores.forget_signals(course.session, SYSTEM, now=OVER + KEPT_FOR - MINUTE)
    assert signals(course) == 12
    assert risk_scores.forget_signals(course.session, SYSTEM, now=OVER + KEPT_FOR) >= 12
    course.session.commit()
    assert signals(course) == 0
    correct(course, OVER + KEPT_FOR + DAY)
    course.session.commit()
    course.score(OVER + KEPT_FOR + 2 * DAY)
    assert course.of(course.first).reasons == stood
    assert course.of(course.first, "final").computed_at == OVER
    assert not course.due(OVER + KEPT_FOR + 3 * DAY)


def test_a_sheet_that_nobody_confirms_keeps_no_signals_for_ever(course: Course) -> None:
    answer = RelayTry(
        session_id=course.first.id,
        person_id=course.places[0].person_id,
        phase="in",
        no=1,
        asked_at=START,
        answered_at=START,
        right=False,
    )
    course.session.add(answer)
    course.session.flush()
    late = course.first.sign_out_until + UNCONFIRMED_KEPT_FOR
    risk_scores.forget_signals(course.session, SYSTEM, now=late - MINUTE)
    assert (signals(course), tries(course)) == (12, 1)
    risk_scores.forget_signals(course.session, SYSTEM, now=late)
    assert (signals(course), tries(course)) == (0, 0)


def tries(course: Course) -> int:
    query = select(func.count()).where(RelayTry.session_id == course.first.id)
    return course.session.scalar(query) or 0


def signals(course: Course) -> int:
    query = select(func.count()).select_from(AttendanceSignal)
    in_class = AttendanceSignal.session_id.in_([course.first.id, course.second.id])
    return course.session.scalar(query.where(in_class)) or 0


def test_a_class_that_was_called_off_is_not_scored(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        course = Course(session, people=1)
        course.made.status = "cancelled"
        session.commit()
        assert not course.due(OVER)


def test_a_backlog_is_worked_off_in_parts_the_oldest_first(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        late, early = Course(session, people=1), Course(session, people=1)
        early.made.ends_on -= DAY
        session.commit()
        listed = due(session, SYSTEM, now=OVER, most=200)
        assert listed.index(early.made.id) < listed.index(late.made.id)
        assert len(due(session, SYSTEM, now=OVER, most=1)) == 1


def test_only_the_portal_itself_scores(session: Session) -> None:
    course: UUID = make.make_class(session).id
    officer = make.make_actor(session, Role.OFFICER)
    for act in (
        lambda actor: due(session, actor, now=START),
        lambda actor: score(session, actor, class_id=course, now=START),
        lambda actor: risk_scores.forget_signals(session, actor, now=START),
    ):
        with pytest.raises(Forbidden):
            act(officer)
        with pytest.raises(Unauthenticated):
            act(ANONYMOUS)
