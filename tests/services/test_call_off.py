"""One class is called off before it begins: by whom, until when, and what becomes of its people."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    ClassCallOff,
    ClassTally,
    Enrolment,
    Institution,
    LeaveRequest,
    MakeUp,
    Notice,
    SeatOffer,
    SmsMessage,
    SubsidyReservation,
    TrainingClass,
    TrainingNeed,
)
from portal.db.models.classes import OPEN
from portal.db.vault import get_vault
from portal.domain.calling_off import CannotCallOff
from portal.domain.errors import BadInput, EnrolmentClosed, Forbidden, NotFound, PortalError
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.services import call_off_ends, leave, makeups
from portal.services.call_off import Standing, call_off, effects, standing
from portal.services.catalogue import class_detail
from portal.services.eligibility_facts import skill_key
from portal.services.oversight import drilling
from portal.services.teaching_classes import own_classes
from portal.services.unit import as_actor
from portal.tasks.classes import end_called_off, sweep_called_off
from tests.support import factories as make
from tests.support import lines, meetings
from tests.support.acts import enrol, listed_class, together, trainee
from tests.support.meetings import news_of
from tests.support.tallies import claim, settle
from tests.support.tasks import forget_all, run_pending

NOW = make.NOW
BEGINS = NOW + timedelta(days=7)
WHY = "报名人数不足，无法开班"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
    forget_all()


def officer(session: Session, region: str = "650400") -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region)


def manager(session: Session, of: TrainingClass) -> Actor:
    school = session.get_one(Institution, of.institution_id)
    return make.make_actor(session, Role.MANAGER, institution=school)


def off(session: Session, by: Actor, of: TrainingClass, **more: Any) -> Standing:
    return call_off(session, by, **{"class_id": of.id, "reason": WHY, "now": NOW} | more)


def off_for_good(session: Session, by: Actor, of: TrainingClass) -> None:
    """Called off, and everybody's place ended."""
    off(session, by, of)
    session.commit()
    run_pending(now=NOW)
    session.expire_all()


# Who.


def test_a_manager_calls_off_the_own_class_and_an_officer_one_of_the_region(
    session: Session,
) -> None:
    for by, side in ((manager, "institution"), (lambda s, _: officer(s), "authority")):
        made = make.make_class(session)
        assert off(session, by(session, made), made).called_off is not None
        row = session.get_one(ClassCallOff, made.id)
        assert (made.status, row.side, row.reason) == ("cancelled", side, WHY)


_OTHERS = [role for role in Role if role not in (Role.MANAGER, Role.OFFICER, Role.SYSTEM)]


@pytest.mark.parametrize("role", _OTHERS)
def test_nobody_else_calls_off_anything(session: Session, role: Role) -> None:
    made = make.make_class(session)
    by = Actor(
        role=role,
        account_id=UUID(int=1),
        person_id=UUID(int=2),
        region_code="650400",
        institution_id=made.institution_id if role is Role.INSTRUCTOR else None,
    )
    for act in (off, partial(told, now=NOW)):
        with pytest.raises(Forbidden):
            act(session, by, made)


def told(session: Session, by: Actor, of: TrainingClass, **more: Any) -> tuple[str, ...]:
    return effects(session, by, **{"class_id": of.id, "now": NOW} | more)


def test_another_institutions_or_regions_class_is_not_found(session: Session) -> None:
    made, other = make.make_class(session), make.make_class(session)
    for by in (manager(session, other), officer(session, "653100")):
        for act in (off, told):
            with pytest.raises(NotFound):
                act(session, by, made)
        with pytest.raises(NotFound):
            standing(session, by, class_id=made.id, now=NOW)
    assert made.status == "enrolling"


def test_a_draft_is_nothing_to_call_off(session: Session) -> None:
    made = make.make_class(session, status="draft")
    with pytest.raises(NotFound):
        off(session, officer(session), made)


def test_an_instructor_and_an_auditor_read_who_did_it_and_are_offered_nothing(
    session: Session,
) -> None:
    made = make.make_class(session)
    school = session.get_one(Institution, made.institution_id)
    readers = [
        make.make_actor(session, Role.INSTRUCTOR, institution=school),
        make.make_actor(session, Role.AUDITOR, region_code="650400"),
    ]
    seen = [standing(session, by, class_id=made.id, now=NOW) for by in readers]
    assert [one.is_offered for one in seen] == [False, False]
    off(session, officer(session), made)
    teacher, auditor = (standing(session, by, class_id=made.id, now=NOW) for by in readers)
    assert teacher.called_off
    assert auditor.called_off
    assert teacher.called_off.reason == WHY
    # An officer's name is for the authority's own side.
    assert "王小强" not in teacher.called_off.who
    assert "主管部门（王小强）" in auditor.called_off.who


# Which.


def test_until_the_first_session_begins_and_not_a_moment_longer(session: Session) -> None:
    made = make.make_class(session, status="running")
    by = manager(session, made)
    with pytest.raises(CannotCallOff):
        off(session, by, made, now=BEGINS)
    assert off(session, by, made, now=BEGINS - MINUTE).called_off is not None


@pytest.mark.parametrize("status", ["finished", "closed", "cancelled"])
def test_what_is_over_cannot_be_called_off(session: Session, status: str) -> None:
    made = make.make_class(session, status=status)
    with pytest.raises(CannotCallOff):
        off(session, officer(session), made)
    assert not standing(session, officer(session), class_id=made.id, now=NOW).is_offered


@pytest.mark.parametrize("trace", ["sign_in", "sheet"])
def test_once_somebody_was_there_it_is_refused_with_what_to_do(
    session: Session, trace: str
) -> None:
    of = meetings.school(session, first_start=BEGINS)
    if trace == "sign_in":
        of.scan(of.places[0], "in", BEGINS - 20 * MINUTE)
    else:
        of.meeting.confirmed_at = NOW
    advice = {"institution": "结业", "authority": "暂停或移出目录"}
    by = {"institution": of.staff, "authority": officer(session)}
    for side, actor in by.items():
        with pytest.raises(CannotCallOff) as refused:
            off(session, actor, of.training_class, now=BEGINS - 10 * MINUTE)
        assert advice[side] in refused.value.params["why"]
    assert of.training_class.status == "running"


def test_a_class_whose_money_is_asked_for_is_refused(session: Session) -> None:
    made = make.make_class(session)
    row = claim(session, made, state="submitted")
    with pytest.raises(CannotCallOff):
        off(session, officer(session), made)
    row.state = "rejected"
    session.flush()
    off(session, officer(session), made)


@pytest.mark.parametrize("reason", ["", "太少", "  人  "])
def test_a_reason_is_required(session: Session, reason: str) -> None:
    made = make.make_class(session)
    with pytest.raises(BadInput) as refused:
        off(session, officer(session), made, reason=reason)
    assert (refused.value.field, made.status) == ("reason", "enrolling")


def test_whoever_comes_second_gets_what_the_first_did(saved: Session) -> None:
    made = listed_class(saved)
    by = [manager(saved, made), officer(saved)]
    saved.commit()
    answers = together(
        [partial(as_actor, call_off, who, class_id=made.id, reason=WHY, now=NOW) for who in by * 2]
    )
    assert all(isinstance(one, Standing) and one.called_off for one in answers)
    rows = saved.scalars(select(AuditEvent).filter_by(action="class.call_off"))
    assert [row.reason for row in rows if row.object_id == str(made.id)] == [WHY]


# What it would do.


def test_the_effects_count_what_hangs_on_the_class(saved: Session) -> None:
    made = listed_class(saved, capacity=2)
    enrol(trainee(saved), made.id)
    sits = trainee(saved)
    given_up = enrol(sits, made.id)
    for _ in range(2):
        lines.wait(trainee(saved), made.id)
    lines.cancel(saved, sits, given_up.id)
    run_pending(now=NOW)
    guests = meetings.school(saved, first_start=NOW - timedelta(days=3))
    meeting = make.sessions_of(saved, made)[0]
    guest = meetings.guest_at(saved, guests, at_of(guests, meeting))
    assert guest.state == "planned"
    said = " ".join(told(saved, officer(saved), made))
    for part in ("1 名已报名", "1 个正等本人确认", "1 人的排队", "1 人约好", "1 人占用的补贴次数"):
        assert part in said
    assert "资格审核" not in said
    assert "名单里" not in said
    assert made.status == "enrolling"


def at_of(of: meetings.School, meeting: Any) -> meetings.School:
    """The same school seen from another class's first session."""
    return meetings.School(
        of.session, of.institution, of.training_class, [meeting], of.places, of.trainees, of.staff
    )


def test_a_class_that_nobody_wants_says_so(session: Session) -> None:
    assert any(
        "还没有人报名" in line for line in told(session, officer(session), make.make_class(session))
    )


# What follows.


def test_nobody_enrols_from_that_moment_on(saved: Session) -> None:
    made, who = listed_class(saved), trainee(saved)
    off(saved, officer(saved), made)
    saved.commit()
    with pytest.raises(EnrolmentClosed):
        enrol(who, made.id)
    assert lines_of(saved, made) == []


def lines_of(session: Session, made: TrainingClass) -> list[str]:
    session.expire_all()
    query = select(Enrolment.status).where(Enrolment.class_id == made.id).order_by(Enrolment.id)
    return list(session.scalars(query))


def test_places_offers_lines_and_subsidies_end_and_everybody_is_told_why(saved: Session) -> None:
    made = listed_class(saved, capacity=2)
    stays = enrol(trainee(saved), made.id)
    gives_up = trainee(saved)
    seat = enrol(gives_up, made.id)
    first, second = (lines.wait(trainee(saved), made.id) for _ in range(2))
    lines.cancel(saved, gives_up, seat.id)
    run_pending(now=NOW)
    off_for_good(saved, officer(saved), made)
    found = {row.id: row for row in saved.scalars(select(Enrolment).filter_by(class_id=made.id))}
    assert found.pop(seat.id).status == "withdrawn"
    assert {row.status for row in found.values()} == {"removed"}
    assert all(WHY in (row.end_reason or "") for row in found.values())
    made = saved.get_one(TrainingClass, made.id)
    assert (made.seats_taken, made.waiting) == (0, 0)
    (offer,) = saved.scalars(select(SeatOffer).filter_by(enrolment_id=first.id))
    assert offer.state == "withdrawn"
    held = saved.scalars(select(SubsidyReservation.state).filter_by(enrolment_id=stays.id)).all()
    assert held == ["released"]
    kinds = {
        one: saved.scalars(
            select(Notice.kind).where(Notice.ref_id == one, Notice.kind.startswith("class_off"))
        ).all()
        for one in (stays.id, first.id, second.id)
    }
    assert kinds == {
        stays.id: ["class_off_seat"],
        first.id: ["class_off_seat"],
        second.id: ["class_off_wait"],
    }
    assert saved.get_one(ClassCallOff, made.id).ended_at == NOW
    lines.check_books(made.id)


@pytest.mark.parametrize("waits", [False, True])
def test_a_text_message_says_which_class(saved: Session, waits: bool) -> None:
    made = listed_class(saved, capacity=1)
    person = make.make_person(saved, phone_enc=get_vault().seal("phone", "13900000001"))
    if waits:
        enrol(trainee(saved), made.id)
    lines.wait(trainee(saved, person=person), made.id)
    off_for_good(saved, officer(saved), made)
    (sms,) = saved.scalars(select(SmsMessage).order_by(SmsMessage.id.desc()).limit(1))
    body = get_vault().open("sms_body", sms.body_enc)
    assert made.title in body
    # What somebody typed goes to no phone under our name.
    assert WHY not in body
    assert ("排队" in body) is waits


def test_the_calendar_is_free_for_another_class(saved: Session) -> None:
    made, other, who = listed_class(saved), listed_class(saved), trainee(saved)
    enrol(who, made.id)
    with pytest.raises(PortalError):
        enrol(who, other.id)
    off_for_good(saved, officer(saved), made)
    assert enrol(who, other.id).status == "accepted"


def test_leave_that_was_asked_for_is_taken_back(saved: Session) -> None:
    of = meetings.school(saved, first_start=BEGINS)
    asked = leave.ask(saved, of.trainees[0], session_id=of.meeting.id, kind="sick", now=NOW)
    saved.commit()
    off_for_good(saved, of.staff, of.training_class)
    assert saved.get_one(LeaveRequest, asked.id).state == "withdrawn"


def test_a_guest_is_told_and_may_make_it_up_elsewhere(saved: Session) -> None:
    missed = meetings.school(saved, first_start=NOW - timedelta(days=3))
    missed.record(0)
    there = meetings.school(saved, first_start=BEGINS, sessions=1)
    guest = meetings.guest_at(saved, missed, there)
    saved.commit()
    off_for_good(saved, there.staff, there.training_class)
    assert saved.get_one(MakeUp, guest.id).state == "withdrawn"
    assert news_of(saved, missed.trainees[0]) == ["class_off_guest"]
    who = missed.trainees[0]
    assert makeups.plan_for(saved, who, missed_session_id=missed.meeting.id, now=NOW) is None


def test_staff_is_told_but_for_whoever_did_it(saved: Session) -> None:
    school = make.make_institution(saved)
    teacher = make.make_actor(saved, Role.INSTRUCTOR, institution=school)
    boss = make.make_actor(saved, Role.MANAGER, institution=school)
    one, two = (
        listed_class(saved, institution=school, instructor_id=teacher.account_id) for _ in "ab"
    )
    off(saved, boss, one)
    assert (news_of(saved, teacher), news_of(saved, boss)) == (["class_off_staff"], [])
    off(saved, officer(saved), two)
    assert (len(news_of(saved, teacher)), news_of(saved, boss)) == (2, ["class_off_staff"])


def test_what_a_killed_process_left_is_done_by_the_sweep_and_once(saved: Session) -> None:
    made = listed_class(saved)
    people = [enrol(trainee(saved), made.id) for _ in range(4)]
    missed = meetings.school(saved, first_start=NOW - timedelta(days=3))
    meetings.guest_at(saved, missed, at_of(missed, make.sessions_of(saved, made)[0]))
    off(saved, officer(saved), made)
    saved.commit()
    as_actor(call_off_ends.end_one, SYSTEM, enrolment_id=people[0].id, now=NOW)
    forget_all()
    together([partial(sweep_called_off, now=NOW) for _ in range(4)])
    assert set(lines_of(saved, made)) == {"removed"}
    notices = select(func.count()).where(Notice.ref_id.in_([one.id for one in people]))
    assert saved.scalar(notices) == 4
    assert news_of(saved, missed.trainees[0]) == ["class_off_guest"]
    assert saved.get_one(ClassCallOff, made.id).ended_at == NOW
    sweep_called_off(now=NOW + timedelta(days=1))
    saved.expire_all()
    assert saved.get_one(ClassCallOff, made.id).ended_at == NOW


def test_one_place_that_cannot_be_ended_holds_up_nobody_else(
    saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = listed_class(saved), listed_class(saved)
    bad, good = enrol(trainee(saved), first.id), enrol(trainee(saved), first.id)
    other = enrol(trainee(saved), second.id)
    for number, made in enumerate((first, second)):
        off(saved, officer(saved), made, now=NOW + number * MINUTE)
    saved.commit()
    forget_all()
    end_one = call_off_ends.end_one

    def fails_once(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> None:
        if enrolment_id == bad.id:
            raise RuntimeError("unreadable")
        end_one(session, actor, enrolment_id=enrolment_id, now=now)

    with monkeypatch.context() as broken:
        broken.setattr(call_off_ends, "end_one", fails_once)
        with pytest.raises(RuntimeError):
            sweep_called_off(now=NOW + MINUTE)
    saved.expire_all()
    states = [saved.get_one(Enrolment, one.id).status for one in (bad, good, other)]
    assert states == ["accepted", "removed", "removed"]
    assert saved.get_one(ClassCallOff, first.id).ended_at is None
    sweep_called_off(now=NOW + 2 * MINUTE)
    saved.expire_all()
    assert saved.get_one(ClassCallOff, first.id).ended_at == NOW + 2 * MINUTE


def test_whoever_brought_people_is_told_once(saved: Session) -> None:
    made = listed_class(saved)
    helper = make.make_account(saved, Role.HELPER)
    manages = manager(saved, made)
    for account_id in (helper.id, helper.id, manages.account_id):
        enrolment = enrol(trainee(saved), made.id)
        saved.get_one(Enrolment, enrolment.id).acting_account_id = account_id
    saved.commit()
    off_for_good(saved, officer(saved), made)
    kinds = {
        who: saved.scalars(select(Notice.kind).filter_by(person_id=who)).all()
        for who in (helper.person_id, manages.person_id)
    }
    assert kinds == {who: ["class_off_staff"] for who in kinds}


@pytest.mark.parametrize("state", ["met", "told"])
def test_a_wish_that_the_class_was_to_meet_stands_again(saved: Session, state: str) -> None:
    made = listed_class(saved)
    enrolment = saved.get_one(Enrolment, enrol(trainee(saved), made.id).id)
    key = skill_key(made.occupation_code, None)
    wishes = [
        TrainingNeed(
            person_id=enrolment.person_id, skill_key=skill, region_code="650402",
            from_month=date(2026, 12, 1), state=state, channel="self",
            created_at=enrolment.created_at - MINUTE, told_at=NOW,
            told_class_id=made.id if skill == key else None,
            ended_at=enrolment.created_at + MINUTE if state == "met" else None,
        )
        for skill in (key, "topic:SYB")
    ]  # fmt: skip
    saved.add_all(wishes)
    saved.commit()
    off_for_good(saved, officer(saved), made)
    assert [one.state for one in wishes] == ["open", state]
    assert (wishes[0].told_at, wishes[0].ended_at, wishes[0].told_class_id) == (None, None, None)


def test_seats_that_come_free_are_offered_to_nobody(saved: Session) -> None:
    made = listed_class(saved, capacity=1)
    enrol(trainee(saved), made.id)
    lines.wait(trainee(saved), made.id)
    off(saved, officer(saved), made)
    saved.commit()
    assert run_pending(now=NOW) == ["end_called_off"]


def test_it_is_not_done_while_somebodys_place_is_open(saved: Session) -> None:
    made = listed_class(saved)
    enrol(trainee(saved), made.id)
    off(saved, officer(saved), made)
    saved.commit()
    assert not as_actor(call_off_ends.finish, SYSTEM, class_id=made.id, now=NOW)
    end_called_off(class_id=str(made.id), now=NOW)
    saved.expire_all()
    assert saved.get_one(ClassCallOff, made.id).ended_at == NOW


def test_only_background_work_ends_places(session: Session) -> None:
    made = make.make_class(session)
    for act in (
        partial(call_off_ends.due),
        partial(call_off_ends.to_end, class_id=made.id),
        partial(call_off_ends.end_one, enrolment_id=made.id),
        partial(call_off_ends.finish, class_id=made.id),
    ):
        with pytest.raises(Forbidden):
            act(session, officer(session), now=NOW)


# At once.


def test_whoever_enrols_at_that_moment_is_turned_away_or_told(saved: Session) -> None:
    made = listed_class(saved, capacity=6)
    by, people = officer(saved), [trainee(saved) for _ in range(12)]
    saved.commit()
    acts: list[Any] = [partial(lines.wait, who, made.id) for who in people]
    acts.insert(6, partial(as_actor, call_off, by, class_id=made.id, reason=WHY, now=NOW))
    answers = together(acts)
    run_pending(now=NOW)
    got_in = [one for one in answers if not isinstance(one, PortalError | Standing)]
    assert lines_of(saved, made) == ["removed"] * len(got_in)
    assert all(isinstance(one, EnrolmentClosed) for one in answers if isinstance(one, PortalError))
    lines.check_books(made.id)


def test_an_offer_is_taken_before_it_or_not_at_all(saved: Session) -> None:
    made, who, view = lines.offered(saved)
    by = officer(saved)
    saved.commit()
    together(
        [
            partial(as_actor, call_off, by, class_id=made.id, reason=WHY, now=NOW),
            partial(lines.accept, saved, who, view.id),
        ]
    )
    run_pending(now=NOW)
    still = select(Enrolment.id).where(Enrolment.class_id == made.id, Enrolment.status.in_(OPEN))
    saved.expire_all()
    assert saved.scalars(still).all() == []
    lines.check_books(made.id)


def test_a_sign_in_that_is_being_written_is_waited_for(saved: Session, engine: Engine) -> None:
    of = meetings.school(saved, first_start=BEGINS)
    by, at = of.staff, BEGINS - 20 * MINUTE
    answers: list[Any] = []

    def act() -> None:
        answers.extend(
            together(
                [partial(as_actor, call_off, by, class_id=of.training_class.id, reason=WHY, now=at)]
            )
        )

    saved.rollback()
    of.scan(of.places[0], "in", at)
    waits = Thread(target=act)
    waits.start()
    time.sleep(0.3)
    saved.commit()
    waits.join()
    assert isinstance(answers[0], CannotCallOff)
    saved.expire_all()
    assert saved.get_one(TrainingClass, of.training_class.id).status == "running"


# Who sees it.


def test_the_public_page_says_why_and_takes_nobody(session: Session) -> None:
    made = make.make_class(session)
    make.list_institution(session, session.get_one(Institution, made.institution_id))
    off(session, officer(session), made)
    seen = class_detail(session, make.make_actor(session), class_id=made.id, now=NOW)
    assert (seen.called_off, seen.status) == (WHY, "closed")
    assert "停办" in seen.state_text


def test_the_institutions_list_shows_it_last_as_called_off(session: Session) -> None:
    gone = make.make_class(session)
    school = session.get_one(Institution, gone.institution_id)
    make.make_class(session, institution=school, first_start=NOW + timedelta(days=30))
    by = manager(session, gone)
    off(session, by, gone)
    seen = own_classes(session, by, now=NOW)
    assert [one.stage for one in seen] == ["soon", "cancelled"]


def test_the_overview_counts_it_no_more_and_still_shows_it(session: Session) -> None:
    by, made = officer(session), make.make_class(session)
    settle(session)
    assert session.get(ClassTally, made.id) is not None
    off(session, by, made)
    settle(session)
    assert session.get(ClassTally, made.id) is None
    of = drilling.institution(session, by, institution_id=made.institution_id, now=NOW)
    assert (of.figures.classes, of.classes.total) == (0, 0)
    assert [one.id for one in of.called_off] == [made.id]
    one = drilling.training_class(session, by, class_id=made.id, now=NOW)
    assert (one.line.status, one.line.figures.seats) == ("cancelled", 0)


def test_a_class_elsewhere_is_not_among_those_called_off_here(session: Session) -> None:
    by, school = officer(session), make.make_institution(session)
    make.make_class(session, institution=school)
    far = make.make_class(session, institution=school, region_code="653101")
    off(session, officer(session, "653100"), far)
    settle(session)
    of = drilling.institution(session, by, institution_id=school.id, now=NOW)
    assert of.called_off == ()
