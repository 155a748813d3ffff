"""What waits in the demo's attendance: an appeal, a second opinion, and people who were warned.

The overdue sheet is one that ``history`` leaves open.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceAppeal,
    AttendanceRecord,
    AttendanceWarning,
    CorrectionProposal,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.demo import seeds
from portal.demo.cast import HOME, Cast
from portal.domain.attendance import AttendanceState
from portal.domain.errors import PortalError
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.locale import t
from portal.services import appeals, attendance, attendance_warnings

_LIVE = ("accepted", "active")
# More corrections than that in one class, and the region's number is something else.
_MOST = 12


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """One of each while none is open; again changes nothing."""
    home = everybody.staff[HOME].institution_id
    if not _has(session, AttendanceAppeal, home):
        _appeal(session, everybody, now)
    if not _has(session, CorrectionProposal, home):
        _propose(session, everybody, now)
    _warn(session, home, now)


def _has(
    session: Session, kind: type[AttendanceAppeal] | type[CorrectionProposal], home: UUID
) -> bool:
    query = (
        select(kind.id)
        .join(TrainingSession, TrainingSession.id == kind.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(kind.state == "open", TrainingClass.institution_id == home)
    )
    return session.scalar(query.limit(1)) is not None


def _absences(home: UUID) -> Select[*tuple[Any, ...]]:
    """Records of absence in confirmed sheets of the running home classes, the latest first."""
    return (
        select(AttendanceRecord, TrainingSession, TrainingClass)
        .join(TrainingSession, TrainingSession.id == AttendanceRecord.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Enrolment, Enrolment.id == AttendanceRecord.enrolment_id)
        .where(
            TrainingClass.institution_id == home,
            TrainingClass.status == "running",
            AttendanceRecord.state == AttendanceState.ABSENT.value,
            AttendanceRecord.corrected.is_(False),
            Enrolment.status.in_(_LIVE),
        )
        .order_by(TrainingSession.starts_at.desc(), AttendanceRecord.id)
    )


def _appeal(session: Session, everybody: Cast, now: datetime) -> None:
    """Somebody who counts as absent says that they were there."""
    home = everybody.staff[HOME]
    desk = home.manager.the_account()
    for record, meeting, _ in session.execute(_absences(home.institution_id).limit(_MOST)):
        who = Actor(role=Role.TRAINEE, account_id=desk, person_id=record.person_id)
        try:
            appeals.appeal(
                session,
                who,
                session_id=meeting.id,
                enrolment_id=record.enrolment_id,
                kind="missing",
                note=t("demo.appeal.note"),
                now=now,
            )
        except PortalError:
            # Too old: the next may be younger.
            continue
        return


def _propose(session: Session, everybody: Cast, now: datetime) -> None:
    """The instructor corrects one class until a colleague must agree."""
    home = everybody.staff[HOME].institution_id
    rows = session.execute(_absences(home)).all()
    teacher = _teacher(session, everybody)
    for record, meeting, _ in _of_one_class(rows)[:_MOST]:
        sheet = attendance.correct(
            session,
            teacher,
            session_id=meeting.id,
            enrolment_id=record.enrolment_id,
            state=AttendanceState.PRESENT.value,
            hours=meeting.hours,
            reason=t("demo.reason.forgot"),
            now=now,
        )
        if sheet.pending:
            return


def _of_one_class(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Row[*tuple[Any, ...]]]:
    """The absences of the class that has most of them; trials and the weekly class are left."""
    by_class: dict[UUID, list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        made: TrainingClass = row[2]
        if not made.class_no.startswith((seeds.NOW, seeds.DAYLONG, seeds.WEEKLY)):
            by_class.setdefault(made.id, []).append(row)
    return max(by_class.values(), key=len, default=[])


def _teacher(session: Session, everybody: Cast) -> Actor:
    account = session.get_one(Account, everybody.instructor)
    return Actor(
        role=Role.INSTRUCTOR,
        account_id=account.id,
        person_id=account.person_id,
        institution_id=account.institution_id,
    )


def _warn(session: Session, home: UUID, now: datetime) -> None:
    """What the clock would have done: the first time only, the worker goes on from there."""
    if session.scalar(select(func.count()).select_from(AttendanceWarning)):
        return
    query = select(TrainingClass.id).where(
        TrainingClass.institution_id == home, TrainingClass.status == "running"
    )
    for class_id in session.scalars(query.order_by(TrainingClass.class_no)).all():
        attendance_warnings.warn_class(session, SYSTEM, class_id=class_id, now=now)
