"""Freezes of large regions in the background: how far they are, how they end, and fail kindly."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.db.models import AuditEvent, PeriodReport
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import SYSTEM, Role
from portal.domain.report_period import parse_period
from portal.services.reports import background, freezing, reading, tables
from portal.services.reports.errors import NotQueued, StillFreezing
from portal.services.unit import as_actor
from portal.tasks.registry import run_task
from portal.tasks.reports import rescue_reports
from tests.services.reports.conftest import FROZEN, Town
from tests.support import factories as make
from tests.support.tasks import forget_all, jobs, run_pending

MINUTE = timedelta(minutes=1)


@pytest.fixture
def large(saved_town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Turpan, so large that its freezes are left to the background."""
    monkeypatch.setattr(freezing, "_AT_ONCE", -1)
    if not saved_town.session.scalar(select(PeriodReport.id).limit(1)):
        saved_town.learner(saved_town.taught())
        saved_town.session.commit()
    yield saved_town
    saved_town.session.rollback()
    forget_all()
    for one in saved_town.session.scalars(
        select(PeriodReport).where(PeriodReport.frozen_at.is_(None))
    ):
        saved_town.session.delete(one)
    saved_town.session.commit()


def asked(town: Town, region: str, period: str = "2026-Q3") -> UUID:
    """A freeze that was asked for. What is frozen stays: such tests have a region of their own."""
    made: UUID = as_actor(
        freezing.draft, town.officer, region_code=region, period=parse_period(period), now=FROZEN
    )
    assert as_actor(freezing.freeze, town.officer, report_id=made, now=FROZEN) == "freezing"
    return made


def seen(town: Town, report: UUID) -> reading.ReportPage:
    """The report as its officer sees it."""
    return as_actor(reading.report, town.officer, report_id=report, now=FROZEN)


def broken_off(*_: Any, **__: Any) -> Any:
    """The database went away in the middle."""
    raise OSError("away")


def test_the_background_freezes_and_tells_how_far_it_is(
    large: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = asked(large, "650402")
    page = seen(large, report)
    assert (page.line.state, page.step, page.tables, page.can) == (
        "freezing",
        0,
        (),
        ("call_back",),
    )
    told: list[tuple[int, tuple[str, ...]]] = []
    note = background.note_step

    def look(_: Any, *given: Any, **more: Any) -> None:
        as_actor(note, *given, **more)
        page = seen(large, report)
        told.append((page.step, page.can))

    monkeypatch.setattr(background, "note_step", look)
    assert run_pending(now=FROZEN) == ["freeze_report"]
    assert told == [(1, ()), (2, ()), (3, ())]
    page = seen(large, report)
    assert (page.line.state, page.broken, page.trouble) == ("frozen", (), "")
    assert jobs() == []


def test_a_freeze_that_breaks_off_is_tried_again(
    large: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = asked(large, "650421")
    with monkeypatch.context() as patch:
        patch.setattr(tables, "gather", broken_off)
        run_pending(now=FROZEN, raising=False)
    assert seen(large, report).line.state == "freezing"
    assert run_pending(now=FROZEN + MINUTE) == ["freeze_report"]
    assert seen(large, report).line.state == "frozen"


def test_a_freeze_that_gives_up_says_so_and_can_be_tried_again(
    large: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = asked(large, "650422")
    with monkeypatch.context() as patch:
        patch.setattr(tables, "content_of", broken_off)
        for minute in range(background.MOST_TRIES):
            run_pending(now=FROZEN + minute * 5 * MINUTE, raising=False)
    kept = large.session.get_one(PeriodReport, report)
    assert (kept.state, kept.step, kept.tries) == ("draft", 0, 0)
    page = seen(large, report)
    assert "没有成功" in page.trouble
    assert page.can == ("freeze", "discard")
    (line,) = [
        one
        for one in as_actor(reading.reports, large.officer, now=FROZEN).lines
        if one.id == report
    ]
    assert line.gave_up
    failures = select(AuditEvent.reason).where(
        AuditEvent.action == "report.freeze_failed", AuditEvent.object_id == str(report)
    )
    assert large.session.scalars(failures).all() == [page.trouble]
    # Whatever still waits in the queue finds nothing to do; asked for again, it is done.
    as_actor(freezing.freeze, large.officer, report_id=report, now=FROZEN)
    assert seen(large, report).trouble == ""
    run_pending(now=FROZEN + timedelta(hours=3))
    assert seen(large, report).line.state == "frozen"


def test_a_refusal_is_told_at_once(large: Town) -> None:
    report = asked(large, "650421", "2025")
    earlier = asked(large, "650421", "2023")
    run_task("freeze_report", {"report_id": str(earlier)}, now=FROZEN)
    assert run_pending(now=FROZEN)
    page = seen(large, report)
    assert page.line.gave_up
    assert page.trouble == "报表要一期接一期。请先冻结2024年度的报表。"


def test_what_took_its_process_along_each_time_is_given_up(large: Town) -> None:
    report = asked(large, "650402", "2025")
    for _ in range(background.MOST_TRIES):
        assert as_actor(background.begin, SYSTEM, report_id=report, now=FROZEN)
    assert not as_actor(background.begin, SYSTEM, report_id=report, now=FROZEN)
    assert seen(large, report).line.gave_up


def test_a_job_that_was_lost_does_not_leave_its_report_freezing(large: Town) -> None:
    report = asked(large, "650402", "2025")
    rescue_reports(now=FROZEN)
    assert seen(large, report).line.state == "freezing"
    forget_all()
    rescue_reports(now=FROZEN)
    page = seen(large, report)
    assert (page.line.state, page.line.gave_up) == ("draft", True)
    assert "再冻结一次" in page.trouble


def test_what_waits_is_called_back_and_what_has_begun_is_not(large: Town) -> None:
    report = asked(large, "650402", "2025")
    with pytest.raises(StillFreezing):
        as_actor(freezing.discard, large.officer, report_id=report, now=FROZEN)
    stranger = make.make_actor(large.session, Role.OFFICER, region_code="650100")
    auditor = make.make_actor(large.session, Role.AUDITOR, region_code="650400")
    for actor, refusal in ((stranger, NotFound), (auditor, Forbidden)):
        with pytest.raises(refusal):
            as_actor(background.call_back, actor, report_id=report, now=FROZEN)
    as_actor(background.call_back, large.second, report_id=report, now=FROZEN)
    assert seen(large, report).can == ("freeze", "discard")
    run_pending(now=FROZEN)
    assert seen(large, report).line.state == "draft"
    as_actor(freezing.freeze, large.officer, report_id=report, now=FROZEN)
    as_actor(background.begin, SYSTEM, report_id=report, now=FROZEN)
    with pytest.raises(NotQueued):
        as_actor(background.call_back, large.officer, report_id=report, now=FROZEN)
    assert seen(large, report).can == ()


@pytest.mark.parametrize("act", [background.begin, background.failed, background.rescue])
def test_only_the_background_does_its_work(town: Town, act: Any) -> None:
    more = {} if act is background.rescue else {"report_id": town.draft()}
    with pytest.raises(Forbidden):
        act(town.session, town.officer, now=FROZEN, **more)
