"""What a decision would do to classes, people, certificates and money: told before it is made."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Certificate,
    Enrolment,
    InstitutionListing,
    ListingDecision,
    SubsidyClaim,
    SubsidyReservation,
    TrainingClass,
)
from portal.db.models.classes import ON_ROSTER
from portal.domain.listing_states import ENDED, STOPPED, ListingState, the_state
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services.archive_lines import money_text
from portal.services.listing import listing_of
from portal.services.listings.reach import institution_of
from portal.services.times import day_of, day_text

LIVE_CLASS = TrainingClass.status.in_(("enrolling", "running"))
# A claim in one of these states moves no money any more.
CLAIM_OVER = ("closed", "rejected", "paid", "recovering")
_ENROLLED = (*ON_ROSTER, "needs_review", "offered")


@dataclass(frozen=True, slots=True)
class Counts:
    """What hangs on an institution on a day. People are counted by their enrolments.

    ``running`` classes have begun by that day, ``planned`` ones have not. ``enrolled`` have a
    seat (or one offered, or looked at by an officer), those of ``planned`` classes counted
    again as ``enrolled_planned``; ``uncertified`` finish or have finished and hold no
    certificate yet.
    """

    running: int
    planned: int
    enrolled: int
    enrolled_planned: int
    waiting: int
    reservations: int
    uncertified: int
    open_claims: int
    open_claims_fen: int


@dataclass(frozen=True, slots=True)
class Effects:
    """What a decision would do: counted, and in sentences for whoever confirms it."""

    counts: Counts
    sentences: tuple[str, ...]
    # Document numbers of decisions not in force yet, whose place it would take.
    replaces: tuple[str, ...]


def effects(
    session: Session,
    actor: Actor,
    *,
    institution_id: UUID,
    to: str,
    effective_on: date,
    now: datetime,
) -> Effects:
    """What would happen if ``to`` were decided from a day on. Raises NotFound, BadInput."""
    found = institution_of(session, actor, institution_id)
    state = the_state(to)
    counts = count(session, found.id, on=effective_on)
    replaced = tuple(
        session.scalars(
            select(ListingDecision.document_no)
            .join(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
            .where(pending(found.id, day_of(now)))
            .order_by(ListingDecision.id)
        )
    )
    standing = listing_of(session, found.id, today=day_of(now)).standing
    return Effects(counts, _sentences(state, standing, counts, effective_on, replaced), replaced)


def pending(institution_id: UUID, today: date) -> ColumnElement[bool]:
    """Listings by decisions that are not in force yet."""
    entry = InstitutionListing
    is_ours = entry.institution_id == institution_id
    return is_ours & entry.decision_id.is_not(None) & (entry.effective_from > today)


def count(session: Session, institution_id: UUID, *, on: date) -> Counts:
    """What hangs on an institution, as it stands now, seen from a day."""
    ours = TrainingClass.institution_id == institution_id
    begun = TrainingClass.starts_on <= on
    classes = session.execute(
        select(_how_many(begun), _how_many(~begun)).where(ours, LIVE_CLASS)
    ).one()
    seated = Enrolment.status.in_(_ENROLLED)
    people = session.execute(
        select(
            _how_many(seated),
            _how_many(seated & ~begun),
            _how_many(Enrolment.status == "waitlisted"),
        )
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(ours, LIVE_CLASS)
    ).one()
    claims = session.execute(
        select(func.count(), func.coalesce(func.sum(SubsidyClaim.amount_fen), 0)).where(
            SubsidyClaim.payee_institution_id == institution_id,
            SubsidyClaim.state.not_in(CLAIM_OVER),
        )
    ).one()
    return Counts(
        running=classes[0],
        planned=classes[1],
        enrolled=people[0],
        enrolled_planned=people[1],
        waiting=people[2],
        reservations=_reservations(session, institution_id),
        uncertified=_uncertified(session, institution_id, on),
        open_claims=claims[0],
        open_claims_fen=int(claims[1]),
    )


def _how_many(condition: ColumnElement[bool]) -> Any:
    return func.count(case((condition, 1)))


def _reservations(session: Session, institution_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(SubsidyReservation)
        .join(Enrolment, Enrolment.id == SubsidyReservation.enrolment_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(TrainingClass.institution_id == institution_id, SubsidyReservation.state == "held")
    )
    return session.scalar(query) or 0


def _uncertified(session: Session, institution_id: UUID, on: date) -> int:
    """Who learns in a class that has begun, or has completed one, without a certificate."""
    has_one = select(Certificate.id).where(Certificate.enrolment_id == Enrolment.id).exists()
    query = (
        select(func.count())
        .select_from(Enrolment)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            TrainingClass.institution_id == institution_id,
            TrainingClass.status.in_(("enrolling", "running", "finished")),
            TrainingClass.starts_on <= on,
            Enrolment.status.in_((*ON_ROSTER, "completed")),
            ~has_one,
        )
    )
    return session.scalar(query) or 0


def _sentences(
    state: ListingState, standing: str, counts: Counts, on: date, replaced: tuple[str, ...]
) -> tuple[str, ...]:
    """One sentence for each thing that changes or stays, most weighty first."""
    told = [t(f"listings.effect.{state.value}.first", day=day_text(on))]
    # What concerns nobody is left out: what is left is read.
    if state in STOPPED | ENDED:
        ends = "end" if state in ENDED else "wait"
        if counts.planned:
            words = {"n": counts.planned, "people": counts.enrolled_planned}
            told.append(t(f"listings.effect.planned_{ends}", **words))
        if counts.waiting:
            told.append(t(f"listings.effect.waiting_{ends}", n=counts.waiting))
        if counts.running:
            told.append(t("listings.effect.running_finish", n=counts.running))
        if counts.reservations:
            told.append(t("listings.effect.reservations", n=counts.reservations))
        told.append(t("listings.effect.certificates", n=counts.uncertified))
    if state in STOPPED:
        if counts.open_claims:
            money = money_text(counts.open_claims_fen)
            told.append(t("listings.effect.claims_wait", n=counts.open_claims, money=money))
    elif counts.open_claims and standing in {one.value for one in STOPPED}:
        told.append(t("listings.effect.claims_go_on", n=counts.open_claims))
    told += [t("listings.effect.replaces", document=one) for one in replaced]
    return tuple(told)
