"""Enrolling: every refusal a reason, and the races on real threads."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Account,
    AuditEvent,
    CommitmentTemplate,
    Enrolment,
    LoginSession,
    TrainingClass,
)
from portal.domain.errors import (
    AlreadyEnrolled,
    BadInput,
    EnrolmentClosed,
    Forbidden,
    NotFound,
    PortalError,
    SeatsGone,
    TimeConflict,
    Unauthenticated,
)
from portal.domain.permissions import Role
from portal.locale.errors import sentence_for
from portal.services import commitment
from portal.services.enrolment import EnrolmentView
from portal.services.unit import token_hash
from tests.support import factories as make
from tests.support.acts import enrol, listed_class, together, trainee

NOW = make.NOW


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, because a hot act has a connection of its own."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def seats_taken(session: Session, class_id: UUID) -> int:
    found = session.scalar(select(TrainingClass.seats_taken).where(TrainingClass.id == class_id))
    assert found is not None
    return found


def live_count(session: Session, class_id: UUID) -> int:
    query = select(func.count()).where(
        Enrolment.class_id == class_id, Enrolment.status == "accepted"
    )
    return session.scalar(query) or 0


def test_enrolling_takes_a_seat_and_leaves_signature_and_trace(saved: Session) -> None:
    klass, who = listed_class(saved), trainee(saved)
    view = enrol(who, klass.id)
    row = saved.get_one(Enrolment, view.id)
    template = saved.get_one(CommitmentTemplate, commitment.current().version)
    trace = saved.scalars(select(AuditEvent).where(AuditEvent.object_id == str(view.id))).one()
    assert (view.status, view.repeated, view.waitlist_position) == ("accepted", False, None)
    assert view.first_meeting == NOW + timedelta(days=7)
    saved.refresh(klass)
    assert row.busy == klass.meets
    assert row.commitment_text_hash == template.text_hash == commitment.current().text_hash
    assert (trace.action, trace.on_behalf_of, trace.at) == ("enrolment.enrol", row.person_id, NOW)
    assert seats_taken(saved, klass.id) == 1


def test_the_same_key_again_answers_the_same_enrolment(saved: Session) -> None:
    klass, who = listed_class(saved), trainee(saved)
    first = enrol(who, klass.id, key="k-1")
    later = NOW + timedelta(minutes=1)
    again = enrol(who, klass.id, key="k-1", now=later)
    assert (again.id, again.signed_at, again.repeated) == (first.id, first.signed_at, True)
    assert seats_taken(saved, klass.id) == 1


def test_a_key_of_another_class_is_refused(saved: Session) -> None:
    one, two, who = listed_class(saved), listed_class(saved), trainee(saved)
    enrol(who, one.id, key="k")
    with pytest.raises(BadInput) as refused:
        enrol(who, two.id, key="k")
    assert refused.value.reason == "enrol.key_reused"
    assert seats_taken(saved, two.id) == 0


def test_two_people_may_use_the_same_key(saved: Session) -> None:
    klass = listed_class(saved)
    assert not enrol(trainee(saved), klass.id, key="1").repeated
    assert not enrol(trainee(saved), klass.id, key="1").repeated


@pytest.mark.parametrize("key", ["x" * 201, "a\0b", "line\nbreak"])
def test_an_unusable_key_is_named(saved: Session, key: str) -> None:
    klass, who = listed_class(saved), trainee(saved)
    with pytest.raises(BadInput) as refused:
        enrol(who, klass.id, key=key)
    assert refused.value.field == "idempotency_key"


def test_enrolling_twice_is_refused_once_and_for_all(saved: Session) -> None:
    klass, who = listed_class(saved, capacity=1), trainee(saved)
    enrol(who, klass.id, key="k-1")
    for key in (None, "k-2"):
        # Also when the class is full by now: the person is told of their own place.
        with pytest.raises(AlreadyEnrolled):
            enrol(who, klass.id, key=key)
    assert seats_taken(saved, klass.id) == 1


def test_a_full_class_is_refused(saved: Session) -> None:
    klass = listed_class(saved, capacity=1)
    enrol(trainee(saved), klass.id)
    with pytest.raises(SeatsGone):
        enrol(trainee(saved), klass.id)


def test_a_class_at_the_same_time_is_refused_by_name_and_takes_no_seat(saved: Session) -> None:
    who = trainee(saved)
    one, two = listed_class(saved, title="焊工班"), listed_class(saved)
    enrol(who, one.id)
    with pytest.raises(TimeConflict) as refused:
        enrol(who, two.id)
    assert "焊工班" in sentence_for(refused.value)
    assert seats_taken(saved, two.id) == 0
    assert saved.scalars(select(Enrolment).where(Enrolment.class_id == two.id)).all() == []


def test_classes_one_after_the_other_are_no_conflict(saved: Session) -> None:
    who, start = trainee(saved), NOW + timedelta(days=7)
    one = listed_class(saved, first_start=start, sessions=1)
    two = listed_class(saved, first_start=start + timedelta(minutes=180), sessions=1)
    enrol(who, one.id)
    assert enrol(who, two.id).status == "accepted"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"status": "running"}, "已开课"),
        ({"status": "cancelled"}, "已取消"),
        ({"enrol_until": NOW}, "截止"),
        ({"enrol_from": NOW + timedelta(seconds=1)}, "12月1日 周二 09:40"),
    ],
)
def test_a_closed_class_says_why(saved: Session, fields: dict[str, Any], word: str) -> None:
    klass, who = listed_class(saved, **fields), trainee(saved)
    with pytest.raises(EnrolmentClosed) as refused:
        enrol(who, klass.id)
    assert word in sentence_for(refused.value)
    assert seats_taken(saved, klass.id) == 0


@pytest.mark.parametrize("status", ["removed", "suspended"])
def test_c4_15_an_institution_off_the_list_takes_nobody_new_and_keeps_those_inside(
    saved: Session, status: str
) -> None:
    institution = make.make_institution(saved)
    make.list_institution(saved, institution)
    klass = make.make_class(saved, institution=institution)
    saved.commit()
    inside = enrol(trainee(saved), klass.id)
    listing = make.list_institution(saved, institution)
    listing.status, listing.effective_from = status, date(2026, 11, 1)
    saved.commit()
    with pytest.raises(EnrolmentClosed) as refused:
        enrol(trainee(saved), klass.id)
    assert "目录" in sentence_for(refused.value)
    saved.expire_all()
    # On the roster still: they check in and finish like everybody else.
    assert saved.get_one(Enrolment, inside.id).status == "accepted"


def test_an_institution_never_listed_takes_nobody(saved: Session) -> None:
    klass = make.make_class(saved)
    saved.commit()
    with pytest.raises(EnrolmentClosed):
        enrol(trainee(saved), klass.id)


def test_an_unknown_class_and_a_draft_are_not_found(saved: Session) -> None:
    draft, who = listed_class(saved, status="draft"), trainee(saved)
    for class_id in (new_id(), draft.id):
        with pytest.raises(NotFound):
            enrol(who, class_id)


def test_without_a_signature_on_the_current_commitment_nothing_happens(saved: Session) -> None:
    klass, who = listed_class(saved), trainee(saved)
    for version in (None, "2019-01"):
        with pytest.raises(BadInput) as refused:
            enrol(who, klass.id, commitment_version=version)
        assert refused.value.field == "commitment"
    assert seats_taken(saved, klass.id) == 0


def test_an_unknown_expired_or_revoked_login_is_refused(saved: Session) -> None:
    klass = listed_class(saved)
    expired, revoked, closed = trainee(saved), trainee(saved), trainee(saved)
    saved.query(LoginSession).filter_by(token_hash=expired).update({"expires_at": NOW})
    saved.query(LoginSession).filter_by(token_hash=revoked).update({"revoked_at": NOW})
    account_id = saved.query(LoginSession).filter_by(token_hash=closed).one().account_id
    saved.get_one(Account, account_id).status = "closed"
    saved.commit()
    for who in (token_hash("nobody"), expired, revoked, closed):
        with pytest.raises(Unauthenticated):
            enrol(who, klass.id)
    assert seats_taken(saved, klass.id) == 0


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.MANAGER, Role.OFFICER, Role.AUDITOR])
def test_only_trainees_enrol(saved: Session, role: Role) -> None:
    klass = listed_class(saved)
    teaches = role in (Role.INSTRUCTOR, Role.MANAGER)
    staff = {"institution": make.make_institution(saved)} if teaches else {}
    with pytest.raises(Forbidden):
        enrol(trainee(saved, role, **staff), klass.id)
    assert seats_taken(saved, klass.id) == 0


def test_200_at_once_for_30_seats_fill_30(saved: Session) -> None:
    klass = listed_class(saved, capacity=30)
    people = [trainee(saved) for _ in range(200)]
    answers = together([partial(enrol, who, klass.id) for who in people])
    refused = [answer for answer in answers if isinstance(answer, PortalError)]
    assert len(answers) - len(refused) == 30
    assert {type(error) for error in refused} == {SeatsGone}
    assert seats_taken(saved, klass.id) == live_count(saved, klass.id) == 30


def test_the_same_person_many_times_at_once_gets_one_place(saved: Session) -> None:
    for capacity in (1, 30):
        klass, who = listed_class(saved, capacity=capacity), trainee(saved)
        answers = together([partial(enrol, who, klass.id)] * 12)
        assert sum(isinstance(answer, EnrolmentView) for answer in answers) == 1
        assert sum(isinstance(answer, AlreadyEnrolled) for answer in answers) == 11
        assert seats_taken(saved, klass.id) == 1


def test_a_repeated_post_at_the_same_moment_answers_the_same(saved: Session) -> None:
    for capacity in (1, 30):
        klass, who = listed_class(saved, capacity=capacity), trainee(saved)
        answers = together([partial(enrol, who, klass.id, key="one")] * 12)
        assert all(isinstance(answer, EnrolmentView) for answer in answers)
        assert len({answer.id for answer in answers}) == 1
        assert sum(not answer.repeated for answer in answers) == 1
        assert seats_taken(saved, klass.id) == 1


def test_two_overlapping_classes_at_once_leave_one(saved: Session) -> None:
    for _ in range(8):
        who, one, two = trainee(saved), listed_class(saved), listed_class(saved)
        answers = together([partial(enrol, who, one.id), partial(enrol, who, two.id)])
        assert {type(answer) for answer in answers} == {EnrolmentView, TimeConflict}
        assert seats_taken(saved, one.id) + seats_taken(saved, two.id) == 1
