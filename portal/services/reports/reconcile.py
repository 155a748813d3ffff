"""Whether a frozen report still is what was frozen, and what has changed in life since.

The first must always hold: rows, tables, sums and hash agree, or somebody reached into the
database. The second is no fault: it is what the next report will tell as adjustments.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.domain.report_period import period_of
from portal.services.reports import lines_sql, tables
from portal.services.reports.errors import NotFrozen
from portal.services.reports.freezing import within
from portal.services.reports.words import period_title
from portal.services.scope import the_area

_TABLES = (
    "total", "adjusted", "counties", "plans", "institutions", "groups", "funds"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """A fact that a report counted and that has changed: by how much, in hours and fen.

    ``explained`` when something of it was written down after the freeze (a correction, an end,
    a revocation, a payment); what is not explained was changed past the portal, or before the
    freeze was read.
    """

    kind: str
    ref_id: UUID
    note: str
    person_times: int
    hours: int
    completed: int
    certificates: int
    fen: int
    explained: bool


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """``broken`` names what does not agree with itself; ``moved`` what is different by now."""

    broken: tuple[str, ...]
    moved: tuple[Moved, ...]

    @property
    def holds(self) -> bool:
        """Whether the report still is what was frozen."""
        return not self.broken


# What is written down after a moment about the places of :refs and their money.
_LATER = text("""
SELECT enrolment.id FROM enrolment WHERE id = ANY(:refs)
   AND (created_at > :at OR ended_at > :at OR EXISTS (
        SELECT FROM attendance_correction fixed
         WHERE fixed.enrolment_id = enrolment.id AND fixed.at > :at) OR EXISTS (
        SELECT FROM attendance_record record
         WHERE record.enrolment_id = enrolment.id AND record.updated_at > :at) OR EXISTS (
        SELECT FROM certificate made WHERE made.enrolment_id = enrolment.id
           AND greatest(made.created_at, made.revoked_at, made.replaced_at) > :at) OR EXISTS (
        SELECT FROM person record JOIN person_group member ON member.person_id IN (
               record.id, record.merged_into)
         WHERE record.id = enrolment.person_id
           AND (member.verified_at > :at OR member.created_at > :at)))
UNION ALL SELECT id FROM disbursement WHERE id = ANY(:refs) AND at > :at
""")


def reconcile(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> Reconciliation:
    """Compute a frozen report again from its rows and from life. Raises NotFound, NotFrozen.

    What changed in life is told of the latest report only: the differences of an earlier one are
    in the reports after it.
    """
    report = session.get(PeriodReport, report_id)
    if report is None or not within(the_area(actor), report.region_code):
        raise NotFound
    if report.content is None:
        raise NotFrozen
    return Reconciliation(tuple(broken(session, report)), moved(session, report))


def broken(session: Session, report: PeriodReport) -> list[str]:
    """What of a frozen report does not agree with itself: names of tables, or of its hash."""
    content: Mapping[str, Any] = report.content or {}
    tables.load_lines(session, report.id)
    wrong = [] if tables.hash_of(content) == report.hash else ["hash"]
    counted = session.execute(lines_sql.DIGEST).one()
    kept = (content["rows"], content["rows_sha256"])
    if (counted.rows, counted.digest) != kept or counted.rows != report.row_count:
        wrong.append("rows")
    again = tables.tables(session, report.region_code)
    # Names of regions, plans and institutions may change; numbers may not.
    wrong += [name for name in _TABLES if _numbers(again[name]) != _numbers(content[name])]
    return wrong + [f"sum_{name}" for name in tables.unequal_sums(content)]


def moved(session: Session, report: PeriodReport) -> tuple[Moved, ...]:
    """How life differs from what the latest report and those before it say by now."""
    chain = tables.chain_of(session, report)
    if report.state != "frozen" or report.frozen_at is None or _has_later(session, report):
        return ()
    first = chain[0].period_from if chain else report.period_from
    tables.load_facts(session, report.region_code, first, report.period_to)
    ids = [*[one.id for one in chain], report.id]
    found = session.execute(lines_sql.MOVED, {"chain": ids}).mappings().all()
    refs = {"refs": [row["ref_id"] for row in found], "at": report.frozen_at}
    later = set(session.scalars(_LATER, refs)) if found else set()
    numbers = ("person_times", "hours", "completed", "certificates", "fen")
    return tuple(
        Moved(
            kind=row["kind"],
            ref_id=row["ref_id"],
            note=tables.note_of(dict(row)),
            explained=row["ref_id"] in later,
            **{name: row[name] for name in numbers},
        )
        for row in found
    )


def examine(session: Session) -> list[str]:
    """For ``portal doctor``: a line for each frozen report that is not what was frozen."""
    wrong = []
    for report in session.scalars(
        select(PeriodReport)
        .where(PeriodReport.content.is_not(None))
        .order_by(PeriodReport.region_code, PeriodReport.period_from, PeriodReport.version)
    ):
        found = broken(session, report)
        if found:
            name = period_of(report.kind, report.period_from).name
            wrong.append(f"{report.region_code} {name} v{report.version}: {', '.join(found)}")
    return wrong


def title_of(report: PeriodReport) -> str:
    """The period of a report in words."""
    return period_title(period_of(report.kind, report.period_from))


def _has_later(session: Session, report: PeriodReport) -> bool:
    later = select(PeriodReport.id).where(
        PeriodReport.region_code == report.region_code,
        PeriodReport.kind == report.kind,
        PeriodReport.state == "frozen",
        PeriodReport.period_from > report.period_to,
    )
    return session.scalar(later.limit(1)) is not None


def _numbers(table: object) -> object:
    if isinstance(table, list):
        return sorted(map(repr, map(_numbers, table)))
    if isinstance(table, dict):
        keys = ("county", "pack_id", "plan_no", "uscc", "code", "fund")
        return sorted((k, v) for k, v in table.items() if k in keys or isinstance(v, int))
    return table
