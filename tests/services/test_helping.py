"""A helper acts for somebody: everything with an open mandate, nothing without, and no more
than the verdict is told."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    Enrolment,
    Mandate,
    Notice,
    PersonFact,
    PersonGroup,
    SeatOffer,
    TrainingNeed,
)
from portal.domain.errors import (
    AlreadyEnrolled,
    BadInput,
    CannotCancel,
    NotEligible,
    NotFound,
)
from portal.domain.offer_errors import OfferGone
from portal.domain.permissions import Actor, Role
from portal.services import (
    commitment,
    enrolment,
    helping,
    helping_acts,
    helping_classes,
    helping_facts,
    mandates,
    own_helpers,
    search_index,
)
from portal.services.catalogue import ClassQuery
from portal.services.desk_enrolment import Entered
from portal.services.helping_facts import Statement
from portal.services.need_terms import check_wish
from portal.services.unit import as_actor
from portal.tasks.offers import offer_seats
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol as enrol_by_phone
from tests.support.acts import together, trainee
from tests.support.helping import NOW, introduce, make_helper, person_with

COOK = "4-03-02-01"
SIGNED = commitment.current().version


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, in a database where Turpan's pack is published."""
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session


@pytest.fixture
def helper(saved: Session) -> Actor:
    return make_helper(saved)


@pytest.fixture
def mandate_id(saved: Session, helper: Actor) -> UUID:
    """A mandate of somebody of 45 who says to draw no pension."""
    made = introduce(helper)
    policy.set_fact(saved, person_with(saved, made).id, "pension", draws="none")
    return made


def enrol_for(helper: Actor, mandate_id: UUID, class_id: UUID, **kwargs: object) -> Entered:
    values = {"commitment_version": SIGNED, "evidence": "fingerprint", "now": NOW, **kwargs}
    return as_actor(
        helping_acts.enrol_for, helper, mandate_id=mandate_id, class_id=class_id, **values
    )


def seen(helper: Actor, mandate_id: UUID) -> helping.HelpedPerson:
    return as_actor(helping.person, helper, mandate_id=mandate_id, now=NOW)


def row(session: Session, enrolment_id: UUID) -> Enrolment:
    session.rollback()
    return session.get_one(Enrolment, enrolment_id, populate_existing=True)


def offered(session: Session, helper: Actor, mandate_id: UUID) -> Enrolment:
    """A seat that came free for the mandate's person, by way of the waiting list."""
    of = policy.plan_class(session, capacity=1)
    who = trainee(session)
    policy.person_behind(session, who).birth_date = date(1998, 5, 1)
    session.commit()
    first = enrol_by_phone(who, of.id)
    entered = enrol_for(helper, mandate_id, of.id)
    assert entered.status == "waitlisted"
    as_actor(enrolment.cancel, policy.actor_of(session, who), enrolment_id=first.id, now=NOW)
    offer_seats(class_id=str(of.id), now=NOW)
    found = row(session, entered.enrolment_id)
    assert found.status == "offered"
    return found


def test_an_enrolment_names_helper_mandate_and_person(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    entered = enrol_for(helper, mandate_id, policy.plan_class(saved).id)
    made, person = row(saved, entered.enrolment_id), person_with(saved, mandate_id)
    assert (made.status, made.channel) == ("accepted", "helper")
    assert (made.person_id, made.acting_account_id, made.mandate_id) == (
        person.id,
        helper.account_id,
        mandate_id,
    )
    assert (made.commitment_version, made.signed_at) == (SIGNED, NOW)
    event = saved.scalars(
        select(AuditEvent).filter_by(object_id=str(made.id), action="enrolment.enrol")
    ).one()
    assert (event.actor_account_id, event.on_behalf_of, event.detail) == (
        helper.account_id,
        person.id,
        {"via": "helper", "evidence": "fingerprint"},
    )


def test_the_person_is_told(saved: Session, helper: Actor, mandate_id: UUID) -> None:
    of = policy.plan_class(saved)
    enrol_for(helper, mandate_id, of.id)
    person = person_with(saved, mandate_id)
    kinds = saved.scalars(select(Notice.kind).filter_by(person_id=person.id).order_by(Notice.id))
    assert list(kinds) == ["mandate_given", "helped_enrolment"]


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("commitment", {"commitment_version": None}),
        ("commitment", {"commitment_version": "older"}),
        ("evidence", {"evidence": ""}),
        ("evidence", {"evidence": "own"}),
    ],
)
def test_nothing_is_enrolled_before_the_person_signed(
    saved: Session, helper: Actor, mandate_id: UUID, field: str, fields: dict[str, object]
) -> None:
    with pytest.raises(BadInput) as refused:
        enrol_for(helper, mandate_id, policy.plan_class(saved).id, **fields)
    assert refused.value.field == field


def test_what_is_open_goes_to_an_officer_and_what_is_refused_stays_out(
    saved: Session, helper: Actor
) -> None:
    unknown, draws = introduce(helper), introduce(helper)
    policy.set_fact(saved, person_with(saved, draws).id, "pension", draws="employee")
    of = policy.plan_class(saved)
    # At 45 nobody draws one; so somebody older is asked about.
    person_with(saved, unknown).birth_date = date(1970, 1, 1)
    saved.commit()
    assert enrol_for(helper, unknown, of.id).status == "needs_review"
    with pytest.raises(NotEligible):
        enrol_for(helper, draws, of.id)


def test_tapping_twice_enrols_once(saved: Session, helper: Actor, mandate_id: UUID) -> None:
    of = policy.plan_class(saved)
    answers = together([partial(enrol_for, helper, mandate_id, of.id)] * 4)
    assert sorted(type(one).__name__ for one in answers) == [*["AlreadyEnrolled"] * 3, "Entered"]
    with pytest.raises(AlreadyEnrolled):
        enrol_for(helper, mandate_id, of.id)


def every_act(
    session: Session, helper: Actor, mandate_id: UUID
) -> dict[str, Callable[[Actor], object]]:
    """All that can be done with a mandate, ready but for who does it."""
    seat = offered(session, helper, mandate_id)
    wish = check_wish(subject=COOK, region="650402", month="", today=date(2026, 12, 1))
    need = as_actor(helping_acts.record_need, helper, mandate_id=mandate_id, wish=wish, now=NOW)
    of = policy.plan_class(session, training_type="STARTUP", topic_code="SYB", level=None)
    signed = {"commitment_version": SIGNED, "evidence": "signature"}
    drawn = Statement("pension", "resident")

    def ready(act: Callable[..., object], **fields: object) -> Callable[[Actor], object]:
        given = {"mandate_id": mandate_id, "now": NOW, **fields}
        return lambda who: as_actor(act, who, **given)  # type: ignore[arg-type]

    return {
        "read": ready(helping.person),
        "find": ready(helping_classes.find, query=ClassQuery()),
        "preflight": ready(helping_classes.preflight, class_id=of.id),
        "declare": ready(helping_facts.declare, statement=drawn),
        "enrol": ready(helping_acts.enrol_for, class_id=of.id, **signed),
        "accept": ready(helping_acts.accept_offer, enrolment_id=seat.id, **signed),
        "decline": ready(helping_acts.decline_offer, enrolment_id=seat.id),
        "leave": ready(helping_acts.leave, enrolment_id=seat.id),
        "wish": ready(helping_acts.record_need, wish=wish),
        "unwish": ready(helping_acts.withdraw_need, need_id=need.need.id),
        "answer": ready(helping_acts.answer_question, line_id=need.need.id, agrees=True),
    }


def rows_of_person(session: Session, mandate_id: UUID) -> dict[str, int]:
    """How much there is about the person, to see that nothing was written."""
    person = person_with(session, mandate_id)
    tables = (Enrolment, TrainingNeed, PersonGroup, PersonFact, Notice)
    return {
        one.__name__: session.query(one).filter_by(person_id=person.id).count() for one in tables
    }


def over(session: Session, helper: Actor, mandate_id: UUID, how: str) -> Actor:
    """End the mandate in one of the ways; answers who then tries."""
    mandate = session.get_one(Mandate, mandate_id, populate_existing=True)
    if how == "another_helper":
        return make_helper(session)
    if how == "given_back":
        as_actor(mandates.give_back, helper, mandate_id=mandate_id, now=NOW)
    if how == "expired":
        mandate.granted_on, mandate.expires_on = date(2026, 1, 1), date(2026, 11, 30)
    if how == "unconfirmed":
        mandate.confirmed_at = None
    if how == "revoked":
        person = person_with(session, mandate_id)
        account = make.make_account(session, person=person)
        session.commit()
        owner = Actor(Role.TRAINEE, account_id=account.id, person_id=person.id)
        as_actor(own_helpers.revoke, owner, mandate_id=mandate_id, now=NOW)
    session.commit()
    return helper


@pytest.mark.parametrize(
    "how", ["another_helper", "given_back", "expired", "unconfirmed", "revoked"]
)
def test_without_an_open_mandate_nothing_can_be_done_and_nothing_is_told(
    saved: Session, helper: Actor, mandate_id: UUID, how: str
) -> None:
    acts = every_act(saved, helper, mandate_id)
    who = over(saved, helper, mandate_id, how)
    before = rows_of_person(saved, mandate_id)
    for name, act in acts.items():
        with pytest.raises(NotFound):
            assert act(who) == name
    assert rows_of_person(saved, mandate_id) == before


def test_with_an_open_mandate_all_of_it_can_be_done(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    acts = every_act(saved, helper, mandate_id)
    # What cannot follow each other, and a question that nobody asked.
    for name in ("decline", "answer"):
        del acts[name]
    for act in acts.values():
        act(helper)


def test_whoever_ends_it_waits_for_the_act_under_way_and_none_comes_after(
    engine: Engine, saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    saved.commit()
    with Session(engine) as acting, Session(engine) as ending:
        mandates.in_force(acting, helper, mandate_id=mandate_id, now=NOW)
        ending.execute(text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            mandates.give_back(ending, helper, mandate_id=mandate_id, now=NOW)


def test_two_acts_of_one_mandate_do_not_wait_for_each_other(
    engine: Engine, saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    saved.commit()
    with Session(engine) as one, Session(engine) as other:
        mandates.in_force(one, helper, mandate_id=mandate_id, now=NOW)
        other.execute(text("SET LOCAL lock_timeout = '100ms'"))
        assert mandates.in_force(other, helper, mandate_id=mandate_id, now=NOW).id == mandate_id


def test_a_seat_that_is_kept_is_accepted_with_a_signature(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    seat = offered(saved, helper, mandate_id)
    (shown,) = as_actor(helping.my_people, helper, now=NOW).people
    assert (shown.open_seats, shown.to_answer) == (1, 1)
    as_actor(
        helping_acts.accept_offer,
        helper,
        mandate_id=mandate_id,
        enrolment_id=seat.id,
        commitment_version=SIGNED,
        evidence="witness",
        now=NOW,
    )
    assert row(saved, seat.id).status == "accepted"
    answered = saved.scalars(select(SeatOffer).filter_by(enrolment_id=seat.id)).one()
    assert (answered.state, answered.answered_via) == ("accepted", "helper")
    event = saved.scalars(
        select(AuditEvent).filter_by(object_id=str(seat.id), action="helping.answer")
    ).one()
    assert event.detail == {"mandate": str(mandate_id), "evidence": "witness"}


def test_a_seat_that_is_declined_is_gone(saved: Session, helper: Actor, mandate_id: UUID) -> None:
    seat = offered(saved, helper, mandate_id)
    act = partial(
        as_actor,
        helping_acts.decline_offer,
        helper,
        mandate_id=mandate_id,
        enrolment_id=seat.id,
        now=NOW,
    )
    act()
    assert row(saved, seat.id).status == "withdrawn"
    with pytest.raises(OfferGone):
        as_actor(
            helping_acts.accept_offer,
            helper,
            mandate_id=mandate_id,
            enrolment_id=seat.id,
            commitment_version=SIGNED,
            evidence="signature",
            now=NOW,
        )


def test_leaving_gives_the_seat_back_once(saved: Session, helper: Actor, mandate_id: UUID) -> None:
    of = policy.plan_class(saved)
    entered = enrol_for(helper, mandate_id, of.id)
    for _ in range(2):
        as_actor(
            helping_acts.leave,
            helper,
            mandate_id=mandate_id,
            enrolment_id=entered.enrolment_id,
            now=NOW,
        )
    saved.refresh(of)
    assert (row(saved, entered.enrolment_id).status, of.seats_taken) == ("withdrawn", 0)
    assert seen(helper, mandate_id).seats == ()


def test_a_class_that_has_begun_is_not_left_this_way(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    of = policy.plan_class(saved)
    entered = enrol_for(helper, mandate_id, of.id)
    with pytest.raises(CannotCancel):
        as_actor(
            helping_acts.leave,
            helper,
            mandate_id=mandate_id,
            enrolment_id=entered.enrolment_id,
            now=NOW + timedelta(days=30),
        )


def test_a_stranger_place_is_not_left(saved: Session, helper: Actor, mandate_id: UUID) -> None:
    other = introduce(helper)
    policy.set_fact(saved, person_with(saved, other).id, "pension", draws="none")
    entered = enrol_for(helper, other, policy.plan_class(saved).id)
    with pytest.raises(NotFound):
        as_actor(
            helping_acts.leave,
            helper,
            mandate_id=mandate_id,
            enrolment_id=entered.enrolment_id,
            now=NOW,
        )


def test_the_verdict_is_one_sentence_and_names_no_group(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    policy.set_group(saved, person_with(saved, mandate_id).id, "AIDED_FAMILY")
    told = as_actor(
        helping_classes.preflight,
        helper,
        mandate_id=mandate_id,
        class_id=policy.plan_class(saved).id,
        now=NOW,
    )
    assert (told.verdict, told.enrolment_id) == ("eligible", None)
    assert "帮扶" not in told.headline + told.help + told.word
    assert not {"answers", "left", "judged", "groups"} & set(told.__dataclass_fields__)


def test_classes_are_listed_with_what_they_mean_for_the_person(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    school = make.make_institution(saved)
    mine = policy.plan_class(saved, institution=school)
    other = policy.plan_class(saved, institution=school, occupation_code=COOK)
    for of in (mine, other):
        search_index.reindex_class(saved, of.id)
    saved.commit()
    enrol_for(helper, mandate_id, mine.id)
    query = ClassQuery(institution_id=school.id)
    found = as_actor(helping_classes.find, helper, mandate_id=mandate_id, query=query, now=NOW)
    assert sorted(shown.fit for _, shown in found.rows) == ["enrolled", "not_eligible"]


def test_what_the_helper_states_is_the_persons_statement_by_another_hand(
    saved: Session, helper: Actor
) -> None:
    mandate_id = introduce(helper)
    for statement in (
        Statement("group", "MIGRANT"),
        Statement("pension", "none"),
        Statement("origin", "rural"),
        Statement("education", "vocational", name="吐鲁番职业学校", day="2027-07-01"),
        Statement("employment", name="火焰山食品有限公司", day="2026-10-01"),
    ):
        as_actor(helping_facts.declare, helper, mandate_id=mandate_id, statement=statement, now=NOW)
    person = person_with(saved, mandate_id)
    facts = saved.scalars(select(PersonFact).filter_by(person_id=person.id)).all()
    assert {one.kind for one in facts} == {"pension", "origin", "education", "employment"}
    assert {(one.source, one.status, one.created_by) for one in facts} == {
        ("helper", "declared", helper.account_id)
    }
    assert len(seen(helper, mandate_id).stated) == 5


@pytest.mark.parametrize(
    "statement",
    [
        Statement("group", "NOBODY"),
        Statement("group", "JUSTICE"),
        Statement("pension", "x"),
        Statement("employment", name="某公司", day="yesterday"),
        Statement("archive", "x"),
        Statement(""),
    ],
    ids=["unknown_group", "closed_channel", "no_pension", "no_day", "no_kind", "nothing"],
)
def test_a_statement_that_makes_no_sense_is_refused(
    helper: Actor, mandate_id: UUID, statement: Statement
) -> None:
    with pytest.raises(BadInput):
        as_actor(helping_facts.declare, helper, mandate_id=mandate_id, statement=statement, now=NOW)


def test_a_helper_learns_nothing_by_stating_what_an_authority_knows(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    """The answer is the same, whatever is on record; nothing of others is shown or replaced."""
    person = person_with(saved, mandate_id)
    policy.set_group(saved, person.id, "AIDED_FAMILY")
    fact = saved.scalars(select(PersonFact).filter_by(person_id=person.id, kind="pension")).one()
    fact.status, fact.verified_at, fact.value = "verified", NOW, {"draws": "employee"}
    saved.commit()
    for statement in (Statement("group", "AIDED_FAMILY"), Statement("pension", "none")):
        as_actor(helping_facts.declare, helper, mandate_id=mandate_id, statement=statement, now=NOW)
    saved.refresh(fact)
    assert (fact.status, fact.value) == ("verified", {"draws": "employee"})
    assert seen(helper, mandate_id).stated == ()
    groups = saved.scalars(select(PersonGroup).filter_by(person_id=person.id)).all()
    assert [(one.source, one.status) for one in groups] == [("officer", "verified")]


def test_what_the_person_told_others_is_not_shown(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    policy.set_group(saved, person_with(saved, mandate_id).id, "VETERAN", verified=False)
    told = seen(helper, mandate_id)
    assert told.stated == ()
    assert "退役" not in repr(told)
    assert not {"groups", "facts", "subsidies", "archive"} & set(told.__dataclass_fields__)


def test_every_reading_leaves_a_row(saved: Session, helper: Actor, mandate_id: UUID) -> None:
    seen(helper, mandate_id)
    event = saved.scalars(
        select(AuditEvent).filter_by(object_id=str(mandate_id), action="helping.read")
    ).one()
    assert event.on_behalf_of == person_with(saved, mandate_id).id


def test_the_list_shows_masked_names_and_of_what_ran_out_only_the_number(
    saved: Session, helper: Actor
) -> None:
    introduce(helper, name="阿依古丽")
    old = introduce(helper, name="王五六")
    saved.get_one(Mandate, old).granted_on = date(2026, 1, 1)
    saved.get_one(Mandate, old).expires_on = date(2026, 11, 1)
    saved.commit()
    found = as_actor(helping.my_people, helper, now=NOW)
    assert [one.name_masked for one in found.people] == ["阿*丽"]
    assert (found.run_out, found.left_today) == (1, 28)


def test_a_wish_recorded_for_somebody_says_who_wrote_it(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    wish = check_wish(subject=COOK, region="650402", month="", today=date(2026, 12, 1))
    as_actor(helping_acts.record_need, helper, mandate_id=mandate_id, wish=wish, now=NOW)
    need = saved.scalars(
        select(TrainingNeed).filter_by(person_id=person_with(saved, mandate_id).id)
    ).one()
    assert (need.channel, need.acting_account_id) == ("helper", helper.account_id)
    assert [one.by_helper for one in seen(helper, mandate_id).needs] == [True]


def test_a_person_reads_later_everything_that_was_done(
    saved: Session, helper: Actor, mandate_id: UUID
) -> None:
    seen(helper, mandate_id)
    seen(helper, mandate_id)
    enrol_for(helper, mandate_id, policy.plan_class(saved).id)
    person = person_with(saved, mandate_id)
    account = make.make_account(saved, person=person)
    saved.commit()
    owner = Actor(Role.TRAINEE, account_id=account.id, person_id=person.id)
    acts = as_actor(own_helpers.my_helpers, owner, now=NOW).acts
    assert [(one.who, one.action, one.times) for one in acts] == [
        ("协理员 热依汗", "报名", 1),
        ("协理员 热依汗", "查看代办的人", 2),
        ("协理员 热依汗", "登记委托", 1),
    ]
