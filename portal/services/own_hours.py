"""How far a trainee's own hours have come, and what is still possible."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Enrolment, TrainingClass
from portal.domain.attendance_outlook import worst
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import hours_outlook
from portal.services.attendance_rules import attendance_of


@dataclass(frozen=True, slots=True)
class OwnHours:
    """课时 of one enrolment. ``got`` are confirmed, ``waiting`` wait for the sheet; ``ahead`` can
    still be had and ``spare`` of these may be missed (below nought: out of reach). ``level``:
    near, last, lost or "" (``domain.attendance_outlook``)."""

    needed: int
    got: int
    waiting: int
    lacking: int
    ahead: int
    spare: int
    level: str


def own_hours(
    session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime
) -> OwnHours | None:
    """The hours of one's own place on a roster, None without one. Raises NotFound."""
    actor.require(Permission.ENROL)
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.person_id not in actor.the_records():
        raise NotFound
    of = session.get_one(TrainingClass, enrolment.class_id)
    found = hours_outlook.of_class(session, of, now=now, only=enrolment_id)
    if enrolment_id not in found:
        return None
    prospect = found[enrolment_id]
    total = prospect.total
    left = attendance_of(session, of).warn_hours_left
    level, goal = worst(prospect.goals, warn_hours_left=left)
    got = total.got - prospect.waiting
    return OwnHours(
        needed=total.needed,
        got=got,
        waiting=prospect.waiting,
        lacking=max(total.needed - got, 0),
        ahead=total.ahead,
        spare=min(total.spare, goal.spare),
        level=level.value if level else "",
    )
