"""Answering the offer of a seat: accept or decline, by the person or whoever acts for them.

The seat is held while the offer is open, so an answer takes nothing from anybody; what may have
changed since is asked again: the rules, the limits of subsidies, the person's other classes. A
refusal leaves the offer open for as long as it lasts: a class given up elsewhere, or a paper
brought in, and the same answer succeeds. The same answer again answers the same.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, SeatOffer, TrainingClass
from portal.domain.errors import BadInput, PortalError
from portal.domain.offer_errors import OfferCodeSpent, OfferCodeWrong, OfferGone
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, commitment, seats, sms
from portal.services.enrolment_cards import own_card
from portal.services.enrolment_locks import locked_enrolment
from portal.services.offer_seat import take_seat
from portal.services.offering import make, phone_key

__all__ = [
    "Answered",
    "CodeAnswer",
    "accept",
    "accept_by_code",
    "accept_for",
    "decline",
    "decline_for",
    "make",
    "phone_key",
]

Via = Literal["page", "sms", "desk", "helper"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer led to. ``status`` is the enrolment's: accepted, needs_review (an officer
    decides by ``review_due_on``) or withdrawn. ``repeated``: it had been given before."""

    enrolment_id: UUID
    class_id: UUID
    title: str
    status: str
    review_due_on: date | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """An answer by a code that was sent to a phone, or the refusal.

    Not raised, because a wrong code must be counted: the caller raises ``refusal`` once the
    transaction is committed.
    """

    answered: Answered | None = None
    refusal: PortalError | None = None


def accept(
    session: Session,
    actor: Actor,
    *,
    enrolment_id: UUID,
    commitment_version: str | None,
    now: datetime,
) -> Answered:
    """Take the seat that is offered to the actor, who has signed the commitment.

    Raises NotFound, BadInput (commitment), OfferGone, EnrolmentClosed, NotEligible,
    TimeConflict; after the last two the offer stays open.
    """
    actor.require(Permission.ENROL)
    own_card(session, actor, enrolment_id, now)
    return accept_for(
        session,
        actor,
        enrolment_id=enrolment_id,
        commitment_version=commitment_version,
        via="page",
        now=now,
    )


def accept_for(
    session: Session,
    actor: Actor,
    *,
    enrolment_id: UUID,
    commitment_version: str | None,
    via: Via,
    now: datetime,
) -> Answered:
    """As ``accept``, for somebody who stands at the desk or gave a mandate.

    No permission is asked here: the caller has made sure that the actor may act for the person,
    who has read and signed the commitment.
    """
    if commitment_version != commitment.current().version:
        raise BadInput("commitment", "enrol.commitment_outdated")
    enrolment, offer = _locked(session, enrolment_id)
    if offer.state == "accepted":
        return replace(_answered(session, enrolment), repeated=True)
    _must_be_open(offer, now)
    take_seat(session, enrolment, now)
    offer.state, offer.answered_at, offer.answered_via = "accepted", now, via
    _trace(session, actor, "offer.accept", enrolment, via, now)
    return _answered(session, enrolment)


def decline(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> Answered:
    """Do without the seat that is offered to the actor; the next in line is offered it.

    Raises NotFound, OfferGone.
    """
    actor.require(Permission.ENROL)
    own_card(session, actor, enrolment_id, now)
    return decline_for(session, actor, enrolment_id=enrolment_id, via="page", now=now)


def decline_for(
    session: Session, actor: Actor, *, enrolment_id: UUID, via: Via, now: datetime
) -> Answered:
    """As ``decline``; the caller has made sure that the actor may act for the person."""
    enrolment, offer = _locked(session, enrolment_id)
    if offer.state == "declined":
        return replace(_answered(session, enrolment), repeated=True)
    _must_be_open(offer, now)
    offer.answered_via = via
    seats.end(session, enrolment, status="withdrawn", now=now, offer="declined")
    _trace(session, actor, "offer.decline", enrolment, via, now)
    return _answered(session, enrolment)


def accept_by_code(
    session: Session,
    actor: Actor,
    *,
    enrolment_id: UUID,
    code: str,
    commitment_version: str | None,
    now: datetime,
) -> CodeAnswer:
    """As ``accept``, for whoever holds the phone to which the code was sent; needs no login.

    After five wrong codes the code is worthless, and the desk is the only way left.
    """
    try:
        enrolment, offer = _locked(session, enrolment_id)
        if offer.state == "open":
            _must_be_open(offer, now)
    except PortalError as error:
        return CodeAnswer(refusal=error)
    if offer.code_hash is None or offer.code_tries <= 0:
        return CodeAnswer(refusal=OfferCodeSpent())
    if not sms.code_matches(code, offer.code_hash, subject=offer.id):
        offer.code_tries -= 1
        return CodeAnswer(refusal=OfferCodeWrong(left=offer.code_tries))
    # A refusal of the rules undoes the answer alone: tries that were counted stay counted.
    try:
        with session.begin_nested():
            answered = accept_for(
                session,
                actor,
                enrolment_id=enrolment.id,
                commitment_version=commitment_version,
                via="sms",
                now=now,
            )
    except PortalError as error:
        return CodeAnswer(refusal=error)
    return CodeAnswer(answered)


def _locked(session: Session, enrolment_id: UUID) -> tuple[Enrolment, SeatOffer]:
    """The enrolment and its last offer, as they are now, locked. Raises NotFound, OfferGone."""
    enrolment = locked_enrolment(session, enrolment_id)
    offer = session.scalar(
        select(SeatOffer)
        .where(SeatOffer.enrolment_id == enrolment_id)
        .order_by(SeatOffer.offered_at.desc(), SeatOffer.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if offer is None:
        raise OfferGone(why=t("waiting.gone.none"))
    return enrolment, offer


def _must_be_open(offer: SeatOffer, now: datetime) -> None:
    """Raise OfferGone unless the offer can still be answered."""
    state = "expired" if offer.state == "open" and now >= offer.expires_at else offer.state
    if state != "open":
        raise OfferGone(why=t(f"waiting.gone.{state}"))


def _answered(session: Session, enrolment: Enrolment) -> Answered:
    return Answered(
        enrolment_id=enrolment.id,
        class_id=enrolment.class_id,
        title=session.get_one(TrainingClass, enrolment.class_id).title,
        status=enrolment.status,
        review_due_on=enrolment.review_due_on,
    )


def _trace(
    session: Session, actor: Actor, action: str, enrolment: Enrolment, via: Via, now: datetime
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
        detail={"via": via},
    )
