"""A trainee's own enrolments: lists, hours, today, and giving a seat back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    AuditEvent,
    Enrolment,
    TrainingClass,
    TrainingPlan,
)
from portal.domain.errors import BadInput, CannotCancel, Forbidden, NotFound, SeatsGone
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import enrolment
from portal.services.enrolment import EnrolmentView
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import enrol, listed_class, together, trainee

NOW = make.NOW


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, for races."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def enrolled(session: Session, **fields: Any) -> tuple[Actor, TrainingClass, Enrolment]:
    """A trainee with a place in a class."""
    actor = make.make_actor(session)
    klass = make.make_class(session, **fields)
    return actor, klass, make.enrol(session, make.person_of(session, actor), klass)


def credit(session: Session, place: Enrolment, index: int, hours: int) -> None:
    """A confirmed session."""
    meeting = make.sessions_of(session, session.get_one(TrainingClass, place.class_id))[index]
    meeting.confirmed_at = NOW
    record = AttendanceRecord(
        session_id=meeting.id,
        enrolment_id=place.id,
        person_id=place.person_id,
        state="present",
        credited_minutes=hours * 45,
        credited_hours=hours,
        updated_at=NOW,
        updated_by=new_id(),
    )
    session.add(record)
    session.flush()


def test_the_list_shows_the_next_to_begin_first_and_what_is_over_last(session: Session) -> None:
    actor = make.make_actor(session)
    person = make.person_of(session, actor)
    places = {}
    for name, days in (("later", 20), ("soon", 5), ("left", 40), ("done", -20)):
        klass = make.make_class(session, first_start=NOW + timedelta(days=days), title=name)
        places[name] = make.enrol(session, person, klass)
    places["left"].status, places["done"].status = "withdrawn", "completed"
    session.flush()
    page = enrolment.my_enrolments(session, actor, now=NOW)
    assert [card.title for card in page.items] == ["soon", "later", "left", "done"]
    assert [card.can_cancel for card in page.items] == [True, True, False, False]
    assert page.items[0].next_starts_at == NOW + timedelta(days=5)
    assert page.items[2].next_starts_at is None
    second = enrolment.my_enrolments(session, actor, now=NOW, page=2, size=3)
    assert (second.total, [card.title for card in second.items]) == (4, ["done"])


def test_the_class_that_meets_next_stands_first_however_long_ago_it_began(
    session: Session,
) -> None:
    actor = make.make_actor(session)
    person = make.person_of(session, actor)
    week = timedelta(days=7)
    for name, days, meetings in (("weekly", -6, 2), ("today", 0, 1), ("over", -3, 1)):
        start = NOW + timedelta(days=days, hours=1)
        klass = make.make_class(
            session, first_start=start, sessions=meetings, gap=week, title=name, status="running"
        )
        make.enrol(session, person, klass)
    session.flush()
    page = enrolment.my_enrolments(session, actor, now=NOW)
    assert [card.title for card in page.items] == ["today", "weekly", "over"]


def test_nobody_sees_another_persons_enrolments(session: Session) -> None:
    _, _, place = enrolled(session)
    other = make.make_actor(session)
    assert enrolment.my_enrolments(session, other, now=NOW).total == 0
    for act in (enrolment.my_enrolment, enrolment.cancel):
        with pytest.raises(NotFound):
            act(session, other, enrolment_id=place.id, now=NOW)
    with pytest.raises(NotFound):
        enrolment.my_enrolment(session, other, enrolment_id=new_id(), now=NOW)


def test_staff_have_no_enrolments_of_their_own(session: Session) -> None:
    _, _, place = enrolled(session)
    staff = make.make_actor(session, Role.MANAGER, institution=make.make_institution(session))
    for act in (enrolment.my_enrolment, enrolment.cancel):
        with pytest.raises(Forbidden):
            act(session, staff, enrolment_id=place.id, now=NOW)


def test_hours_count_as_confirmed_and_the_bar_knows_its_mark(session: Session) -> None:
    actor, _, place = enrolled(session, sessions=5)
    credit(session, place, 0, 4)
    credit(session, place, 1, 3)
    detail = enrolment.my_enrolment(session, actor, enrolment_id=place.id, now=NOW)
    assert (detail.card.hours_credited, detail.card.hours_planned) == (7, 20)
    assert (detail.hours_needed, detail.percent, detail.percent_needed) == (16, 35, 80)
    assert [one.credited_hours for one in detail.sessions] == [4, 3, None, None, None]
    assert [one.state for one in detail.sessions][:3] == ["present", "present", "upcoming"]


def test_a_minimum_of_the_policy_raises_the_mark(session: Session) -> None:
    actor, klass, place = enrolled(session, sessions=5)
    plans = session.scalars(select(TrainingPlan)).all()
    for plan in plans:
        plan.min_hours = 19
    session.flush()
    detail = enrolment.my_enrolment(session, actor, enrolment_id=place.id, now=NOW)
    assert (klass.hours, detail.hours_needed) == (20, 19)


def sign(session: Session, place: Enrolment, phase: str, at: datetime) -> AttendanceEvent:
    meeting = make.sessions_of(session, session.get_one(TrainingClass, place.class_id))[0]
    event = AttendanceEvent(
        session_id=meeting.id,
        enrolment_id=place.id,
        person_id=place.person_id,
        phase=phase,
        method="qr",
        occurred_at=at,
        server_at=at,
        receipt="AAAA-BBBB",
    )
    session.add(event)
    session.flush()
    return event


def test_today_shows_what_is_open_and_what_was_recorded(session: Session) -> None:
    actor, klass, place = enrolled(session, first_start=NOW)
    sign(session, place, "in", NOW)
    neighbour = make.enrol(session, make.make_person(session), klass)
    sign(session, neighbour, "in", NOW + timedelta(minutes=1))
    (meeting,) = enrolment.today(session, actor, now=NOW + timedelta(minutes=5))
    assert (meeting.phase, meeting.state, meeting.receipt_in) == ("in", "open", "AAAA-BBBB")
    assert (meeting.signed_in_at, meeting.signed_out_at) == (NOW, None)
    assert meeting.when == "12月1日 周二 09:40–12:40"
    assert meeting.note == ""
    assert meeting.class_title == klass.title
    night = NOW + timedelta(hours=9)
    (missed,) = enrolment.today(session, actor, now=night)
    assert (missed.state, missed.phase) == ("waiting", None)
    assert "没有签退" in missed.note


def test_today_leaves_out_other_days_other_people_and_places_given_back(session: Session) -> None:
    actor, _, place = enrolled(session, first_start=NOW, sessions=1)
    assert enrolment.today(session, make.make_actor(session), now=NOW) == ()
    assert enrolment.today(session, actor, now=NOW + timedelta(days=1)) == ()
    assert enrolment.today(session, actor, now=NOW - timedelta(days=1)) == ()
    place.status = "withdrawn"
    session.flush()
    assert enrolment.today(session, actor, now=NOW) == ()


def test_a_class_stands_as_none_enrolled_or_in_conflict(session: Session) -> None:
    actor, klass, place = enrolled(session, title="焊工班")
    rival = make.make_class(session)
    free = make.make_class(session, first_start=NOW + timedelta(days=30))
    of = partial(enrolment.already, session, actor)
    assert of(class_id=klass.id) == enrolment.ClassStanding("enrolled", enrolment_id=place.id)
    assert of(class_id=rival.id) == enrolment.ClassStanding("conflict", conflict_title="焊工班")
    assert of(class_id=free.id).kind == "none"
    assert enrolment.already(session, make.make_actor(session), class_id=klass.id).kind == "none"
    assert enrolment.already(session, ANONYMOUS, class_id=klass.id).kind == "none"
    place.status = "withdrawn"
    session.flush()
    assert of(class_id=rival.id).kind == "none"


def test_cancelling_frees_the_seat_and_the_time_and_leaves_a_trace(session: Session) -> None:
    actor, klass, place = enrolled(session)
    card = enrolment.cancel(session, actor, enrolment_id=place.id, reason="家里有事", now=NOW)
    session.refresh(klass)
    trace = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(place.id))).one()
    assert (card.status, klass.seats_taken) == ("withdrawn", 0)
    assert (place.ended_at, place.end_reason) == (NOW, "家里有事")
    assert (trace.action, trace.reason) == ("enrolment.cancel", "家里有事")
    # The time is free again: another class at the same hours can be had.
    make.enrol(session, make.person_of(session, actor), make.make_class(session))


def test_cancelling_again_does_no_harm(session: Session) -> None:
    actor, klass, place = enrolled(session)
    for _ in range(2):
        assert enrolment.cancel(session, actor, enrolment_id=place.id, now=NOW).status
    session.refresh(klass)
    assert klass.seats_taken == 0


def test_once_the_class_has_begun_the_institution_must_be_asked(session: Session) -> None:
    actor, _, place = enrolled(session, first_start=NOW)
    with pytest.raises(CannotCancel) as refused:
        enrolment.cancel(session, actor, enrolment_id=place.id, now=NOW)
    assert refused.value.params["phone"] == "0995-0000000"
    before = NOW - timedelta(seconds=1)
    assert enrolment.cancel(session, actor, enrolment_id=place.id, now=before).status == "withdrawn"


@pytest.mark.parametrize("status", ["completed", "failed", "removed"])
def test_what_is_over_cannot_be_cancelled(session: Session, status: str) -> None:
    actor, _, place = enrolled(session)
    place.status = status
    session.flush()
    with pytest.raises(CannotCancel):
        enrolment.cancel(session, actor, enrolment_id=place.id, now=NOW)


@pytest.mark.parametrize("reason", ["长" * 201, "a\0b", "\ud83d"])
def test_an_unusable_reason_is_named(session: Session, reason: str) -> None:
    actor, _, place = enrolled(session)
    with pytest.raises(BadInput) as refused:
        enrolment.cancel(session, actor, enrolment_id=place.id, reason=reason, now=NOW)
    assert refused.value.field == "reason"


def test_after_cancelling_one_may_enrol_again_with_a_new_key(saved: Session) -> None:
    klass, who = listed_class(saved), trainee(saved)
    first = enrol(who, klass.id, key="one")
    actor = person_actor(saved, first.id)
    as_actor(enrolment.cancel, actor, enrolment_id=first.id, now=NOW)
    with pytest.raises(BadInput) as refused:
        enrol(who, klass.id, key="one")
    assert refused.value.reason == "enrol.key_spent"
    assert enrol(who, klass.id, key="two").id != first.id


def person_actor(session: Session, enrolment_id: UUID) -> Actor:
    """The actor whose enrolment it is."""
    place = session.get_one(Enrolment, enrolment_id)
    return Actor(role=Role.TRAINEE, account_id=new_id(), person_id=place.person_id)


def test_cancelling_many_times_at_once_frees_one_seat(saved: Session) -> None:
    klass, who = listed_class(saved), trainee(saved)
    enrol(trainee(saved), klass.id)
    place = enrol(who, klass.id)
    actor = person_actor(saved, place.id)
    cancel = partial(as_actor, enrolment.cancel, actor, enrolment_id=place.id, now=NOW)
    answers = together([cancel] * 8)
    saved.refresh(klass)
    assert {answer.status for answer in answers} == {"withdrawn"}
    assert klass.seats_taken == 1


def test_the_last_seat_given_back_and_taken_at_once_is_never_doubled(saved: Session) -> None:
    for _ in range(6):
        klass, holder = listed_class(saved, capacity=1), trainee(saved)
        place = enrol(holder, klass.id)
        actor = person_actor(saved, place.id)
        rivals = [partial(enrol, trainee(saved), klass.id) for _ in range(4)]
        cancel = partial(as_actor, enrolment.cancel, actor, enrolment_id=place.id, now=NOW)
        answers = together([*rivals, cancel])
        won = [answer for answer in answers if isinstance(answer, EnrolmentView)]
        lost = [answer for answer in answers if isinstance(answer, SeatsGone)]
        saved.refresh(klass)
        assert len(won) <= 1
        assert len(won) + len(lost) == 4
        assert klass.seats_taken == len(won)
