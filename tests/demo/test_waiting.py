"""The demo's waiting lists: one trainee in line with somewhere to go, one with an offer."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Enrolment, TrainingClass
from portal.db.vault import get_vault
from portal.demo import cast
from portal.domain.permissions import Actor, Role
from portal.services.offer_page import open_offer
from portal.services.own_enrolments import my_enrolments
from portal.services.unit import as_actor
from portal.services.waiting_list import my_place
from tests.support.demo import NOW, load
from tests.support.lines import check_books


def trainee(session: Session, number: int) -> Actor:
    hashed = get_vault().lookup_hash("phone", cast.phone(number))
    account = session.scalars(select(Account).where(Account.phone_hash == hashed)).one()
    return Actor(Role.TRAINEE, account_id=account.id, person_id=account.person_id)


def states(session: Session) -> dict[str, int]:
    rows = session.execute(select(Enrolment.status, func.count()).group_by(Enrolment.status))
    return dict(rows.tuples().all())


def test_the_nineteenth_stands_in_line_and_the_twentieth_has_an_offer(
    session: Session,
) -> None:
    waits, invited = trainee(session, 19), trainee(session, 20)
    (card,) = [
        card
        for card in as_actor(my_enrolments, waits, now=NOW).items
        if card.status == "waitlisted"
    ]
    place = as_actor(my_place, waits, enrolment_id=card.id, now=NOW)
    assert (place.position, place.waiting) == (4, 6)
    assert place.swaps
    hint = as_actor(open_offer, invited, now=NOW)
    assert hint is not None
    assert hint.until == NOW + timedelta(hours=24)
    for class_id in session.scalars(select(TrainingClass.id).where(TrainingClass.waiting > 0)):
        check_books(class_id)


def test_a_second_load_enters_nobody(session: Session) -> None:
    before = states(session)
    load()
    session.rollback()
    assert states(session) == before
