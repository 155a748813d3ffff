"""Whether a frozen report still is what was frozen, and what has changed in life since.

The first must always hold: rows, tables, sums and hash agree, or somebody reached into the
database. The second is no fault: it is what the next report will tell as adjustments.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.services.reports import lines_sql, tables
from portal.services.reports.errors import NotFrozen
from portal.services.reports.freezing import within
from portal.services.reports.whole import broken
from portal.services.scope import the_area


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


def _has_later(session: Session, report: PeriodReport) -> bool:
    later = select(PeriodReport.id).where(
        PeriodReport.region_code == report.region_code,
        PeriodReport.kind == report.kind,
        PeriodReport.state == "frozen",
        PeriodReport.period_from > report.period_to,
    )
    return session.scalar(later.limit(1)) is not None
