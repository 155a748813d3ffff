"""Whether an institution stands on the list: its latest listing in effect decides.

Removed or suspended, it takes nobody new and its classes are not offered, while those enrolled
already may finish (reference A5, C4 no. 15).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Institution, InstitutionListing
from portal.locale import has, t
from portal.policies import reference

Standing = Literal["listed", "warning", "suspended", "removed", "lapsed", "unlisted"]
LISTED = ("listed", "warning")

# For a WITH clause; needs :today. Asked for each row of a search, so it is one set, built once.
LISTED_CTE = """listed AS MATERIALIZED (
    SELECT institution_id FROM (
        SELECT DISTINCT ON (institution_id) institution_id, status, effective_to
          FROM institution_listing WHERE effective_from <= :today
         ORDER BY institution_id, effective_from DESC, id DESC) latest
     WHERE status IN ('listed', 'warning') AND COALESCE(effective_to >= :today, TRUE))"""


@dataclass(frozen=True, slots=True)
class ListingView:
    """How an institution stands; ``lapsed`` is a listing past its last day."""

    standing: Standing
    since: date | None = None
    until: date | None = None
    decision_doc: str = ""

    @property
    def takes_trainees(self) -> bool:
        """Whether its classes may be offered."""
        return self.standing in LISTED


def listing_of(session: Session, institution_id: UUID, *, today: date) -> ListingView:
    """The standing of one institution on a day."""
    return listings_of(session, [institution_id], today=today)[institution_id]


def listings_of(session: Session, ids: Collection[UUID], *, today: date) -> dict[UUID, ListingView]:
    """The standing of each of these institutions on a day."""
    entry = InstitutionListing
    rows = session.scalars(
        select(entry)
        .distinct(entry.institution_id)
        .where(entry.institution_id.in_(ids), entry.effective_from <= today)
        .order_by(entry.institution_id, entry.effective_from.desc(), entry.id.desc())
    )
    found = {row.institution_id: _view(row, today) for row in rows}
    return {key: found.get(key, ListingView("unlisted")) for key in ids}


def _view(row: InstitutionListing, today: date) -> ListingView:
    over = row.status in LISTED and row.effective_to is not None and row.effective_to < today
    standing: Standing = "lapsed" if over else row.status  # type: ignore[assignment]
    return ListingView(standing, row.effective_from, row.effective_to, row.decision_doc)


@dataclass(frozen=True)
class InstitutionCard:
    """An institution in a list or beside a class."""

    id: str
    name: str
    kind: str
    kind_name: str
    ownership_name: str
    region_code: str
    region_name: str
    address: str
    contact_phone: str
    scope: tuple[str, ...]
    standing: Standing
    standing_text: str


def institution_card(institution: Institution, listing: ListingView) -> InstitutionCard:
    """What everybody may know of an institution."""
    return InstitutionCard(
        id=str(institution.id),
        name=institution.name,
        kind=institution.kind,
        kind_name=kind_name(institution.kind),
        ownership_name=t(f"institutions.{institution.ownership}"),
        region_code=institution.region_code,
        region_name=reference.local_name(institution.region_code),
        address=institution.address,
        contact_phone=institution.contact_phone,
        scope=tuple(institution.scope),
        standing=listing.standing,
        standing_text=t(f"institutions.standing.{listing.standing}"),
    )


def kind_name(kind: str) -> str:
    """What people call this kind of institution (reference A5); the code when it has no name."""
    key = f"institutions.kind.{kind}"
    return t(key) if has(key) else kind
