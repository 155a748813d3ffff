"""People without a phone in the class that meets right now: a helper brings one, one has a card."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Enrolment, Mandate, TrainingClass, TrainingSession
from portal.demo import seeds, store
from portal.demo.cast import Cast
from portal.demo.store import Seat
from portal.domain.permissions import Role
from portal.services import commitment, personal_sheets

# Of those whom the helper of the demo acts for.
_BROUGHT = 2


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Seat two of the helper's people in each class to try, once, and print a card for one."""
    people = _brought(session)
    signed = commitment.ensure_stored(session, now)
    for class_id in _trials(session, now):
        if people and not _are_busy(session, people, class_id):
            store.enrol(session, signed, [Seat(class_id, person, now) for person in people])
            _card(session, everybody, class_id, people[0], now)


def _are_busy(session: Session, people: list[UUID], class_id: UUID) -> bool:
    """Whether one of them sits in the class already, or elsewhere at its times."""
    meets = select(TrainingClass.meets).where(TrainingClass.id == class_id).scalar_subquery()
    query = select(Enrolment.id).where(
        Enrolment.person_id.in_(people),
        or_(Enrolment.class_id == class_id, Enrolment.busy.op("&&")(meets)),
    )
    return session.scalar(query.limit(1)) is not None


def _card(
    session: Session, everybody: Cast, class_id: UUID, person_id: UUID, now: datetime
) -> None:
    """A card that was printed already, so that the page shows what that looks like."""
    place = session.scalar(
        select(Enrolment.id).where(Enrolment.class_id == class_id, Enrolment.person_id == person_id)
    )
    owner = session.scalar(select(TrainingClass.institution_id).where(TrainingClass.id == class_id))
    managers = (each.manager for each in everybody.staff.values() if each.institution_id == owner)
    manager = next(managers, None)
    if place is not None and manager is not None:
        personal_sheets.print_cards(
            session, manager, class_id=class_id, enrolment_ids=[place], now=now
        )


def _brought(session: Session) -> list[UUID]:
    """Those who confirmed last: the first ones have other things going on."""
    query = (
        select(Mandate.person_id)
        .join(Account, Account.id == Mandate.helper_account_id)
        .where(
            Account.role == Role.HELPER.value,
            Mandate.confirmed_at.is_not(None),
            Mandate.revoked_at.is_(None),
        )
        .order_by(Mandate.id.desc())
        .limit(_BROUGHT)
    )
    return list(session.scalars(query))


def _trials(session: Session, now: datetime) -> list[UUID]:
    """The classes to try that still take somebody in."""
    query = (
        select(TrainingClass.id)
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .where(
            or_(*(TrainingClass.class_no.startswith(one) for one in (seeds.NOW, seeds.DAYLONG))),
            TrainingSession.sign_out_until > now,
        )
        .distinct()
    )
    return list(session.scalars(query))
