"""An offer as its person sees it: what is kept for them, until when, and what came of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, SeatOffer, TrainingClass
from portal.domain.permissions import Actor, Permission
from portal.services.enrolment_cards import own_card

State = Literal[
    "open",
    "waiting",
    "accepted",
    "needs_review",
    "declined",
    "left",
    "expired",
    "rejected",
    "over",
]
_STATES: dict[str, State] = {
    "waitlisted": "waiting",
    "accepted": "accepted",
    "active": "accepted",
    "needs_review": "needs_review",
    "withdrawn": "left",
    "expired": "expired",
    "rejected": "rejected",
}


@dataclass(frozen=True, slots=True)
class OfferView:
    """What stands behind ``/offers/[enrolment_id]``, whatever became of it.

    ``declined`` is a seat given up, ``left`` a place in line or a seat that was accepted first.
    ``until`` and ``seconds_left`` belong to an open offer; ``why`` says how it ended.
    """

    enrolment_id: UUID
    class_id: UUID
    state: State
    title: str
    institution_name: str
    contact_phone: str
    place: str
    starts_on: date
    first_meeting: datetime | None
    until: datetime | None
    seconds_left: int
    review_due_on: date | None
    why: str


def my_offer(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> OfferView:
    """The person's own offer, or the state of the enrolment it was about. Raises NotFound."""
    actor.require(Permission.ENROL)
    row = own_card(session, actor, enrolment_id, now)
    enrolment, of = row.Enrolment, row.TrainingClass
    until: datetime | None = row.offer_until
    is_open = until is not None and now < until
    return OfferView(
        enrolment_id=enrolment.id,
        class_id=of.id,
        state=_state(session, enrolment, is_open=is_open),
        title=of.title,
        institution_name=row.institution_name,
        contact_phone=row.contact_phone,
        place=" ".join(part for part in (of.address, of.site) if part),
        starts_on=of.starts_on,
        first_meeting=row.first_meeting,
        until=until if is_open else None,
        seconds_left=int((until - now).total_seconds()) if until and is_open else 0,
        review_due_on=enrolment.review_due_on,
        why=enrolment.end_reason or "",
    )


@dataclass(frozen=True, slots=True)
class OfferHint:
    """A seat that waits for the person's answer."""

    enrolment_id: UUID
    title: str
    until: datetime


def open_offer(session: Session, actor: Actor, *, now: datetime) -> OfferHint | None:
    """The actor's offer that ends the soonest; None when nothing is offered."""
    actor.require(Permission.ENROL)
    row = session.execute(
        select(Enrolment.id, TrainingClass.title, SeatOffer.expires_at)
        .join(Enrolment, Enrolment.id == SeatOffer.enrolment_id)
        .join(TrainingClass, TrainingClass.id == SeatOffer.class_id)
        .where(
            Enrolment.person_id.in_(actor.the_records()),
            Enrolment.status == "offered",
            SeatOffer.state == "open",
            SeatOffer.expires_at > now,
        )
        .order_by(SeatOffer.expires_at)
        .limit(1)
    ).one_or_none()
    return OfferHint(row.id, row.title, row.expires_at) if row else None


def _state(session: Session, enrolment: Enrolment, *, is_open: bool) -> State:
    """An offer whose time is over is gone, even before the portal has come round to it."""
    if enrolment.status == "offered":
        return "open" if is_open else "expired"
    declined = SeatOffer.enrolment_id == enrolment.id, SeatOffer.state == "declined"
    if enrolment.status == "withdrawn" and session.scalar(select(exists().where(*declined))):
        return "declined"
    return _STATES.get(enrolment.status, "over")
