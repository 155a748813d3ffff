"""The demo's frozen quarters, and what the later one tells of the earlier."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport
from portal.demo import cast
from portal.domain.permissions import ANONYMOUS
from portal.services.reports import funds, reconcile
from tests.support.demo import NOW, load


def frozen(session: Session) -> list[PeriodReport]:
    return list(session.scalars(select(PeriodReport).order_by(PeriodReport.period_from)))


def test_two_quarters_are_frozen_and_countersigned_and_the_later_one_told(
    session: Session,
) -> None:
    earlier, last = frozen(session)
    assert (earlier.period_to + timedelta(days=1), last.version) == (last.period_from, 1)
    for report in (earlier, last):
        assert (report.region_code, report.state) == (cast.REGION, "frozen")
        assert report.prepared_name
        assert report.countersigned_name not in ("", report.prepared_name)
        assert report.content["total"]["person_times"] > 0
        assert reconcile.broken(session, report) == []
    (page,) = funds.published(session, ANONYMOUS, now=NOW)
    assert page.report_id == last.id


def test_what_was_put_right_since_the_earlier_freeze_stands_in_the_later_report(
    session: Session,
) -> None:
    earlier, last = frozen(session)
    assert earlier.content["adjustments"] == []
    told = {one["note"]: one for one in last.content["adjustments"]}
    assert set(told) == {"certificate_gone", "recovered"}
    assert {one["period_from"] for one in told.values()} == {earlier.period_from.isoformat()}
    assert told["certificate_gone"]["certificates"] == -1
    assert told["recovered"]["fen"] < 0
    assert reconcile.moved(session, last) == ()


def test_the_next_day_freezes_nothing_new(session: Session) -> None:
    count = select(func.count()).select_from(PeriodReport)
    before = session.scalar(count)
    session.rollback()
    load(NOW + timedelta(days=1))
    assert session.scalar(count) == before
