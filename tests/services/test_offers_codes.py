"""Answering an offer by the code that went to a phone, without a login; and on behalf of others."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Enrolment, Person, SeatOffer, SmsMessage, TrainingClass
from portal.db.vault import get_vault
from portal.domain.errors import PortalError, TimeConflict
from portal.domain.offer_errors import OfferCodeSpent, OfferCodeWrong, OfferGone
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import commitment, offering, offers
from portal.services.desk_enrolment import By, enrol_person
from portal.services.offers import CodeAnswer
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import lines
from tests.support.acts import listed_class
from tests.support.lines import check_books, offer_of, status
from tests.support.tasks import forget_all, run_pending

NOW = make.NOW
PHONE, CODE = "13800138000", "271828"


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits; the queue is emptied afterwards."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
    forget_all()


def somebody(session: Session) -> Person:
    """Somebody who has a phone and no account, as a roster or a helper registers them."""
    return make.make_person(session, phone_enc=get_vault().seal("phone", PHONE))


def entered(session: Session, klass: TrainingClass, person: Person) -> Enrolment:
    """The person in line, entered at the desk."""
    officer = make.make_actor(session, Role.MANAGER, institution=make.make_institution(session))
    session.commit()
    found = enrol_person(
        session,
        officer,
        person_id=person.id,
        class_id=klass.id,
        by=By("desk", officer.the_account()),
        signed=commitment.current(),
        now=NOW,
    )
    session.commit()
    return session.get_one(Enrolment, found.enrolment_id)


@pytest.fixture
def invited(saved: Session) -> Enrolment:
    """An enrolment whose seat is offered, by a code that the test knows."""
    klass = listed_class(saved, capacity=1, seats_taken=1)
    row = entered(saved, klass, somebody(saved))
    row.status, klass.waiting = "offered", 0
    offering.make(
        saved,
        row,
        source="roster",
        expires_at=NOW + timedelta(hours=24),
        now=NOW,
        code=CODE,
        phone=PHONE,
    )
    saved.commit()
    return row


def answer(enrolment_id: object, code: str = CODE, **kwargs: object) -> CodeAnswer:
    values = {"commitment_version": commitment.current().version, "now": NOW} | kwargs
    return as_actor(
        offers.accept_by_code, ANONYMOUS, enrolment_id=enrolment_id, code=code, **values
    )


def refusal(found: CodeAnswer) -> PortalError:
    assert found.answered is None
    assert found.refusal is not None
    return found.refusal


def test_the_code_takes_the_seat(saved: Session, invited: Enrolment) -> None:
    found = answer(invited.id)
    assert found.refusal is None
    assert found.answered is not None
    assert (found.answered.status, found.answered.repeated) == ("accepted", False)
    assert offer_of(saved, invited.id).answered_via == "sms"
    again = answer(invited.id)
    assert again.answered is not None
    assert again.answered.repeated
    check_books(invited.class_id)


def test_wrong_codes_are_counted_and_make_the_right_one_worthless(
    saved: Session, invited: Enrolment
) -> None:
    for left in (4, 3, 2, 1, 0):
        wrong = refusal(answer(invited.id, "000000"))
        assert isinstance(wrong, OfferCodeWrong)
        assert wrong.params["left"] == left
    assert isinstance(refusal(answer(invited.id)), OfferCodeSpent)
    assert status(saved, invited.id) == "offered"


def test_an_offer_without_a_code_is_not_answered_by_one(saved: Session) -> None:
    _, _, view = lines.offered(saved)
    assert isinstance(refusal(answer(view.id)), OfferCodeSpent)


def test_a_code_is_worth_nothing_after_its_time(saved: Session, invited: Enrolment) -> None:
    late = refusal(answer(invited.id, now=NOW + timedelta(hours=24)))
    assert isinstance(late, OfferGone)
    assert status(saved, invited.id) == "offered"


def test_a_refusal_of_the_rules_leaves_code_and_offer_as_they_were(
    saved: Session, invited: Enrolment
) -> None:
    answer(invited.id, "000000")
    person = saved.get_one(Person, invited.person_id)
    make.enrol(saved, person, listed_class(saved))
    saved.commit()
    assert isinstance(refusal(answer(invited.id)), TimeConflict)
    assert (status(saved, invited.id), offer_of(saved, invited.id).code_tries) == ("offered", 4)


def test_whoever_cannot_log_in_is_sent_a_code_when_a_seat_comes_free(saved: Session) -> None:
    klass, sits, seat = lines.full_class(saved)
    row = entered(saved, klass, somebody(saved))
    lines.cancel(saved, sits, seat.id)
    run_pending(now=NOW)
    made = offer_of(saved, row.id)
    assert made.phone_hash == offers.phone_key(PHONE)
    message = saved.scalars(
        select(SmsMessage).where(SmsMessage.purpose == "waiting.sms_code")
    ).one()
    body = get_vault().open("sms_body", message.body_enc)
    code = body.split("验证码")[1][:6]
    assert answer(row.id, code).answered is not None
    assert status(saved, row.id) == "accepted"


def test_a_phone_that_is_written_to_all_day_has_its_offer_all_the_same(saved: Session) -> None:
    for _ in range(8):
        klass, sits, seat = lines.full_class(saved)
        row = entered(saved, klass, somebody(saved))
        lines.cancel(saved, sits, seat.id)
        run_pending(now=NOW)
        assert status(saved, row.id) == "offered"


def test_who_acts_for_somebody_stands_beside_them(saved: Session, invited: Enrolment) -> None:
    manager = make.make_actor(saved, Role.MANAGER, institution=make.make_institution(saved))
    saved.commit()
    as_actor(
        offers.accept_for,
        manager,
        enrolment_id=invited.id,
        commitment_version=commitment.current().version,
        via="desk",
        now=NOW,
    )
    saved.rollback()
    trace = saved.scalars(
        select(AuditEvent).where(
            AuditEvent.object_id == str(invited.id), AuditEvent.action == "offer.accept"
        )
    ).one()
    assert (trace.actor_account_id, trace.on_behalf_of) == (manager.account_id, invited.person_id)
    assert saved.scalars(
        select(SeatOffer.answered_via).where(SeatOffer.enrolment_id == invited.id)
    ).all() == ["desk"]
