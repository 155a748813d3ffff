"""The card of an enrolment, as its own person sees it, and the query behind it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceRecord,
    Enrolment,
    Institution,
    SeatOffer,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.classes import ON_ROSTER, OPEN
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.services.waiting_order import position_of

LIVE_STATES, OPEN_STATES = ON_ROSTER, OPEN
# How long before the first session a place can still be given back; a later institution or
# region may want a day's notice.
CANCEL_BEFORE = timedelta(0)


@dataclass(frozen=True, slots=True)
class EnrolmentCard:
    """One enrolment in the person's list. Hours are 课时.

    ``next_starts_at`` is None when no session is left. ``status`` is that of the enrolment:
    accepted, active, needs_review, waitlisted, offered, or how it ended; ``why`` says more.
    ``waitlist_position`` counts from 1 while the person waits; an offered seat is kept until
    ``offer_until``; an officer decides by ``review_due_on``.
    """

    id: UUID
    class_id: UUID
    title: str
    institution_name: str
    site: str
    address: str
    status: str
    class_status: str
    waitlist_position: int | None
    starts_on: date
    ends_on: date
    hours_credited: int
    hours_planned: int
    next_starts_at: datetime | None
    next_ends_at: datetime | None
    next_room: str | None
    can_cancel: bool
    offer_until: datetime | None = None
    review_due_on: date | None = None
    why: str = ""


def cards(now: datetime) -> Select[Any]:
    """Enrolments with all that a card shows; to be narrowed to one person by the caller."""
    credited = (
        select(func.coalesce(func.sum(AttendanceRecord.credited_hours), 0))
        .where(AttendanceRecord.enrolment_id == Enrolment.id)
        .scalar_subquery()
    )
    coming = (
        select(TrainingSession.starts_at, TrainingSession.ends_at, TrainingSession.room)
        .where(TrainingSession.class_id == Enrolment.class_id, TrainingSession.ends_at > now)
        .order_by(TrainingSession.starts_at)
        .limit(1)
        .lateral()
    )
    return (
        select(
            Enrolment,
            TrainingClass,
            Institution.name.label("institution_name"),
            Institution.contact_phone,
            func.lower(TrainingClass.meets).label("first_meeting"),
            credited.label("credited"),
            coming.c.starts_at.label("next_starts_at"),
            coming.c.ends_at.label("next_ends_at"),
            coming.c.room.label("next_room"),
            position_of(Enrolment).label("position"),
            SeatOffer.expires_at.label("offer_until"),
        )
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .outerjoin(coming, Enrolment.status.in_(LIVE_STATES))
        .outerjoin(
            SeatOffer, (SeatOffer.enrolment_id == Enrolment.id) & (SeatOffer.state == "open")
        )
    )


def own_card(session: Session, actor: Actor, enrolment_id: UUID, now: datetime) -> Row[Any]:
    """The row of one card, of the actor's own; raises NotFound."""
    query = cards(now).where(
        Enrolment.id == enrolment_id, Enrolment.person_id.in_(actor.the_records())
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def card(row: Row[Any], now: datetime) -> EnrolmentCard:
    """The card of a row of ``cards``."""
    enrolment, of = row.Enrolment, row.TrainingClass
    return EnrolmentCard(
        id=enrolment.id,
        class_id=of.id,
        title=of.title,
        institution_name=row.institution_name,
        site=of.site,
        address=of.address,
        status=enrolment.status,
        class_status=of.status,
        waitlist_position=row.position,
        starts_on=of.starts_on,
        ends_on=of.ends_on,
        hours_credited=row.credited,
        hours_planned=of.hours,
        next_starts_at=row.next_starts_at,
        next_ends_at=row.next_ends_at,
        next_room=row.next_room,
        can_cancel=can_cancel(enrolment, of, row.first_meeting, now),
        offer_until=row.offer_until,
        review_due_on=enrolment.review_due_on,
        why=enrolment.end_reason or "",
    )


def can_cancel(
    enrolment: Enrolment, of: TrainingClass, first_meeting: datetime | None, now: datetime
) -> bool:
    """Whether the place can still be given back: it is open and the class has not begun."""
    begun = first_meeting is not None and now >= first_meeting - CANCEL_BEFORE
    return enrolment.status in OPEN and of.status in ("enrolling", "running") and not begun
