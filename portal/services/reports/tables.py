"""The content of a report: its tables, made from the rows that it counts, and its hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport
from portal.domain.report_period import RULES
from portal.policies import reference
from portal.policies.regions import NATIONAL
from portal.services.reports import lines_sql, tables_sql
from portal.services.scope import group_width, region_prefix

# Grows when the meaning of a content changes, so that an old hash is judged by its own rules.
FORMAT = 1
# What two tables of one report must agree in; people do not add up.
ADDITIVE = (
    "person_times", "hours", "completed", "certificates", "paid_fen", "back_fen"
)  # fmt: skip


def chain_of(session: Session, report: PeriodReport) -> list[PeriodReport]:
    """The reports that stand before this one, of the same region and kind, in order."""
    query = (
        select(PeriodReport)
        .where(
            PeriodReport.region_code == report.region_code,
            PeriodReport.kind == report.kind,
            PeriodReport.state == "frozen",
            PeriodReport.period_to < report.period_from,
        )
        .order_by(PeriodReport.period_from)
    )
    return list(session.scalars(query))


def gather(session: Session, report: PeriodReport, chain: Sequence[PeriodReport]) -> None:
    """Fill ``report_line`` with what the report counts as of now, adjustments included.

    One statement reads everything that moves, so that the rows are of one instant.
    """
    first = chain[0].period_from if chain else report.period_from
    load_facts(session, report.region_code, first, report.period_to)
    ids = [one.id for one in chain]
    session.execute(lines_sql.LINES, {"own": report.period_from, "chain": ids})


def load_facts(session: Session, region_code: str, first: date, last: date) -> None:
    """Fill ``report_fact`` with what is, for these days."""
    session.execute(lines_sql.DROP)
    session.execute(
        lines_sql.FACTS, {"prefix": region_prefix(region_code), "first": first, "last": last}
    )


def load_lines(session: Session, report_id: UUID) -> None:
    """Fill ``report_line`` with the rows that a frozen report kept."""
    session.execute(lines_sql.DROP)
    session.execute(lines_sql.LINES_OF, {"report_id": report_id})


def tables(session: Session, region_code: str) -> dict[str, Any]:
    """The tables of what ``report_line`` holds; amounts are fen, hours are 课时."""
    width = {"width": group_width(region_code)}

    def asked(statement: Any, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in session.execute(statement, params or {}).mappings()]

    counties = asked(tables_sql.COUNTIES, width)
    plans = asked(tables_sql.PLANS, width)
    for row in (*counties, *plans):
        row["county_name"] = region_title(row["county"])
    return {
        "total": asked(tables_sql.TOTAL)[0],
        "adjusted": asked(tables_sql.ADJUSTED)[0],
        "counties": counties,
        "plans": plans,
        "institutions": asked(tables_sql.INSTITUTIONS),
        "groups": asked(tables_sql.GROUPS),
        "funds": asked(tables_sql.FUNDS),
        "adjustments": [_adjustment(row) for row in asked(tables_sql.ADJUSTMENTS)],
    }


def content_of(session: Session, report: PeriodReport, *, at: datetime) -> dict[str, Any]:
    """Everything that a report says, from ``report_line``, as JSON has it."""
    counted = session.execute(lines_sql.DIGEST).one()
    return {
        **about(session, report, at=at),
        "rows": counted.rows,
        "rows_sha256": counted.digest,
        **tables(session, report.region_code),
    }


def about(session: Session, report: PeriodReport, *, at: datetime) -> dict[str, Any]:
    """What a report is about, without its numbers."""
    replaced = (
        None if report.supersedes_id is None
        else session.get_one(PeriodReport, report.supersedes_id).hash
    )  # fmt: skip
    return {
        "format": FORMAT,
        "region_code": report.region_code,
        "region_name": region_title(report.region_code),
        "kind": report.kind,
        "period_from": report.period_from.isoformat(),
        "period_to": report.period_to.isoformat(),
        "version": report.version,
        "supersedes": replaced,
        "reason": report.reason,
        "prepared_name": report.prepared_name,
        "as_of": at.astimezone(UTC).isoformat(timespec="seconds"),
        "rules": [list(rule) for rule in RULES],
    }


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way to write a content down: sorted keys, no blanks, UTF-8."""
    return json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def hash_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON; the rows are in it by their own hash."""
    return hashlib.sha256(canonical(content)).hexdigest()


def unequal_sums(content: Mapping[str, Any]) -> list[str]:
    """The tables whose rows do not add up to the total; empty where everything does."""
    total = content["total"]
    wrong = [
        name
        for name in ("counties", "plans", "institutions")
        if any(sum(row[key] for row in content[name]) != total[key] for key in ADDITIVE)
    ]
    money = ("paid_fen", "back_fen")
    if any(sum(row[key] for row in content["funds"]) != total[key] for key in money):
        wrong.append("funds")
    return wrong


def region_title(code: str) -> str:
    """A region's name as it was when the report was made."""
    return "" if code == NATIONAL else reference.region_name(code)


def _adjustment(row: dict[str, Any]) -> dict[str, Any]:
    """A change of something that an earlier report counted, and why it is told."""
    told = {name: row[name] for name in ("kind", "class_no", "title", "version")}
    told["ref"] = str(row["ref_id"])
    told["period_from"] = row["period_from"].isoformat()
    told |= {name: row[name] for name in ("person_times", "hours", "completed")}
    told |= {"certificates": row["certificates"], "fen": row["fen"]}
    told["note"] = note_of(row)
    return told


def note_of(row: Mapping[str, Any]) -> str:
    """Which sentence says what became of a fact: a name below ``reports.note``."""
    kind = row["kind"]
    if kind == "payment":
        return "recovered" if row["fen"] < 0 else "paid"
    if not row["was"]:
        return f"{kind}_added"
    if not row["is_there"]:
        return f"{kind}_gone"
    if kind == "training" and row["hours"]:
        return "hours"
    if kind == "training" and row["completed"]:
        return "completed"
    return "moved"
