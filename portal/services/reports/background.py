"""The freeze of a large region: begun by an officer, done in the background, never lost.

A report that the background cannot freeze goes back to its officer as a draft that says why.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import queue
from portal.services.reports import freezing
from portal.services.reports.errors import NotQueued

# A database that restarts is back by the third time; an officer has waited a minute by then.
MOST_TRIES = 3


def begin(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> bool:
    """Whether to go on: not when it is done, called back, or was begun too often already."""
    actor.require(Permission.RUN_TASKS)
    report = _locked(session, report_id)
    if report is None:
        return False
    if report.tries >= MOST_TRIES:
        _give_back(session, actor, report, t("reports.trouble.gave_up"), now)
        return False
    report.tries, report.step = report.tries + 1, 0
    session.flush()
    return True


def note_step(session: Session, actor: Actor, *, report_id: UUID, step: int) -> None:
    """Say how far the background is, in a transaction of its own."""
    actor.require(Permission.RUN_TASKS)
    report = _locked(session, report_id)
    if report is not None:
        report.step = step


def seal(
    session: Session,
    actor: Actor,
    *,
    report_id: UUID,
    on_step: Callable[[int], None],
    now: datetime,
) -> None:
    """Do what ``freezing.freeze`` was asked for; does nothing where it is done.

    Raises what ``freezing.check`` raises.
    """
    actor.require(Permission.RUN_TASKS)
    report = session.get(PeriodReport, report_id)
    if report is None:
        return
    freezing.hold(session, report.region_code, report.kind)
    session.refresh(report)
    if report.state == "freezing":
        # A page must answer soon; a country's rows take as long as they take.
        session.execute(text("SET LOCAL statement_timeout = 0"))
        freezing.check(session, report, now)
        freezing.keep(session, report, now=now, on_step=on_step)


def failed(
    session: Session, actor: Actor, *, report_id: UUID, refusal: str = "", now: datetime
) -> None:
    """Note that a freeze broke off: a refusal or the last try makes it a draft again."""
    actor.require(Permission.RUN_TASKS)
    report = _locked(session, report_id)
    if report is not None and (refusal or report.tries >= MOST_TRIES):
        _give_back(session, actor, report, refusal or t("reports.trouble.gave_up"), now)


def call_back(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> None:
    """Make a report that waits for the background a draft again. Raises NotFound, NotQueued."""
    actor.require(Permission.SUPERVISE)
    freezing.the_report(session, actor, report_id)
    report = _locked(session, report_id)
    if report is None or report.tries > 0:
        raise NotQueued
    report.state = "draft"
    session.flush()
    freezing.record(session, actor, "report.call_back", report, now)


def rescue(session: Session, actor: Actor, *, now: datetime) -> int:
    """Give back what nobody works on any more; answers how many."""
    actor.require(Permission.RUN_TASKS)
    waiting = session.scalars(select(PeriodReport.id).where(PeriodReport.state == "freezing"))
    # Asked for in this order: a job ends after its report has been frozen, never before.
    wanted = list(waiting)
    alive = queue.pending(session, freezing.TASK) if wanted else set()
    lost = [_locked(session, one) for one in wanted if str(one) not in alive]
    for report in filter(None, lost):
        _give_back(session, actor, report, t("reports.trouble.lost"), now)
    return sum(one is not None for one in lost)


def _locked(session: Session, report_id: UUID) -> PeriodReport | None:
    """A report that is being frozen, held; None when it is not any more."""
    query = select(PeriodReport).where(PeriodReport.id == report_id).with_for_update(key_share=True)
    found = session.scalar(query.execution_options(populate_existing=True))
    return found if found is not None and found.state == "freezing" else None


def _give_back(
    session: Session, actor: Actor, report: PeriodReport, trouble: str, now: datetime
) -> None:
    report.state, report.step, report.tries, report.trouble = "draft", 0, 0, trouble
    session.flush()
    freezing.record(session, actor, "report.freeze_failed", report, now, reason=trouble)
