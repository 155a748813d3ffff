"""Claims of an institution that is suspended or removed wait, until somebody lets one go on."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClaimRelease, InstitutionListing, ListingDecision, SubsidyClaim
from portal.domain.errors import NotFound
from portal.domain.listing_errors import ClaimHeld
from portal.domain.listing_states import STOPPED
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.listing import listing_of
from portal.services.listings.decisions import clean_document
from portal.services.listings.reach import institution_of
from portal.services.reasons import clean_reason
from portal.services.times import day_of

_STOPPED = frozenset(state.value for state in STOPPED)


def stops(session: Session, institution_id: UUID, *, today: date) -> bool:
    """Whether what was asked of the fund for an institution waits."""
    return listing_of(session, institution_id, today=today).standing in _STOPPED


def require_free(session: Session, claim: SubsidyClaim, *, today: date) -> None:
    """Raise ClaimHeld while a claim waits: its payee is off, and nobody let it go on since."""
    payee = claim.payee_institution_id
    if payee is None or not stops(session, payee, today=today):
        return
    since = session.scalar(
        select(ListingDecision.decided_at)
        .join(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
        .where(
            ListingDecision.institution_id == payee,
            ListingDecision.effective_on <= today,
        )
        .order_by(ListingDecision.effective_on.desc(), ListingDecision.id.desc())
        .limit(1)
    )
    released = select(ClaimRelease.id).where(ClaimRelease.claim_id == claim.id)
    if since is not None:
        # Let go on under one decision, it waits again under the next.
        released = released.where(ClaimRelease.at >= since)
    if session.scalar(released.limit(1)) is None:
        raise ClaimHeld


def release(
    session: Session,
    actor: Actor,
    *,
    claim_id: UUID,
    reason: str,
    document_no: str,
    now: datetime,
) -> None:
    """Let a claim go on although its payee is off. Raises NotFound, BadInput.

    What was taught rightly is paid rightly; who releases writes why, and by which paper.
    """
    actor.require(Permission.KEEP_LISTINGS)
    claim = session.get(SubsidyClaim, claim_id, with_for_update=True)
    if claim is None or claim.payee_institution_id is None:
        raise NotFound
    institution_of(session, actor, claim.payee_institution_id)
    told = clean_reason(reason, shortest=4)
    if not stops(session, claim.payee_institution_id, today=day_of(now)):
        raise NotFound
    session.add(
        ClaimRelease(
            claim_id=claim.id,
            reason=told,
            document_no=clean_document(document_no),
            released_by=actor.the_account(),
            at=now,
        )
    )
    audit.record(
        session,
        actor,
        "listing.release_claim",
        now=now,
        object_type="subsidy_claim",
        object_id=claim.id,
        reason=told,
    )
