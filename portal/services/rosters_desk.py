"""Confirming at the institution's desk: the person stands there and has signed on paper.

Staff acts, the person is the one on whose behalf: the audit holds both, with what was signed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Employer, Enrolment, Institution, Person, SeatOffer
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotEligible, NotFound, TimeConflict
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.domain.roster_errors import ConfirmRefused
from portal.services import audit, commitment, notices, offers
from portal.services.offers import Answered
from portal.services.reasons import clean_reason
from portal.services.teaching import own_class

_READ = ("name", "id_no_masked")


@dataclass(frozen=True, slots=True)
class DeskPerson:
    """Somebody to whom a seat of the class is offered; ``sender`` entered them, empty when they
    came from the waiting list themselves."""

    enrolment_id: UUID
    name: str
    id_no_masked: str
    sender: str
    until: datetime


@dataclass(frozen=True, slots=True)
class DeskList:
    """The class and everybody who has not answered yet, the most urgent first."""

    class_id: UUID
    title: str
    people: tuple[DeskPerson, ...]


def unconfirmed(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> DeskList:
    """Open offers of a class of the actor's institution; every look is written down.

    Raises NotFound, Forbidden, Unauthenticated.
    """
    of = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    rows = session.execute(_open_offers(class_id, now).order_by(SeatOffer.expires_at, Person.name))
    people = tuple(_person(row) for row in rows)
    if people:
        audit.record(
            session,
            actor,
            "roster.desk_read",
            now=now,
            object_type="training_class",
            object_id=class_id,
            fields_read=_READ,
        )
    return DeskList(of.id, of.title, people)


def count_unconfirmed(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> int:
    """How many have not answered yet; raises as ``unconfirmed``."""
    own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    query = select(func.count()).select_from(_open_offers(class_id, now).subquery())
    return session.scalar(query) or 0


def _open_offers(class_id: UUID, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            SeatOffer.enrolment_id,
            SeatOffer.expires_at,
            Person.name.label("name"),
            Person.id_no_enc,
            func.coalesce(Employer.name, Institution.name, "").label("sender"),
        )
        .join(Enrolment, Enrolment.id == SeatOffer.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Account, Account.id == Enrolment.acting_account_id)
        .outerjoin(Employer, Employer.id == Account.employer_id)
        .outerjoin(Institution, Institution.id == Account.institution_id)
        .where(
            SeatOffer.class_id == class_id, SeatOffer.state == "open", SeatOffer.expires_at > now
        )
    )


def _person(row: Any) -> DeskPerson:
    return DeskPerson(
        enrolment_id=row.enrolment_id,
        name=row.name,
        id_no_masked=mask_id_no(get_vault().open("id_no", row.id_no_enc)),
        sender=row.sender,
        until=row.expires_at,
    )


def confirm(
    session: Session,
    actor: Actor,
    *,
    enrolment_id: UUID,
    is_present: bool,
    paper: str,
    now: datetime,
) -> Answered:
    """Take the seat for somebody who stands at the desk; ``paper`` says what was signed and where
    it is kept.

    Raises NotFound (another institution's class too), Forbidden, BadInput (is_present, paper),
    OfferGone, EnrolmentClosed, ConfirmRefused: staff is not told what forbids it.
    """
    actor.require(Permission.RUN_SESSION)
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound
    own_class(session, actor, Permission.RUN_SESSION, class_id=enrolment.class_id)
    if not is_present:
        raise BadInput("is_present", "roster.desk.must_be_present")
    signed = clean_reason(paper, shortest=2)
    try:
        answered = offers.accept_for(
            session,
            actor,
            enrolment_id=enrolment_id,
            commitment_version=commitment.current().version,
            via="desk",
            now=now,
        )
    except (NotEligible, TimeConflict):
        raise ConfirmRefused from None
    if not answered.repeated:
        audit.record(
            session,
            actor,
            "roster.confirm",
            now=now,
            object_type="enrolment",
            object_id=enrolment_id,
            on_behalf_of=enrolment.person_id,
            reason=signed,
            detail={"via": "desk", "commitment": commitment.current().version},
        )
        # Whoever was not there can say so: the institution is not believed alone.
        notices.tell(
            session,
            enrolment.person_id,
            "desk_confirmed",
            params={"title": answered.title},
            ref=("enrolment", enrolment_id),
            now=now,
            sms=True,
        )
    return answered
