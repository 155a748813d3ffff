"""Casework of the demo: a case with an order to rectify and money to come back, two complaints,
and a sample for a reviewer from outside."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Complaint, ReviewAssignment, ViolationCase
from portal.demo import cast, extras, officers
from portal.demo.cast import HOME, Cast
from portal.demo.seeds import PersonSeed, institutions
from portal.domain.case_errors import NothingToDraw
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import t
from portal.services.casework import (
    complaint_desk,
    complaints,
    findings,
    hearings,
    opening,
    recoveries,
    sanctions,
)
from portal.services.casework.complaints import ComplaintForm
from portal.services.casework.findings import Evidence
from portal.services.third_party import assignments
from portal.services.third_party.assignments import Wanted
from portal.services.times import day_of

REVIEWER = 207
# Beyond the indexes of the officers.
_INDEX = 971
_FEN = 3_600_00
_PAID = 1_200_00
_DAY = timedelta(days=1)


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """All of it; again changes nothing."""
    first, _ = officers.ensure(session, now=now)
    if session.scalar(select(ViolationCase.id).limit(1)) is None:
        _case(session, everybody, first, now)
        _suspicion(session, everybody, first, now)
    if session.scalar(select(Complaint.id).limit(1)) is None:
        _complaints(session, first, now)
    reviewer = extras.find(session, Role.REVIEWER, REVIEWER) or _reviewer(session, now)
    if session.scalar(select(ReviewAssignment.id).limit(1)) is None:
        _sample(session, first, reviewer, now)


def _case(session: Session, everybody: Cast, officer: Actor, now: datetime) -> None:
    """Found, heard, ordered to rectify; a part of the money has come back."""
    staff = everybody.staff[HOME]
    at = now - 6 * _DAY
    case_id = opening.open_case(
        session,
        officer,
        title=t("demo.case.title"),
        summary=t("demo.case.summary"),
        institution_id=staff.institution_id,
        now=at,
    )
    findings.grade(
        session,
        officer,
        case_id=case_id,
        what=t("demo.case.what"),
        grade="negligence",
        reason=t("demo.case.reason"),
        evidence=(Evidence("file", t("demo.case.evidence")),),
        now=at,
    )
    hearing = hearings.ask(
        session, officer, case_id=case_id, allegation=t("demo.case.allegation"), now=at
    )
    said = t("demo.case.statement")
    hearings.state(session, staff.manager, hearing_id=hearing, statement=said, now=at + _DAY)
    sanctions.decide(
        session,
        officer,
        case_id=case_id,
        kind="rectify",
        reason=t("demo.case.sanction"),
        document_no=t("demo.case.document"),
        effective_on=day_of(at + 2 * _DAY),
        due_on=day_of(now + 9 * _DAY),
        now=at + 2 * _DAY,
    )
    funds = recoveries.funds(session, officer, now=now)
    owed = recoveries.open_for_case(
        session,
        officer,
        case_id=case_id,
        amount_fen=_FEN,
        fund=funds[0] if funds else t("demo.case.fund"),
        reason=t("demo.case.money"),
        document_no=t("demo.case.document"),
        now=at + 2 * _DAY,
    )
    recoveries.pay(
        session,
        officer,
        recovery_id=owed,
        amount_fen=_PAID,
        reference=t("demo.case.receipt"),
        now=now - _DAY,
    )


def _suspicion(session: Session, everybody: Cast, officer: Actor, now: datetime) -> None:
    """Fraud that one officer found and another has yet to confirm, on two pieces of evidence."""
    turpan = cast.REGION[:4]
    of = next(
        staff.institution_id
        for key, staff in sorted(everybody.staff.items(), reverse=True)
        if key != HOME and institutions()[key].region_code.startswith(turpan)
    )
    case_id = opening.open_case(
        session,
        officer,
        title=t("demo.suspicion.title"),
        summary=t("demo.suspicion.summary"),
        institution_id=of,
        now=now - 3 * _DAY,
    )
    findings.grade(
        session,
        officer,
        case_id=case_id,
        what=t("demo.suspicion.what"),
        grade="confirmed_fraud",
        reason=t("demo.suspicion.reason"),
        evidence=(
            Evidence("photo", t("demo.suspicion.photo"), t("demo.suspicion.photo_note")),
            Evidence("file", t("demo.suspicion.file")),
        ),
        now=now - 2 * _DAY,
    )


def _complaints(session: Session, officer: Actor, now: datetime) -> None:
    """One that nobody has taken up yet, one that was answered."""
    for number, days in ((1, 1), (2, 4)):
        complaints.send(
            session,
            ANONYMOUS,
            form=ComplaintForm(
                nonce=f"{number:032d}",
                kind=("teaching", "fees")[number - 1],
                region_code=cast.HOME_COUNTY,
                about=t(f"demo.complaint.about_{number}"),
                text=t(f"demo.complaint.text_{number}"),
                name=t("demo.complaint.name") if number == 1 else "",
                phone=cast.phone(number) if number == 1 else "",
                unknown=number == 2,
            ),
            source=b"demo",
            now=now - days * _DAY,
        )
    newest = select(Complaint.id).where(Complaint.kind == "fees")
    answered = session.scalars(newest).one()
    complaint_desk.take(session, officer, complaint_id=answered, note="", now=now - 3 * _DAY)
    complaint_desk.answer(
        session,
        officer,
        complaint_id=answered,
        text=t("demo.complaint.answer"),
        now=now - _DAY,
    )


def _reviewer(session: Session, now: datetime) -> Account:
    seed = PersonSeed(_INDEX, "", t("demo.reviewer"), date(1975, 6, 3), "2")
    return extras.make(session, Role.REVIEWER, REVIEWER, seed, region_code=cast.REGION, now=now)


def _sample(session: Session, officer: Actor, reviewer: Account, now: datetime) -> None:
    """Six sessions of the last two months; a demo without any has no sample yet."""
    today = day_of(now)
    wanted = Wanted(
        reviewer_account_id=reviewer.id,
        title=t("demo.review.title"),
        unit="session",
        period_from=today - 60 * _DAY,
        period_to=today - _DAY,
        size=6,
        from_on=today,
        until_on=today + 30 * _DAY,
    )
    try:
        assignments.assign(session, officer, wanted=wanted, now=now)
    except NothingToDraw:
        return
