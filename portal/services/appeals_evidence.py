"""What is known about an appealed session of one person, for whoever answers the appeal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceAppeal,
    AttendanceCorrection,
    AttendanceEvent,
    LeaveRequest,
    Person,
    RelayTry,
)
from portal.locale import t
from portal.services import times
from portal.services.attendance_rows import method_text
from portal.services.offline_lines import uploads_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that is known: ``kind`` is event, upload, colour, correction or leave."""

    kind: str
    at: datetime
    text: str


def evidence_of(
    session: Session, appeal: AttendanceAppeal, person_id: UUID
) -> tuple[Evidence, ...]:
    """Scans with their receipts, uploads, answers to the colour, corrections and leave, in order
    of time. The caller has loaded the appeal as its institution's staff."""
    found = [
        *_events(session, appeal),
        *_uploads(session, appeal),
        *_colours(session, appeal, person_id),
        *_corrections(session, appeal),
        *_leave(session, appeal),
    ]
    return tuple(sorted(found, key=lambda one: one.at))


def _events(session: Session, appeal: AttendanceAppeal) -> Iterator[Evidence]:
    query = select(AttendanceEvent).where(
        AttendanceEvent.session_id == appeal.session_id,
        AttendanceEvent.enrolment_id == appeal.enrolment_id,
    )
    for event in session.scalars(query):
        text = t(
            "appeals.evidence.event",
            when=times.moment_text(event.occurred_at),
            phase=t(f"appeals.phase.{event.phase}"),
            how=method_text(event),
            receipt=event.receipt,
        )
        yield Evidence("event", event.occurred_at, text)


def _uploads(session: Session, appeal: AttendanceAppeal) -> Iterator[Evidence]:
    for line in uploads_of(session, appeal.session_id):
        if line.enrolment_id != appeal.enrolment_id:
            continue
        at = line.occurred_at or line.received_at
        when = times.moment_text(at)
        yield Evidence("upload", at, t("appeals.evidence.upload", when=when, text=line.text))


def _colours(session: Session, appeal: AttendanceAppeal, person_id: UUID) -> Iterator[Evidence]:
    tries = session.scalars(
        select(RelayTry)
        .where(RelayTry.session_id == appeal.session_id, RelayTry.person_id == person_id)
        .order_by(RelayTry.answered_at)
    ).all()
    if tries:
        right = sum(one.right for one in tries)
        when = times.moment_text(tries[0].asked_at)
        text = t("appeals.evidence.colour", when=when, tries=len(tries), right=right)
        yield Evidence("colour", tries[0].asked_at, text)


def _corrections(session: Session, appeal: AttendanceAppeal) -> Iterator[Evidence]:
    rows = session.execute(
        select(AttendanceCorrection, Person.name)
        .outerjoin(Account, Account.id == AttendanceCorrection.actor_account_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .where(
            AttendanceCorrection.session_id == appeal.session_id,
            AttendanceCorrection.enrolment_id == appeal.enrolment_id,
        )
    )
    for made, who in rows:
        text = t(
            "appeals.evidence.correction",
            when=times.moment_text(made.at),
            who=who or "",
            old=_value(made.old_state, made.old_hours),
            new=_value(made.new_state, made.new_hours),
            reason=made.reason,
        )
        yield Evidence("correction", made.at, text)


def _leave(session: Session, appeal: AttendanceAppeal) -> Iterator[Evidence]:
    query = select(LeaveRequest).where(
        LeaveRequest.session_id == appeal.session_id,
        LeaveRequest.enrolment_id == appeal.enrolment_id,
        LeaveRequest.state.in_(("asked", "granted", "refused")),
    )
    for asked in session.scalars(query):
        state = t(f"leave.state_{asked.state}")
        when = times.moment_text(asked.created_at)
        yield Evidence(
            "leave", asked.created_at, t("appeals.evidence.leave", when=when, state=state)
        )


def _value(state: str, hours: int) -> str:
    return t("appeals.stands", state=t(f"sheet.state_{state}"), hours=hours)
