"""Sheets that were not confirmed in time: their institution is told once, the authority sees them.

A sheet is overdue from the day after the last of ``confirm_within_days`` working days behind the
day of its session. The trainees' hours hang on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import Institution, TrainingClass, TrainingSession
from portal.domain import working_days
from portal.domain.permissions import Actor, Permission
from portal.policies.reference import region_name
from portal.services import audit, notices, scope, staff_told
from portal.services.attendance_rules import region_rules
from portal.services.paging import Page, bounds
from portal.services.times import day_of

# Older ones are of classes that nobody will ever close; the authority has long seen them.
_BACK = timedelta(days=400)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OverdueSheet:
    """A sheet and since how many days it is overdue; ``due_on`` was its last day."""

    session_id: UUID
    class_id: UUID
    institution: str
    region: str
    title: str
    seq_no: int
    starts_at: datetime
    ends_at: datetime
    due_on: date
    days: int


def due_on(session: Session, of: TrainingClass, meeting: TrainingSession) -> date:
    """The last day on which a sheet is confirmed in time."""
    within = region_rules(session, of.region_code, of.starts_on).confirm_within_days
    return working_days.after(day_of(meeting.ends_at), within)


def own_overdue(session: Session, actor: Actor, *, now: datetime) -> tuple[OverdueSheet, ...]:
    """The overdue sheets of the actor's institution, the oldest first."""
    actor.require(Permission.CONFIRM_ATTENDANCE)
    query = _open(now).where(TrainingClass.institution_id == actor.institution_id)
    return tuple(_overdue(session, session.execute(query.limit(_AT_ONCE)), now))


def overseen(
    session: Session, actor: Actor, *, now: datetime, page: int = 1, size: int = 20
) -> Page[OverdueSheet]:
    """The overdue sheets of the officer's region, the oldest first. The reading is logged."""
    actor.require(Permission.SUPERVISE)
    limit, offset = bounds(page, size)
    query = _open(now).where(scope.in_area(scope.the_area(actor)))
    found = list(_overdue(session, session.execute(query.limit(_AT_ONCE)), now))
    audit.record(session, actor, "sheets.oversee", now=now, object_type="training_session")
    return Page(tuple(found[offset : offset + limit]), max(page, 1), limit, len(found))


def tell_overdue(session: Session, actor: Actor, *, now: datetime) -> int:
    """Tell each institution once of its sheets that have become overdue; answers how many.

    Its managers hear of all of them, an instructor of their own; one message a person.
    """
    actor.require(Permission.RUN_TASKS)
    query = _open(now).where(TrainingSession.overdue_told_at.is_(None))
    query = query.with_for_update(of=TrainingSession, key_share=True, skip_locked=True)
    rows = session.execute(query.limit(_AT_ONCE)).all()
    late = {one.session_id for one in _overdue(session, rows, now)}
    by_person: defaultdict[UUID, int] = defaultdict(int)
    for meeting, of, _ in rows:
        if meeting.id not in late:
            continue
        meeting.overdue_told_at = now
        teachers = {meeting.instructor_id, of.instructor_id}
        for person in staff_told.managers_and(session, of.institution_id, teachers):
            by_person[person] += 1
    _tell(session, by_person, now)
    session.flush()
    return len(late)


def _tell(session: Session, by_person: Mapping[UUID, int], now: datetime) -> None:
    for person, count in by_person.items():
        notices.tell(session, person, "sheets_overdue", params={"count": count}, now=now)


def _open(now: datetime) -> Select[*tuple[Any, ...]]:
    """Sheets that are not confirmed and whose session is over, the oldest first.

    The earliest day on which one could be overdue is the next but one: one working day at least.
    """
    return (
        select(TrainingSession, TrainingClass, Institution.name)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            TrainingSession.confirmed_at.is_(None),
            TrainingSession.starts_at > now - _BACK,
            TrainingSession.ends_at < now - timedelta(days=1),
            TrainingClass.status.not_in(("draft", "cancelled", "closed")),
        )
        .order_by(TrainingSession.ends_at, TrainingSession.id)
    )


def _overdue(session: Session, rows: Iterable[Any], now: datetime) -> Iterable[OverdueSheet]:
    today = day_of(now)
    for meeting, of, institution in rows:
        last = due_on(session, of, meeting)
        if last < today:
            yield OverdueSheet(
                session_id=meeting.id,
                class_id=of.id,
                institution=institution,
                region=region_name(of.region_code),
                title=of.title,
                seq_no=meeting.seq_no,
                starts_at=meeting.starts_at,
                ends_at=meeting.ends_at,
                due_on=last,
                days=(today - last).days,
            )
