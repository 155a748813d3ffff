"""What the authority sees of its region: counts, plans against targets, institutions.

An officer of 650400 sees 6504 and nothing else. Person-times (人次) and people (人) are counted
apart: somebody who takes two courses is two person-times and one person, in any sum.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    Certificate,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies.regions import NATIONAL, region_name
from portal.services.scope import REAL_CLASS, group_width, in_area, the_area
from portal.services.supervision_plans import PackProgress, pack_progress
from portal.services.teaching import ON_ROSTER
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class RegionCount:
    """The figures of one region. Classes are before, in or after their days of teaching;
    an overdue session has ended, sign-out included, and its sheet is not confirmed."""

    region_code: str
    region_name: str
    classes_open: int = 0
    classes_running: int = 0
    classes_finished: int = 0
    person_times: int = 0
    people: int = 0
    sessions_confirmed: int = 0
    sessions_overdue: int = 0
    certificates: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """The authority's first page. ``total`` counts everybody once over all regions."""

    region_name: str
    total: RegionCount
    regions: tuple[RegionCount, ...]
    packs: tuple[PackProgress, ...]


def overview(session: Session, actor: Actor, *, now: datetime) -> Overview:
    """Figures of the actor's region, part by part. For officers and auditors."""
    area = the_area(actor)
    name = area_name(session, actor)
    counts = _counts(session, area, now)
    total = RegionCount(area, name, **_sums(counts.values()) | _people(session, area))
    regions = tuple(RegionCount(code, region_name(code), **counts[code]) for code in sorted(counts))
    return Overview(name, total, regions, pack_progress(session, area))


def area_name(session: Session, actor: Actor) -> str:
    """The name of the region that the actor oversees. For officers and auditors."""
    area = the_area(actor)
    return t("admin.whole_country") if area == NATIONAL else region_name(area)


def _counts(session: Session, area: str, now: datetime) -> dict[str, dict[str, int]]:
    """Figures by the code of the region's parts."""
    part = func.rpad(func.left(TrainingClass.region_code, group_width(area)), 6, "0")
    found: dict[str, dict[str, int]] = {}
    for query in (_classes(now), _enrolments(), _sessions(now), _certificates()):
        # By name: the same expression with its parameters bound twice would be another one.
        scoped = query.add_columns(part.label("part")).where(in_area(area)).group_by(text("part"))
        for row in session.execute(scoped).mappings():
            figures = {name: value for name, value in row.items() if name != "part"}
            found.setdefault(row["part"], {}).update(figures)
    return found


def _classes(now: datetime) -> Any:
    over = TrainingClass.status.in_(("finished", "closed"))
    begun = TrainingClass.starts_on <= day_of(now)
    return select(
        func.count().filter(~over, ~begun).label("classes_open"),
        func.count().filter(~over, begun).label("classes_running"),
        func.count().filter(over).label("classes_finished"),
    ).where(REAL_CLASS)


def _enrolments() -> Any:
    return (
        select(
            func.count().label("person_times"),
            func.count(Enrolment.person_id.distinct()).label("people"),
        )
        .join_from(TrainingClass, Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(REAL_CLASS, Enrolment.status.in_(ON_ROSTER))
    )


def _sessions(now: datetime) -> Any:
    confirmed = TrainingSession.confirmed_at.is_not(None)
    return (
        select(
            func.count().filter(confirmed).label("sessions_confirmed"),
            func.count()
            .filter(~confirmed, TrainingSession.sign_out_until < now)
            .label("sessions_overdue"),
        )
        .join_from(TrainingClass, TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .where(REAL_CLASS)
    )


def _certificates() -> Any:
    return (
        select(func.count().label("certificates"))
        .join_from(TrainingClass, Enrolment, Enrolment.class_id == TrainingClass.id)
        .join(Certificate, Certificate.enrolment_id == Enrolment.id)
        .where(Certificate.status == "issued")
    )


def _sums(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    names = [field.name for field in fields(RegionCount) if field.type in (int, "int")]
    listed = list(counts)
    return {name: sum(count.get(name, 0) for count in listed) for name in names}


def _people(session: Session, area: str) -> dict[str, int]:
    row = session.execute(_enrolments().where(in_area(area))).one()
    return {"people": row.people}
