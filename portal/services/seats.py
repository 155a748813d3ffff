"""Seats that come free, and the places of those who wait for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, SeatOffer, TrainingClass
from portal.db.models.classes import SEATED
from portal.services import queue, reservations


def give_back(session: Session, *, class_id: UUID, now: datetime) -> None:
    """One seat of the class is free; whoever waits first is offered it, in the background."""
    waiting = session.scalar(
        update(TrainingClass)
        .where(TrainingClass.id == class_id)
        .values(seats_taken=TrainingClass.seats_taken - 1)
        .returning(TrainingClass.waiting)
    )
    if waiting:
        offer_soon(session, class_id=class_id)


def offer_soon(session: Session, *, class_id: UUID) -> None:
    """Have the free seats of a class offered to those who wait, once this act commits."""
    queue.defer(session, "offer_seats", key=str(class_id), class_id=class_id)


def leave_queue(session: Session, enrolment: Enrolment, *, now: datetime) -> None:
    """Take a waiting enrolment off the list; the caller has locked it and sets its state."""
    session.flush()
    session.execute(
        update(TrainingClass)
        .where(TrainingClass.id == enrolment.class_id)
        .values(waiting=TrainingClass.waiting - 1)
    )


def end(
    session: Session,
    enrolment: Enrolment,
    *,
    status: str,
    now: datetime,
    reason: str | None = None,
    offer: str = "withdrawn",
    subsidy: str = "released",
) -> None:
    """End an open enrolment, whatever it holds: a seat, an offer, a place on the list, a subsidy.

    The caller has locked the person and then the enrolment, and audits. ``offer`` and
    ``subsidy`` are the states that an open offer and a held subsidy end in.
    """
    before = enrolment.status
    enrolment.status, enrolment.ended_at, enrolment.end_reason = status, now, reason
    session.flush()
    if before == "waitlisted":
        leave_queue(session, enrolment, now=now)
    elif before in SEATED:
        give_back(session, class_id=enrolment.class_id, now=now)
    if before == "offered":
        session.execute(
            update(SeatOffer)
            .where(SeatOffer.enrolment_id == enrolment.id, SeatOffer.state == "open")
            .values(state=offer, answered_at=now)
        )
    reservations.release(session, enrolment_id=enrolment.id, now=now, state=subsidy)
