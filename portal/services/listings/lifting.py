"""A decision is lifted, on appeal or because it was wrong: as if it had never been made.

The institution stands again as it stood before, by a decision of its own with its own paper; the
ban that came with a removal is void. What was called off meanwhile stays so: people have enrolled
elsewhere, and seats were given away (ADR 0042).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    CaseSanction,
    Enrolment,
    InstitutionListing,
    ListingDecision,
    TrainingClass,
    ViolationCase,
)
from portal.domain.errors import NotFound
from portal.domain.listing_errors import NotToLift
from portal.domain.listing_states import STOPPED, ListingState, standing_after
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services.casework import case_rows
from portal.services.listing import LISTED
from portal.services.listings.decisions import clean_document, record
from portal.services.listings.effects import count
from portal.services.listings.reach import institution_of
from portal.services.reasons import clean_reason
from portal.services.times import date_text, day_of

_LIFTABLE = frozenset({"warning", "suspended", "removed"})
_GONE = frozenset({"lapsed", "unlisted"})


@dataclass(frozen=True, slots=True)
class Restored:
    """How an institution stands once a decision is lifted.

    ``last_day`` lies in the past for one that was on no list before; ``stays``: a later decision
    stands already, and only the lifted one's ban and its place in the history change.
    """

    state: ListingState
    last_day: date | None = None
    stays: bool = False


def lift(
    session: Session,
    actor: Actor,
    *,
    decision_id: UUID,
    reason: str,
    document_no: str,
    case_id: UUID | None = None,
    now: datetime,
) -> UUID:
    """Lift a decision from today on; returns the decision that does it.

    Whoever decided does not lift it. A sanction that led to it is lifted with it. Raises NotFound,
    SecondOfficer, NotToLift, BadInput.
    """
    lifted = _liftable(session, actor, decision_id)
    institution = institution_of(session, actor, lifted.institution_id, lock=True)
    case_rows.another_officer(session, actor, lifted.decided_by)
    if not can_be_lifted(session, lifted):
        raise NotToLift
    today = day_of(now)
    back = restored(session, lifted, today)
    made = record(
        session,
        actor,
        institution,
        state=back.state,
        former=standing_after(ListingState(lifted.state)),
        reason=clean_reason(reason, shortest=4),
        document_no=clean_document(document_no),
        effective_on=today,
        case_id=case_id or lifted.case_id,
        lifts=lifted,
        last_day=back.last_day,
        enters=not back.stays,
        now=now,
    )
    _lift_sanction(session, actor, lifted, made, now)
    return made.id


def effects(session: Session, actor: Actor, *, decision_id: UUID, now: datetime) -> tuple[str, ...]:
    """What lifting a decision would do, in sentences. Raises NotFound, NotToLift."""
    lifted = _liftable(session, actor, decision_id)
    if not can_be_lifted(session, lifted):
        raise NotToLift
    today = day_of(now)
    back = restored(session, lifted, today)
    standing = "unlisted" if back.last_day else standing_after(back.state)
    word = t(f"listings.state.{standing}")
    if back.stays:
        told = [t("listings.effect.lift.stays", document=lifted.document_no)]
    else:
        told = [t("listings.effect.lift.first", document=lifted.document_no, standing=word)]
    if lifted.ban_until:
        told.append(t("listings.effect.lift.ban", until=date_text(lifted.ban_until)))
    if lifted.state == ListingState.REMOVED.value and lifted.effective_on <= today:
        people = len(ended_by(session, lifted))
        told.append(t("listings.effect.lift.ended", people=people))
    if not back.stays and lifted.state in {one.value for one in STOPPED}:
        counts = count(session, lifted.institution_id, on=today)
        if standing in LISTED:
            told.append(t("listings.effect.lift.seats", people=counts.enrolled))
            told.append(t("listings.effect.claims_go_on", n=counts.open_claims))
    return tuple(told)


def can_be_lifted(session: Session, decision: ListingDecision) -> bool:
    """Whether a decision took something, stands or stood, and was not lifted."""
    if decision.state not in _LIFTABLE or decision.lifts_id is not None:
        return False
    stood = select(InstitutionListing.id).where(InstitutionListing.decision_id == decision.id)
    return session.scalar(stood) is not None and not _is_lifted(session, decision.id)


def was_lifted() -> ColumnElement[bool]:
    """Whether the ``ListingDecision`` of a query was lifted."""
    lifting = ListingDecision.__table__.alias("lifting")
    return select(lifting.c.id).where(lifting.c.lifts_id == ListingDecision.id).exists()


def restored(session: Session, lifted: ListingDecision, today: date) -> Restored:
    """How the institution stands when a decision counts as never made."""
    if _overtaken(session, lifted, today):
        return Restored(ListingState.LISTED, stays=True)
    former = _before(session, lifted)
    if former in _GONE:
        return Restored(ListingState.LISTED, last_day=today - timedelta(days=1))
    return Restored(ListingState(former))


def ended_by(session: Session, lifted: ListingDecision) -> Sequence[Enrolment]:
    """The enrolments that a removal ended, in classes that it called off."""
    return session.scalars(
        select(Enrolment)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            TrainingClass.institution_id == lifted.institution_id,
            TrainingClass.status == "cancelled",
            TrainingClass.starts_on > lifted.effective_on,
            Enrolment.status == "removed",
            Enrolment.end_reason == t("listings.end_reason"),
            Enrolment.ended_at >= lifted.decided_at,
        )
        .order_by(Enrolment.id)
    ).all()


def _liftable(session: Session, actor: Actor, decision_id: UUID) -> ListingDecision:
    found = session.get(ListingDecision, decision_id)
    if found is None:
        raise NotFound
    institution_of(session, actor, found.institution_id)
    return found


def _is_lifted(session: Session, decision_id: UUID) -> bool:
    query = select(ListingDecision.id).where(ListingDecision.lifts_id == decision_id)
    return session.scalar(query) is not None


def _overtaken(session: Session, lifted: ListingDecision, today: date) -> bool:
    """Whether a later decision that stands is in force, however the lifted one came about."""
    later = (
        select(ListingDecision.id)
        .join(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
        .where(
            ListingDecision.institution_id == lifted.institution_id,
            ListingDecision.id > lifted.id,
            ListingDecision.effective_on <= today,
            ListingDecision.lifts_id.is_distinct_from(lifted.id),
            ~was_lifted(),
        )
    )
    return session.scalar(later.limit(1)) is not None


def _before(session: Session, lifted: ListingDecision) -> str:
    """How it stood before a decision, former ones that were lifted left out."""
    former = lifted.former
    earlier = session.execute(
        select(ListingDecision, was_lifted())
        .where(
            ListingDecision.institution_id == lifted.institution_id,
            ListingDecision.id < lifted.id,
        )
        .order_by(ListingDecision.id.desc())
    )
    for one, is_lifted in earlier:
        if standing_after(ListingState(one.state)) != former:
            continue
        if not is_lifted:
            break
        former = one.former
    return former


def _lift_sanction(
    session: Session, actor: Actor, lifted: ListingDecision, by: ListingDecision, now: datetime
) -> None:
    """The sanction behind a decision does not outlive it."""
    row = session.scalar(
        select(CaseSanction)
        .where(CaseSanction.decision_id == lifted.id, CaseSanction.state != "lifted")
        .with_for_update()
    )
    if row is None:
        return
    row.state = "lifted"
    session.flush()
    case = session.get_one(ViolationCase, row.case_id)
    detail = {"sanction": str(row.id), "document": by.document_no}
    case_rows.write(session, actor, case, "sanction_lifted", now=now, note=by.reason, detail=detail)


def ban_of(session: Session, institution_id: UUID) -> date | None:
    """The last day of the longest ban of an institution that stands."""
    return session.scalar(
        select(func.max(ListingDecision.ban_until))
        .join(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
        .where(ListingDecision.institution_id == institution_id, ~was_lifted())
    )
