"""Whether a frozen report still is what was frozen: rows, tables, sums and hash agree.

Where they do not, somebody reached into the database: such a report is shown with a warning, and
neither downloaded, countersigned nor told to the public.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport
from portal.domain.report_period import period_of
from portal.services.reports import lines_sql, tables
from portal.services.reports.errors import Altered

_TABLES = (
    "total", "adjusted", "counties", "plans", "institutions", "groups", "funds"
)  # fmt: skip


def broken(session: Session, report: PeriodReport) -> list[str]:
    """What of a frozen report does not agree with itself: names of tables, or of its hash."""
    content: Mapping[str, Any] = report.content or {}
    if not content.keys() >= {"rows", "rows_sha256", *_TABLES}:
        return ["hash"]
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


def refuse_altered(session: Session, report: PeriodReport) -> None:
    """Let nothing be done with a report that is not what was frozen. Raises Altered."""
    if broken(session, report):
        raise Altered


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


def _numbers(table: object) -> object:
    if isinstance(table, list):
        return sorted(map(repr, map(_numbers, table)))
    if isinstance(table, dict):
        keys = ("county", "pack_id", "plan_no", "uscc", "code", "fund")
        return sorted((k, v) for k, v in table.items() if k in keys or isinstance(v, int))
    return table
