"""Down from a region: its institutions, the classes of one, the sessions of a class."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceRecord,
    ClassTally,
    Inspection,
    Institution,
    SessionScore,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.policies.regions import region_name
from portal.services.oversight import figures
from portal.services.oversight.figures import Figures, Wanted
from portal.services.oversight.periods import Period, read_period
from portal.services.oversight.reach import chosen_area, class_within, place_name
from portal.services.paging import Page, bounds
from portal.services.scope import in_area, region_prefix
from portal.services.times import day_of

_SIZE = 20
CALLED_OFF = "cancelled"


@dataclass(frozen=True, slots=True)
class Taught:
    """An institution with its figures within an area."""

    id: UUID
    name: str
    region_name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class with its figures; ``overdue`` sessions ended and nobody has confirmed them."""

    id: UUID
    class_no: str
    title: str
    region_name: str
    starts_on: date
    ends_on: date
    status: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class OfInstitution:
    """An institution's own page of the overview; classes that were called off count nowhere."""

    id: UUID
    name: str
    area_name: str
    period: Period
    figures: Figures
    classes: Page[ClassLine]
    called_off: tuple[ClassLine, ...]


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session: how many were there of those on the sheet, once it is confirmed.

    ``scored``: its sign-ins can be read with their reasons (``risk_findings.one_session``);
    ``inspection_id`` is the latest head count in its room.
    """

    id: UUID
    seq_no: int
    starts_at: datetime
    ends_at: datetime
    topic: str
    hours: int
    confirmed_at: datetime | None
    overdue: bool
    on_sheet: int
    present: int
    hours_credited: int
    scored: bool
    inspection_id: UUID | None


@dataclass(frozen=True, slots=True)
class OfClass:
    """A class's own page of the overview."""

    line: ClassLine
    institution_id: UUID
    institution_name: str
    sessions: tuple[SessionLine, ...]


def institutions(
    session: Session,
    actor: Actor,
    *,
    area: str = "",
    period: str = "",
    plan_id: UUID | None = None,
    page: int = 1,
    now: datetime,
) -> Page[Taught]:
    """Institutions that taught in the area in the period, by region and name (R51)."""
    wanted = Wanted(chosen_area(actor, area), read_period(period, today=day_of(now)), plan_id)
    limit, offset = bounds(page, _SIZE)
    given = wanted.parameters() | {"limit": limit, "offset": offset}
    rows = session.execute(_INSTITUTIONS, given).all()
    found = tuple(
        Taught(
            row.id,
            row.name,
            region_name(row.region_code),
            Figures(
                **{key: int(value or 0) for key, value in row._mapping.items() if key in _SUMMED}
            ),
        )
        for row in rows
    )
    total = session.scalar(_HOW_MANY, given) or 0
    return Page(found, offset // limit + 1, limit, total)


def institution(
    session: Session,
    actor: Actor,
    *,
    institution_id: UUID,
    area: str = "",
    period: str = "",
    page: int = 1,
    now: datetime,
) -> OfInstitution:
    """An institution's figures within the area, and its classes there. Raises NotFound."""
    code = chosen_area(actor, area)
    wanted = Wanted(code, read_period(period, today=day_of(now)), institution_id=institution_id)
    name = session.scalar(select(Institution.name).where(Institution.id == institution_id))
    found, _ = figures.sums(session, wanted, now=now)
    classes = _classes(session, wanted, page)
    called_off = _called_off(session, wanted)
    # Whoever never taught here is none of the actor's business.
    if name is None or not (classes.total or called_off):
        raise NotFound
    return OfInstitution(
        institution_id, name, place_name(code), wanted.period, found[None], classes, called_off
    )


def training_class(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> OfClass:
    """A class and its sessions; no name of anybody who learns. Raises NotFound.

    One that was called off is counted nowhere, and its sessions are none.
    """
    chosen_area(actor, "")
    made = class_within(session, actor, class_id)
    row = session.get(ClassTally, class_id)
    is_off = made.status == CALLED_OFF
    if row is None and not is_off:
        raise NotFound
    name = session.get_one(Institution, made.institution_id).name
    sessions = () if is_off else _sessions(session, class_id, now)
    return OfClass(_line(made, row), made.institution_id, name, sessions)


_SUMMED = (
    "classes", "seats", "person_times", "people", "completed", "employed", "certificates",
    "hours_due", "hours_credited",
)  # fmt: skip
_INSTITUTIONS = text(f"""
WITH counted AS (
    SELECT institution_id, count(*) AS classes, sum(seats) AS seats,
           sum(person_times) AS person_times, sum(completed) AS completed,
           sum(employed) AS employed, sum(hours_due) AS hours_due,
           sum(hours_credited) AS hours_credited, array_agg(class_id) AS ids
      FROM class_tally WHERE {figures.WHERE} GROUP BY institution_id
), shown AS MATERIALIZED (
    SELECT i.id, i.name, i.region_code, c.* FROM counted c
      JOIN institution i ON i.id = c.institution_id
     ORDER BY i.region_code, i.name LIMIT :limit OFFSET :offset
)
SELECT s.*, (SELECT count(DISTINCT m.person_no) FROM class_member m
              WHERE m.class_id = ANY(s.ids)) AS people,
       (SELECT sum(o.certificates) FROM class_outcome o
         WHERE o.institution_id = s.id AND o.class_id = ANY(s.ids)
           AND o.quarter BETWEEN :first AND :last) AS certificates
  FROM shown s ORDER BY s.region_code, s.name
""")  # noqa: S608
_HOW_MANY = text(f"SELECT count(DISTINCT institution_id) FROM class_tally WHERE {figures.WHERE}")  # noqa: S608


def _classes(session: Session, wanted: Wanted, page: int) -> Page[ClassLine]:
    limit, offset = bounds(page, _SIZE)
    inside = (
        ClassTally.institution_id == wanted.institution_id,
        ClassTally.quarter.between(wanted.period.first, wanted.period.last),
        ClassTally.region_code.startswith(region_prefix(wanted.area), autoescape=True),
    )
    query = (
        select(TrainingClass, ClassTally)
        .join(ClassTally, ClassTally.class_id == TrainingClass.id)
        .where(*inside)
        .order_by(ClassTally.starts_on.desc(), ClassTally.class_id)
    )
    rows = session.execute(query.limit(limit).offset(offset)).tuples()
    found = tuple(_line(made, row) for made, row in rows)
    total = session.scalar(select(func.count()).select_from(ClassTally).where(*inside)) or 0
    return Page(found, offset // limit + 1, limit, total)


def _called_off(session: Session, wanted: Wanted) -> tuple[ClassLine, ...]:
    """What was planned for the period and does not take place, the latest first."""
    starts, ends = wanted.period.days
    query = select(TrainingClass).where(
        TrainingClass.institution_id == wanted.institution_id,
        TrainingClass.status == CALLED_OFF,
        TrainingClass.starts_on.between(starts, ends),
        in_area(wanted.area),
    )
    found = session.scalars(
        query.order_by(TrainingClass.starts_on.desc(), TrainingClass.id).limit(_SIZE)
    )
    return tuple(_line(made, None) for made in found)


def _line(made: TrainingClass, row: ClassTally | None) -> ClassLine:
    return ClassLine(
        id=made.id,
        class_no=made.class_no,
        title=made.title,
        region_name=region_name(made.region_code),
        starts_on=made.starts_on,
        ends_on=made.ends_on,
        status=made.status,
        figures=_figures(row) if row else Figures(),
    )


def _figures(row: ClassTally) -> Figures:
    return Figures(
        classes=1,
        seats=row.seats,
        person_times=row.person_times,
        # Within one class everybody stands once.
        people=row.person_times,
        completed=row.completed,
        employed=row.employed,
        sessions=row.sessions,
        sessions_confirmed=row.sessions_confirmed,
        hours_due=row.hours_due,
        hours_credited=row.hours_credited,
    )


def _sessions(session: Session, class_id: UUID, now: datetime) -> tuple[SessionLine, ...]:
    there = AttendanceRecord.state.in_(("present", "late", "early_leave", "makeup"))
    scored = exists().where(SessionScore.session_id == TrainingSession.id)
    counted = (
        select(Inspection.id)
        .where(Inspection.session_id == TrainingSession.id, Inspection.counted_at.is_not(None))
        .order_by(Inspection.counted_at.desc())
        .limit(1)
    )
    query = (
        select(
            TrainingSession,
            scored,
            counted.scalar_subquery(),
            func.count(AttendanceRecord.id),
            func.count(AttendanceRecord.id).filter(there),
            func.coalesce(func.sum(AttendanceRecord.credited_hours), 0),
        )
        .outerjoin(AttendanceRecord, AttendanceRecord.session_id == TrainingSession.id)
        .where(TrainingSession.class_id == class_id)
        .group_by(TrainingSession.id)
        .order_by(TrainingSession.seq_no)
    )
    rows = session.execute(query).tuples()
    return tuple(
        SessionLine(
            id=one.id,
            seq_no=one.seq_no,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            topic=one.topic,
            hours=one.hours,
            confirmed_at=one.confirmed_at,
            overdue=one.confirmed_at is None and one.sign_out_until < now,
            on_sheet=on_sheet,
            present=present,
            hours_credited=int(credited),
            scored=has_score,
            inspection_id=inspection_id,
        )
        for one, has_score, inspection_id, on_sheet, present, credited in rows
    )
