"""The demo's frozen quarter."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport
from portal.demo import cast
from portal.domain.permissions import ANONYMOUS
from portal.services.reports import funds, reconcile
from tests.support.demo import NOW


def test_one_quarter_is_frozen_countersigned_and_told(session: Session) -> None:
    (report,) = session.scalars(select(PeriodReport)).all()
    assert (report.region_code, report.state) == (cast.REGION, "frozen")
    assert report.prepared_name
    assert report.countersigned_name not in ("", report.prepared_name)
    assert report.content["total"]["person_times"] > 0
    assert reconcile.broken(session, report) == []
    (page,) = funds.published(session, ANONYMOUS, now=NOW)
    assert page.report_id == report.id
