"""Who was warned that the certificate's hours may get out of reach, for their institution."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    AttendanceWarning,
    Enrolment,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.domain.attendance_outlook import Level
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.teaching import ON_ROSTER, own_class

_ORDER = tuple(Level)


@dataclass(frozen=True, slots=True)
class Warned:
    """A trainee who was warned; the most urgent warning. ``hours_left`` could still be missed."""

    enrolment_id: UUID
    name: str
    level: str
    hours_left: int
    told_at: datetime


@dataclass(frozen=True, slots=True)
class WarnedClass:
    """A class and how many of its trainees were warned that the goal is near to lost."""

    class_id: UUID
    title: str
    count: int


def warned(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> tuple[Warned, ...]:
    """Who in a class of the actor's institution was warned, the most urgent first.

    The reading is audited. Raises NotFound.
    """
    of = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    rows = session.execute(
        select(AttendanceWarning, Person.name)
        .join(Enrolment, Enrolment.id == AttendanceWarning.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.class_id == of.id, Enrolment.status.in_(ON_ROSTER), _needs_help(now))
        .order_by(AttendanceWarning.told_at)
    ).all()
    if rows:
        fields = ["name", "attendance"]
        audit.record(
            session,
            actor,
            "warnings.read",
            now=now,
            object_type="training_class",
            object_id=class_id,
            fields_read=fields,
        )
    found: dict[UUID, Warned] = {}
    for row, name in sorted(rows, key=lambda one: _ORDER.index(Level(one[0].level))):
        found[row.enrolment_id] = Warned(
            row.enrolment_id, name, row.level, row.hours_left, row.told_at
        )
    urgent = sorted(found.values(), key=lambda one: -_ORDER.index(Level(one.level)))
    return tuple(urgent)


def warned_classes(session: Session, actor: Actor, *, now: datetime) -> tuple[WarnedClass, ...]:
    """The institution's running classes in which somebody was warned and has missed something."""
    actor.require(Permission.RUN_SESSION)
    people = func.count(AttendanceWarning.enrolment_id.distinct())
    rows = session.execute(
        select(TrainingClass.id, TrainingClass.title, people)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .join(AttendanceWarning, AttendanceWarning.enrolment_id == Enrolment.id)
        .where(
            TrainingClass.institution_id == actor.institution_id,
            TrainingClass.status.in_(("enrolling", "running", "finished")),
            Enrolment.status.in_(ON_ROSTER),
            _needs_help(now),
        )
        .group_by(TrainingClass.id, TrainingClass.title)
        .order_by(TrainingClass.starts_on, TrainingClass.id)
    )
    return tuple(WarnedClass(*row) for row in rows)


def _needs_help(now: datetime) -> ColumnElement[bool]:
    """Not those of a short class who were only told how little may be missed."""
    came = exists().where(
        AttendanceEvent.session_id == TrainingSession.id,
        AttendanceEvent.enrolment_id == Enrolment.id,
        AttendanceEvent.phase == "in",
    )
    known = (
        AttendanceRecord.session_id == TrainingSession.id,
        AttendanceRecord.enrolment_id == Enrolment.id,
    )
    less = exists().where(*known, AttendanceRecord.credited_hours < TrainingSession.hours)
    around = (TrainingSession, Enrolment)
    missed = select(TrainingSession.id).where(
        TrainingSession.class_id == Enrolment.class_id,
        TrainingSession.sign_in_until < now,
        (~came.correlate(*around) & ~exists().where(*known).correlate(*around))
        | less.correlate(*around),
    )
    return or_(AttendanceWarning.level != Level.NEAR.value, missed.correlate(Enrolment).exists())
