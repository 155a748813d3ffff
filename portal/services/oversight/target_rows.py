"""Parts of targets as officers set them: the last version of each, and all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import AnnualTarget, Institution
from portal.locale import t
from portal.policies.regions import child_regions
from portal.services.oversight.reach import place_name
from portal.services.oversight.target_lines import WHOLE_SPAN, Document, Line


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Whose part it is: a region's, or an institution's there; in a year, or in the whole span."""

    year: int
    region_code: str
    institution_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A version of a part, newest first in lists. ``exceeds_by`` 0: within the whole."""

    name: str
    amount: int
    reason: str
    at: datetime
    version_no: int
    exceeds_by: int


def current(
    session: Session, document: Document, line: Line, places: list[Place]
) -> dict[Place, AnnualTarget]:
    """The versions in force of these places."""
    regions = {one.region_code for one in places}
    years = {one.year for one in places}
    query = (
        select(AnnualTarget)
        .where(
            AnnualTarget.pack_id == document.pack_id,
            AnnualTarget.line == line.key,
            AnnualTarget.year.in_(years),
            AnnualTarget.region_code.in_(regions),
        )
        .order_by(AnnualTarget.version_no)
    )
    wanted = set(places)
    # Later versions come later, and replace.
    found = {Place(r.year, r.region_code, r.institution_id): r for r in session.scalars(query)}
    return {place: row for place, row in found.items() if place in wanted}


def siblings(
    session: Session, document: Document, line: Line, *, year: int, area: str
) -> dict[Place, int]:
    """What the parts of a place are in force: its regions and its institutions, and for the
    document's own region in its whole span also its years."""
    found: dict[Place, int] = {}
    regions = [Place(year, one.code) for one in child_regions(area)]
    for place, row in current(session, document, line, regions).items():
        found[place] = row.amount
    query = (
        select(AnnualTarget)
        .where(
            AnnualTarget.pack_id == document.pack_id,
            AnnualTarget.line == line.key,
            AnnualTarget.year == year,
            AnnualTarget.region_code == area,
            AnnualTarget.institution_id.is_not(None),
        )
        .order_by(AnnualTarget.version_no)
    )
    for row in session.scalars(query):
        found[Place(year, area, row.institution_id)] = row.amount
    if year == WHOLE_SPAN:
        found |= _of_document(session, line, area=area, is_root=area == document.region_code)
    return found


def years_of(session: Session, document: Document, line: Line) -> dict[Place, int]:
    """What each year of the document's own region is, by the document or by an officer."""
    places = [Place(year, document.region_code) for year in (*line.years, *line.later)]
    found = {place: row.amount for place, row in current(session, document, line, places).items()}
    told = {place: line.whole(place.year) for place in places}
    return found | {place: amount for place, amount in told.items() if amount is not None}


def _of_document(session: Session, line: Line, *, area: str, is_root: bool) -> dict[Place, int]:
    """The institutions that the document itself names, as far as they are on record here."""
    if not is_root or not line.of_institutions:
        return {}
    query = select(Institution.id, Institution.name).where(
        Institution.name.in_(line.of_institutions)
    )
    return {
        Place(WHOLE_SPAN, area, key): line.of_institutions[name]
        for key, name in session.execute(query).tuples()
    }


def amount_of(session: Session, document: Document, line: Line, place: Place) -> int | None:
    """What a place's number is: the document's own, else the officers', else None."""
    if place.institution_id is None and place.region_code == document.region_code:
        told = line.whole(place.year)
        if told is not None:
            return told
    row = current(session, document, line, [place]).get(place)
    return row.amount if row else None


def of_year(
    session: Session, known: Iterable[Document], *, area: str, year: int
) -> list[tuple[Document, Line, int]]:
    """Every line that has a number for a region in a year, in one question."""
    query = (
        select(AnnualTarget)
        .where(
            AnnualTarget.region_code == area,
            AnnualTarget.year == year,
            AnnualTarget.institution_id.is_(None),
        )
        .order_by(AnnualTarget.version_no)
    )
    put = {(row.pack_id, row.line): row.amount for row in session.scalars(query)}
    found = []
    for document in known:
        is_root = document.region_code == area
        for line in document.lines:
            told = line.whole(year) if is_root else None
            amount = put.get((document.pack_id, line.key)) if told is None else told
            if amount is not None:
                found.append((document, line, amount))
    return found


def changes(
    session: Session, document: Document, line: Line, *, year: int, area: str, limit: int = 30
) -> tuple[Change, ...]:
    """What was set for a place and its parts, newest first."""
    codes = [area, *(one.code for one in child_regions(area))]
    query = (
        select(AnnualTarget, Institution.name)
        .outerjoin(Institution, Institution.id == AnnualTarget.institution_id)
        .where(
            AnnualTarget.pack_id == document.pack_id,
            AnnualTarget.line == line.key,
            AnnualTarget.year == year,
            AnnualTarget.region_code.in_(codes),
            # Of the parts of this place: what a county made of its own is another page's.
            (AnnualTarget.region_code == area) | AnnualTarget.institution_id.is_(None),
        )
        .order_by(AnnualTarget.id.desc())
        .limit(limit)
    )
    return tuple(
        Change(
            name=school or place_name(row.region_code),
            amount=row.amount,
            reason=row.reason,
            at=row.set_at,
            version_no=row.version_no,
            exceeds_by=row.exceeds_by,
        )
        for row, school in session.execute(query).tuples()
    )


def next_version(session: Session, document: Document, line: Line, place: Place) -> int:
    """The number of the next version of a place; the caller holds the lock of its whole."""
    query = select(func.coalesce(func.max(AnnualTarget.version_no), 0) + 1).where(
        AnnualTarget.pack_id == document.pack_id,
        AnnualTarget.line == line.key,
        AnnualTarget.year == place.year,
        AnnualTarget.region_code == place.region_code,
        AnnualTarget.institution_id.is_not_distinct_from(place.institution_id),
    )
    return session.scalars(query).one()


def year_name(year: int) -> str:
    """2026年, or 全部年份 for the whole span."""
    if year == WHOLE_SPAN:
        return t("oversight.targets.whole_span")
    return t("oversight.period.year", year=year)
