"""Theory and practice have shares of their own where a region says so; leave and make-up count
as it says, for the manager's list and for the trainee's own page alike."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db.models import AttendanceRecord, Enrolment, ExamResult, Institution, TrainingClass
from portal.domain.permissions import Actor, Role
from portal.services import results
from portal.services.counted_hours import class_hours
from portal.services.own_enrolments import my_enrolment
from portal.services.standings import TraineeResult
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.policy import publish_attendance

KINDS = ("theory", "online", "practice", "practice", "exam")


@pytest.fixture
def made(session: Session) -> TrainingClass:
    """Five sessions of 4 课时: two of theory (one online), two of practice, an examination."""
    found = make.make_class(session, first_start=NOW - timedelta(days=9), sessions=5)
    for meeting, kind in zip(make.sessions_of(session, found), KINDS, strict=True):
        meeting.kind, meeting.confirmed_at = kind, NOW
    session.flush()
    return found


def a_trainee(
    session: Session, made: TrainingClass, *states: str, actor: Actor | None = None
) -> Enrolment:
    """One with a record a session: a state, and all of its hours unless missed."""
    person = make.person_of(session, actor) if actor else make.make_person(session)
    enrolment = make.enrol(session, person, made)
    for meeting, state in zip(make.sessions_of(session, made), states, strict=True):
        hours = 0 if state in ("absent", "excused") else meeting.hours
        session.add(
            AttendanceRecord(
                session_id=meeting.id,
                enrolment_id=enrolment.id,
                person_id=person.id,
                state=state,
                credited_minutes=hours * 45,
                credited_hours=hours,
                updated_at=NOW,
                updated_by=person.id,
            )
        )
    session.add(
        ExamResult(
            enrolment_id=enrolment.id,
            passed=True,
            examiner_account_id=make.make_account(session).id,
            recorded_at=NOW,
        )
    )
    session.flush()
    return enrolment


def row_of(session: Session, made: TrainingClass) -> TraineeResult:
    school = session.get_one(Institution, made.institution_id)
    manager = make.make_actor(session, Role.MANAGER, institution=school)
    [row] = results.class_results(session, manager, class_id=made.id, now=NOW).rows
    return row


def test_nothing_is_asked_of_theory_alone_unless_the_region_does(
    session: Session, made: TrainingClass
) -> None:
    a_trainee(session, made, "absent", "present", "present", "present", "present")
    row = row_of(session, made)
    assert (row.can_issue, row.parts, row.unmet) == (True, (), ())


def test_too_little_theory_is_named_with_its_figures(session: Session, made: TrainingClass) -> None:
    publish_attendance(session, theory_min_ratio=0.625, practice_min_ratio=0.5)
    a_trainee(session, made, "absent", "present", "present", "present", "present")
    row = row_of(session, made)
    assert not row.can_issue
    assert row.unmet == ("理论课出勤不够：应达到 8 课时的 62.5%，已计 4 课时。",)
    assert row.parts == (
        "理论课 4/8 课时，至少 5 课时",
        "实操课 8/8 课时，至少 4 课时",
    )


def test_too_little_practice_is_named(session: Session, made: TrainingClass) -> None:
    publish_attendance(session, practice_min_ratio=0.75)
    a_trainee(session, made, "present", "present", "absent", "present", "present")
    assert row_of(session, made).unmet == ("实操课出勤不够：应达到 8 课时的 75%，已计 4 课时。",)


@pytest.mark.parametrize(("inside", "issues"), [(True, False), (False, True)])
def test_leave_is_taken_out_where_the_region_says_so(
    session: Session, made: TrainingClass, inside: bool, issues: bool
) -> None:
    publish_attendance(session, excused_in_denominator=inside)
    a_trainee(session, made, "excused", "excused", "present", "present", "present")
    row = row_of(session, made)
    assert row.can_issue is issues
    assert (row.planned_hours, row.needed_hours) == (20, 16 if inside else 10)


def test_what_is_still_missing_beside_leave_is_explained(
    session: Session, made: TrainingClass
) -> None:
    publish_attendance(session, excused_in_denominator=False)
    a_trainee(session, made, "excused", "absent", "present", "present", "present")
    assert row_of(session, made).unmet == (
        "出勤不够：计划 20 课时，请假的 4 课时不算在内；应达到其余 16 课时的 80%，已计 12 课时。",
    )


@pytest.mark.parametrize(("counts", "credited"), [(True, 16), (False, 12)])
def test_made_up_hours_count_where_the_region_says_so(
    session: Session, made: TrainingClass, counts: bool, credited: int
) -> None:
    publish_attendance(session, makeup_counts=counts)
    a_trainee(session, made, "makeup", "absent", "present", "present", "present")
    row = row_of(session, made)
    assert (row.credited_hours, row.can_issue) == (credited, counts)


def test_the_trainee_reads_what_the_manager_reads(session: Session, made: TrainingClass) -> None:
    publish_attendance(
        session, theory_min_ratio=0.5, makeup_counts=False, excused_in_denominator=False
    )
    actor = make.make_actor(session)
    enrolment = a_trainee(
        session, made, "excused", "present", "makeup", "present", "present", actor=actor
    )
    row = row_of(session, made)
    mine = my_enrolment(session, actor, enrolment_id=enrolment.id, now=NOW)
    assert mine.parts == row.parts == ("理论课 4/4 课时，至少 2 课时",)
    assert mine.card.hours_credited == row.credited_hours == 12
    assert mine.hours_needed == row.needed_hours == 13


def test_whoever_has_no_record_yet_has_nothing_credited(
    session: Session, made: TrainingClass
) -> None:
    enrolment = make.enrol(session, make.make_person(session), made)
    found = class_hours(session, made).of(enrolment.id)
    assert (found.credited, found.planned, found.theory.planned) == (0, 20, 8)
