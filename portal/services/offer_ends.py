"""What ends by the clock: offers that nobody answered, lists that close before the class begins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, SeatOffer, TrainingClass
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import seats
from portal.services.enrolment_locks import locked_enrolment
from portal.services.offer_terms import TAKING, list_closes_at
from portal.services.offering import tell, trace


def expire(session: Session, actor: Actor, *, offer_id: UUID, now: datetime) -> bool:
    """End an offer that nobody answered in time; its seat goes on. False when it was answered."""
    actor.require(Permission.RUN_TASKS)
    enrolment = locked_enrolment(session, session.get_one(SeatOffer, offer_id).enrolment_id)
    offer = session.get_one(SeatOffer, offer_id, with_for_update=True, populate_existing=True)
    if offer.state != "open" or now < offer.expires_at:
        return False
    reason = t("waiting.end.offer_expired")
    seats.end(session, enrolment, status="expired", now=now, reason=reason, offer="expired")
    trace(session, actor, "offer.expire", enrolment, now)
    tell(session, enrolment, "offer_expired", now, title=_title(session, enrolment))
    return True


def close(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> bool:
    """Send somebody home who waited until the list closed; False when they wait no more."""
    actor.require(Permission.RUN_TASKS)
    enrolment = locked_enrolment(session, enrolment_id)
    of = session.get_one(TrainingClass, enrolment.class_id)
    if enrolment.status != "waitlisted" or not _is_closed(session, of, now):
        return False
    reason = t("waiting.end.list_closed")
    seats.end(session, enrolment, status="expired", now=now, reason=reason)
    trace(session, actor, "waiting_list.close", enrolment, now)
    tell(session, enrolment, "waiting_closed", now, title=of.title)
    return True


def due_offers(session: Session, actor: Actor, *, now: datetime, most: int) -> tuple[UUID, ...]:
    """Offers whose time is over, the longest overdue first."""
    actor.require(Permission.RUN_TASKS)
    due = select(SeatOffer.id).where(SeatOffer.state == "open", SeatOffer.expires_at <= now)
    return tuple(session.scalars(due.order_by(SeatOffer.expires_at).limit(most)))


def classes_with_a_line(session: Session, actor: Actor) -> tuple[UUID, ...]:
    """Classes for which somebody waits."""
    actor.require(Permission.RUN_TASKS)
    waiting = select(Enrolment.class_id).where(Enrolment.status == "waitlisted")
    return tuple(session.scalars(waiting.distinct().order_by(Enrolment.class_id)))


def left_waiting(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> list[UUID]:
    """Enrolments that still wait for a class whose list is closed; none while it is open."""
    actor.require(Permission.RUN_TASKS)
    if not _is_closed(session, session.get_one(TrainingClass, class_id), now):
        return []
    waiting = select(Enrolment.id).where(
        Enrolment.class_id == class_id, Enrolment.status == "waitlisted"
    )
    return list(session.scalars(waiting.order_by(Enrolment.waiting_rank, Enrolment.waiting_no)))


def _is_closed(session: Session, of: TrainingClass, now: datetime) -> bool:
    return of.status not in TAKING or now >= list_closes_at(session, of, now)


def _title(session: Session, enrolment: Enrolment) -> str:
    return session.get_one(TrainingClass, enrolment.class_id).title
