"""Warnings to trainees before the certificate's hours are out of reach, and who was warned.

Told at once on the messages page. A text message goes out for ``last`` only, and waits for the
morning: nobody is woken for it.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceWarning,
    Enrolment,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.attendance_outlook import Level, worst
from portal.domain.errors import TooManyAttempts
from portal.domain.permissions import Actor, Permission
from portal.services import audit, hours_outlook, notices, queue, sms
from portal.services.attendance_rules import attendance_of
from portal.services.hours_outlook import Prospect
from portal.services.teaching import ON_ROSTER
from portal.services.times import ZONE, local

# Text messages about attendance are sent from 8:00 to 21:00 in Beijing.
_WAKING, _SLEEPING = time(8), time(21)
# A class is asked about from shortly before it begins to some days after its last session.
_AHEAD, _AFTER = timedelta(days=2), timedelta(days=7)
_ORDER = tuple(Level)


def classes_to_ask(session: Session, actor: Actor, *, now: datetime) -> tuple[UUID, ...]:
    """Classes that meet these days."""
    actor.require(Permission.RUN_TASKS)
    query = (
        select(TrainingClass.id)
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .where(TrainingClass.status.in_(("enrolling", "running", "finished")))
        .group_by(TrainingClass.id)
        .having(
            func.min(TrainingSession.starts_at) < now + _AHEAD,
            func.max(TrainingSession.ends_at) > now - _AFTER,
        )
        .order_by(TrainingClass.id)
    )
    return tuple(session.scalars(query))


def warn_class(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> int:
    """Warn whoever in a class must be warned, each level once; answers how many were."""
    actor.require(Permission.RUN_TASKS)
    of = session.get_one(TrainingClass, class_id)
    if of.status not in ("enrolling", "running", "finished"):
        return 0
    left = attendance_of(session, of).warn_hours_left
    told = _told(session, class_id)
    count = 0
    for enrolment_id, prospect in hours_outlook.of_class(session, of, now=now).items():
        level, goal = worst(prospect.goals, warn_hours_left=left)
        before = told.get(enrolment_id, frozenset())
        if level is None or any(_ORDER.index(one) >= _ORDER.index(level) for one in before):
            continue
        spare = max(goal.spare, 0)
        if _write(session, enrolment_id, level, spare, now):
            _tell(session, actor, of, enrolment_id, level, prospect, spare, bool(before), now)
            count += 1
    return count


def text(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> None:
    """Send the text message of a ``last`` warning, unless it has become pointless meanwhile."""
    actor.require(Permission.RUN_TASKS)
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.status not in ON_ROSTER:
        return
    of = session.get_one(TrainingClass, enrolment.class_id)
    prospect = hours_outlook.of_class(session, of, now=now, only=enrolment_id)[enrolment_id]
    level, _ = worst(prospect.goals, warn_hours_left=attendance_of(session, of).warn_hours_left)
    sealed = session.scalar(select(Person.phone_enc).where(Person.id == enrolment.person_id))
    if level is not Level.LAST or sealed is None:
        return
    try:
        key = "notice.attendance_last.sms"
        sms.send(session, get_vault().open("phone", sealed), key, {"title": of.title}, now)
    except TooManyAttempts:
        # The notice on the messages page stands all the same.
        return


def _told(session: Session, class_id: UUID) -> Mapping[UUID, frozenset[Level]]:
    rows = session.execute(
        select(AttendanceWarning.enrolment_id, AttendanceWarning.level)
        .join(Enrolment, Enrolment.id == AttendanceWarning.enrolment_id)
        .where(Enrolment.class_id == class_id)
    )
    found: dict[UUID, set[Level]] = {}
    for enrolment_id, level in rows:
        found.setdefault(enrolment_id, set()).add(Level(level))
    return {who: frozenset(levels) for who, levels in found.items()}


def _write(session: Session, enrolment_id: UUID, level: Level, spare: int, now: datetime) -> bool:
    """Write the warning down; False when another worker was first."""
    made = session.scalar(
        insert(AttendanceWarning)
        .values(enrolment_id=enrolment_id, level=level.value, hours_left=spare, told_at=now)
        .on_conflict_do_nothing(index_elements=["enrolment_id", "level"])
        .returning(AttendanceWarning.enrolment_id)
    )
    return made is not None


def _tell(
    session: Session,
    actor: Actor,
    of: TrainingClass,
    enrolment_id: UUID,
    level: Level,
    prospect: Prospect,
    spare: int,
    warned_before: bool,
    now: datetime,
) -> None:
    enrolment = session.get_one(Enrolment, enrolment_id)
    total = prospect.total
    params: dict[str, object] = {"title": of.title}
    kind = f"attendance_{level.value}"
    if level is Level.NEAR and not total.missed:
        kind, params["left"] = "attendance_short_class", spare
    elif level is Level.NEAR:
        params |= {"left": spare, "missed": total.missed}
    elif level is Level.LAST:
        params |= {"missed": total.missed}
    elif not warned_before:
        # One session was enough, so that no word could come before it.
        kind = "attendance_lost_at_once"
    ref = ("enrolment", enrolment_id)
    notices.tell(session, enrolment.person_id, kind, params=params, ref=ref, now=now)
    if level is Level.LAST:
        queue.defer(
            session,
            "text_attendance_warning",
            key=str(enrolment_id),
            run_at=_waking(now),
            enrolment_id=enrolment_id,
        )
    audit.record(
        session,
        actor,
        "attendance.warn",
        now=now,
        object_type="enrolment",
        object_id=enrolment_id,
        on_behalf_of=enrolment.person_id,
        detail={"level": level.value, "hours_left": spare},
    )


def _waking(now: datetime) -> datetime | None:
    """When a text message may be sent: None for at once."""
    here = local(now)
    if _WAKING <= here.time() < _SLEEPING:
        return None
    day = here.date() + timedelta(days=here.time() >= _SLEEPING)
    return datetime.combine(day, _WAKING, ZONE)
