"""Above so many corrections in a class, a second person decides."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceCorrection,
    AttendanceRecord,
    AuditEvent,
    CorrectionProposal,
    Notice,
)
from portal.domain.attendance_errors import SamePerson
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady
from portal.domain.permissions import Actor, Role
from portal.locale import has
from portal.services import attendance, proposals, results, second_person
from portal.services.proposals import Proposal
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.courses import END, START, Course, make_course

MOST = 5


@pytest.fixture
def course(session: Session) -> Course:
    return make_course(session)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Course]:
    with Session(engine, expire_on_commit=False) as session:
        made = make_course(session)
        session.commit()
        yield made


def used_up(course: Course) -> None:
    """Correct as often as one may alone."""
    for who in range(MOST):
        course.correct(who)


def proposed(course: Course, who: int = 6, **kwargs: Any) -> Proposal:
    found = course.row(course.correct(who, **kwargs), who).proposal
    assert found is not None
    return found


def record(course: Course, who: int) -> tuple[str, int] | None:
    query = select(AttendanceRecord).where(
        AttendanceRecord.enrolment_id == course.places[who].id,
        AttendanceRecord.session_id == course.meeting.id,
    )
    found = course.session.scalar(query.execution_options(populate_existing=True))
    return (found.state, found.credited_hours) if found else None


def told(course: Course, actor: Actor) -> list[str]:
    query = select(Notice.kind).where(Notice.person_id == actor.person_id).order_by(Notice.id)
    return list(course.session.scalars(query))


def approve(course: Course, found: Proposal, actor: Actor) -> Any:
    return attendance.agree_to_correction(
        course.session, actor, proposal_id=found.proposal_id, now=END
    )


def test_the_first_corrections_of_a_class_stand_and_the_next_is_proposed(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    assert (found.new_state, found.new_hours, found.reason) == ("present", 4, "核实在场")
    assert found.is_mine
    assert record(course, 4) == ("present", 4)
    assert record(course, 6) is None
    sheet = course.sheet()
    assert sheet.pending == 1
    assert sheet.rows[0].proposal == found
    assert told(course, course.instructor) == ["correction_waits"]


def test_corrections_count_by_class_and_not_by_session_or_author(course: Course) -> None:
    for who in range(MOST):
        of = {"meeting": who % 2, "now": END + timedelta(days=1)}
        course.correct(who, actor=(course.manager, course.instructor)[who % 2], **of)
    assert proposed(course, actor=course.instructor)
    other = make_course(course.session)
    assert other.row(other.correct(0), 0).proposal is None


def test_a_leave_entered_beforehand_does_not_count(course: Course) -> None:
    before = START - timedelta(hours=1)
    for who in range(7):
        sheet = course.correct(who, state="excused", hours=0, now=before)
        assert course.row(sheet, who).proposal is None
    assert second_person.corrected_so_far(course.session, course.training_class.id) == 0
    # Entered afterwards it is a correction like any other.
    used_up(course)
    assert proposed(course, state="excused", hours=0)


def test_a_second_person_approves_and_the_old_value_is_kept(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    sheet = approve(course, found, course.instructor)
    row = course.row(sheet, 6)
    assert (row.state, row.credited_hours, row.corrected) == ("present", 4, True)
    assert row.proposal is None
    kept = course.session.scalars(
        select(AttendanceCorrection).where(AttendanceCorrection.enrolment_id == course.places[6].id)
    ).one()
    assert (kept.old_state, kept.old_hours) == ("absent", 0)
    assert kept.actor_account_id == course.manager.account_id
    trace = course.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == "attendance.correct")
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).one()
    assert trace.actor_account_id == course.instructor.account_id
    assert trace.detail is not None
    assert trace.detail["proposed_by"] == str(course.manager.account_id)
    assert told(course, course.manager) == ["correction_approved"]
    with pytest.raises(NotFound):
        approve(course, found, course.instructor)


def test_nobody_agrees_to_a_correction_of_their_own(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    with pytest.raises(SamePerson):
        approve(course, found, course.manager)
    with pytest.raises(SamePerson):
        attendance.refuse_correction(
            course.session,
            course.manager,
            proposal_id=found.proposal_id,
            reason="不对",
            now=END,
        )
    assert record(course, 6) is None


def test_a_second_person_refuses_with_a_reason(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    refuse = partial(
        attendance.refuse_correction,
        course.session,
        course.instructor,
        proposal_id=found.proposal_id,
        now=END,
    )
    with pytest.raises(BadInput):
        refuse(reason="")
    sheet = refuse(reason="查了监控，没有来")
    assert course.row(sheet, 6).proposal is None
    assert record(course, 6) is None
    assert told(course, course.manager) == ["correction_refused"]
    assert proposed(course).proposal_id != found.proposal_id


def test_only_who_proposed_takes_it_back(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    ids = {"proposal_id": found.proposal_id, "now": END}
    with pytest.raises(NotFound):
        attendance.take_back_correction(course.session, course.instructor, **ids)
    sheet = attendance.take_back_correction(course.session, course.manager, **ids)
    assert sheet.pending == 0


def test_one_proposal_a_row_waits_at_a_time(course: Course) -> None:
    used_up(course)
    proposed(course)
    with pytest.raises(NotReady) as refused:
        course.correct(6, hours=2)
    assert has(str(refused.value.params["reason"]))


def test_another_institution_finds_no_proposal(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    foreign = make.make_actor(
        course.session, Role.MANAGER, institution=make.make_institution(course.session)
    )
    with pytest.raises(NotFound):
        approve(course, found, foreign)
    assert proposals.waiting(course.session, foreign) == ()
    with pytest.raises(Forbidden):
        approve(course, found, course.people[0])


def test_what_waits_is_listed_for_the_colleague(course: Course) -> None:
    used_up(course)
    proposed(course)
    (mine,) = proposals.waiting(course.session, course.manager)
    (theirs,) = proposals.waiting(course.session, course.instructor)
    assert (mine.count, mine.for_me, theirs.for_me) == (1, 0, 1)
    assert (theirs.session_id, theirs.has_colleague) == (course.meeting.id, True)


def test_confirming_leaves_a_proposal_open_and_it_counts_afterwards(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    sheet = course.confirm()
    assert (sheet.status, sheet.pending) == ("confirmed", 1)
    assert record(course, 6) == ("absent", 0)
    approve(course, found, course.instructor)
    assert record(course, 6) == ("present", 4)
    assert course.confirm().can_confirm is False


def test_a_class_is_not_closed_while_a_correction_waits(course: Course) -> None:
    used_up(course)
    found = proposed(course)
    after = END + timedelta(days=2)
    for number in (0, 1):
        course.confirm(after, meeting=number)
    for place in course.places:
        results.record_result(
            course.session, course.manager, enrolment_id=place.id, passed=True, now=after
        )
    finish = partial(
        results.finish_class,
        course.session,
        course.manager,
        class_id=course.training_class.id,
        now=after,
    )
    with pytest.raises(NotReady) as refused:
        finish()
    assert refused.value.params["reason"] == "results.proposals_open"
    attendance.take_back_correction(
        course.session, course.manager, proposal_id=found.proposal_id, now=after
    )
    course.training_class.status = "closed"
    with pytest.raises(NotReady):
        course.correct(6)


def test_of_corrections_at_once_no_more_than_the_number_stand_alone(saved: Course) -> None:
    acts = [
        partial(
            as_actor,
            attendance.correct,
            (saved.manager, saved.instructor)[who % 2],
            session_id=saved.meetings[who % 2].id,
            enrolment_id=saved.places[who].id,
            state="present",
            hours=4,
            reason="核实在场",
            now=END + timedelta(days=1),
        )
        for who in range(8)
    ]
    answers = together(acts)
    assert len(answers) == 8
    class_id = saved.training_class.id
    assert second_person.corrected_so_far(saved.session, class_id) == MOST
    assert proposals.open_in(saved.session, class_id) == 8 - MOST


def test_approved_and_refused_at_once_one_decision_stands(saved: Course) -> None:
    used_up(saved)
    found = proposed(saved)
    third = make.make_actor(saved.session, Role.INSTRUCTOR, institution=saved.school)
    saved.session.commit()
    acts = [
        partial(
            as_actor,
            attendance.agree_to_correction,
            saved.instructor,
            proposal_id=found.proposal_id,
            now=END,
        ),
        partial(
            as_actor,
            attendance.refuse_correction,
            third,
            proposal_id=found.proposal_id,
            reason="没有来",
            now=END,
        ),
    ] * 3
    answers = together(acts)
    assert sum(isinstance(one, NotFound) for one in answers) == 5
    row = saved.session.get_one(CorrectionProposal, found.proposal_id, populate_existing=True)
    assert (record(saved, 6) is not None) == (row.state == "approved")


def test_an_account_that_was_closed_is_told_nothing(course: Course) -> None:
    gone = course.session.get_one(Account, course.instructor.the_account())
    gone.status = "closed"
    course.session.flush()
    used_up(course)
    proposed(course)
    assert told(course, course.instructor) == []
    (alone,) = proposals.waiting(course.session, course.manager)
    assert not alone.has_colleague
