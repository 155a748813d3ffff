"""Appeals as the authority sees them: how many wait, which are late, and where. It reads only;
the institution answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceAppeal,
    Enrolment,
    Institution,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import BadInput
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.policies.reference import region_name
from portal.services import audit, notices, scope, staff_told
from portal.services.appeal_views import last_day
from portal.services.paging import Page, bounds

SHOWN = ("open", "late", "answered", "all")


@dataclass(frozen=True, slots=True)
class OverseenAppeal:
    """An appeal; the name is masked. ``late``: not answered in time."""

    appeal_id: UUID
    person: str
    institution: str
    region: str
    title: str
    seq_no: int
    starts_at: datetime
    kind: str
    state: str
    created_at: datetime
    answer_by: str
    late: bool
    answered_at: datetime | None


def overseen(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    show: str = "open",
    region: str = "",
    page: int = 1,
    size: int = 20,
) -> Page[OverseenAppeal]:
    """The appeals of the officer's region: late ones first, then by deadline. The reading is
    logged.

    ``show``: open, late, answered or all; ``region``: a county or prefecture within the own
    region, empty for all of it. Raises BadInput (show, region).
    """
    actor.require(Permission.SUPERVISE)
    limit, offset = bounds(page, size)
    query = _within(session, actor, region, show, now)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    is_open = AttendanceAppeal.state == "open"
    query = query.order_by(is_open.desc(), AttendanceAppeal.due_at, AttendanceAppeal.id)
    rows = session.execute(query.limit(limit).offset(offset)).all()
    audit.record(session, actor, "appeals.oversee", now=now, object_type="appeal")
    return Page(tuple(_view(row, now) for row in rows), max(page, 1), limit, total)


def regions_with(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """The regions within the officer's own in which somebody has appealed: code and name."""
    actor.require(Permission.SUPERVISE)
    query = _query(actor).with_only_columns(TrainingClass.region_code).distinct()
    return tuple((code, region_name(code)) for code in sorted(session.scalars(query)))


def note_overdue(session: Session, actor: Actor, *, now: datetime) -> int:
    """Mark appeals whose day has passed, once each, and tell the institution's staff again.

    Answers how many.
    """
    actor.require(Permission.RUN_TASKS)
    rows = session.scalars(
        select(AttendanceAppeal)
        .where(
            AttendanceAppeal.state == "open",
            AttendanceAppeal.due_at <= now,
            AttendanceAppeal.overdue_told_at.is_(None),
        )
        .order_by(AttendanceAppeal.due_at)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).all()
    for appeal in rows:
        appeal.overdue_told_at = now
        meeting = session.get_one(TrainingSession, appeal.session_id)
        of = session.get_one(TrainingClass, meeting.class_id)
        teachers = {meeting.instructor_id, of.instructor_id}
        for person in staff_told.managers_and(session, of.institution_id, teachers):
            params = {"title": of.title, "n": meeting.seq_no}
            notices.tell(session, person, "appeal_overdue", params=params, now=now)
    session.flush()
    return len(rows)


def _within(
    session: Session, actor: Actor, region: str, show: str, now: datetime
) -> Select[*tuple[Any, ...]]:
    query = _query(actor)
    if region:
        if not (region.isascii() and region.isdigit() and len(region) == 6):
            raise BadInput("region", "appeals.bad_filter")
        query = query.where(scope.in_area(region))
    late = AttendanceAppeal.due_at <= now
    match show:
        case "open":
            return query.where(AttendanceAppeal.state == "open")
        case "late":
            return query.where(AttendanceAppeal.state == "open", late)
        case "answered":
            return query.where(AttendanceAppeal.state.in_(("upheld", "refused")))
        case "all":
            return query
        case _:
            raise BadInput("show", "appeals.bad_filter")


def _query(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AttendanceAppeal,
            TrainingSession,
            TrainingClass,
            Person.name.label("person"),
            Institution.name.label("institution"),
        )
        .join(TrainingSession, TrainingSession.id == AttendanceAppeal.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .join(Enrolment, Enrolment.id == AttendanceAppeal.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(scope.in_area(scope.the_area(actor)))
    )


def _view(row: Any, now: datetime) -> OverseenAppeal:
    appeal: AttendanceAppeal = row.AttendanceAppeal
    return OverseenAppeal(
        appeal_id=appeal.id,
        person=mask_name(row.person),
        institution=row.institution,
        region=region_name(row.TrainingClass.region_code),
        title=row.TrainingClass.title,
        seq_no=row.TrainingSession.seq_no,
        starts_at=row.TrainingSession.starts_at,
        kind=appeal.kind,
        state=appeal.state,
        created_at=appeal.created_at,
        answer_by=last_day(appeal.due_at),
        late=appeal.state == "open" and now >= appeal.due_at,
        answered_at=appeal.answered_at,
    )
