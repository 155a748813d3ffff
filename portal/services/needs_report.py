"""The sum of what people would like to learn and find no class for, for the authority (R56).

Counts of people only, never names. An officer plans by small numbers as well; whoever only looks
on reads none that could mean somebody: a village knows its one barber.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies import reference
from portal.policies.regions import NATIONAL
from portal.services import audit
from portal.services.need_terms import skill_name
from portal.services.scope import group_width, region_prefix, the_area
from portal.services.times import day_of

# Below this a count may mean somebody whom the reader knows.
SMALLEST = 5
_ROUNDED_TO = 10
MONTHS = 12

# A family of the authority's list (帮扶家庭), as it stands today.
_AIDED = """EXISTS (SELECT FROM person_group g
     WHERE g.person_id = n.person_id AND g.group_code = 'AIDED_FAMILY' AND g.status = 'verified'
       AND g.valid_from <= :today AND coalesce(g.valid_to >= :today, TRUE))"""
_HERE = "starts_with(n.region_code, :prefix)"
_OPEN = f"SELECT n.*, {_AIDED} AS aided FROM training_need n WHERE n.state IN ('open', 'told')"  # noqa: S608
_CELLS = text(f"""
SELECT n.skill_key, rpad(left(n.region_code, :width), 6, '0') AS part,
       count(DISTINCT n.person_id) AS people,
       count(DISTINCT n.person_id) FILTER (WHERE n.aided) AS aided
  FROM ({_OPEN} AND {_HERE}) n
 GROUP BY GROUPING SETS ((n.skill_key, part), (n.skill_key), (part), ())
""")  # noqa: S608 - only constants of our own
# Trained or being trained this year is a chance had, whatever was learnt.
_WITHOUT_SEAT = text(f"""
SELECT count(DISTINCT n.person_id) FROM ({_OPEN} AND {_HERE}) n
 WHERE n.aided AND NOT EXISTS (
       SELECT FROM enrolment e
        WHERE e.person_id = n.person_id AND e.created_at >= :year
          AND e.status IN ('accepted', 'active', 'needs_review', 'completed', 'failed'))
""")  # noqa: S608 - only constants of our own
_TREND = text(f"""
SELECT CAST(date_trunc('month', n.created_at AT TIME ZONE 'Asia/Shanghai') AS date) AS month,
       count(DISTINCT n.person_id) AS people
  FROM training_need n WHERE {_HERE} AND n.created_at >= :since GROUP BY month
""")  # noqa: S608 - only constants of our own


@dataclass(frozen=True, slots=True)
class Count:
    """People, and those of aided families among them; None: too few to be told to this reader."""

    people: int | None = 0
    aided: int | None = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the region, and whether it has parts of its own to look into."""

    code: str
    name: str
    total: Count
    can_open: bool


@dataclass(frozen=True, slots=True)
class SkillRow:
    """What is wished for: in all, and in each part of the region in their order."""

    skill_key: str
    skill: str
    total: Count
    cells: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How many people wrote something down in a month; None as in ``Count``."""

    month: date
    people: int | None


@dataclass(frozen=True, slots=True)
class NeedsReport:
    """Open wishes in a region. ``aided_waiting`` are people of aided families who wish for
    something and have had no seat this year (R56). ``exact``: nothing is hidden or rounded."""

    region_code: str
    region_name: str
    total: Count
    aided_waiting: int | None
    parts: tuple[Part, ...]
    rows: tuple[SkillRow, ...]
    months: tuple[MonthCount, ...]
    exact: bool


def needs_report(session: Session, actor: Actor, *, within: str = "", now: datetime) -> NeedsReport:
    """The sum for the actor's region, or for a region inside it. For officers and auditors.

    Raises Forbidden, NotFound for a region elsewhere.
    """
    code = _region(actor, within)
    exact = actor.may(Permission.SUPERVISE)
    params = {"today": day_of(now), "prefix": region_prefix(code), "width": group_width(code)}
    found = {(row.skill_key, row.part): row for row in session.execute(_CELLS, params)}
    parts = sorted({part for _, part in found if part is not None})
    skills = sorted(
        {skill for skill, _ in found if skill is not None},
        key=lambda key: (-found[key, None].people, key),
    )
    waiting = session.scalar(_WITHOUT_SEAT, params | {"year": date(day_of(now).year, 1, 1)}) or 0
    return NeedsReport(
        region_code=code,
        region_name=t("admin.whole_country") if code == NATIONAL else reference.region_name(code),
        total=_sum(found.get((None, None)), exact=exact),
        aided_waiting=waiting if exact else _rounded(waiting),
        parts=tuple(_part(one, code, found[None, one], exact=exact) for one in parts),
        rows=tuple(_row(one, parts, found, exact=exact) for one in skills),
        months=_months(session, params, exact=exact, today=day_of(now)),
        exact=exact,
    )


def export(
    session: Session, actor: Actor, *, within: str = "", now: datetime
) -> tuple[tuple[str, ...], ...]:
    """The cells as rows of a sheet: what, where, people, of aided families. For officers."""
    actor.require(Permission.SUPERVISE)
    report = needs_report(session, actor, within=within, now=now)
    rows = [
        (row.skill, part.name, str(cell.people), str(cell.aided))
        for row in report.rows
        for part, cell in zip(report.parts, row.cells, strict=True)
        if cell.people
    ]
    audit.record(
        session,
        actor,
        "need.export",
        now=now,
        object_type="region",
        object_id=report.region_code,
        detail={"rows": len(rows)},
    )
    heads = tuple(t(f"needs.sheet.{name}") for name in ("skill", "region", "people", "aided"))
    return (heads, *rows)


def _region(actor: Actor, within: str) -> str:
    """The region to look at: the actor's own, or one inside it."""
    area = the_area(actor)
    if not within:
        return area
    if reference.region(within) is None or not within.startswith(region_prefix(area)):
        raise NotFound
    return within


def _part(code: str, inside: str, row: Any, *, exact: bool) -> Part:
    name = reference.region_name(code)
    # Wishes for the whole city stand beside those for its counties.
    whole = code == inside and inside != NATIONAL
    return Part(
        code=code,
        name=t("needs.whole", place=name) if whole else name,
        total=_sum(row, exact=exact),
        can_open=not whole and bool(reference.child_regions(code)),
    )


def _row(skill: str, parts: Iterable[str], found: Mapping[Any, Any], *, exact: bool) -> SkillRow:
    return SkillRow(
        skill_key=skill,
        skill=skill_name(skill),
        total=_sum(found[skill, None], exact=exact),
        cells=tuple(_cell(found.get((skill, part)), exact=exact) for part in parts),
    )


def _cell(row: Any, *, exact: bool) -> Count:
    if row is None:
        return Count()
    if exact:
        return Count(row.people, row.aided)
    return Count(_shown(row.people), _shown(row.aided))


def _sum(row: Any, *, exact: bool) -> Count:
    """A sum; rounded where a cell may be hidden, or it would give the cell away."""
    if row is None:
        return Count()
    if exact:
        return Count(row.people, row.aided)
    return Count(_rounded(row.people), _rounded(row.aided))


def _shown(count: int) -> int | None:
    return None if 0 < count < SMALLEST else count


def _rounded(count: int) -> int | None:
    return None if 0 < count < _ROUNDED_TO else count // _ROUNDED_TO * _ROUNDED_TO


def _months(
    session: Session, params: Mapping[str, Any], *, exact: bool, today: date
) -> tuple[MonthCount, ...]:
    """The last twelve months, the latest last."""
    firsts = [_month_before(today, back) for back in reversed(range(MONTHS))]
    rows = session.execute(_TREND, {"prefix": params["prefix"], "since": firsts[0]})
    counted = {row.month: row.people for row in rows}
    return tuple(
        MonthCount(first, counted.get(first, 0) if exact else _shown(counted.get(first, 0)))
        for first in firsts
    )


def _month_before(today: date, back: int) -> date:
    index = today.year * 12 + today.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)
