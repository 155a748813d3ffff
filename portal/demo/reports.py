"""The demo's last two quarters, frozen by one officer, countersigned by another, the later one told
to the public. What was put right between the two freezes stands in the later one."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Certificate,
    ClaimLine,
    Disbursement,
    PeriodReport,
    Person,
)
from portal.demo import officers
from portal.demo.cast import REGION, Cast
from portal.domain.permissions import Actor
from portal.domain.report_period import Period, period_of
from portal.locale import t
from portal.services import certificates, issuance
from portal.services.claims import payments
from portal.services.reports import freezing, funds
from portal.services.reports.errors import NoMoney
from portal.services.scope import in_area
from portal.services.times import ZONE, day_of

# From the first day of the quarter that followed.
_MORNING = timedelta(hours=10, minutes=30)
_FROZEN_AFTER, _ASKED_BACK_AFTER = timedelta(days=6), timedelta(days=29)
_BACK_AFTER = timedelta(days=11)
_REVOKED_AGO = timedelta(hours=2)


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Freeze the two quarters before this one, once; what comes later is for whoever tries."""
    if session.scalar(select(PeriodReport.id).limit(1)) is not None:
        return
    first, second = (_named(session, one) for one in officers.ensure(session, now=now))
    last = period_of("quarter", day_of(now)).before()
    earlier = last.before()
    begun = _begin_of(last.first) + _MORNING
    _freeze(session, first, second, earlier, now=begun + _FROZEN_AFTER)
    _take_back(session, first, everybody, earlier, now=begun + _ASKED_BACK_AFTER)
    # Later than every claim in which the certificate may stand.
    _revoke(session, first, everybody, earlier, now=now - _REVOKED_AGO)
    made = _freeze(session, first, second, last, now=now)
    try:
        funds.publish(session, first, report_id=made, now=now)
    except NoMoney:
        # The demo's money may have moved in this quarter only.
        return


def _freeze(
    session: Session, first: Actor, second: Actor, period: Period, *, now: datetime
) -> UUID:
    made = freezing.draft(session, first, region_code=REGION, period=period, now=now)
    freezing.freeze(session, first, report_id=made, now=now)
    freezing.countersign(session, second, report_id=made, now=now)
    return made


def _revoke(
    session: Session, officer: Actor, everybody: Cast, period: Period, *, now: datetime
) -> None:
    """One certificate of the frozen quarter, of nobody who can log in; best of somebody for whom
    nobody was asked to pay."""
    claimed = Certificate.enrolment_id.in_(select(ClaimLine.enrolment_id))
    number = session.scalar(
        select(Certificate.number)
        .where(
            Certificate.kind == issuance.TRAINING,
            Certificate.status == "issued",
            Certificate.issued_on.between(period.first, period.last),
            Certificate.person_id.not_in(everybody.trainees),
            in_area(REGION, Certificate.region_code),
        )
        .order_by(claimed, Certificate.issued_on, Certificate.number)
        .limit(1)
    )
    if number is not None:
        reason = t("demo.report.revoked")
        certificates.revoke(session, officer, number=number, reason=reason, now=now)


def _take_back(
    session: Session, officer: Actor, everybody: Cast, period: Period, *, now: datetime
) -> None:
    """What one person's share came to of a claim that was paid in the frozen quarter."""
    line = session.scalar(
        select(ClaimLine)
        .join(Disbursement, Disbursement.claim_id == ClaimLine.claim_id)
        .where(
            ClaimLine.state == "confirmed",
            ClaimLine.person_id.not_in(everybody.trainees),
            Disbursement.at >= _begin_of(period.first),
            Disbursement.at < _begin_of(period.after().first),
        )
        .order_by(Disbursement.at, ClaimLine.id)
        .limit(1)
    )
    if line is None:
        return
    payments.claw_back(
        session, officer, line_ids=(line.id,), reason=t("demo.report.claw_back"), now=now
    )
    payments.record_recovery(
        session,
        officer,
        claim_id=line.claim_id,
        amount_fen=line.amount_fen,
        reference=t("demo.report.receipt"),
        now=now + _BACK_AFTER,
    )


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _named(session: Session, actor: Actor) -> Actor:
    name = session.scalar(select(Person.name).where(Person.id == actor.person_id))
    return replace(actor, name=name or "")
