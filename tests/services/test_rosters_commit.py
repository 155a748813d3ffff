"""Entering a roster: offers and places in line, by somebody for somebody else, once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    Account,
    AuditEvent,
    EligibilityDecision,
    Enrolment,
    Notice,
    Person,
    PersonFact,
    RosterRow,
    SeatOffer,
    SmsMessage,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.domain.errors import NotReady
from portal.domain.identity import IdType, parse_id_document
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.services import (
    accounts,
    offering,
    offers,
    rosters,
    rosters_commit,
    rosters_people,
    rosters_view,
)
from portal.services.people import document_hash
from tests.support import factories as make
from tests.support.acts import together
from tests.support.policy import plan_class, publish_packs, set_fact
from tests.support.rosters import Sent, line, number, send, xlsx
from tests.support.tasks import forget_all, run_pending, tick


@pytest.fixture(scope="module", autouse=True)
def packs(engine: Any) -> None:
    with Session(engine) as session:
        publish_packs(session)


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    yield
    forget_all()


@pytest.fixture
def of(session: Session) -> TrainingClass:
    """A class of three seats."""
    return plan_class(session, capacity=3)


@pytest.fixture
def manager(session: Session, of: TrainingClass) -> Actor:
    """Of the institution that teaches it."""
    institution = session.get_one(make.Institution, of.institution_id)
    found = make.make_actor(session, Role.MANAGER, institution=institution)
    session.commit()
    return found


@pytest.fixture
def employer(session: Session) -> Actor:
    """Of an enterprise in the same prefecture."""
    found = make.make_actor(session, Role.EMPLOYER)
    session.commit()
    return found


def person_of(session: Session, serial: int, *, born: date = date(1990, 1, 1)) -> Person:
    """Whoever has the document of a line."""
    document = parse_id_document(
        IdType.RESIDENT_ID, number(serial, born=born), today=date(2026, 12, 1)
    )
    session.rollback()
    found = session.scalar(select(Person).where(Person.id_no_hash == document_hash(document)))
    assert found is not None
    return found


def enter(session: Session, actor: Actor, sent: Sent, now: datetime) -> Sent:
    """Enter what is chosen."""
    rosters.commit(session, actor, upload_id=sent.id, now=now)
    session.commit()
    run_pending(now=now)
    return sent


def entered(session: Session, actor: Actor, of: Any, lines: Any, now: datetime) -> Sent:
    return enter(session, actor, send(session, actor, xlsx(lines), class_id=of.id, now=now), now)


def enrolments(session: Session, of: TrainingClass) -> list[Enrolment]:
    session.rollback()
    query = select(Enrolment).where(Enrolment.class_id == of.id).order_by(Enrolment.created_at)
    return list(session.scalars(query.order_by(Enrolment.id)))


def states(sent: Sent) -> list[str]:
    return [row.commit_state for row in sent.rows]


def seats(session: Session, of: TrainingClass) -> tuple[int, int]:
    session.rollback()
    found = session.get_one(TrainingClass, of.id, populate_existing=True)
    return found.seats_taken, found.waiting


def messages(session: Session) -> list[tuple[str, str]]:
    """Phone and text of all messages."""
    vault = get_vault()
    session.rollback()
    return [
        (vault.open("sms_phone", one.phone_enc), vault.open("sms_body", one.body_enc))
        for one in session.scalars(select(SmsMessage).order_by(SmsMessage.id))
    ]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.HELPER, Role.EMPLOYER, Role.AUDITOR])
def test_nobody_learns_by_the_account_of_their_work(
    session: Session, now: datetime, of: TrainingClass, manager: Actor, role: Role
) -> None:
    serial = 4000 + list(Role).index(role)
    entered(session, manager, of, [line(serial)], now)
    who = person_of(session, serial)
    assert seats(session, of)[0] == 1
    session.add(make.make_account(session, role, person=who))
    session.commit()
    other = plan_class(session, institution=session.get_one(make.Institution, of.institution_id))
    sent = send(session, manager, xlsx([line(serial)]), class_id=other.id, now=now)
    assert (sent.outcomes, sent.why()) == (["not_eligible"], ["roster.why.ask_person"])


def test_a_seat_is_not_kept_for_the_same_person_over_and_over(
    session: Session, now: datetime, manager: Actor, of: TrainingClass
) -> None:
    """Otherwise a sheet sent every three days would keep a class full of nobody."""
    sheet, day = xlsx([line(4100)]), timedelta(days=3, minutes=1)
    for index in range(2):
        then = now - (2 - index) * day
        assert states(
            enter(session, manager, send(session, manager, sheet, class_id=of.id, now=then), then)
        ) == ["offered"]
        tick(now=then + day)
    sent = send(session, manager, sheet, class_id=of.id, now=now)
    assert (sent.outcomes, sent.why()) == (["not_eligible"], ["roster.why.ask_person"])


def test_whoever_said_no_is_not_entered_again(
    session: Session, now: datetime, manager: Actor, of: TrainingClass
) -> None:
    entered(session, manager, of, [line(4200)], now)
    (enrolment,) = enrolments(session, of)
    in_transaction(
        lambda own: offers.decline_for(own, manager, enrolment_id=enrolment.id, via="sms", now=now)
    )
    sent = send(session, manager, xlsx([line(4200)]), class_id=of.id, now=now)
    assert (sent.outcomes, sent.why()) == (["not_eligible"], ["roster.why.ask_person"])


def test_seats_are_offered_and_the_rest_waits(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    sent = entered(session, manager, of, [line(n) for n in range(100, 105)], now)
    assert states(sent) == ["offered"] * 3 + ["waitlisted"] * 2
    assert (sent.upload.state, sent.upload.done, sent.upload.total) == ("done", 5, 5)
    found = enrolments(session, of)
    assert [one.status for one in found] == ["offered"] * 3 + ["waitlisted"] * 2
    assert [one.waiting_no for one in found[3:]] == [1, 2]
    assert seats(session, of) == (3, 2)
    assert all(one.signed_at is None and one.commitment_version is None for one in found)
    offers = session.scalars(select(SeatOffer).where(SeatOffer.class_id == of.id)).all()
    assert {offer.expires_at for offer in offers} == {now + timedelta(hours=72)}
    kept = select(func.count()).where(EligibilityDecision.enrolment_id.in_([e.id for e in found]))
    assert session.scalar(kept) == 5


def test_an_offer_never_outlasts_the_start_of_the_class(session: Session, now: datetime) -> None:
    of = plan_class(session, starts=now + timedelta(hours=30))
    actor = make.make_actor(session, Role.EMPLOYER)
    session.commit()
    entered(session, actor, of, [line(110)], now)
    (offer,) = session.scalars(select(SeatOffer).where(SeatOffer.class_id == of.id))
    assert offer.expires_at == now + timedelta(hours=30)


def test_whoever_acts_and_whoever_it_is_about_stand_apart(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    entered(session, employer, of, [line(120)], now)
    person = person_of(session, 120)
    (enrolment,) = enrolments(session, of)
    assert enrolment.person_id == person.id
    assert (enrolment.acting_account_id, enrolment.channel) == (employer.account_id, "roster")
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.on_behalf_of == person.id).order_by(AuditEvent.id)
    ).all()
    assert {event.action for event in events} == {"roster.enrol", "facts.declare"}
    assert {event.actor_account_id for event in events} == {employer.account_id}
    assert {event.actor_role for event in events} == {"employer"}
    assert employer.person_id != person.id


def test_people_whom_nobody_knew_are_listed_without_an_account(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    entered(session, manager, of, [line(130)], now)
    person = person_of(session, 130)
    assert (person.name, person.identity_status) == ("买买提·示例130", "listed")
    assert person.birth_date == date(1990, 1, 1)
    assert session.scalar(select(Account).where(Account.person_id == person.id)) is None
    assert person.phone_enc is not None
    assert get_vault().open("phone", person.phone_enc) == "13700000130"


def test_a_listed_person_registers_and_finds_the_offer(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    entered(session, manager, of, [line(131)], now)
    form = accounts.check_registration(
        id_type="resident_id",
        id_no=number(131),
        name="买买提·示例131",
        phone="13700000131",
        password="Demo-2026!",
        agreed=True,
        today=now.date(),
    )
    accounts.register(session, make_anonymous(), form=form, now=now)
    session.commit()
    (enrolment,) = enrolments(session, of)
    account = session.scalar(select(Account).where(Account.person_id == enrolment.person_id))
    assert account is not None


def make_anonymous() -> Actor:
    return Actor()


def test_the_code_goes_to_the_phone_of_the_sheet_when_there_is_no_account(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    entered(session, manager, of, [line(140)], now)
    phone, body = messages(session)[-1]
    assert phone == "13700000140"
    assert of.title in body
    assert "/confirm" in body
    assert number(140) not in body
    (offer,) = session.scalars(select(SeatOffer).where(SeatOffer.class_id == of.id))
    assert offer.code_hash is not None
    assert offer.phone_hash == offering.phone_key(phone)
    assert offer.code_tries == 5


def test_the_code_never_goes_to_a_phone_that_somebody_else_wrote_beside_an_account(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    vault = get_vault()
    person = make.make_person(
        session,
        name="买买提·示例141",
        id_no_hash=vault.lookup_hash("id_no", f"resident_id:{number(141)}"),
        id_no_enc=vault.seal("id_no", number(141)),
        birth_date=date(1990, 1, 1),
        phone_enc=vault.seal("phone", "13800009999"),
    )
    make.make_account(session, person=person)
    session.commit()
    entered(session, employer, of, [line(141)], now)
    assert messages(session)[-1][0] == "13800009999"
    assert "13700000141" not in [phone for phone, _ in messages(session)]
    notices = session.scalars(select(Notice).where(Notice.person_id == person.id)).all()
    assert [notice.kind for notice in notices] == ["roster_invited"]


def test_without_a_phone_there_is_no_code(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    before = len(messages(session))
    entered(session, manager, of, [line(142, 手机号=None)], now)
    assert len(messages(session)) == before
    (offer,) = session.scalars(select(SeatOffer).where(SeatOffer.class_id == of.id))
    assert (offer.state, offer.code_hash, offer.phone_hash) == ("open", None, None)


def test_only_the_chosen_are_entered_and_the_rest_can_follow(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    sent = send(session, manager, xlsx([line(150), line(151)]), class_id=of.id, now=now)
    rosters.choose(
        session, manager, upload_id=sent.id, row_id=sent.rows[1].id, chosen=False, now=now
    )
    session.commit()
    enter(session, manager, sent, now)
    assert states(sent) == ["offered", "none"]
    rosters.choose(
        session, manager, upload_id=sent.id, row_id=sent.rows[1].id, chosen=True, now=now
    )
    session.commit()
    enter(session, manager, sent, now)
    assert states(sent) == ["offered", "offered"]
    assert seats(session, of) == (2, 0)


def test_entering_twice_makes_nothing_twice(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    sent = entered(session, manager, of, [line(160), line(161)], now)
    with pytest.raises(NotReady):
        rosters.commit(session, manager, upload_id=sent.id, now=now)
    session.rollback()
    run = in_transaction(
        lambda s: rosters_commit.commit_next(s, SYSTEM, upload_id=sent.id, now=now)
    )
    assert not run
    again = send(session, manager, xlsx([line(160), line(161)]), class_id=of.id, now=now)
    assert again.outcomes == ["not_eligible"] * 2
    assert len(enrolments(session, of)) == 2
    assert seats(session, of) == (2, 0)


def test_a_task_that_dies_enters_nobody_by_half(
    session: Session,
    now: datetime,
    of: TrainingClass,
    manager: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = send(session, manager, xlsx([line(n) for n in (170, 171, 172)]), class_id=of.id, now=now)
    rosters.commit(session, manager, upload_id=sent.id, now=now)
    session.commit()
    step = rosters_commit.place
    calls = []

    def dying(*args: Any) -> Any:
        calls.append(1)
        found = step(*args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(rosters_commit, "place", dying)
    with pytest.raises(KeyboardInterrupt):
        run_pending(now=now)
    assert states(sent) == ["offered", "none", "none"]
    assert seats(session, of) == (1, 0)
    assert (sent.upload.state, sent.upload.done) == ("committing", 1)
    monkeypatch.undo()
    while in_transaction(
        lambda s: rosters_commit.commit_next(s, SYSTEM, upload_id=sent.id, now=now)
    ):
        pass
    assert states(sent) == ["offered"] * 3
    assert (sent.upload.state, sent.upload.done) == ("done", 3)
    assert seats(session, of) == (3, 0)


def test_two_workers_on_one_roster_share_it(
    session: Session, now: datetime, manager: Actor, of: TrainingClass
) -> None:
    lines = [line(n) for n in range(180, 192)]
    sent = send(session, manager, xlsx(lines), class_id=of.id, now=now)
    rosters.commit(session, manager, upload_id=sent.id, now=now)
    session.commit()

    def work() -> int:
        count = 0
        while in_transaction(
            lambda s: rosters_commit.commit_next(s, SYSTEM, upload_id=sent.id, now=now)
        ):
            count += 1
        return count

    counts = together([work] * 4)
    assert sum(count for count in counts if isinstance(count, int)) == 12
    assert (sent.upload.state, sent.upload.done) == ("done", 12)
    assert seats(session, of) == (3, 9)
    numbers = [one.waiting_no for one in enrolments(session, of) if one.status == "waitlisted"]
    assert sorted(number or 0 for number in numbers) == list(range(1, 10))


def test_everybody_is_judged_anew_when_their_turn_comes(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    sent = send(session, employer, xlsx([line(200), line(201)]), class_id=of.id, now=now)
    assert sent.outcomes == ["eligible"] * 2
    vault = get_vault()
    person = make.make_person(
        session,
        name="买买提·示例200",
        id_no_hash=vault.lookup_hash("id_no", f"resident_id:{number(200)}"),
        id_no_enc=vault.seal("id_no", number(200)),
        birth_date=date(1990, 1, 1),
    )
    session.commit()
    set_fact(session, person.id, "pension", draws="employee")
    session.get_one(TrainingClass, of.id).status = "running"
    session.commit()
    enter(session, employer, sent, now)
    assert states(sent) == ["refused"] * 2
    assert [sent.why(0), sent.why(1)] == [
        ["roster.why.ask_person"],
        ["roster.refused.class_closed"],
    ]
    assert enrolments(session, of) == []


def test_a_document_of_another_name_is_refused_without_saying_so(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    entered(session, employer, of, [line(210)], now)
    sent = entered(session, employer, of, [line(210, 姓名="别人")], now)
    assert (sent.outcomes, states(sent)) == (["eligible"], ["refused"])
    assert sent.why() == ["roster.refused.ask_person"]
    assert person_of(session, 210).name == "买买提·示例210"


def test_a_full_class_whose_list_is_closed_takes_nobody(session: Session, now: datetime) -> None:
    of = plan_class(session, capacity=1, starts=now + timedelta(hours=3))
    actor = make.make_actor(session, Role.EMPLOYER)
    session.commit()
    sent = entered(session, actor, of, [line(220), line(221)], now)
    assert states(sent) == ["offered", "refused"]
    assert sent.why(1) == ["roster.refused.class_full"]


def test_the_employer_states_where_its_people_work(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    entered(session, employer, of, [line(230, 入职日期="2026-11-03")], now)
    person = person_of(session, 230)
    (fact,) = session.scalars(select(PersonFact).where(PersonFact.person_id == person.id))
    assert (fact.kind, fact.status, fact.source) == ("employment", "declared", "employer")
    assert fact.value["hired_on"] == "2026-11-03"
    assert fact.value["insured"] is True
    assert fact.created_by == employer.account_id


def test_what_an_authority_verified_about_a_job_stands(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    entered(session, employer, of, [line(231, 入职日期="2026-11-03")], now)
    person = person_of(session, 231)
    (fact,) = session.scalars(select(PersonFact).where(PersonFact.person_id == person.id))
    fact.status, fact.verified_at = "verified", now
    session.commit()
    other = plan_class(session)
    sent = entered(session, employer, other, [line(231, 入职日期="2026-11-20")], now)
    assert states(sent) == ["offered"]
    held = session.scalars(select(PersonFact).where(PersonFact.person_id == person.id)).all()
    assert [(one.status, one.value["hired_on"]) for one in held] == [("verified", "2026-11-03")]


def test_an_institution_states_nothing_about_jobs(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    entered(session, manager, of, [line(232, 入职日期="2026-11-03")], now)
    person = person_of(session, 232)
    query = select(func.count()).where(PersonFact.person_id == person.id)
    assert session.scalar(query) == 0


def test_an_account_that_was_closed_meanwhile_enters_nobody(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    sent = send(session, employer, xlsx([line(240)]), class_id=of.id, now=now)
    rosters.commit(session, employer, upload_id=sent.id, now=now)
    session.get_one(Account, employer.account_id).status = "closed"
    session.commit()
    run_pending(now=now)
    assert (sent.upload.state, states(sent)) == ("done", ["none"])
    assert sent.upload.problems[0]["key"] == "roster.commit.account_gone"
    assert enrolments(session, of) == []


def test_an_offer_that_nobody_answers_gives_its_seat_back(
    session: Session, now: datetime, of: TrainingClass, manager: Actor
) -> None:
    entered(session, manager, of, [line(250)], now)
    later = now + timedelta(hours=73)
    for offer_id in in_transaction(lambda s: _due(s, later)):
        in_transaction(lambda s, o=offer_id: _expire(s, o, later))  # type: ignore[misc]
    assert [one.status for one in enrolments(session, of)] == ["expired"]
    assert seats(session, of) == (0, 0)


def _due(session: Session, now: datetime) -> tuple[Any, ...]:
    from portal.services import offer_ends

    return offer_ends.due_offers(session, SYSTEM, now=now, most=100)


def _expire(session: Session, offer_id: Any, now: datetime) -> None:
    from portal.services import offer_ends

    offer_ends.expire(session, SYSTEM, offer_id=offer_id, now=now)


def test_an_employer_sees_of_its_people_how_far_they_are_and_no_others(
    session: Session, now: datetime, of: TrainingClass, employer: Actor, manager: Actor
) -> None:
    entered(session, employer, of, [line(260), line(261)], now)
    entered(session, manager, of, [line(262)], now)
    found = rosters_people.my_people(session, employer)
    (one,) = found.items
    assert [(p.name, p.place) for p in one.people] == [
        ("买买提·示例260", "offered"),
        ("买买提·示例261", "offered"),
    ]
    view = rosters_people.employer_view(session, employer)
    assert (view.waiting_for_answer, view.learning, view.finished) == (2, 0, 0)
    other = make.make_actor(session, Role.EMPLOYER)
    assert rosters_people.my_people(session, other).total == 0
    view_of_rows = rosters_view.people(
        session, employer, upload_id=_latest(session, employer), now=now
    )
    assert {row.place for row in view_of_rows.items} == {"offered"}


def _latest(session: Session, actor: Actor) -> Any:
    return rosters_view.my_rosters(session, actor).items[0].id


def test_forgetting_the_rows_leaves_the_enrolments(
    session: Session, now: datetime, of: TrainingClass, employer: Actor
) -> None:
    from portal.tasks.rosters import purge_rosters

    entered(session, employer, of, [line(270)], now)
    purge_rosters(now=now + timedelta(days=31))
    assert session.scalar(select(func.count()).select_from(RosterRow)) == 0
    assert len(enrolments(session, of)) == 1
    assert rosters_people.my_people(session, employer).total == 1
