"""A person with two records has one history: limits, times, rosters and lists look at both.

The hot statements included, on PostgreSQL, from both sides: what hangs on the merged record
counts for the kept one, and whoever logs in with the merged record is the kept one.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceEvent,
    Enrolment,
    Institution,
    Person,
    SubsidyReservation,
)
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import (
    AlreadyEnrolled,
    BadInput,
    Forbidden,
    NotEligible,
    TimeConflict,
)
from portal.domain.identity import IdType, parse_id_document
from portal.domain.permissions import Actor, Role
from portal.domain.rules.rule import Quota
from portal.locale.errors import sentence_for
from portal.services import (
    accounts,
    archive_chain,
    certificates,
    commitment,
    enrolment,
    facts,
    issuance,
    notices,
    people,
    person_merge_requests,
    person_merges,
    reservations,
)
from portal.services.checkin import check_in_now
from portal.services.desk_checks import staff_among
from portal.services.desk_enrolment import By, enrol_person
from portal.services.eligibility_facts import read_people
from portal.services.hot import LOCK_PERSON
from portal.services.one_person import ids_of, same_person
from portal.services.subsidies import my_subsidies
from portal.services.unit import as_actor, load_actor, token_hash
from tests.support import factories as make
from tests.support import persons, policy
from tests.support.acts import enrol, together
from tests.support.certificates import put_on_record
from tests.support.factories import NOW

COOK = "4-03-02-01"
PLAIN = Quota(
    year=2026,
    bucket="vocational",
    bucket_limit=1,
    total_limit=3,
    skill_key="4030201",
    level=1,
    no_repeat=True,
)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, in a database where Turpan's pack is published."""
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session


class Two:
    """Somebody with an account on each of two records, merged; both may learn in Turpan."""

    def __init__(self, session: Session, *, merge: bool = True) -> None:
        self.session = session
        born = date(1970, 5, 1)
        self.kept = persons.resident(session, birth_date=born)
        self.other = persons.resident(session, birth_date=born)
        self.tokens = [
            make.log_in(session, make.make_account(session, person=one))
            for one in (self.kept, self.other)
        ]
        session.commit()
        policy.set_fact(session, self.other.id, "pension", draws="none")
        self.merge_id = self.merge() if merge else None

    def merge(self) -> UUID:
        return persons.merged(self.session, self.kept, self.other).id

    @property
    def as_kept(self) -> bytes:
        return token_hash(self.tokens[0])

    @property
    def as_other(self) -> bytes:
        return token_hash(self.tokens[1])

    def actor(self, which: int = 0) -> Actor:
        return load_actor(self.session, self.tokens[which], now=NOW)


def place_of(session: Session, enrolment_id: UUID) -> Enrolment:
    return session.get_one(Enrolment, enrolment_id, populate_existing=True)


# Who is who


def test_an_unknown_id_stands_for_itself(session: Session) -> None:
    stranger = UUID(int=7)
    assert ids_of(session, stranger) == (stranger,)


def test_the_records_of_a_person_are_found_within_a_query(session: Session) -> None:
    two = Two(session)
    for asked in (two.kept.id, two.other.id):
        found = session.scalars(select(Person.id).where(same_person(Person.id, asked)))
        assert set(found) == {two.kept.id, two.other.id}


def test_an_unmerged_record_is_itself_alone(session: Session) -> None:
    two = Two(session, merge=False)
    assert two.actor().the_records() == (two.kept.id,)
    assert two.actor(1).the_person() == two.other.id


# Enrolling


def test_the_subsidies_of_both_count_towards_the_limits(saved: Session) -> None:
    two = Two(saved)
    policy.had_subsidy(saved, two.other.id)
    for who in (two.as_kept, two.as_other):
        with pytest.raises(NotEligible) as refused:
            enrol(who, policy.plan_class(saved).id)
        assert "职业培训" in sentence_for(refused.value)


def test_repeats_of_an_occupation_count_across_both(saved: Session) -> None:
    two = Two(saved)
    policy.had_subsidy(saved, two.other.id, year=2025)
    with pytest.raises(NotEligible):
        enrol(two.as_kept, policy.plan_class(saved, occupation_code=COOK).id)


def test_without_the_merge_each_would_have_had_one(saved: Session) -> None:
    two = Two(saved, merge=False)
    policy.had_subsidy(saved, two.other.id)
    policy.set_fact(saved, two.kept.id, "pension", draws="none")
    assert enrol(two.as_kept, policy.plan_class(saved).id).status == "accepted"


def test_what_one_record_says_of_the_person_counts_for_the_other(saved: Session) -> None:
    two = Two(saved)
    place = enrol(two.as_kept, policy.plan_class(saved).id)
    # The pension, said on the merged record; unknown, it would need an officer.
    assert place.status == "accepted"


def test_a_new_place_hangs_on_the_kept_record_whoever_logs_in(saved: Session) -> None:
    two = Two(saved)
    place = enrol(two.as_other, policy.plan_class(saved).id)
    row = place_of(saved, place.id)
    assert (row.person_id, row.person_no) == (two.kept.id, two.kept.no)
    held = saved.scalars(select(SubsidyReservation).filter_by(enrolment_id=row.id)).one()
    assert held.person_id == two.kept.id


def test_a_class_that_one_record_is_in_is_not_entered_twice(saved: Session) -> None:
    two = Two(saved, merge=False)
    of = policy.plan_class(saved)
    place = enrol(two.as_other, of.id)
    two.merge()
    with pytest.raises(AlreadyEnrolled) as refused:
        enrol(two.as_kept, of.id)
    assert refused.value.params["enrolment_id"] == place.id


def test_the_same_time_clashes_across_records(saved: Session) -> None:
    two = Two(saved, merge=False)
    first = policy.plan_class(saved, title="焊工一班")
    enrol(two.as_other, first.id)
    two.merge()
    startup = policy.plan_class(
        saved,
        training_type="STARTUP",
        topic_code="SYB",
        level=None,
        starts=first.meets[0].lower,
    )
    with pytest.raises(TimeConflict) as refused:
        enrol(two.as_kept, startup.id)
    assert refused.value.params["title"] == "焊工一班"
    saved.refresh(startup)
    assert startup.seats_taken == 0


def test_other_times_do_not_clash(saved: Session) -> None:
    two = Two(saved, merge=False)
    enrol(two.as_other, policy.plan_class(saved).id)
    two.merge()
    startup = policy.plan_class(saved, training_type="STARTUP", topic_code="SYB", level=None)
    assert enrol(two.as_kept, startup.id).status == "accepted"


def test_at_a_desk_the_merged_number_enters_the_kept_record(saved: Session) -> None:
    two = Two(saved)
    clerk = make.make_actor(saved, Role.HELPER)
    saved.commit()
    enter = partial(
        as_actor,
        enrol_person,
        clerk,
        person_id=two.other.id,
        by=By("desk", clerk.the_account()),
        signed=commitment.current(),
        now=NOW,
    )
    of = policy.plan_class(saved)
    entered = enter(class_id=of.id)
    assert place_of(saved, entered.enrolment_id).person_id == two.kept.id
    with pytest.raises(AlreadyEnrolled):
        enter(class_id=of.id)
    with pytest.raises(NotEligible):
        enter(class_id=policy.plan_class(saved, occupation_code=COOK).id)
    with pytest.raises(TimeConflict):
        enter(
            class_id=policy.plan_class(
                saved,
                training_type="STARTUP",
                topic_code="SYB",
                level=None,
                starts=of.meets[0].lower,
            ).id
        )


def test_of_places_asked_for_with_both_logins_at_once_one_is_given(
    engine: Engine, saved: Session
) -> None:
    two = Two(saved)
    classes = [policy.plan_class(saved).id for _ in range(2)]
    ways = [(two.as_kept, classes[0]), (two.as_other, classes[1])] * 3
    together([partial(enrol, *way) for way in ways])
    saved.expire_all()
    held = select(func.count()).where(
        SubsidyReservation.person_id.in_((two.kept.id, two.other.id)),
        SubsidyReservation.state == "held",
    )
    assert saved.scalar(held) == 1


def test_a_subsidy_for_a_place_of_the_merged_record_counts_the_kept_one_s(
    session: Session,
) -> None:
    two = Two(session)
    policy.had_subsidy(session, two.kept.id)
    place = make.enrol(session, two.other, make.make_class(session))
    reserve = partial(
        reservations.reserve,
        session,
        person_id=two.other.id,
        enrolment_id=place.id,
        title="",
        ends_on=date(2026, 12, 31),
        now=NOW,
    )
    assert not reserve(quota=PLAIN)
    assert reserve(quota=PLAIN, override=True)


def test_a_subsidy_for_a_place_of_the_kept_record_counts_the_merged_one_s(
    session: Session,
) -> None:
    two = Two(session)
    policy.had_subsidy(session, two.other.id)
    place = make.enrol(session, two.kept, make.make_class(session))
    assert not reservations.reserve(
        session,
        person_id=two.kept.id,
        enrolment_id=place.id,
        quota=PLAIN,
        title="",
        ends_on=date(2026, 12, 31),
        now=NOW,
    )


@contextmanager
def while_the_person_is_held(session: Session, person: Person) -> Iterator[Session]:
    """Something else is done with the person at this moment; it is saved at the end."""
    with Session(session.get_bind()) as other:
        other.execute(text(LOCK_PERSON), {"person_no": person.no})
        yield other
        other.commit()


_WAITING = text(
    "SELECT count(*) FROM pg_locks"
    " WHERE locktype = 'advisory' AND classid = 7461 AND objid = :no AND NOT granted"
)


def until_it_waits(other: Session, person: Person, task: Future[Any]) -> None:
    """Until the task has come to the person's lock; it fails if it came past it."""
    while not other.scalar(_WAITING, {"no": person.no}):
        assert not task.done(), "it did not wait for the person"


def test_a_time_taken_on_the_other_record_meanwhile_is_seen(saved: Session) -> None:
    two = Two(saved, merge=False)
    of = policy.plan_class(saved)
    twin = make.make_class(saved, title="焊工二班", first_start=of.meets[0].lower, sessions=1)
    saved.commit()
    two.merge()
    with ThreadPoolExecutor(1) as pool:
        with while_the_person_is_held(saved, two.kept) as other:
            task = pool.submit(enrol, two.as_kept, of.id)
            make.enrol(other, other.get_one(Person, two.other.id), other.merge(twin))
            until_it_waits(other, two.kept, task)
        with pytest.raises(TimeConflict):
            task.result(timeout=30)


def test_a_subsidy_taken_on_the_other_record_meanwhile_is_seen(saved: Session) -> None:
    two = Two(saved)
    of = policy.plan_class(saved)
    with ThreadPoolExecutor(1) as pool:
        with while_the_person_is_held(saved, two.kept) as other:
            task = pool.submit(enrol, two.as_kept, of.id)
            other.add(
                SubsidyReservation(
                    person_id=two.other.id,
                    state="consumed",
                    year=2026,
                    bucket="vocational",
                    bucket_no=1,
                    total_no=1,
                    title="",
                    created_at=NOW,
                )
            )
            until_it_waits(other, two.kept, task)
        with pytest.raises(NotEligible):
            task.result(timeout=30)


def test_a_merge_waits_for_what_is_being_done_with_either(saved: Session) -> None:
    two = Two(saved, merge=False)
    mine = select(Account).where(Account.person_id == two.other.id)
    saved.scalars(mine).one().status = "closed"
    first, by = persons.officer(saved), persons.officer(saved)
    for held in (two.kept, two.other):
        asked = persons.asked(saved, first, two.kept, two.other)
        seen = person_merge_requests.check(saved, by, request_id=asked.id, now=NOW).preview.seen
        saved.commit()
        ids = {"request_id": asked.id, "seen": seen}
        merge = partial(
            as_actor, person_merge_requests.confirm, by, **ids, reason=persons.WHY, now=NOW
        )
        with ThreadPoolExecutor(1) as pool:
            with while_the_person_is_held(saved, held) as other:
                task = pool.submit(merge)
                until_it_waits(other, held, task)
            done = task.result(timeout=30)
        person_merges.undo(saved, by, merge_id=done.id, reason=persons.WHY, now=NOW)
        saved.commit()


# Being there


def test_whoever_has_two_records_signs_in_where_either_is_enrolled(saved: Session) -> None:
    two = Two(saved)
    of = make.make_class(saved, first_start=NOW, status="running")
    place = make.enrol(saved, two.other, of)
    saved.commit()
    meeting = make.sessions_of(saved, of)[0]
    for who in (two.as_kept, two.as_other):
        done = check_in_now(
            who, session_id=meeting.id, phase=Phase.IN, occurred_at=NOW, method=Method.QR, now=NOW
        )
        assert done.enrolment_id == place.id
    event = saved.scalars(select(AttendanceEvent).filter_by(session_id=meeting.id)).one()
    assert event.person_id == place.person_id == two.other.id


def test_lists_of_one_s_own_hold_what_hangs_on_both(session: Session) -> None:
    two = Two(session, merge=False)
    mine = [
        make.enrol(session, one, make.make_class(session, first_start=NOW + timedelta(days=day)))
        for day, one in enumerate((two.kept, two.other))
    ]
    papers = [put_on_record(session, two.actor(which), NOW).number for which in (0, 1)]
    policy.had_subsidy(session, two.other.id)
    notices.tell(session, two.other.id, "records_parted", now=NOW)
    two.merge()
    for which in (0, 1):
        actor = two.actor(which)
        listed = enrolment.my_enrolments(session, actor, now=NOW)
        assert {one.id for one in listed.items} == {one.id for one in mine}
        shown = certificates.my_certificates(session, actor, now=NOW)
        assert {one.number for one in shown} == set(papers)
        assert [one.title for one in my_subsidies(session, actor, now=NOW).taken] == ["中式烹调班"]
        told = [one.kind for one in notices.my_notices(session, actor, now=NOW)]
        assert sorted(told) == ["records_merged", "records_parted"]
        assert enrolment.my_enrolment(
            session, actor, enrolment_id=mine[1].id, now=NOW
        ).card.id == mine[1].id  # fmt: skip


def test_a_certificate_of_a_class_begun_under_the_merged_record_names_the_kept_one(
    session: Session,
) -> None:
    two = Two(session, merge=False)
    of = make.make_class(session, first_start=NOW - timedelta(days=7))
    place = make.enrol(session, two.other, of)
    session.commit()
    two.merge()
    manager = make.make_actor(
        session, Role.MANAGER, institution=session.get_one(Institution, of.institution_id)
    )
    made = issuance.issue(session, manager, enrolment_id=place.id, hours_credited=7, now=NOW)
    assert (made.person_id, made.enrolment_id) == (two.kept.id, place.id)
    assert archive_chain.entries_of(session, two.kept.id)[-1].kind == "certificate"


def test_what_either_record_states_is_one_situation(session: Session) -> None:
    two = Two(session)
    assert facts.my_facts(session, two.actor(), now=NOW).fact("pension").status == "declared"
    known = read_people(session, [two.kept.id, two.other.id], today=date(2026, 12, 1))
    assert {one.facts.pension for one in known.values()} == {"none"}


def test_after_undoing_each_has_its_own_again(session: Session) -> None:
    two = Two(session, merge=False)
    place = make.enrol(session, two.other, make.make_class(session))
    merge_id = two.merge()
    by = persons.officer(session)
    person_merges.undo(session, by, merge_id=merge_id, reason=persons.WHY, now=NOW)
    session.commit()
    assert enrolment.my_enrolments(session, two.actor(), now=NOW).items == ()
    (card,) = enrolment.my_enrolments(session, two.actor(1), now=NOW).items
    assert card.id == place.id


# Numbers


def document(person: Person) -> people.Identity:
    found = parse_id_document(
        IdType.RESIDENT_ID, persons.number_of(person), today=date(2026, 12, 1)
    )
    return people.Identity(found, person.name)


def test_a_number_of_the_merged_record_leads_to_the_kept_one(session: Session) -> None:
    two = Two(session)
    two.kept.residence_region = None
    session.commit()
    who = document(two.other)
    known = people.known_people(session, [who.hash])[who.hash]
    assert (known.id, known.residence_region, known.has_account) == (two.kept.id, "650402", True)


def test_nobody_registers_with_the_number_of_a_merged_record(session: Session) -> None:
    one, two = persons.resident(session), persons.resident(session)
    session.commit()
    persons.merged(session, one, two)
    form = accounts.Registration(document(two).document, two.name, "13900990099", "Demo-2026!")
    with pytest.raises(BadInput) as refused:
        accounts.register(session, Actor(), form=form, now=NOW)
    assert (refused.value.field, refused.value.reason) == ("id_no", "register.merged_record")
    mine = accounts.Registration(document(one).document, one.name, "13900990099", "Demo-2026!")
    accounts.register(session, Actor(), form=mine, now=NOW)
    assert session.scalar(select(Account.person_id).where(Account.person_id == one.id)) == one.id


def test_staff_of_either_record_learn_by_no_list(saved: Session) -> None:
    one, two = persons.resident(saved), persons.resident(saved)
    make.make_account(saved, Role.OFFICER, person=two)
    saved.commit()
    persons.merged(saved, one, two)
    assert staff_among(saved, [one.id]) == {one.id}
    clerk = make.make_actor(saved, Role.HELPER)
    saved.commit()
    with pytest.raises(Forbidden):
        as_actor(
            enrol_person,
            clerk,
            person_id=one.id,
            class_id=policy.plan_class(saved).id,
            by=By("desk", clerk.the_account()),
            signed=commitment.current(),
            now=NOW,
        )
