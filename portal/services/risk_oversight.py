"""Where the officers of a region should look first: sessions and classes by score (ADR 0020).

A list names nobody. Nothing is decided here: see ``risk_findings`` for one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    ClassScore,
    Institution,
    RiskFinding,
    SessionScore,
    TrainingClass,
    TrainingSession,
)
from portal.domain.permissions import Actor
from portal.locale.risk import sentence
from portal.policies.regions import region_name
from portal.services.paging import Page, bounds
from portal.services.risk_scores import reasons_of
from portal.services.rule_book import books_for
from portal.services.scope import REAL_CLASS, in_area, the_area
from portal.services.times import day_of, day_text, span_text

PERIODS = (7, 30, 90, 365)
# Of so many honest sessions one stands above the line by the held-out simulation (ADR 0020: 1.5 %
# with an interval from 1.0 to 2.1).
HONEST_ABOVE = (0.01, 0.02)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to: a region's code, words of institution or class, days back."""

    region_code: str = ""
    q: str = ""
    days: int = 30


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A session or class with its score. ``above``: an officer should look. ``why`` is the
    sentence of the weightiest reason, ``finding`` what an officer said last: odd, explained or "".
    """

    id: UUID
    title: str
    class_no: str
    institution_name: str
    region_name: str
    when: str
    points: int
    line: int
    above: bool
    why: str
    finding: str


@dataclass(frozen=True, slots=True)
class RiskList:
    """One page, and how many were scored in the period; ``above`` counts those at the line of the
    officer's own region."""

    page: Page[RiskRow]
    scored: int
    above: int
    line: int
    regions: tuple[tuple[str, str], ...]


_day, _final = aliased(SessionScore), aliased(SessionScore)
_points = func.coalesce(_final.points, _day.points)


def sessions(
    session: Session,
    actor: Actor,
    *,
    wanted: Wanted | None = None,
    page: int = 1,
    size: int = 20,
    now: datetime,
) -> RiskList:
    """Scored sessions of the region, the oddest first: the score of the end, else of the day."""
    wanted = wanted or Wanted()
    found = (
        select(TrainingClass, Institution, TrainingSession, _points.label("points"))
        .add_columns(func.coalesce(_final.reasons, _day.reasons).label("reasons"))
        .add_columns(_finding(RiskFinding.session_id == TrainingSession.id).label("finding"))
        .join_from(TrainingSession, TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(_day, (_day.session_id == TrainingSession.id) & (_day.stage == "day"))
        .outerjoin(_final, (_final.session_id == TrainingSession.id) & (_final.stage == "final"))
        .where(TrainingSession.starts_at > now - timedelta(days=wanted.days))
    )
    order = (_points.desc(), TrainingSession.starts_at.desc(), TrainingSession.id)
    return _listed(session, actor, found, order, wanted, page, size, now)


def classes(
    session: Session,
    actor: Actor,
    *,
    wanted: Wanted | None = None,
    page: int = 1,
    size: int = 20,
    now: datetime,
) -> RiskList:
    """Scored classes of the region, which are over, the oddest first."""
    wanted = wanted or Wanted()
    found = (
        select(TrainingClass, Institution, ClassScore.points.label("points"))
        .add_columns(ClassScore.reasons.label("reasons"))
        .add_columns(_finding(RiskFinding.class_id == TrainingClass.id).label("finding"))
        .join_from(TrainingClass, ClassScore, ClassScore.class_id == TrainingClass.id)
        .where(TrainingClass.ends_on > day_of(now) - timedelta(days=wanted.days))
    )
    order = (ClassScore.points.desc(), TrainingClass.ends_on.desc(), TrainingClass.id)
    return _listed(session, actor, found, order, wanted, page, size, now)


def _finding(of: Any) -> Any:
    latest = select(RiskFinding.finding).where(of).order_by(RiskFinding.id.desc()).limit(1)
    return latest.scalar_subquery()


def _listed(
    session: Session,
    actor: Actor,
    query: Select[Any],
    order: tuple[Any, ...],
    wanted: Wanted,
    page: int,
    size: int,
    now: datetime,
) -> RiskList:
    area = the_area(actor)
    query = query.join(Institution, Institution.id == TrainingClass.institution_id)
    query = query.where(REAL_CLASS, in_area(area))
    regions = _regions(session, query)
    if wanted.region_code:
        query = query.where(in_area(wanted.region_code))
    if words := " ".join(wanted.q.split())[:40]:
        columns = (Institution.name, TrainingClass.title, TrainingClass.class_no)
        query = query.where(or_(*(one.icontains(words, autoescape=True) for one in columns)))
    line = books_for(session, [area], day_of(now))[area].attendance.look_at_points
    counted = query.subquery()
    above = func.count().filter(counted.c.points >= line)
    scored, at_line = session.execute(select(func.count(), above).select_from(counted)).one()
    limit, offset = bounds(page, size)
    rows = session.execute(query.order_by(*order).limit(limit).offset(offset)).mappings().all()
    lines = _lines(session, {row["TrainingClass"].region_code for row in rows}, now)
    items = tuple(_row(row, lines) for row in rows)
    shown = Page(items, offset // limit + 1, limit, scored)
    return RiskList(shown, scored, at_line, line, regions)


def _regions(session: Session, query: Select[Any]) -> tuple[tuple[str, str], ...]:
    """The counties in which anything was scored, as code and name."""
    codes = session.scalars(
        query.with_only_columns(TrainingClass.region_code).distinct().order_by(None)
    )
    return tuple((code, region_name(code)) for code in sorted(codes))


def _lines(session: Session, codes: set[str], now: datetime) -> Mapping[str, int]:
    books = books_for(session, codes, day_of(now))
    return {code: book.attendance.look_at_points for code, book in books.items()}


def _row(row: Any, lines: Mapping[str, int]) -> RiskRow:
    made, meeting = row["TrainingClass"], row.get("TrainingSession")
    reasons, line = reasons_of(row["reasons"]), lines[made.region_code]
    when = (
        span_text(meeting.starts_at, meeting.ends_at)
        if meeting is not None
        else f"{day_text(made.starts_on)}–{day_text(made.ends_on)}"
    )
    return RiskRow(
        id=(meeting or made).id,
        title=made.title,
        class_no=made.class_no,
        institution_name=row["Institution"].name,
        region_name=region_name(made.region_code),
        when=when,
        points=row["points"],
        line=line,
        above=row["points"] >= line,
        why=sentence(reasons[0]) if reasons else "",
        finding=row["finding"] or "",
    )
