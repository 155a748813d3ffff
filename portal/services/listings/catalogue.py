"""What a catalogue that is published may not change: a suspension, a removal, a ban (M15).

Only a decision lifts them; a sheet that was copied from last year's must not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db.models import Institution, InstitutionListing, ListingDecision
from portal.domain.listing_states import HELD

entry = InstitutionListing


@dataclass(frozen=True, slots=True)
class Removed:
    """An institution that a catalogue may not bring back, by which paper, banned until when."""

    document: str
    ban_until: date | None


def removed(session: Session, codes: Collection[str]) -> dict[str, Removed]:
    """Which of these institutions (by USCC) are removed now, or will be."""
    latest = (
        select(Institution.uscc, entry.status, entry.decision_doc, ListingDecision.ban_until)
        .distinct(entry.institution_id)
        .join(Institution, Institution.id == entry.institution_id)
        .outerjoin(ListingDecision, ListingDecision.id == entry.decision_id)
        .where(Institution.uscc.in_(codes))
        .order_by(entry.institution_id, entry.effective_from.desc(), entry.id.desc())
    )
    rows = session.execute(latest).all()
    return {code: Removed(paper, ban) for code, status, paper, ban in rows if status == "removed"}


def held(session: Session, ids: Collection[UUID], *, on: date) -> dict[UUID, str]:
    """The standing that institutions keep whatever a catalogue of that day says of them."""
    rows = session.execute(
        select(entry.institution_id, entry.status)
        .distinct(entry.institution_id)
        .where(entry.institution_id.in_(ids), entry.effective_from <= on)
        .order_by(entry.institution_id, entry.effective_from.desc(), entry.id.desc())
    )
    return {key: status for key, status in rows if status in HELD}


def end_decided(session: Session, former: UUID, *, last_day: date) -> None:
    """Entries by decisions end with the catalogue that their institutions stood in.

    Whoever the new one leaves out is not listed any more, whatever was decided before.
    """
    stood = select(entry.institution_id).where(entry.catalog_version_id == former)
    session.execute(
        update(entry)
        .where(
            entry.decision_id.is_not(None),
            entry.effective_to.is_(None),
            entry.effective_from <= last_day,
            entry.institution_id.in_(stood),
        )
        .values(effective_to=last_day)
        .execution_options(synchronize_session=False)
    )
