"""The demo's last quarter, frozen by one officer, countersigned by another, told to the public."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PeriodReport, Person
from portal.demo import officers
from portal.demo.cast import REGION, Cast
from portal.domain.permissions import Actor
from portal.domain.report_period import period_of
from portal.services.reports import freezing, funds
from portal.services.reports.errors import NoMoney
from portal.services.times import day_of


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Freeze the quarter before this one, once; what comes later is for whoever tries."""
    del everybody
    if session.scalar(select(PeriodReport.id).limit(1)) is not None:
        return
    first, second = (_named(session, one) for one in officers.ensure(session, now=now))
    period = period_of("quarter", day_of(now)).before()
    made = freezing.draft(session, first, region_code=REGION, period=period, now=now)
    freezing.freeze(session, first, report_id=made, now=now)
    freezing.countersign(session, second, report_id=made, now=now)
    try:
        funds.publish(session, first, report_id=made, now=now)
    except NoMoney:
        # The demo's money may have moved in this quarter only.
        return


def _named(session: Session, actor: Actor) -> Actor:
    name = session.scalar(select(Person.name).where(Person.id == actor.person_id))
    return replace(actor, name=name or "")
