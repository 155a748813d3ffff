"""Making up a missed session as a guest of another class, also at another institution.

The guest stands on the other class's sheet under the enrolment of their own class. When that
sheet is confirmed, the hours are written to the missed session, and nothing to the other one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceEvent,
    Enrolment,
    Institution,
    MakeUp,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import NotFound
from portal.domain.leave_errors import ChairsGone, MakeUpRefused
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, times
from portal.services.hot import LOCK_PERSON
from portal.services.makeup_options import fits, hindrance, missed_of
from portal.services.makeup_results import write_guest_record as write_guest_record
from portal.services.one_person import same_person
from portal.services.windows import phase_now

_OPEN = ("planned", "attended")

# Made once: an alias of a class costs milliseconds each time.
_Missed = aliased(TrainingSession)
_Own = aliased(TrainingClass)
_Came = aliased(AttendanceEvent)
_Left = aliased(AttendanceEvent)


@dataclass(frozen=True, slots=True)
class Plan:
    """A make-up as its trainee sees it. ``state``: planned, attended, missed, withdrawn.

    Times of in and out are those of the scans there; ``at_phase`` is open there now. ``hours``:
    what it can count at most.
    """

    id: UUID
    state: str
    state_text: str
    missed_session_id: UUID
    missed_title: str
    missed_when: str
    at_session_id: UUID
    at_title: str
    at_when: str
    at_phase: str | None
    institution_name: str
    phone: str
    address: str
    room: str
    topic: str
    hours: int
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    receipt_in: str | None
    receipt_out: str | None
    can_withdraw: bool
    is_cancelled: bool


def plan(
    session: Session, actor: Actor, *, missed_session_id: UUID, at_session_id: UUID, now: datetime
) -> Plan:
    """Take a chair in another class's session; the same again answers the same.

    Raises NotFound (not the person's own session), MakeUpRefused, ChairsGone.
    """
    missed = missed_of(session, actor, missed_session_id)
    # The person first, then the row: two plans of one person never overlap, and of two people
    # one gets the last chair.
    session.execute(text(LOCK_PERSON), {"person_no": missed.enrolment.person_no})
    missed = missed_of(session, actor, missed_session_id)
    standing = _standing(session, missed.enrolment.id, missed_session_id)
    if standing is not None and standing.at_session_id == at_session_id:
        return _one(session, standing.id, now)
    if standing is not None:
        raise MakeUpRefused(why=t("makeup.planned_already"))
    why_not = hindrance(missed)
    if why_not is not None:
        raise MakeUpRefused(why=why_not)
    session.get(TrainingSession, at_session_id, with_for_update={"key_share": True})
    there = fits(session, missed, at_session_id, now)
    if there is None:
        raise MakeUpRefused(why=t("makeup.does_not_fit"))
    if not there:
        raise ChairsGone
    made = MakeUp(
        enrolment_id=missed.enrolment.id,
        person_id=missed.enrolment.person_id,
        missed_session_id=missed_session_id,
        at_session_id=at_session_id,
        state="planned",
        created_at=now,
        created_by=actor.the_account(),
    )
    session.add(made)
    session.flush()
    _audit(session, actor, "makeup.plan", made, now)
    return _one(session, made.id, now)


def withdraw(session: Session, actor: Actor, *, makeup_id: UUID, now: datetime) -> Plan:
    """Give the chair back; again does no harm.

    Raises NotFound (also for another person's), MakeUpRefused once a scan was recorded there.
    """
    actor.require(Permission.ENROL)
    made = session.get(MakeUp, makeup_id, with_for_update=True, populate_existing=True)
    if made is None or made.person_id not in actor.the_records():
        raise NotFound
    if made.state != "withdrawn":
        if not _one(session, makeup_id, now).can_withdraw:
            raise MakeUpRefused(why=t("makeup.begun"))
        made.state, made.ended_at = "withdrawn", now
        session.flush()
        _audit(session, actor, "makeup.withdraw", made, now)
    return _one(session, makeup_id, now)


def plan_for(
    session: Session, actor: Actor, *, missed_session_id: UUID, now: datetime
) -> Plan | None:
    """The person's last plan for a session of theirs that was not taken back."""
    return _latest(session, actor, MakeUp.missed_session_id == missed_session_id, now)


def visit_to(session: Session, actor: Actor, *, at_session_id: UUID, now: datetime) -> Plan | None:
    """The person's visit to a session as a guest, if there is one that was not taken back."""
    return _latest(session, actor, MakeUp.at_session_id == at_session_id, now)


def visits_on(session: Session, actor: Actor, *, now: datetime) -> tuple[Plan, ...]:
    """Where the person is expected as a guest today or later, the next first."""
    actor.require(Permission.ENROL)
    day_starts, _ = times.day_bounds(now)
    rows = session.execute(
        _plans(
            MakeUp.person_id.in_(actor.the_records()),
            MakeUp.state.in_(_OPEN),
            TrainingSession.ends_at >= day_starts,
        ).order_by(TrainingSession.starts_at)
    )
    return tuple(_plan(row, now) for row in rows)


def _latest(
    session: Session, actor: Actor, condition: ColumnElement[bool], now: datetime
) -> Plan | None:
    actor.require(Permission.ENROL)
    query = _plans(
        MakeUp.person_id.in_(actor.the_records()), MakeUp.state != "withdrawn", condition
    )
    row = session.execute(query.order_by(MakeUp.created_at.desc(), MakeUp.id.desc())).first()
    return None if row is None else _plan(row, now)


def _standing(session: Session, enrolment_id: UUID, missed_session_id: UUID) -> MakeUp | None:
    return session.scalar(
        select(MakeUp).where(
            MakeUp.enrolment_id == enrolment_id,
            MakeUp.missed_session_id == missed_session_id,
            MakeUp.state.in_(_OPEN),
        )
    )


def _one(session: Session, makeup_id: UUID, now: datetime) -> Plan:
    return _plan(session.execute(_plans(MakeUp.id == makeup_id)).one(), now)


def _plans(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:

    def event(of: type[AttendanceEvent], phase: str) -> ColumnElement[bool]:
        return (
            (of.session_id == MakeUp.at_session_id)
            & (of.enrolment_id == MakeUp.enrolment_id)
            & (of.phase == phase)
        )

    return (
        select(MakeUp, _Missed, _Own, TrainingSession, TrainingClass, Institution, _Came, _Left)
        .join(_Missed, _Missed.id == MakeUp.missed_session_id)
        .join(_Own, _Own.id == _Missed.class_id)
        .join(Enrolment, Enrolment.id == MakeUp.enrolment_id)
        .join(TrainingSession, TrainingSession.id == MakeUp.at_session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .outerjoin(_Came, event(_Came, "in"))
        .outerjoin(_Left, event(_Left, "out"))
        .where(*conditions)
    )


def _plan(row: Any, now: datetime) -> Plan:
    made, missed, own, at, of, where, came, left = row
    return Plan(
        id=made.id,
        state=made.state,
        state_text=t(f"makeup.state_{made.state}"),
        missed_session_id=missed.id,
        missed_title=own.title,
        missed_when=times.span_text(missed.starts_at, missed.ends_at),
        at_session_id=at.id,
        at_title=of.title,
        at_when=times.span_text(at.starts_at, at.ends_at),
        at_phase=phase_now(at, now),
        institution_name=where.name,
        phone=where.contact_phone,
        address=of.address,
        room=at.room or of.site,
        topic=at.topic,
        hours=min(at.hours, missed.hours),
        signed_in_at=came.occurred_at if came else None,
        signed_out_at=left.occurred_at if left else None,
        receipt_in=came.receipt if came else None,
        receipt_out=left.receipt if left else None,
        can_withdraw=made.state == "planned" and came is None and left is None,
        is_cancelled=of.status == "cancelled",
    )


def _audit(session: Session, actor: Actor, action: str, made: MakeUp, now: datetime) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_session",
        object_id=made.at_session_id,
        on_behalf_of=made.person_id,
        detail={"makeup": str(made.id), "missed": str(made.missed_session_id)},
    )


def kept_of(session: Session, person_id: UUID, now: datetime) -> list[dict[str, object]]:
    """What is kept of a person's make-ups, for that person to take along."""
    rows = session.execute(
        _plans(same_person(MakeUp.person_id, person_id)).order_by(MakeUp.created_at)
    )
    return [
        {
            "missed": f"{one.missed_title} {one.missed_when}",
            "made_up_in": f"{one.institution_name} {one.at_title} {one.at_when}",
            "state": one.state_text,
        }
        for one in (_plan(row, now) for row in rows)
    ]
