"""The end of a class: who gets the certificate, who may close it, and only once."""

import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    ArchiveEntry,
    AttendanceRecord,
    AuditEvent,
    Certificate,
    Enrolment,
    ExamResult,
    Institution,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
)
from portal.domain.errors import Forbidden, NotFound, NotReady, TooEarly, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive, certificates, results
from tests.support.factories import (
    enrol,
    make_actor,
    make_class,
    make_institution,
    make_person,
    person_of,
    sessions_of,
)


@pytest.fixture
def training_class(session: Session, now: datetime) -> TrainingClass:
    """Five sessions of 4 课时, all over and confirmed."""
    return ended_class(session, now)


@pytest.fixture
def manager(session: Session, training_class: TrainingClass) -> Actor:
    return staff(session, training_class, Role.MANAGER)


def ended_class(session: Session, now: datetime, *, confirmed: bool = True) -> TrainingClass:
    made = make_class(session, first_start=now - timedelta(days=9), sessions=5, status="running")
    for meeting in sessions_of(session, made):
        meeting.confirmed_at = now if confirmed else None
    session.flush()
    return made


def staff(session: Session, made: TrainingClass, role: Role) -> Actor:
    institution = session.get_one(Institution, made.institution_id)
    return make_actor(session, role, institution=institution)


def add_trainee(
    session: Session,
    made: TrainingClass,
    *,
    hours: int,
    passed: bool | None = True,
    actor: Actor | None = None,
    name: str = "王小强",
) -> Enrolment:
    """A trainee with so many credited hours, four a session, and a result if there is one."""
    person = person_of(session, actor) if actor else make_person(session, name=name)
    enrolment = enrol(session, person, made)
    for index, meeting in enumerate(sessions_of(session, made)):
        credited = max(0, min(4, hours - 4 * index))
        session.add(
            AttendanceRecord(
                session_id=meeting.id,
                enrolment_id=enrolment.id,
                person_id=person.id,
                state="present" if credited else "absent",
                credited_minutes=credited * 45,
                credited_hours=credited,
                updated_at=meeting.ends_at,
                updated_by=new_id(),
            )
        )
    if passed is not None:
        session.add(
            ExamResult(
                enrolment_id=enrolment.id,
                passed=passed,
                examiner_account_id=new_id(),
                recorded_at=meeting.ends_at,
            )
        )
    session.flush()
    return enrolment


def only_row(session: Session, actor: Actor, made: TrainingClass, now: datetime):
    (row,) = results.class_results(session, actor, class_id=made.id, now=now).rows
    return row


@pytest.mark.parametrize(
    ("hours", "passed", "unmet"),
    [
        (20, True, []),
        (16, True, []),
        (15, True, ["出勤不够：应达到计划 20 课时的 80%，已计 15 课时。"]),
        (20, False, ["考核不合格。"]),
        (20, None, ["还没有登记考核结果。"]),
        (0, False, ["出勤不够：应达到计划 20 课时的 80%，已计 0 课时。", "考核不合格。"]),
    ],
)
def test_a_certificate_needs_four_fifths_of_the_hours_and_a_pass(
    session: Session,
    training_class: TrainingClass,
    manager: Actor,
    now: datetime,
    hours: int,
    passed: bool | None,
    unmet: list[str],
) -> None:
    add_trainee(session, training_class, hours=hours, passed=passed)
    row = only_row(session, manager, training_class, now)
    assert (list(row.unmet), row.can_issue) == (unmet, not unmet)
    assert (row.credited_hours, row.planned_hours, row.needed_hours) == (hours, 20, 16)
    assert (row.percent, row.exam_passed) == (hours * 5, passed)


def test_a_plan_with_minimum_hours_asks_for_all_of_them(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    programme = session.get_one(TrainingProgramme, training_class.programme_id)
    session.get_one(TrainingPlan, programme.plan_id).min_hours = 18
    add_trainee(session, training_class, hours=17)
    row = only_row(session, manager, training_class, now)
    assert row.unmet == ("课时不够：规定至少 18 课时，已计 17 课时。",)
    assert row.needed_hours == 18


def test_a_percentage_just_below_is_not_rounded_up(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    training_class.hours = 24
    add_trainee(session, training_class, hours=19)
    row = only_row(session, manager, training_class, now)
    assert (row.percent, row.can_issue, row.needed_hours) == (79, False, 20)


def test_closing_gives_the_certificate_to_those_who_earned_it(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    earned = add_trainee(session, training_class, hours=16)
    short = add_trainee(session, training_class, hours=15)
    failed = add_trainee(session, training_class, hours=20, passed=False)
    view = results.finish_class(session, manager, class_id=training_class.id, now=now)
    assert (earned.status, short.status, failed.status) == ("completed", "failed", "failed")
    assert {made.ended_at for made in (earned, short, failed)} == {now}
    issued = session.scalars(
        select(Certificate).join(Enrolment).where(Enrolment.class_id == training_class.id)
    ).all()
    assert [(made.enrolment_id, made.hours_credited) for made in issued] == [(earned.id, 16)]
    numbers = {row.enrolment_id: row.certificate_number for row in view.rows}
    assert numbers == {
        str(earned.id): issued[0].number,
        str(short.id): None,
        str(failed.id): None,
    }
    assert (view.finished, view.can_finish, training_class.status) == (True, False, "closed")
    answer = certificates.verify_number(session, ANONYMOUS, number=issued[0].number, now=now)
    assert answer.status == "valid"


def test_closing_puts_the_class_into_every_archive(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    good, bad = make_actor(session), make_actor(session)
    add_trainee(session, training_class, hours=20, actor=good)
    add_trainee(session, training_class, hours=9, actor=bad)
    results.finish_class(session, manager, class_id=training_class.id, now=now)
    view = archive.my_archive(session, good, now=now)
    assert sorted(line.status for line in view.lines) == ["completed", "valid"]
    assert (view.trainings, view.hours, view.certificates, view.intact) == (1, 20, 1, True)
    view = archive.my_archive(session, bad, now=now)
    assert [(line.status, line.hours) for line in view.lines] == [("failed", 9)]
    assert view.intact


def test_closing_is_audited_for_each_trainee(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    trainees = [add_trainee(session, training_class, hours=hours) for hours in (20, 3)]
    results.finish_class(session, manager, class_id=training_class.id, now=now)
    acts = session.scalars(
        select(AuditEvent).where(AuditEvent.actor_account_id == manager.account_id)
    ).all()
    finished = [act for act in acts if act.action == "enrolment.finish"]
    assert {act.on_behalf_of for act in finished} == {made.person_id for made in trainees}
    assert {act.detail["hours"] for act in finished if act.detail} == {20, 3}
    assert sum(act.action == "certificate.issue" for act in acts) == 1
    assert sum(act.action == "class.finish" for act in acts) == 1


def test_closing_twice_changes_nothing(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    add_trainee(session, training_class, hours=20)
    first = results.finish_class(session, manager, class_id=training_class.id, now=now)
    again = results.finish_class(
        session, manager, class_id=training_class.id, now=now + timedelta(hours=1)
    )
    assert again == first
    acts = select(func.count()).where(AuditEvent.actor_account_id == manager.account_id)
    # The class, its trainee, the certificate and the files of it.
    assert session.scalar(acts.where(AuditEvent.action != "results.read")) == 4
    # Nothing was done, but names were shown.
    assert session.scalar(acts.where(AuditEvent.action == "results.read")) == 1


def test_open_sheets_are_counted_and_keep_the_class_open(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    add_trainee(session, training_class, hours=20)
    for meeting in sessions_of(session, training_class)[1:3]:
        meeting.confirmed_at = None
    session.flush()
    with pytest.raises(NotReady) as refusal:
        results.finish_class(session, manager, class_id=training_class.id, now=now)
    assert refusal.value.params == {"reason": "results.sheets_open", "count": 2}
    view = results.class_results(session, manager, class_id=training_class.id, now=now)
    assert (view.can_finish, view.obstacle) == (
        False,
        "还有 2 节课的考勤没有确认。请先确认考勤，再办理结业。",
    )
    assert (training_class.status, view.rows[0].status) == ("running", "accepted")


def test_missing_results_are_counted_and_keep_the_class_open(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    add_trainee(session, training_class, hours=20)
    add_trainee(session, training_class, hours=0, passed=None)
    with pytest.raises(NotReady) as refusal:
        results.finish_class(session, manager, class_id=training_class.id, now=now)
    assert refusal.value.params == {"reason": "results.results_open", "count": 1}


def test_a_class_cannot_be_closed_before_its_last_session_ends(
    session: Session, training_class: TrainingClass, manager: Actor
) -> None:
    enrolment = add_trainee(session, training_class, hours=20, passed=None)
    end = sessions_of(session, training_class)[-1].ends_at
    early = end - timedelta(seconds=1)
    with pytest.raises(TooEarly):
        results.finish_class(session, manager, class_id=training_class.id, now=early)
    with pytest.raises(TooEarly):
        results.record_result(session, manager, enrolment_id=enrolment.id, passed=True, now=early)
    results.record_result(session, manager, enrolment_id=enrolment.id, passed=True, now=end)
    assert results.finish_class(session, manager, class_id=training_class.id, now=end).finished


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_a_class_that_never_ran_cannot_be_closed(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime, status: str
) -> None:
    training_class.status = status
    session.flush()
    with pytest.raises(NotReady):
        results.finish_class(session, manager, class_id=training_class.id, now=now)


def test_those_who_left_are_not_on_the_list(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    left = add_trainee(session, training_class, hours=20, passed=None)
    left.status = "withdrawn"
    session.flush()
    assert not results.class_results(session, manager, class_id=training_class.id, now=now).rows
    results.finish_class(session, manager, class_id=training_class.id, now=now)
    assert left.status == "withdrawn"
    with pytest.raises(NotFound):
        results.record_result(session, manager, enrolment_id=left.id, passed=True, now=now)


def test_a_result_may_be_corrected_and_both_values_are_audited(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    enrolment = add_trainee(session, training_class, hours=20, passed=None)
    for passed in (False, False, True):
        row = results.record_result(
            session, manager, enrolment_id=enrolment.id, passed=passed, now=now
        )
        assert row.exam_passed is passed
    acts = session.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(enrolment.id)).order_by(AuditEvent.id)
    )
    assert [act.detail for act in acts] == [
        {"before": None, "after": False},
        {"before": False, "after": True},
    ]
    stored = session.scalars(
        select(ExamResult).where(ExamResult.enrolment_id == enrolment.id)
    ).one()
    assert (stored.passed, stored.examiner_account_id) == (True, manager.account_id)


def test_a_result_stands_once_the_class_is_closed(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    enrolment = add_trainee(session, training_class, hours=20)
    results.finish_class(session, manager, class_id=training_class.id, now=now)
    with pytest.raises(results.ResultClosed):
        results.record_result(session, manager, enrolment_id=enrolment.id, passed=False, now=now)


def test_another_institution_finds_nothing(
    session: Session, training_class: TrainingClass, now: datetime
) -> None:
    enrolment = add_trainee(session, training_class, hours=20)
    stranger = make_actor(session, Role.MANAGER, institution=make_institution(session))
    with pytest.raises(NotFound):
        results.class_results(session, stranger, class_id=training_class.id, now=now)
    with pytest.raises(NotFound):
        results.finish_class(session, stranger, class_id=training_class.id, now=now)
    with pytest.raises(NotFound):
        results.record_result(session, stranger, enrolment_id=enrolment.id, passed=True, now=now)
    with pytest.raises(NotFound):
        results.finish_class(session, stranger, class_id=new_id(), now=now)


def test_an_instructor_reads_and_leaves_the_rest_to_the_manager(
    session: Session, training_class: TrainingClass, now: datetime
) -> None:
    enrolment = add_trainee(session, training_class, hours=20)
    instructor = staff(session, training_class, Role.INSTRUCTOR)
    assert only_row(session, instructor, training_class, now).can_issue
    with pytest.raises(Forbidden):
        results.finish_class(session, instructor, class_id=training_class.id, now=now)
    for enrolment_id in (enrolment.id, new_id()):
        with pytest.raises(Forbidden):
            results.record_result(
                session, instructor, enrolment_id=enrolment_id, passed=True, now=now
            )


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.OFFICER, Role.AUDITOR])
def test_others_neither_read_nor_close(
    session: Session, training_class: TrainingClass, now: datetime, role: Role
) -> None:
    actor = make_actor(session, role)
    for act in (results.class_results, results.finish_class):
        with pytest.raises(Forbidden):
            act(session, actor, class_id=training_class.id, now=now)
        with pytest.raises(Unauthenticated):
            act(session, ANONYMOUS, class_id=training_class.id, now=now)


def test_reading_the_list_is_audited(
    session: Session, training_class: TrainingClass, manager: Actor, now: datetime
) -> None:
    results.class_results(session, manager, class_id=training_class.id, now=now)
    act = session.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(training_class.id))
    ).one()
    assert act.action == "results.read"
    assert "name" in (act.fields_read or [])


def test_closing_from_two_phones_at_once_issues_each_certificate_once(
    engine: Engine, now: datetime
) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        made = ended_class(session, now)
        actors = [staff(session, made, Role.MANAGER) for _ in range(2)]
        for _ in range(4):
            add_trainee(session, made, hours=20)
    barrier = threading.Barrier(2)
    answers: list[results.ClassResults] = []

    def close(actor: Actor) -> None:
        barrier.wait()
        act = partial(results.finish_class, actor=actor, class_id=made.id, now=now)
        answers.append(in_transaction(act))

    threads = [threading.Thread(target=close, args=[actor]) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        of_class = select(Enrolment.id).where(Enrolment.class_id == made.id)
        issued = select(func.count()).where(Certificate.enrolment_id.in_(of_class))
        lines = select(func.count()).where(ArchiveEntry.ref_id.in_(of_class))
        assert (session.scalar(issued), session.scalar(lines)) == (4, 4)
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_a_result_changed_while_the_class_is_closed_is_refused_or_counts(
    engine: Engine, now: datetime
) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        made = ended_class(session, now)
        actor = staff(session, made, Role.MANAGER)
        enrolment = add_trainee(session, made, hours=20)
    barrier = threading.Barrier(2)
    refused: list[bool] = []

    def close() -> None:
        barrier.wait()
        in_transaction(partial(results.finish_class, actor=actor, class_id=made.id, now=now))

    def change() -> None:
        barrier.wait()
        act = partial(
            results.record_result, actor=actor, enrolment_id=enrolment.id, passed=False, now=now
        )
        try:
            in_transaction(act)
            refused.append(False)
        except results.ResultClosed:
            refused.append(True)

    threads = [threading.Thread(target=close), threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        issued = select(Certificate.id).where(Certificate.enrolment_id == enrolment.id)
        assert (session.scalar(issued) is not None) == refused[0]
