"""Drafts, and the freeze that makes a report final: a quarter that is over is kept as it is.

Freezing is done with the region's reports of that kind held, so that two at once give one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Enrolment, PeriodReport, TrainingClass
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.domain.report_period import Period, period_of
from portal.locale import t
from portal.policies import reference
from portal.services import audit, queue
from portal.services.reasons import clean_reason
from portal.services.reports import lines_sql, tables, whole
from portal.services.reports.errors import (
    AlreadyFrozen,
    LaterStands,
    MadeIt,
    NotFrozen,
    NotTheNext,
    PeriodRuns,
    StillFreezing,
)
from portal.services.reports.words import period_title
from portal.services.scope import in_area, region_prefix, the_area
from portal.services.times import day_of

OBJECT = "period_report"
TASK = "freeze_report"
# Reading what is, counting, keeping the rows.
STEPS = 3
# Above so many enrolments of the region the freeze is done in the background: it would take
# longer than somebody waits for a page.
_AT_ONCE = 20_000
_SHORTEST_REASON = 4
_HOLD = text("SELECT pg_advisory_xact_lock(7464, hashtext(:chain))")
_OPEN = ("draft", "freezing")


def draft(
    session: Session,
    actor: Actor,
    *,
    region_code: str,
    period: Period,
    reason: str = "",
    now: datetime,
) -> UUID:
    """Begin a report of the officer's region or a part of it; the open one if there is one.

    A period that is frozen already gets a corrected version, for a ``reason``. Raises Forbidden,
    NotFound (region), BadInput (reason, period), LaterStands.
    """
    actor.require(Permission.SUPERVISE)
    _check_region(actor, region_code)
    if period.first > day_of(now):
        raise BadInput("period", "reports.refused.not_begun")
    hold(session, region_code, period.kind)
    same = _of_period(session, region_code, period)
    known = next((one for one in same if one.state in _OPEN), None)
    if known is not None:
        return known.id
    before = next((one for one in same if one.state == "frozen"), None)
    if before is not None and not reason.strip():
        raise BadInput("reason", "reports.refused.frozen")
    told = clean_reason(reason, shortest=_SHORTEST_REASON) if before else None
    made = PeriodReport(
        id=new_id(),
        region_code=region_code,
        kind=period.kind,
        period_from=period.first,
        period_to=period.last,
        version=1 + max((one.version for one in same), default=0),
        supersedes_id=before.id if before else None,
        reason=told,
        state="draft",
        step=0,
        prepared_by=actor.the_account(),
        prepared_name=actor.name,
        created_at=now,
    )
    # Nobody could ever freeze it: what it would say belongs into the next one.
    _refuse_later(session, made)
    session.add(made)
    session.flush()
    record(session, actor, "report.draft", made, now, reason=told)
    return made.id


def discard(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> None:
    """Throw a draft away. Raises NotFound, AlreadyFrozen, StillFreezing."""
    actor.require(Permission.SUPERVISE)
    report = held(session, actor, report_id)
    if report.state == "freezing":
        raise StillFreezing
    if report.state != "draft":
        raise AlreadyFrozen
    record(session, actor, "report.discard", report, now)
    session.delete(report)
    session.flush()


def freeze(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> str:
    """Freeze a draft; answers its state, ``freezing`` where the portal goes on by itself.

    Again, or at the same time by another, changes nothing. Raises NotFound, PeriodRuns,
    NotTheNext, LaterStands, AlreadyFrozen.
    """
    actor.require(Permission.SUPERVISE)
    report = held(session, actor, report_id)
    if report.state != "draft":
        return report.state
    check(session, report, now)
    report.frozen_by = actor.the_account()
    report.step, report.tries, report.trouble = 0, 0, None
    record(session, actor, "report.freeze", report, now)
    if _size(session, report.region_code) > _AT_ONCE:
        report.state = "freezing"
        session.flush()
        queue.defer(session, TASK, key=str(report.id), report_id=report.id)
        return report.state
    keep(session, report, now=now)
    return report.state


def countersign(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> None:
    """A second officer stands for a frozen report. Again by the same changes nothing.

    Raises NotFound, NotFrozen, MadeIt, AlreadyFrozen (another signed it), Altered.
    """
    actor.require(Permission.SUPERVISE)
    report = held(session, actor, report_id)
    if report.state != "frozen":
        raise NotFrozen
    me = actor.the_account()
    if report.countersigned_by == me:
        return
    if report.countersigned_by is not None:
        raise AlreadyFrozen
    if me in (report.frozen_by, report.prepared_by):
        raise MadeIt
    whole.refuse_altered(session, report)
    report.countersigned_by, report.countersigned_name = me, actor.name
    report.countersigned_at = now
    session.flush()
    record(session, actor, "report.countersign", report, now)


def held(session: Session, actor: Actor, report_id: UUID) -> PeriodReport:
    """A report of the actor's region, with its chain held. Raises NotFound."""
    found = the_report(session, actor, report_id)
    hold(session, found.region_code, found.kind)
    session.refresh(found)
    return found


def the_report(session: Session, actor: Actor, report_id: UUID) -> PeriodReport:
    """A report of the actor's area. Raises NotFound, Forbidden."""
    found = session.get(PeriodReport, report_id)
    if found is None or not within(the_area(actor), found.region_code):
        raise NotFound
    return found


def hold(session: Session, region_code: str, kind: str) -> None:
    """Let nobody else draft, freeze or sign reports of a region and kind meanwhile."""
    session.execute(_HOLD, {"chain": f"{region_code}:{kind}"})


def within(area: str, region_code: str) -> bool:
    """Whether a report's region is the area or a part of it."""
    return region_code.startswith(region_prefix(area))


def keep(
    session: Session,
    report: PeriodReport,
    *,
    now: datetime,
    on_step: Callable[[int], None] = lambda step: None,
) -> None:
    """Count, keep the rows and freeze; tells each of its ``STEPS`` steps as it begins."""
    on_step(1)
    tables.gather(session, report, tables.chain_of(session, report))
    on_step(2)
    content = tables.content_of(session, report, at=now)
    on_step(3)
    session.execute(lines_sql.KEEP, {"report_id": report.id})
    if report.supersedes_id is not None:
        before = session.get_one(PeriodReport, report.supersedes_id)
        before.state, before.superseded_at = "superseded", now
        session.flush()
    report.content, report.hash = content, tables.hash_of(content)
    report.row_count, report.frozen_at, report.state = content["rows"], now, "frozen"
    session.flush()


def check(session: Session, report: PeriodReport, now: datetime) -> None:
    """Whether a report may be frozen now. Raises PeriodRuns, LaterStands, AlreadyFrozen,
    NotTheNext."""
    period = period_of(report.kind, report.period_from)
    if not period.is_over(day_of(now)):
        last = period.last
        raise PeriodRuns(day=t("time.date", year=last.year, month=last.month, day=last.day))
    _refuse_later(session, report)
    standing = [one for one in _of_period(session, report.region_code, period)
                if one.state == "frozen"]  # fmt: skip
    if any(one.id != report.supersedes_id for one in standing):
        raise AlreadyFrozen
    chain = tables.chain_of(session, report)
    if chain and chain[-1].period_to != period.before().last:
        following = period_of(report.kind, chain[-1].period_from).after()
        raise NotTheNext(period=period_title(following))


def _refuse_later(session: Session, report: PeriodReport) -> None:
    later = select(PeriodReport.id).where(
        PeriodReport.region_code == report.region_code,
        PeriodReport.kind == report.kind,
        PeriodReport.state == "frozen",
        PeriodReport.period_from > report.period_to,
    )
    if session.scalar(later.limit(1)) is not None:
        raise LaterStands


def _of_period(session: Session, region_code: str, period: Period) -> list[PeriodReport]:
    query = select(PeriodReport).where(
        PeriodReport.region_code == region_code,
        PeriodReport.kind == period.kind,
        PeriodReport.period_from == period.first,
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _size(session: Session, region_code: str) -> int:
    inside = (
        select(func.count())
        .select_from(Enrolment)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(in_area(region_code))
    )
    return session.scalar(inside) or 0


def _check_region(actor: Actor, region_code: str) -> None:
    known = any(one.code == region_code for one in reference.regions())
    if not (known or region_code == the_area(actor)) or not within(the_area(actor), region_code):
        raise NotFound


def record(
    session: Session,
    actor: Actor,
    action: str,
    report: PeriodReport,
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    """Note what was done with a report, by its region, period and version."""
    detail: dict[str, Any] = {
        "region": report.region_code,
        "period": period_of(report.kind, report.period_from).name,
        "version": report.version,
    }
    audit.record(
        session, actor, action, now=now, object_type=OBJECT, object_id=report.id,
        reason=reason, detail=detail,
    )  # fmt: skip
