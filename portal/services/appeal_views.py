"""Appeals as their own trainees see them, and what of them others ask about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import AttendanceAppeal, AttendanceRecord, TrainingSession
from portal.policies.models import Attendance
from portal.services.appeal_terms import closes_at, opens_at
from portal.services.times import day_of, day_text


@dataclass(frozen=True, slots=True)
class OwnAppeal:
    """An appeal as its trainee sees it. ``state``: open, upheld, refused, withdrawn;
    ``answer_by`` is the last day of the answer, in words; ``late`` once it has passed."""

    appeal_id: UUID
    kind: str
    state: str
    note: str
    created_at: datetime
    answer_by: str
    late: bool
    answer: str
    answered_at: datetime | None


def own_appeals(session: Session, enrolment_id: UUID, now: datetime) -> Mapping[UUID, OwnAppeal]:
    """The latest appeal of each session; the caller has checked whose enrolment it is."""
    rows = session.scalars(
        select(AttendanceAppeal)
        .where(
            AttendanceAppeal.enrolment_id == enrolment_id,
            AttendanceAppeal.state != "withdrawn",
        )
        .order_by(AttendanceAppeal.created_at, AttendanceAppeal.id)
    )
    return {row.session_id: view(row, now) for row in rows}


def may_appeal(
    meeting: TrainingSession,
    record: AttendanceRecord | None,
    latest: OwnAppeal | None,
    rules: Attendance,
    now: datetime,
) -> tuple[bool, datetime | None]:
    """Whether a record may be appealed now, and until when: None as long as the days have not
    begun. The caller knows that the class is not closed."""
    if now < opens_at(meeting) or (latest is not None and latest.state == "open"):
        return False, None
    answered_at = latest.answered_at if latest is not None else None
    if answered_at is not None and (record is None or record.updated_at <= answered_at):
        return False, None
    closes = closes_at(meeting, record, rules.appeal_within_days)
    return closes is None or now < closes, closes


def open_in(session: Session, class_id: UUID) -> int:
    """How many appeals of a class wait for their answer."""
    query = (
        select(func.count())
        .select_from(AttendanceAppeal)
        .join(TrainingSession, TrainingSession.id == AttendanceAppeal.session_id)
        .where(TrainingSession.class_id == class_id, AttendanceAppeal.state == "open")
    )
    return session.scalar(query) or 0


def view(row: AttendanceAppeal, now: datetime) -> OwnAppeal:
    """An appeal in plain values."""
    return OwnAppeal(
        appeal_id=row.id,
        kind=row.kind,
        state=row.state,
        note=row.note,
        created_at=row.created_at,
        answer_by=last_day(row.due_at),
        late=row.state == "open" and now >= row.due_at,
        answer=row.answer or "",
        answered_at=row.answered_at,
    )


def last_day(end: datetime) -> str:
    """The day that a midnight ends, in words."""
    return day_text(day_of(end - timedelta(seconds=1)))
