"""Decisions come into force on their Beijing day: what ends, ends here, and people are told.

One transaction an enrolment, since locks go from person to enrolment to class: a removed
institution may have thousands. Each step may run twice.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    InstitutionListing,
    ListingDecision,
    ListingEffect,
    TrainingClass,
)
from portal.db.models.classes import OPEN, SEATED
from portal.domain.listing_states import ENDED, ListingState
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, notices, seats
from portal.services.enrolment_locks import locked_class, locked_enrolment
from portal.services.listings import telling
from portal.services.listings.effects import LIVE_CLASS, count
from portal.services.times import day_of


def due(session: Session, actor: Actor, *, now: datetime) -> tuple[UUID, ...]:
    """Decisions whose day has come and whose work is not done, the oldest first."""
    actor.require(Permission.RUN_TASKS)
    done = select(ListingEffect.decision_id).where(ListingEffect.decision_id == ListingDecision.id)
    return tuple(
        session.scalars(
            select(ListingDecision.id)
            .join(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
            .where(ListingDecision.effective_on <= day_of(now), ~done.exists())
            .order_by(ListingDecision.effective_on, ListingDecision.id)
        )
    )


def to_end(session: Session, actor: Actor, *, decision_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """Enrolments that the decision ends: all of classes not begun, and whoever waits elsewhere.

    Those who learn already go on (reference C4 no. 15). Nothing for a decision whose day has not
    come, whose place another took, or that ends nothing.
    """
    actor.require(Permission.RUN_TASKS)
    decision = _in_force(session, decision_id, now)
    if decision is None or ListingState(decision.state) not in ENDED:
        return ()
    not_begun = TrainingClass.starts_on > decision.effective_on
    return tuple(
        session.scalars(
            select(Enrolment.id)
            .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
            .where(
                TrainingClass.institution_id == decision.institution_id,
                LIVE_CLASS,
                (not_begun & Enrolment.status.in_(OPEN))
                | Enrolment.status.in_(("waitlisted", "offered")),
            )
            .order_by(Enrolment.id)
        )
    )


def end_one(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> None:
    """End an enrolment that an institution cannot serve any more, and say what one can do."""
    actor.require(Permission.RUN_TASKS)
    enrolment = locked_enrolment(session, enrolment_id)
    if enrolment.status not in OPEN:
        return
    had_seat = enrolment.status in SEATED
    seats.end(session, enrolment, status="removed", now=now, reason=t("listings.end_reason"))
    made = session.get_one(TrainingClass, enrolment.class_id)
    notices.tell(
        session,
        enrolment.person_id,
        "institution_off_seat" if had_seat else "institution_off_wait",
        params={"title": made.title},
        ref=("enrolment", enrolment.id),
        now=now,
        sms=had_seat,
    )
    audit.record(
        session,
        actor,
        "listing.end_enrolment",
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
    )


def finish(session: Session, actor: Actor, *, decision_id: UUID, now: datetime) -> bool:
    """Call off what has not begun, tell everybody else, write down that it is done.

    False when somebody is enrolled meanwhile, or it was done before.
    """
    actor.require(Permission.RUN_TASKS)
    decision = _in_force(session, decision_id, now)
    if decision is None or to_end(session, actor, decision_id=decision_id, now=now):
        return False
    state = ListingState(decision.state)
    lifted = session.get(ListingDecision, decision.lifts_id) if decision.lifts_id else None
    counts = asdict(count(session, decision.institution_id, on=decision.effective_on))
    added = session.execute(
        insert(ListingEffect)
        .values(decision_id=decision.id, at=now, counts=counts)
        .on_conflict_do_nothing()
        .returning(ListingEffect.decision_id)
    ).first()
    if added is None:
        return False
    if state in ENDED:
        _call_off(session, decision)
    telling.learners(session, decision, lifted, now)
    telling.managers(session, decision, lifted, now)
    audit.record(
        session,
        actor,
        "listing.in_force",
        now=now,
        object_type="institution",
        object_id=decision.institution_id,
        detail={"decision": str(decision.id), "state": decision.state} | counts,
    )
    return True


def _in_force(session: Session, decision_id: UUID, now: datetime) -> ListingDecision | None:
    """The decision, if its day has come and no other took its place."""
    return session.scalar(
        select(ListingDecision)
        .join(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
        .where(ListingDecision.id == decision_id, ListingDecision.effective_on <= day_of(now))
    )


def _call_off(session: Session, decision: ListingDecision) -> None:
    """Classes that have not begun are cancelled: nobody is left in them."""
    for class_id in _planned(session, decision):
        locked_class(session, class_id).status = "cancelled"


def _planned(session: Session, decision: ListingDecision) -> Sequence[UUID]:
    return session.scalars(
        select(TrainingClass.id)
        .where(
            TrainingClass.institution_id == decision.institution_id,
            LIVE_CLASS,
            TrainingClass.starts_on > decision.effective_on,
        )
        .order_by(TrainingClass.id)
    ).all()
