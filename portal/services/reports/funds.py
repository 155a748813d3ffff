"""The public page of funds (资金公开, R71): what a report says of money, as far as it may be told.

A report is told once. Its sums are weighed together with all that the public was told of regions
around and inside (``domain.fund_cells``), so that quarter and year, version and corrected
version, region and county give nobody away together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    FundPublication,
    PeriodReport,
    PeriodReportRow,
    TrainingPlan,
)
from portal.domain.fund_cells import Fact, Sum, choose
from portal.domain.permissions import Actor, Permission
from portal.domain.report_period import period_of
from portal.locale import t
from portal.services import audit
from portal.services.reports import reconcile
from portal.services.reports.errors import (
    AlreadyPublished,
    NoMoney,
    NotCountersigned,
    NotFrozen,
    ReachedInto,
)
from portal.services.reports.freezing import OBJECT, held
from portal.services.reports.tables import region_title
from portal.services.reports.words import period_title
from portal.services.scope import group_width, region_prefix

# One table after the other: two that are each harmless may not be together.
_HOLD = text("SELECT pg_advisory_xact_lock(7465, 0)")
COUNTY, PLAN = "county", "plan"
# Table, row, column; an empty row or column is the sum of all.
Cell = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FundRow:
    """A row of a public table: fen by fund, None where hidden, and the sum of the row."""

    name: str
    cells: tuple[int | None, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class FundTable:
    """Rows by funds; the last row is the sum of all."""

    kind: str
    funds: tuple[str, ...]
    rows: tuple[FundRow, ...]


@dataclass(frozen=True, slots=True)
class PublicFunds:
    """What the public is told of one report. ``corrected`` when a later version exists."""

    report_id: UUID
    title: str
    region: str
    first: date
    last: date
    version: int
    published_at: datetime
    hash: str
    corrected: bool
    tables: tuple[FundTable, ...]


def publish(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> UUID:
    """Tell the public the money of a countersigned report; answers the publication's id.

    Raises NotFound, NotFrozen, NotCountersigned, AlreadyPublished, NoMoney, and ReachedInto where
    rows were changed past the portal after two officers stood for them.
    """
    actor.require(Permission.SUPERVISE)
    report = held(session, actor, report_id)
    session.execute(_HOLD)
    if report.state != "frozen":
        raise NotFrozen
    if report.countersigned_by is None:
        raise NotCountersigned
    if session.scalar(select(FundPublication.id).where(FundPublication.report_id == report.id)):
        raise AlreadyPublished
    if reconcile.broken(session, report):
        raise ReachedInto
    rows = _money(session, report)
    if not rows:
        raise NoMoney
    cells = _cells(report, rows)
    told, facts = _known(session, report)
    _learn(facts, rows)
    shown = choose(_ordered(cells, facts), told, facts)
    fen = {row.ref_id: row.fen for row in rows}
    kept = [
        [*cell, _value(vector, fen) if cell in shown else None]
        for cell, vector in sorted(cells.items())
    ]
    made = FundPublication(
        report_id=report.id, published_by=actor.the_account(), published_at=now, cells=kept
    )
    session.add(made)
    session.flush()
    audit.record(
        session, actor, "report.publish", now=now, object_type=OBJECT, object_id=report.id,
        detail={"cells": len(kept), "hidden": sum(one[3] is None for one in kept)},
    )  # fmt: skip
    return made.id


def published(
    session: Session, actor: Actor, *, region_code: str = "", now: datetime
) -> tuple[PublicFunds, ...]:
    """What was told, the latest period first; of a corrected report only the latest version."""
    actor.require(Permission.PUBLIC)
    query = (
        select(FundPublication, PeriodReport)
        .join(PeriodReport, PeriodReport.id == FundPublication.report_id)
        .order_by(
            PeriodReport.period_to.desc(), PeriodReport.kind, PeriodReport.region_code,
            PeriodReport.version.desc(),
        )
    )  # fmt: skip
    if region_code:
        query = query.where(PeriodReport.region_code == region_code)
    plans = _plans(session)
    seen: set[tuple[str, str, date]] = set()
    found = []
    for told, report in session.execute(query.limit(200)):
        key = (report.region_code, report.kind, report.period_from)
        if key not in seen:
            seen.add(key)
            found.append(_view(told, report, plans))
    return tuple(found)


def _view(
    told: FundPublication, report: PeriodReport, plans: dict[str, tuple[int, str]]
) -> PublicFunds:
    return PublicFunds(
        report_id=report.id,
        title=period_title(period_of(report.kind, report.period_from)),
        region=region_title(report.region_code),
        first=report.period_from,
        last=report.period_to,
        version=report.version,
        published_at=told.published_at,
        hash=report.hash or "",
        corrected=report.state == "superseded",
        tables=tuple(_table(kind, told.cells, plans) for kind in (COUNTY, PLAN)),
    )


def _table(
    kind: str, cells: Sequence[Sequence[Any]], plans: dict[str, tuple[int, str]]
) -> FundTable:
    values = {(table, row, column): fen for table, row, column, fen in cells}
    funds = sorted({column for _, _, column in values if column})

    def titled(name: str) -> tuple[int, str]:
        return (int(name), region_title(name)) if kind == COUNTY else plans.get(name, (0, ""))

    def row(name: str, table: str, title: str) -> FundRow:
        # What nothing was paid for is nothing, and no secret.
        one = tuple(values.get((table, name, fund), 0) for fund in funds)
        return FundRow(title, one, values.get((table, name, ""), 0))

    names = sorted({row for table, row, _ in values if table == kind}, key=titled)
    rows = [row(name, kind, titled(name)[1]) for name in names]
    return FundTable(kind, tuple(funds), (*rows, row("", "", "")))


def _money(session: Session, report: PeriodReport) -> Sequence[PeriodReportRow]:
    query = select(PeriodReportRow).where(
        PeriodReportRow.report_id == report.id, PeriodReportRow.kind == "payment"
    )
    return session.scalars(query).all()


def _plans(session: Session) -> dict[str, tuple[int, str]]:
    """Plans by id: a place in the order of their numbers, and what they are called."""
    query = select(TrainingPlan).order_by(
        TrainingPlan.pack_id, func.length(TrainingPlan.plan_no), TrainingPlan.plan_no
    )
    return {
        str(one.id): (place, t("reports.plan_title", no=one.plan_no, name=one.name))
        for place, one in enumerate(session.scalars(query))
    }


def _cells(report: PeriodReport, rows: Iterable[PeriodReportRow]) -> dict[Cell, dict[Any, int]]:
    """Every sum that the tables of a report have, by the movements of money in it."""
    width = group_width(report.region_code)
    sums: dict[Cell, dict[Any, int]] = {}
    for row in rows:
        county = row.region_code[:width].ljust(6, "0")
        plan = str(row.plan_id)
        for cell in (
            (COUNTY, county, row.fund), (COUNTY, county, ""), (PLAN, plan, row.fund),
            (PLAN, plan, ""), ("", "", row.fund), ("", "", ""),
        ):  # fmt: skip
            vector = sums.setdefault(cell, {})
            vector[row.ref_id] = vector.get(row.ref_id, 0) + row.sign
    return sums


def _ordered(cells: dict[Cell, dict[Any, int]], facts: dict[Any, Fact]) -> list[Sum[Cell]]:
    """The sums with what is hidden first: single cells of few people, sums of rows last."""
    made = []
    for number, (cell, vector) in enumerate(sorted(cells.items())):
        _, row, column = cell
        people = len(frozenset[Any]().union(*[facts[one].people for one in vector]))
        made.append(Sum(cell, vector, ((not row) + (not column), people, number)))
    return made


def _known(session: Session, report: PeriodReport) -> tuple[list[dict[Any, int]], dict[Any, Fact]]:
    """The sums that the public was told of regions around and inside this one."""
    told: list[dict[Any, int]] = []
    facts: dict[Any, Fact] = {}
    query = select(FundPublication, PeriodReport).join(
        PeriodReport, PeriodReport.id == FundPublication.report_id
    )
    mine = region_prefix(report.region_code)
    for publication, other in session.execute(query.order_by(FundPublication.id)):
        theirs = region_prefix(other.region_code)
        if not (mine.startswith(theirs) or theirs.startswith(mine)):
            continue
        rows = _money(session, other)
        _learn(facts, rows)
        cells = _cells(other, rows)
        told += [cells[tuple(cell)] for *cell, fen in publication.cells if fen is not None]
    return told, facts


def _learn(facts: dict[Any, Fact], rows: Iterable[PeriodReportRow]) -> None:
    """Who is behind each movement; of two reports that disagree, only those in both."""
    for row in rows:
        if row.sign < 0:
            facts.setdefault(row.ref_id, Fact(frozenset()))
            continue
        people = frozenset[Any](row.people)
        known = facts.get(row.ref_id)
        facts[row.ref_id] = Fact(people & known.people if known and known.people else people)


def _value(vector: dict[Any, int], fen: dict[Any, int]) -> int:
    return sum(times * fen[one] for one, times in vector.items())
