"""What the wizard offers to choose from, and the week that a programme needs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    CatalogVersion,
    Institution,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.domain.errors import BadInput
from portal.domain.weekly_plan import Block, SkippedDay, WeeklyPattern, plan_weeks
from portal.policies import reference
from portal.policies.reach import reach_of
from portal.services import rule_book
from portal.services.catalogue.cards import level_name
from portal.services.opening.content import Content, Pattern, Span
from portal.services.scope import region_prefix
from portal.services.supplements.base import PROGRAMME_KINDS
from portal.services.times import ZONE, day_of

_MOST_PROGRAMMES = 400
_MOST_ROOMS = 20


@dataclass(frozen=True, slots=True)
class ProgrammeChoice:
    """An entry of the catalogue in force; hours in 课时. ``in_scope``: the institution's words
    name it."""

    id: UUID
    title: str
    level: str
    hours: int
    theory_hours: int
    practice_hours: int
    certificate_kind: str
    plan: str
    in_scope: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the institution has taught before."""

    region_code: str
    site: str
    room: str
    address: str


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """A region to teach in."""

    code: str
    name: str


def regions(home: str) -> tuple[RegionChoice, ...]:
    """Where an institution of a region may open a class: at home, or in a county of its own
    prefecture or province, since schools send their classes down to the villages."""
    prefix = region_prefix(home)[:4]
    # Places numbered 90 answer to their province alone, and not to each other (GB/T 2260).
    if not prefix or prefix[2:] == "90":
        return (_region(home),)
    inside = [
        _region(one.code)
        for one in reference.regions()
        if one.code not in reference.ancestors(home)
        and one.code.startswith(prefix)
        and not reference.child_regions(one.code)
    ]
    return (_region(home), *inside)


def _region(code: str) -> RegionChoice:
    return RegionChoice(code, reference.local_name(code))


def programmes(
    session: Session, institution: Institution, region_code: str, *, now: datetime
) -> tuple[ProgrammeChoice, ...]:
    """The entries in force that reach the region, those of the institution's scope first; of a
    supplement only what the province accepted (R52)."""
    today = day_of(now)
    query = (
        select(TrainingProgramme, TrainingPlan.name)
        .join(CatalogVersion, CatalogVersion.id == TrainingProgramme.catalog_version_id)
        .join(TrainingPlan, TrainingPlan.id == TrainingProgramme.plan_id)
        .where(
            CatalogVersion.kind.in_(PROGRAMME_KINDS),
            CatalogVersion.status == "published",
            CatalogVersion.effective_from <= today,
            or_(CatalogVersion.effective_to.is_(None), CatalogVersion.effective_to >= today),
            CatalogVersion.region_code.in_(reach_of(region_code)),
            or_(TrainingProgramme.filing.is_(None), TrainingProgramme.filing == "accepted"),
        )
        .order_by(TrainingProgramme.code)
        .limit(_MOST_PROGRAMMES)
    )
    found = [_programme(row, plan, institution) for row, plan in session.execute(query)]
    return tuple(sorted(found, key=lambda one: not one.in_scope))


def _programme(row: TrainingProgramme, plan: str, institution: Institution) -> ProgrammeChoice:
    return ProgrammeChoice(
        id=row.id,
        title=row.title,
        level=level_name(row.level),
        hours=row.planned_hours,
        theory_hours=row.theory_hours,
        practice_hours=row.practice_hours,
        certificate_kind=row.certificate_kind,
        plan=plan,
        in_scope=any(word in row.title or row.title in word for word in institution.scope),
    )


def usual_spans(session: Session, region_code: str, now: datetime) -> tuple[Span, ...]:
    """When a region teaches: Turpan 9:30 to 13:30 and 16:30 to 20:00, Beijing time (B11.4)."""
    book = rule_book.book_for(session, region_code, day_of(now))
    for pack in book.packs:
        return tuple(Span(starts=one.starts, ends=one.ends) for one in pack.pack.hours.blocks)
    return ()


def rooms(session: Session, institution_id: UUID) -> tuple[Place, ...]:
    """Where the institution taught last, each place once."""
    spot = TrainingClass
    place = (spot.region_code, spot.site, TrainingSession.room, spot.address)
    query = (
        select(*place)
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .where(TrainingClass.institution_id == institution_id, TrainingSession.room != "")
        .group_by(*place)
        .order_by(*place)
        .limit(_MOST_ROOMS)
    )
    return tuple(Place(*row) for row in session.execute(query))


def week_of(session: Session, content: Content, pattern: Pattern) -> WeeklyPattern:
    """The week with the hours of the chosen programme; raises BadInput without one."""
    key = content.what.programme_id
    programme = session.get(TrainingProgramme, key) if key else None
    if programme is None:
        raise BadInput("programme_id", "opening.pattern.programme_first")
    return WeeklyPattern(
        first_day=pattern.first_day,
        weekdays=frozenset(pattern.weekdays),
        blocks=tuple(Block(one.starts, one.ends) for one in pattern.spans),
        theory_hours=programme.theory_hours,
        practice_hours=programme.planned_hours - programme.theory_hours,
        hours_per_day=pattern.hours_per_day,
        on_holidays=pattern.on_holidays,
        on_swapped=pattern.on_swapped,
    )


def skipped(session: Session, content: Content) -> tuple[SkippedDay, ...]:
    """The days that the week would have but for a holiday or 调休."""
    pattern = content.when.pattern
    if pattern is None:
        return ()
    try:
        return plan_weeks(week_of(session, content, pattern), tz=ZONE).skipped
    except BadInput:
        # The programme was changed since: the checks say so.
        return ()
