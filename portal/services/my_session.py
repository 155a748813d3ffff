"""One session of a person's own: what is recorded, leave, and making it up.

The person is on the class's roster, or comes as a guest to make up a session of another class.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AttendanceEvent, Enrolment, Institution, TrainingClass, TrainingSession
from portal.domain.checkin_code import Phase
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import leave, makeups
from portal.services.attendance_lines import roll_call_of
from portal.services.leave import Leave
from portal.services.makeup_options import hindrance, missed_of
from portal.services.makeups import Plan
from portal.services.own_sessions import OwnMeeting, meetings_of
from portal.services.teaching import ON_ROSTER


@dataclass(frozen=True, slots=True)
class MidCall:
    """The roll-call in the middle of the session. ``answered_at`` is None without an answer."""

    called_at: datetime
    closes_at: datetime
    costs_hours: bool
    answered_at: datetime | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class MySession:
    """``meeting`` is None for a guest, who has a ``visit`` instead.

    ``plan``: where the session is made up. ``can_make_up``: there is something to make up and no
    plan for it yet. ``phone`` is the institution's.
    """

    meeting: OwnMeeting | None
    visit: Plan | None
    institution_name: str
    phone: str
    address: str
    leave: Leave | None
    can_ask_leave: bool
    plan: Plan | None
    can_make_up: bool
    call: MidCall | None


def my_session(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> MySession:
    """A session of the person's own class, or one that they visit; raises NotFound."""
    actor.require(Permission.ENROL)
    row = session.execute(
        select(Enrolment, TrainingSession, TrainingClass, Institution)
        .join(TrainingSession, TrainingSession.class_id == Enrolment.class_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            TrainingSession.id == session_id,
            Enrolment.person_id.in_(actor.the_records()),
            Enrolment.status.in_(ON_ROSTER),
        )
        .order_by(Enrolment.created_at.desc())
    ).first()
    if row is None:
        return _visit(session, actor, session_id, now)
    enrolment, meeting, of, where = row
    asked = leave.of_enrolment(session, meeting, enrolment.id)
    plan = makeups.plan_for(session, actor, missed_session_id=session_id, now=now)
    is_live = enrolment.status in ("accepted", "active") and of.status != "cancelled"
    return MySession(
        meeting=_meeting(session, enrolment, session_id, now),
        visit=None,
        institution_name=where.name,
        phone=where.contact_phone,
        address=of.address,
        leave=asked,
        can_ask_leave=is_live
        and leave.may_ask(meeting, now)
        and (asked is None or asked.state in ("refused", "withdrawn")),
        plan=plan,
        can_make_up=is_live
        and (plan is None or plan.state == "missed")
        and hindrance(missed_of(session, actor, session_id)) is None,
        call=_call(session, meeting, enrolment.id),
    )


def _visit(session: Session, actor: Actor, session_id: UUID, now: datetime) -> MySession:
    visit = makeups.visit_to(session, actor, at_session_id=session_id, now=now)
    if visit is None:
        raise NotFound
    return MySession(
        meeting=None,
        visit=visit,
        institution_name=visit.institution_name,
        phone=visit.phone,
        address=visit.address,
        leave=None,
        can_ask_leave=False,
        plan=None,
        can_make_up=False,
        call=None,
    )


def _meeting(session: Session, enrolment: Enrolment, session_id: UUID, now: datetime) -> OwnMeeting:
    return next(one for one in meetings_of(session, enrolment, now) if one.session_id == session_id)


def _call(session: Session, meeting: TrainingSession, enrolment_id: UUID) -> MidCall | None:
    roll_call = roll_call_of(session, meeting)
    if roll_call is None:
        return None
    answer = session.scalar(
        select(AttendanceEvent).where(
            AttendanceEvent.session_id == meeting.id,
            AttendanceEvent.enrolment_id == enrolment_id,
            AttendanceEvent.phase == Phase.MID.value,
        )
    )
    return MidCall(
        called_at=roll_call.called_at,
        closes_at=roll_call.closes_at,
        costs_hours=roll_call.costs_hours,
        answered_at=answer.occurred_at if answer else None,
        receipt=answer.receipt if answer else None,
    )
