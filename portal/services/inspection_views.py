"""Inspections as officers and auditors read them, and an institution's cards of a year."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Inspection,
    Institution,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.domain.inspection import CardLines, percent_of, weighs
from portal.domain.permissions import Actor
from portal.services import inspection_counts
from portal.services.paging import Page, bounds
from portal.services.scope import in_area, the_area
from portal.services.times import ZONE, day_of, span_text


@dataclass(frozen=True, slots=True)
class RunningSession:
    """A lesson that somebody may walk into now. ``begun`` is the officer's own inspection of it
    that waits for its count."""

    session_id: UUID
    class_no: str
    title: str
    institution_name: str
    place: str
    when: str
    begun: UUID | None


@dataclass(frozen=True, slots=True)
class YearOfCards:
    """An institution's inspections of a calendar year. ``weighs``: elsewhere so many cards cost
    the claims of the year (reference B11.1)."""

    year: int
    inspected: int
    yellow: int
    red: int
    weighs: bool


@dataclass(frozen=True, slots=True)
class InspectionView:
    """One inspection. Until it is counted ``sheet_count``, ``roster_count``, ``percent``, ``card``
    and ``year`` are None, and so is ``heads``.

    ``mine``: the reader began it. ``can_count`` until the lesson ends. ``lines`` are the region's.
    """

    inspection_id: UUID
    session_id: UUID
    institution_id: UUID
    class_no: str
    title: str
    institution_name: str
    place: str
    when: str
    officer: str
    opened_at: datetime
    mine: bool
    can_count: bool
    counted_at: datetime | None
    heads: int | None
    sheet_count: int | None
    roster_count: int | None
    percent: int | None
    card: str | None
    lines: CardLines
    note: str
    year: YearOfCards | None


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """A counted inspection in a list."""

    inspection_id: UUID
    institution_id: UUID
    title: str
    institution_name: str
    when: str
    heads: int
    sheet_count: int
    percent: int | None
    card: str


def place_of(meeting: TrainingSession, made: TrainingClass) -> str:
    """Where one has to go: address, site and room, each once."""
    parts = dict.fromkeys(part for part in (made.address, made.site, meeting.room) if part)
    return " · ".join(parts)


def running_session(
    meeting: TrainingSession, made: TrainingClass, of: Institution, begun: UUID | None
) -> RunningSession:
    """A row of the list at the door."""
    return RunningSession(
        session_id=meeting.id,
        class_no=made.class_no,
        title=made.title,
        institution_name=of.name,
        place=place_of(meeting, made),
        when=span_text(meeting.starts_at, meeting.ends_at),
        begun=begun,
    )


def view_of(
    session: Session,
    actor: Actor,
    found: Inspection,
    meeting: TrainingSession,
    made: TrainingClass,
    now: datetime,
) -> InspectionView:
    """An inspection already authorized."""
    counted = found.counted_at is not None
    mine = found.officer_account_id == actor.account_id
    name = session.get_one(Institution, made.institution_id).name
    year = day_of(found.opened_at).year
    lines = inspection_counts.lines_for(session, made)
    return InspectionView(
        inspection_id=found.id,
        session_id=meeting.id,
        institution_id=made.institution_id,
        class_no=made.class_no,
        title=made.title,
        institution_name=name,
        place=place_of(meeting, made),
        when=span_text(meeting.starts_at, meeting.ends_at),
        officer=_officer(session, found.officer_account_id),
        opened_at=found.opened_at,
        mine=mine,
        can_count=mine and not counted and now < meeting.ends_at,
        counted_at=found.counted_at,
        heads=found.head_count,
        sheet_count=found.sheet_count if counted else None,
        roster_count=found.roster_count if counted else None,
        percent=percent_of(found.head_count or 0, found.sheet_count or 0) if counted else None,
        card=found.card,
        lines=lines,
        note=found.note,
        year=year_of(session, made.institution_id, year, lines) if counted else None,
    )


def year_of(session: Session, institution_id: UUID, year: int, lines: CardLines) -> YearOfCards:
    """An institution's cards of a year; of several counts of one lesson the last one stands."""
    at_home = func.timezone(str(ZONE), Inspection.counted_at)
    counted = (
        select(Inspection.card)
        .distinct(Inspection.session_id)
        .join(TrainingSession, TrainingSession.id == Inspection.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingClass.institution_id == institution_id,
            Inspection.counted_at.is_not(None),
            extract("year", at_home) == year,
        )
        .order_by(Inspection.session_id, Inspection.counted_at.desc())
    )
    cards = Counter(session.scalars(counted))
    return YearOfCards(
        year=year,
        inspected=sum(cards.values()),
        yellow=cards["yellow"],
        red=cards["red"],
        weighs=weighs(cards["yellow"], cards["red"], lines),
    )


def past(
    session: Session,
    actor: Actor,
    *,
    institution_id: UUID | None = None,
    page: int = 1,
    size: int = 10,
    now: datetime,
) -> Page[InspectionRow]:
    """Counted inspections of the region, or of one institution in it, the latest first."""
    area = the_area(actor)
    query = (
        select(Inspection, TrainingSession, TrainingClass, Institution)
        .join(TrainingSession, TrainingSession.id == Inspection.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(in_area(area), Inspection.counted_at.is_not(None))
    )
    if institution_id is not None:
        query = query.where(TrainingClass.institution_id == institution_id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    limit, offset = bounds(page, size)
    latest = query.order_by(Inspection.counted_at.desc(), Inspection.id.desc())
    rows = session.execute(latest.limit(limit).offset(offset)).all()
    return Page(tuple(_row(*row) for row in rows), offset // limit + 1, limit, total)


def _row(
    found: Inspection, meeting: TrainingSession, made: TrainingClass, of: Any
) -> InspectionRow:
    heads, sheet = found.head_count or 0, found.sheet_count or 0
    return InspectionRow(
        inspection_id=found.id,
        institution_id=of.id,
        title=made.title,
        institution_name=of.name,
        when=span_text(meeting.starts_at, meeting.ends_at),
        heads=heads,
        sheet_count=sheet,
        percent=percent_of(heads, sheet),
        card=found.card or "none",
    )


def _officer(session: Session, account_id: UUID) -> str:
    query = select(Person.name).join(Account, Account.person_id == Person.id)
    return session.scalar(query.where(Account.id == account_id)) or ""
