"""Enrolling for somebody else keeps every promise of the hot act, on PostgreSQL."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    EligibilityDecision,
    Enrolment,
    Person,
    SubsidyReservation,
    TrainingClass,
)
from portal.domain.errors import (
    AlreadyEnrolled,
    EnrolmentClosed,
    Forbidden,
    NotEligible,
    NotFound,
    PortalError,
    SeatsGone,
    TimeConflict,
)
from portal.domain.permissions import Actor, Role
from portal.services import commitment
from portal.services.desk_enrolment import By, Entered, enrol_person
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol, together, trainee

NOW = make.NOW
COOK = "4-03-02-01"


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, in a database where Turpan's pack is published."""
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session


@pytest.fixture
def clerk(saved: Session) -> Actor:
    made = make.make_actor(saved, Role.HELPER)
    saved.commit()
    return made


def villager(session: Session, *, draws: str | None = "none") -> Person:
    """Somebody without an account."""
    person = make.make_person(session, birth_date=date(1970, 5, 1))
    session.commit()
    if draws:
        policy.set_fact(session, person.id, "pension", draws=draws)
    return person


def enter(
    clerk: Actor, person: Person, class_id: UUID, *, signs: bool = True, **kwargs: object
) -> Entered:
    return as_actor(
        enrol_person,
        clerk,
        person_id=person.id,
        class_id=class_id,
        by=By("desk", clerk.the_account()),
        signed=commitment.current() if signs else None,
        **{"now": NOW, **kwargs},
    )


def test_a_seat_is_had_with_subsidy_decision_and_signature(saved: Session, clerk: Actor) -> None:
    person, of = villager(saved), policy.plan_class(saved)
    entered = enter(clerk, person, of.id)
    row = saved.get_one(Enrolment, entered.enrolment_id)
    assert (entered.status, row.status, row.channel) == ("accepted", "accepted", "desk")
    assert (row.acting_account_id, row.signed_at) == (clerk.account_id, NOW)
    held = saved.scalars(select(SubsidyReservation).filter_by(person_id=person.id)).all()
    assert [(one.state, one.enrolment_id) for one in held] == [("held", row.id)]
    kept = saved.scalars(select(EligibilityDecision).filter_by(enrolment_id=row.id)).all()
    assert [one.verdict for one in kept] == ["eligible"]
    saved.refresh(of)
    assert (of.seats_taken, list(row.busy)) == (1, list(of.meets))


def test_the_audit_names_who_acts_and_for_whom(saved: Session, clerk: Actor) -> None:
    person = villager(saved)
    entered = enter(clerk, person, policy.plan_class(saved).id)
    row = saved.scalars(select(AuditEvent).filter_by(object_id=str(entered.enrolment_id))).one()
    assert (row.actor_account_id, row.actor_role) == (clerk.account_id, "helper")
    assert (row.on_behalf_of, row.detail) == (person.id, {"via": "desk"})


def test_an_unsigned_seat_is_kept_without_time_and_subsidy(saved: Session, clerk: Actor) -> None:
    person, of = villager(saved), policy.plan_class(saved)
    entered = enter(clerk, person, of.id, signs=False)
    row = saved.get_one(Enrolment, entered.enrolment_id)
    assert (row.status, row.signed_at, list(row.busy)) == ("offered", None, [])
    held = select(func.count()).select_from(SubsidyReservation).filter_by(person_id=person.id)
    assert saved.scalar(held) == 0
    saved.refresh(of)
    assert of.seats_taken == 1


def test_what_the_rules_leave_open_goes_to_an_officer(saved: Session, clerk: Actor) -> None:
    entered = enter(clerk, villager(saved, draws=None), policy.plan_class(saved).id)
    assert (entered.status, entered.review_due_on) == ("needs_review", date(2026, 12, 4))
    assert "养老金" in entered.why


def test_a_refusal_writes_nothing(saved: Session, clerk: Actor) -> None:
    person, of = villager(saved, draws="employee"), policy.plan_class(saved)
    with pytest.raises(NotEligible):
        enter(clerk, person, of.id)
    saved.refresh(of)
    assert of.seats_taken == 0
    assert saved.scalar(select(Enrolment.id).filter_by(person_id=person.id)) is None


def test_a_transaction_goes_on_after_a_refusal(saved: Session, clerk: Actor) -> None:
    """Whoever enters many people one after the other loses only the one who is refused."""
    full, other = policy.plan_class(saved, capacity=1), policy.plan_class(saved)
    enter(clerk, villager(saved), full.id)
    person = villager(saved)

    def both(session: Session, actor: Actor) -> Entered:
        by = By("desk", actor.the_account())
        signed = commitment.current()
        with pytest.raises(SeatsGone):
            enrol_person(
                session, actor, person_id=person.id, class_id=full.id, by=by, signed=signed,
                now=NOW, wait=False,
            )  # fmt: skip
        return enrol_person(
            session, actor, person_id=person.id, class_id=other.id, by=by, signed=signed, now=NOW
        )

    assert as_actor(both, clerk).status == "accepted"
    saved.refresh(full)
    assert (full.seats_taken, full.waiting) == (1, 0)


def test_a_full_class_gives_the_next_number_of_the_same_list(saved: Session, clerk: Actor) -> None:
    of = policy.plan_class(saved, capacity=1)
    who = trainee(saved)
    policy.person_behind(saved, who).birth_date = date(1998, 5, 1)
    saved.commit()
    enter(clerk, villager(saved), of.id)
    first = enter(clerk, villager(saved), of.id)
    second = enrol(who, of.id, wait=True)
    third = enter(clerk, villager(saved), of.id)
    assert [first.position, second.waitlist_position, third.position] == [1, 2, 3]
    numbers = saved.scalars(
        select(Enrolment.waiting_no).filter_by(class_id=of.id, status="waitlisted")
    )
    assert sorted(numbers) == [1, 2, 3]


def test_whoever_waits_already_is_first(saved: Session, clerk: Actor) -> None:
    of = policy.plan_class(saved, capacity=1)
    enter(clerk, villager(saved), of.id)
    enter(clerk, villager(saved), of.id)
    saved.get_one(TrainingClass, of.id, populate_existing=True).seats_taken = 0
    saved.commit()
    assert enter(clerk, villager(saved), of.id).status == "waitlisted"


def test_the_list_closes_before_the_class_begins(saved: Session, clerk: Actor) -> None:
    of = policy.plan_class(saved, capacity=1, starts=NOW + timedelta(hours=11))
    enter(clerk, villager(saved), of.id)
    with pytest.raises(SeatsGone):
        enter(clerk, villager(saved), of.id)


def test_nobody_is_enrolled_twice_or_in_two_classes_at_a_time(saved: Session, clerk: Actor) -> None:
    person, of = villager(saved), policy.plan_class(saved, starts=NOW + timedelta(days=9))
    enter(clerk, person, of.id)
    with pytest.raises(AlreadyEnrolled):
        enter(clerk, person, of.id)
    same_time = policy.plan_class(
        saved, starts=NOW + timedelta(days=9), training_type="STARTUP", topic_code="SYB", level=None
    )
    with pytest.raises(TimeConflict):
        enter(clerk, person, same_time.id)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "running"},
        {"enrol_until": NOW},
        {"enrol_from": NOW + timedelta(hours=1)},
    ],
    ids=["running", "over", "not_yet"],
)
def test_a_closed_class_takes_nobody(
    saved: Session, clerk: Actor, fields: dict[str, object]
) -> None:
    with pytest.raises(EnrolmentClosed):
        enter(clerk, villager(saved), policy.plan_class(saved, **fields).id)


def test_a_draft_does_not_exist(saved: Session, clerk: Actor) -> None:
    with pytest.raises(NotFound):
        enter(clerk, villager(saved), policy.plan_class(saved, status="draft").id)


def test_staff_are_not_enrolled_by_their_work_account(saved: Session, clerk: Actor) -> None:
    officer = make.make_actor(saved, Role.OFFICER)
    saved.commit()
    with pytest.raises(Forbidden):
        enter(clerk, make.person_of(saved, officer), policy.plan_class(saved).id)


def test_a_soft_rule_goes_to_an_officer_only_when_asked(saved: Session, clerk: Actor) -> None:
    person = villager(saved)
    enter(clerk, person, policy.plan_class(saved).id)
    second = policy.plan_class(saved, occupation_code=COOK)
    with pytest.raises(NotEligible):
        enter(clerk, person, second.id)
    assert enter(clerk, person, second.id, ask_review=True).status == "needs_review"
    held = select(func.count()).select_from(SubsidyReservation).filter_by(person_id=person.id)
    assert saved.scalar(held) == 1


def test_a_desk_and_a_crowd_of_phones_never_oversell(saved: Session, clerk: Actor) -> None:
    """Both doors at the same instant: seats and numbers are given once each."""
    of = policy.plan_class(saved, capacity=4)
    phones = []
    for _ in range(12):
        who = trainee(saved)
        policy.person_behind(saved, who).birth_date = date(1998, 5, 1)
        phones.append(partial(enrol, who, of.id, wait=True))
    saved.commit()
    desks = [partial(enter, clerk, villager(saved), of.id) for _ in range(12)]
    answers = together([act for pair in zip(phones, desks, strict=True) for act in pair])
    assert not [answer for answer in answers if isinstance(answer, PortalError)]
    saved.refresh(of)
    assert (of.seats_taken, of.waiting, of.last_waiting_no) == (4, 20, 20)
    numbers = saved.scalars(
        select(Enrolment.waiting_no).filter_by(class_id=of.id, status="waitlisted")
    )
    assert sorted(numbers) == list(range(1, 21))


def test_a_desk_and_a_phone_at_once_draw_one_subsidy(saved: Session, clerk: Actor) -> None:
    """One person, two classes of one bucket, two doors: exactly one is had."""
    for _ in range(5):
        who = trainee(saved)
        person = policy.person_behind(saved, who)
        person.birth_date = date(1998, 5, 1)
        saved.commit()
        one, other = policy.plan_class(saved), policy.plan_class(saved, occupation_code=COOK)
        answers = together([partial(enrol, who, one.id), partial(enter, clerk, person, other.id)])
        refused = [answer for answer in answers if isinstance(answer, NotEligible)]
        assert len(refused) == 1
        held = select(func.count()).select_from(SubsidyReservation).filter_by(person_id=person.id)
        assert saved.scalar(held) == 1
