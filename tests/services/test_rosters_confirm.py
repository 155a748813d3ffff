"""Saying yes or no to a seat that a roster brought: by the code of a message, or at the desk."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    ArchiveEntry,
    AuditEvent,
    Enrolment,
    Institution,
    Notice,
    Person,
    SeatOffer,
    SmsMessage,
    SubsidyReservation,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound, TooManyAttempts, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.domain.roster_errors import ConfirmRefused, ConfirmWrong
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import commitment, offers, results, rosters, rosters_confirm, rosters_desk
from portal.services.rosters_confirm import Outcome, Typed
from tests.support import factories as make
from tests.support.policy import plan_class, publish_packs, set_fact
from tests.support.rosters import line, send, xlsx
from tests.support.tasks import forget_all, run_pending

SOURCE = b"somewhere"


@pytest.fixture(scope="module", autouse=True)
def packs(engine: Any) -> None:
    with Session(engine) as session:
        publish_packs(session)


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    yield
    forget_all()


class Invited:
    """People to whom an employer's roster has brought a seat of one class."""

    def __init__(self, session: Session, now: datetime, *serials: int, **fields: Any) -> None:
        self.session, self.now = session, now
        self.of = plan_class(session, **fields)
        self.institution = session.get_one(Institution, self.of.institution_id)
        self.employer = make.make_actor(session, Role.EMPLOYER)
        self.staff = make.make_actor(session, Role.INSTRUCTOR, institution=self.institution)
        session.commit()
        lines = [line(serial) for serial in serials]
        sent = send(session, self.employer, xlsx(lines), class_id=self.of.id, now=now)
        rosters.commit(session, self.employer, upload_id=sent.id, now=now)
        session.commit()
        run_pending(now=now)

    @property
    def enrolments(self) -> list[Enrolment]:
        self.session.rollback()
        query = select(Enrolment).where(Enrolment.class_id == self.of.id).order_by(Enrolment.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    @property
    def offers(self) -> list[SeatOffer]:
        self.session.rollback()
        query = select(SeatOffer).where(SeatOffer.class_id == self.of.id).order_by(SeatOffer.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    def typed(self, serial: int, *, source: bytes = SOURCE) -> Typed:
        """Phone and code as the message had them."""
        vault, phone = get_vault(), f"137{serial:08d}"
        self.session.rollback()
        for message in self.session.scalars(select(SmsMessage).order_by(SmsMessage.id.desc())):
            if vault.open("sms_phone", message.phone_enc) == phone:
                code = re.search(r"\d{6}", vault.open("sms_body", message.body_enc))
                assert code is not None
                return Typed(phone, code[0], source)
        raise AssertionError("no message was sent")


def look(typed: Typed, now: datetime) -> Outcome:
    return in_transaction(lambda s: rosters_confirm.look(s, ANONYMOUS, typed=typed, now=now))


def answer(offer_id: Any, typed: Typed, now: datetime, *, accept: bool = True) -> Outcome:
    return in_transaction(
        lambda s: rosters_confirm.answer(
            s,
            ANONYMOUS,
            offer_id=offer_id,
            typed=typed,
            accept=accept,
            commitment_version=commitment.current().version,
            now=now,
        )
    )


def wrong(typed: Typed) -> Typed:
    """The same phone with another code."""
    other = f"{(int(typed.code) + 1) % 10**6:06d}"
    return Typed(typed.phone, other, typed.source)


def test_phone_and_code_show_the_class_and_a_masked_name(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 1)
    found = look(invited.typed(1), now).invitation
    assert found is not None
    assert found.title == invited.of.title
    assert found.name_masked == "买*·示*"
    assert found.sender.startswith("火焰山食品有限公司")
    assert found.until == now + timedelta(hours=72)
    assert [one.status for one in invited.enrolments] == ["offered"]


def test_accepting_by_code_signs_and_sets_the_subsidy_aside(
    session: Session, now: datetime
) -> None:
    invited = Invited(session, now, 2)
    (offer,) = invited.offers
    done = answer(offer.id, invited.typed(2), now).answered
    assert done is not None
    assert done.status == "accepted"
    (enrolment,) = invited.enrolments
    assert (enrolment.status, enrolment.signed_at) == ("accepted", now)
    assert enrolment.commitment_version == commitment.current().version
    assert enrolment.acting_account_id == invited.employer.account_id
    held = session.scalars(
        select(SubsidyReservation).where(SubsidyReservation.enrolment_id == enrolment.id)
    ).all()
    assert [one.state for one in held] == ["held"]
    event = session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "offer.accept", AuditEvent.object_id == str(enrolment.id)
        )
    ).one()
    # Nobody was logged in: the person said yes, by the phone.
    assert (event.actor_account_id, event.actor_role) == (None, "anonymous")
    assert (event.on_behalf_of, event.detail) == (enrolment.person_id, {"via": "sms"})


def test_the_same_answer_again_answers_the_same(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 3)
    (offer,) = invited.offers
    typed = invited.typed(3)
    for _ in range(2):
        done = answer(offer.id, typed, now).answered
        assert done is not None
        assert done.status == "accepted"
    assert session.get_one(TrainingClass, invited.of.id).seats_taken == 1


def test_declining_by_code_gives_the_seat_back(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 4)
    (offer,) = invited.offers
    done = answer(offer.id, invited.typed(4), now, accept=False).answered
    assert done is not None
    assert done.status == "withdrawn"
    assert [one.state for one in invited.offers] == ["declined"]
    session.rollback()
    assert session.get_one(TrainingClass, invited.of.id).seats_taken == 0


def test_a_wrong_code_costs_a_try_and_the_fifth_makes_the_code_worthless(
    session: Session, now: datetime
) -> None:
    invited = Invited(session, now, 5)
    typed = invited.typed(5)
    for left in (4, 3, 2, 1, 0):
        # From everywhere, since one place would have to wait.
        outcome = look(Typed(typed.phone, wrong(typed).code, bytes([left])), now)
        assert isinstance(outcome.refusal, ConfirmWrong)
        assert [offer.code_tries for offer in invited.offers] == [left]
        now += timedelta(hours=2)
    fresh = Typed(typed.phone, typed.code, b"a new place")
    assert isinstance(look(fresh, now).refusal, ConfirmWrong)
    (offer,) = invited.offers
    assert isinstance(answer(offer.id, fresh, now).refusal, ConfirmWrong)
    assert [one.status for one in invited.enrolments] == ["offered"]


def test_an_answer_with_a_wrong_code_costs_a_try_too(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 6)
    (offer,) = invited.offers
    for accept, left in ((True, 4), (False, 3)):
        outcome = answer(offer.id, wrong(invited.typed(6)), now, accept=accept)
        assert isinstance(outcome.refusal, ConfirmWrong)
        assert [one.code_tries for one in invited.offers] == [left]
        now += timedelta(hours=1)


def test_nobody_learns_whether_a_phone_was_written_to(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 7)
    written = look(wrong(invited.typed(7)), now).refusal
    unwritten = look(Typed("13999999999", "123456", b"elsewhere"), now).refusal
    late = look(invited.typed(7, source=b"late"), now + timedelta(days=4)).refusal
    assert written is not None
    assert unwritten is not None
    assert late is not None
    said = {(type(one), sentence_for(one)) for one in (written, unwritten, late)}
    assert len(said) == 1


def test_guessing_is_slowed_down(session: Session, now: datetime) -> None:
    refusals = [
        look(Typed("13999999998", f"{n:06d}", b"a guesser"), now).refusal for n in range(12)
    ]
    assert isinstance(refusals[-1], TooManyAttempts)


def test_another_offer_cannot_be_answered_with_ones_own_code(
    session: Session, now: datetime
) -> None:
    invited = Invited(session, now, 8, 9)
    first, second = invited.offers
    outcome = answer(second.id, invited.typed(8), now)
    assert isinstance(outcome.refusal, ConfirmWrong)
    assert [one.status for one in invited.enrolments] == ["offered", "offered"]
    assert first.id != second.id


def test_a_family_with_one_phone_answers_each_with_their_own_code(
    session: Session, now: datetime
) -> None:
    of = plan_class(session)
    employer = make.make_actor(session, Role.EMPLOYER)
    session.commit()
    lines = [line(serial, 手机号="13712345678") for serial in (10, 11)]
    sent = send(session, employer, xlsx(lines), class_id=of.id, now=now)
    rosters.commit(session, employer, upload_id=sent.id, now=now)
    session.commit()
    run_pending(now=now)
    vault, names = get_vault(), set()
    for message in session.scalars(select(SmsMessage).order_by(SmsMessage.id.desc()).limit(2)):
        code = re.search(r"\d{6}", vault.open("sms_body", message.body_enc))
        assert code is not None
        found = look(Typed("13712345678", code[0], SOURCE), now).invitation
        assert found is not None
        names.add(found.offer_id)
    assert len(names) == 2


@pytest.mark.parametrize("typed", ["12345", "1234567", "abcdef", "", "１２３"])
def test_a_code_that_is_none_costs_no_try(session: Session, now: datetime, typed: str) -> None:
    with pytest.raises(BadInput):
        look(Typed("13700000001", typed, SOURCE), now)


def test_a_code_may_be_typed_in_any_width() -> None:
    assert rosters_confirm.clean_code(" １２３ ４５６ ") == "123456"


def test_why_a_seat_is_refused_is_not_told_to_whoever_holds_the_phone(
    session: Session, now: datetime
) -> None:
    invited = Invited(session, now, 12)
    (offer,) = invited.offers
    set_fact(session, invited.enrolments[0].person_id, "pension", draws="employee")
    outcome = answer(offer.id, invited.typed(12), now)
    assert isinstance(outcome.refusal, ConfirmRefused)
    assert t("rules.exclude_if.draws_pension") not in sentence_for(outcome.refusal)
    assert [one.state for one in invited.offers] == ["open"]


def test_one_phone_answers_for_a_family_not_for_a_sheet(session: Session, now: datetime) -> None:
    """Otherwise whoever sends the sheet writes the own phone into it, and says yes for all."""
    of = plan_class(session, capacity=9)
    staff = make.make_actor(
        session, Role.MANAGER, institution=session.get_one(Institution, of.institution_id)
    )
    session.commit()
    sheet = xlsx([line(n, 手机号="13755550001") for n in range(600, 605)])
    sent = send(session, staff, sheet, class_id=of.id, now=now)
    rosters.commit(session, staff, upload_id=sent.id, now=now)
    session.commit()
    run_pending(now=now)
    offers_made = session.scalars(
        select(SeatOffer).where(SeatOffer.class_id == of.id).order_by(SeatOffer.id)
    ).all()
    assert [bool(one.code_hash) for one in offers_made] == [True] * 3 + [False] * 2


# The desk.


def confirm(invited: Invited, actor: Actor, index: int = 0, **fields: Any) -> Any:
    values = {"is_present": True, "paper": "2026-015号", "now": invited.now} | fields
    found = rosters_desk.confirm(
        invited.session, actor, enrolment_id=invited.enrolments[index].id, **values
    )
    invited.session.commit()
    return found


def test_the_desk_sees_who_has_not_answered(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 20, 21)
    found = rosters_desk.unconfirmed(session, invited.staff, class_id=invited.of.id, now=now)
    assert [one.name for one in found.people] == ["买买提·示例20", "买买提·示例21"]
    assert found.people[0].id_no_masked.startswith("*" * 14)
    assert found.people[0].sender.startswith("火焰山食品有限公司")
    assert (
        rosters_desk.count_unconfirmed(session, invited.staff, class_id=invited.of.id, now=now) == 2
    )
    session.commit()
    read = session.scalars(select(AuditEvent).where(AuditEvent.action == "roster.desk_read")).all()
    assert [(e.actor_account_id, e.fields_read) for e in read][-1] == (
        invited.staff.account_id,
        ["name", "id_no_masked"],
    )


def test_staff_confirms_for_somebody_who_is_present(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 22)
    assert confirm(invited, invited.staff).status == "accepted"
    (enrolment,) = invited.enrolments
    assert (enrolment.status, enrolment.signed_at) == ("accepted", now)
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(enrolment.id)).order_by(AuditEvent.id)
    ).all()
    who = {e.action: (e.actor_account_id, e.on_behalf_of, e.reason) for e in events}
    employer, staff, person = (
        invited.employer.account_id,
        invited.staff.account_id,
        enrolment.person_id,
    )
    # Each act by its own account, all of them for the one person.
    assert who == {
        "roster.enrol": (employer, person, None),
        "offer.accept": (staff, person, None),
        "roster.confirm": (staff, person, "2026-015号"),
    }
    assert enrolment.acting_account_id == employer
    assert [offer.answered_via for offer in invited.offers] == ["desk"]


def test_who_was_confirmed_at_the_desk_is_told_and_can_object(
    session: Session, now: datetime
) -> None:
    invited = Invited(session, now, 523)
    confirm(invited, invited.staff)
    confirm(invited, invited.staff)
    (enrolment,) = invited.enrolments
    told = session.scalars(
        select(Notice).where(
            Notice.person_id == enrolment.person_id, Notice.kind == "desk_confirmed"
        )
    ).all()
    assert [one.params for one in told] == [{"title": invited.of.title}]


@pytest.mark.parametrize("way", ["page", "sms", "desk"])
def test_each_way_of_confirming_keeps_who_acted_apart_from_whom_it_is_about(
    session: Session, now: datetime, way: str
) -> None:
    serial = {"page": 30, "sms": 31, "desk": 32}[way]
    invited = Invited(session, now, serial)
    (before,) = invited.enrolments
    actors: dict[str, Any] = {"sms": None, "desk": invited.staff.account_id}
    if way == "page":
        account = make.make_account(session, person=session.get_one(Person, before.person_id))
        own = Actor(Role.TRAINEE, account_id=account.id, person_id=before.person_id)
        actors["page"] = account.id
        offers.accept(
            session,
            own,
            enrolment_id=before.id,
            commitment_version=commitment.current().version,
            now=now,
        )
        session.commit()
    elif way == "sms":
        assert answer(invited.offers[0].id, invited.typed(serial), now).answered
    else:
        confirm(invited, invited.staff)
    (after,) = invited.enrolments
    assert after.status == "accepted"
    # The employer entered the person and stays who entered them, whoever said yes.
    assert (after.acting_account_id, after.person_id) == (
        invited.employer.account_id,
        before.person_id,
    )
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(after.id)).order_by(AuditEvent.id)
    ).all()
    assert {event.on_behalf_of for event in events} == {before.person_id}
    acted = {event.action: event.actor_account_id for event in events}
    assert acted["roster.enrol"] == invited.employer.account_id
    assert acted["offer.accept"] == actors[way]


def test_confirming_again_is_written_down_once(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 23)
    assert not confirm(invited, invited.staff).repeated
    assert confirm(invited, invited.staff).repeated
    events = session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "roster.confirm",
            AuditEvent.object_id == str(invited.enrolments[0].id),
        )
    ).all()
    assert len(events) == 1


def test_a_stranger_at_the_desk_is_refused(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 24)
    elsewhere = make.make_actor(session, Role.MANAGER, institution=make.make_institution(session))
    session.commit()
    with pytest.raises(NotFound):
        confirm(invited, elsewhere)
    for role in (Role.TRAINEE, Role.EMPLOYER, Role.OFFICER, Role.AUDITOR, Role.HELPER):
        stranger = make.make_actor(session, role)
        session.commit()
        with pytest.raises(Forbidden):
            confirm(invited, stranger)
        with pytest.raises(Forbidden):
            rosters_desk.unconfirmed(session, stranger, class_id=invited.of.id, now=now)
    # Whoever sent the roster cannot confirm it.
    with pytest.raises(Forbidden):
        confirm(invited, invited.employer)
    with pytest.raises(Unauthenticated):
        confirm(invited, ANONYMOUS)
    with pytest.raises(NotFound):
        rosters_desk.unconfirmed(session, elsewhere, class_id=invited.of.id, now=now)
    assert [one.status for one in invited.enrolments] == ["offered"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"is_present": False}, "is_present"), ({"paper": " "}, "reason"), ({"paper": "x"}, "reason")],
    ids=["absent", "no paper", "hardly any paper"],
)
def test_nobody_is_confirmed_who_is_absent_or_has_not_signed(
    session: Session, now: datetime, fields: dict[str, Any], field: str
) -> None:
    invited = Invited(session, now, 25)
    with pytest.raises(BadInput) as caught:
        confirm(invited, invited.staff, **fields)
    assert caught.value.field == field
    assert [one.status for one in invited.enrolments] == ["offered"]


def test_staff_is_not_told_what_forbids_the_seat(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 26)
    set_fact(session, invited.enrolments[0].person_id, "pension", draws="employee")
    with pytest.raises(ConfirmRefused) as caught:
        confirm(invited, invited.staff)
    session.rollback()
    assert "养老" not in sentence_for(caught.value)
    assert [one.status for one in invited.enrolments] == ["offered"]


def test_the_archive_is_the_persons_whoever_entered_them(session: Session, now: datetime) -> None:
    invited = Invited(session, now, 27)
    confirm(invited, invited.staff)
    (enrolment,) = invited.enrolments
    of = session.get_one(TrainingClass, invited.of.id)
    after = now + timedelta(days=20)
    of.status = "running"
    for meeting in make.sessions_of(session, of):
        meeting.confirmed_at, meeting.confirmed_by = after, invited.staff.account_id
    session.commit()
    manager = make.make_actor(session, Role.MANAGER, institution=invited.institution)
    results.record_result(session, manager, enrolment_id=enrolment.id, passed=True, now=after)
    results.finish_class(session, manager, class_id=of.id, now=after)
    session.commit()
    mine = select(ArchiveEntry).where(ArchiveEntry.person_id == enrolment.person_id)
    assert len(session.scalars(mine).all()) >= 1
    owners = {invited.employer.person_id, invited.staff.person_id, manager.person_id}
    others = select(ArchiveEntry.id).where(ArchiveEntry.person_id.in_(owners))
    assert session.scalars(others).all() == []
    assert session.get_one(Person, enrolment.person_id).name == "买买提·示例27"
