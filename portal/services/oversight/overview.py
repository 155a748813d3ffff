"""The authority's first page: its region in a year or quarter, part by part and plan by plan.

Answered from the tallies, so that it takes as long for three million enrolments as for three;
``as_of`` says as of when, ``waiting`` how many classes have changed since.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import ClassTally, PolicyPack, TallyState, TrainingPlan
from portal.domain.permissions import Actor
from portal.services.oversight import figures, target_rows
from portal.services.oversight.figures import Figures, Fund, Wanted
from portal.services.oversight.periods import Period, offered, read_period
from portal.services.oversight.reach import chosen_area, place_name, way_to
from portal.services.oversight.target_lines import documents, natural
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the area with its figures; ``code`` leads further down."""

    code: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class PlanPart:
    """A plan with its figures in the area and period."""

    plan_id: UUID
    plan_no: str
    name: str
    pack_id: str
    pack_title: str
    figures: Figures
    target: int | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """As of when the tallies are (None: never counted), and how many classes changed since."""

    as_of: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Goal:
    """What the area is to reach in the year, over all plans, in person-times."""

    pack_id: str
    title: str
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of an area. ``way`` leads down to it from the actor's own region; targets are
    those of a whole year, a quarter has none."""

    area: str
    name: str
    way: tuple[tuple[str, str], ...]
    period: Period
    periods: tuple[Period, ...]
    total: Figures
    parts: tuple[Part, ...]
    plans: tuple[PlanPart, ...]
    plan_name: str
    goals: tuple[Goal, ...]
    funds: tuple[Fund, ...]
    freshness: Freshness


def overview(
    session: Session,
    actor: Actor,
    *,
    area: str = "",
    period: str = "",
    plan_id: UUID | None = None,
    now: datetime,
) -> Overview:
    """Figures of the actor's region or a part of it, in this year unless told otherwise.

    For officers and auditors. Raises Forbidden for a place outside, BadInput (period), NotFound.
    """
    code = chosen_area(actor, area)
    today = day_of(now)
    wanted = Wanted(code, read_period(period, today=today), plan_id)
    found, funds = figures.sums(session, wanted, now=now)
    total = found.pop(None)
    parts = {key: one for key, one in found.items() if isinstance(key, str)}
    plans = {key: one for key, one in found.items() if isinstance(key, UUID)}
    of_lines, goals = _targets(session, wanted, today.year)
    named = _plans(session, plans, of_lines)
    return Overview(
        area=code,
        name=place_name(code),
        way=way_to(actor, code),
        period=wanted.period,
        periods=offered(today, earliest=_earliest(session)),
        total=total,
        parts=tuple(Part(key, place_name(key), parts[key]) for key in sorted(parts) if key != code),
        plans=named,
        plan_name=next((one.name for one in named if one.plan_id == plan_id), ""),
        goals=goals,
        funds=funds,
        freshness=freshness(session),
    )


def freshness(session: Session) -> Freshness:
    """As of when the tallies are."""
    waiting = session.scalar(_WAITING) or 0
    return Freshness(session.scalar(select(TallyState.as_of)), waiting)


# Counted to a limit: after an import there may be a hundred thousand of them.
_WAITING = text("""
SELECT count(DISTINCT coalesce(class_id, person_id, programme_id))
  FROM (SELECT class_id, person_id, programme_id FROM class_change LIMIT 10000) AS changes
""")


def _earliest(session: Session) -> int | None:
    quarter = session.scalar(select(func.min(ClassTally.quarter)))
    return quarter // 10 if quarter else None


def _targets(
    session: Session, wanted: Wanted, this_year: int
) -> tuple[dict[tuple[str, str], int], tuple[Goal, ...]]:
    """What the plans are to reach by pack and number, and what all of them together are."""
    if not wanted.period.is_year or wanted.plan_id is not None:
        return {}, ()
    plans, goals = {}, []
    known = documents(session, this_year=this_year)
    found = target_rows.of_year(session, known, area=wanted.area, year=wanted.period.year)
    for document, line, amount in found:
        if line.plan_no:
            plans[document.pack_id, line.plan_no] = amount
        elif line.measure == "training" and not line.group_codes:
            goals.append(Goal(document.pack_id, document.short_title, line.name, amount))
    return plans, tuple(goals)


def _plans(
    session: Session, counted: dict[UUID, Figures], targets: dict[tuple[str, str], int]
) -> tuple[PlanPart, ...]:
    query = (
        select(
            TrainingPlan.id,
            TrainingPlan.plan_no,
            TrainingPlan.name,
            PolicyPack.id,
            PolicyPack.title,
        )
        .join(PolicyPack, PolicyPack.id == TrainingPlan.pack_id)
        .where(TrainingPlan.id.in_(counted))
    )
    rows = [
        PlanPart(key, number, name, pack_id, title, counted[key], targets.get((pack_id, number)))
        for key, number, name, pack_id, title in session.execute(query).tuples()
    ]
    return tuple(sorted(rows, key=lambda one: (one.pack_title, natural(one.plan_no))))
