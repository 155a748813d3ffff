"""Decisions about institutions: warned, suspended, back on the list, removed, left (reference A5).

A decision is a row for good and an entry in the list from its day on. What it ends, it ends in
the background once that day has come (``in_force``): who enrols is refused by the entry itself.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.db.models import Institution, InstitutionListing, ListingDecision
from portal.domain.errors import BadInput
from portal.domain.listing_errors import NotFromHere
from portal.domain.listing_states import ListingState, may_follow, standing_after, the_state
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, queue
from portal.services.listing import listing_of
from portal.services.listings.effects import Counts as Counts
from portal.services.listings.effects import Effects as Effects
from portal.services.listings.effects import effects as effects
from portal.services.listings.effects import pending
from portal.services.listings.reach import institution_of
from portal.services.reasons import clean_reason
from portal.services.times import ZONE, day_of

_SHORTEST_REASON = 4
_LONGEST_DOCUMENT = 60
# Nobody decides today what shall be in more than a year; a later day is a slip of the finger.
_FURTHEST = timedelta(days=366)
_LONGEST_BAN = timedelta(days=366 * 20)


def decide(
    session: Session,
    actor: Actor,
    *,
    institution_id: UUID,
    to: str,
    reason: str,
    document_no: str,
    effective_on: date,
    ban_until: date | None = None,
    case_id: UUID | None = None,
    now: datetime,
) -> UUID:
    """Decide how an institution stands from a day on; returns the decision's id.

    ``to`` is a ``ListingState``. It takes the place of decisions that are not in force yet; the
    standing as it is may be decided to undo those. Raises NotFound, NotFromHere, BadInput.
    """
    found = institution_of(session, actor, institution_id, lock=True)
    state = the_state(to)
    today = day_of(now)
    _check_days(state, effective_on, ban_until, today)
    waiting = session.scalars(select(InstitutionListing).where(pending(found.id, today))).all()
    standing = listing_of(session, found.id, today=today).standing
    if not may_follow(standing, state, undoes_pending=bool(waiting)):
        raise NotFromHere(standing=t(f"listings.state.{standing}"))
    decision = record(
        session,
        actor,
        found,
        state=state,
        former=standing,
        reason=clean_reason(reason, shortest=_SHORTEST_REASON),
        document_no=clean_document(document_no),
        effective_on=effective_on,
        ban_until=ban_until,
        case_id=case_id,
        now=now,
    )
    return decision.id


def _check_days(state: ListingState, on: date, ban_until: date | None, today: date) -> None:
    """No decision reaches back: what people did meanwhile was right when they did it."""
    if not today <= on <= today + _FURTHEST:
        raise BadInput("effective_on", "listings.refused.effective_on")
    if ban_until is None:
        return
    if state is not ListingState.REMOVED or not on < ban_until <= on + _LONGEST_BAN:
        raise BadInput("ban_until", "listings.refused.ban_until")


def clean_document(raw: str) -> str:
    """The number of a paper, as it is printed. Raises BadInput."""
    number = " ".join(raw.split())
    if not 2 <= len(number) <= _LONGEST_DOCUMENT or not number.isprintable():
        raise BadInput("document_no", "listings.refused.document", longest=_LONGEST_DOCUMENT)
    return number


def record(
    session: Session,
    actor: Actor,
    institution: Institution,
    *,
    state: ListingState,
    former: str,
    reason: str,
    document_no: str,
    effective_on: date,
    ban_until: date | None = None,
    case_id: UUID | None = None,
    lifts: ListingDecision | None = None,
    last_day: date | None = None,
    enters: bool = True,
    now: datetime,
) -> ListingDecision:
    """Write a decision that has been checked; the caller has locked the institution.

    One that ``lifts`` another leaves what else is to come; ``last_day`` ends its entry, and
    without ``enters`` it has none: a later decision stands in its place already.
    """
    actor.require(Permission.KEEP_LISTINGS)
    decision = ListingDecision(
        institution_id=institution.id,
        former=former,
        state=state.value,
        reason=reason,
        document_no=document_no,
        effective_on=effective_on,
        ban_until=ban_until,
        case_id=case_id,
        lifts_id=lifts.id if lifts else None,
        decided_by=actor.the_account(),
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    if enters:
        _enter(session, decision, today=day_of(now), last_day=last_day)
        _await_its_day(session, decision, now)
    audit.record(
        session,
        actor,
        f"listing.{state.value}",
        now=now,
        object_type="institution",
        object_id=institution.id,
        reason=reason,
        detail={"decision": str(decision.id), "document": document_no, "former": former}
        | {"effective_on": effective_on.isoformat()}
        | ({"ban_until": ban_until.isoformat()} if ban_until else {})
        | ({"case": str(case_id)} if case_id else {})
        | ({"lifts": str(lifts.id)} if lifts else {}),
    )
    return decision


def _await_its_day(session: Session, decision: ListingDecision, now: datetime) -> None:
    begins = datetime.combine(decision.effective_on, time(), ZONE)
    queue.defer(
        session,
        "listing_in_force",
        key=str(decision.id),
        run_at=begins if begins > now else None,
        decision_id=decision.id,
    )


def _enter(
    session: Session, decision: ListingDecision, *, today: date, last_day: date | None
) -> None:
    """The decision's entry in the list, in the place of what was to come.

    One that lifts another takes the place of that one only.
    """
    entry = InstitutionListing
    standing = standing_after(ListingState(decision.state))
    overtaken = pending(decision.institution_id, today)
    if decision.lifts_id is not None:
        overtaken &= entry.decision_id == decision.lifts_id
    session.execute(delete(entry).where(overtaken))
    # A catalogue that is published already and comes into force later must not lift it.
    session.execute(
        update(entry)
        .where(
            entry.institution_id == decision.institution_id,
            entry.catalog_version_id.is_not(None),
            entry.effective_from >= decision.effective_on,
        )
        .values(status=standing)
    )
    session.add(
        entry(
            institution_id=decision.institution_id,
            decision_id=decision.id,
            status=standing,
            effective_from=decision.effective_on,
            effective_to=last_day,
            decision_doc=decision.document_no,
        )
    )
    session.flush()
