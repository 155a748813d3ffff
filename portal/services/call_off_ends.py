"""What ends once a class was called off: everybody's place in it, and visits of guests.

One transaction an enrolment (see ``call_off``). Each step may run twice, beside itself too, and a
sweep does what a killed process left.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ClassCallOff,
    Enrolment,
    LeaveRequest,
    MakeUp,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.classes import OPEN, SEATED
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, needs_matching, notices, seats
from portal.services.enrolment_locks import locked_enrolment


def due(session: Session, actor: Actor, *, now: datetime) -> tuple[UUID, ...]:
    """Classes that were called off and whose people are not all told, the oldest first."""
    actor.require(Permission.RUN_TASKS)
    return tuple(
        session.scalars(
            select(ClassCallOff.class_id)
            .where(ClassCallOff.ended_at.is_(None))
            .order_by(ClassCallOff.called_off_at, ClassCallOff.class_id)
        )
    )


def to_end(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """Enrolments that are still open; those who wait first, lest they are offered free seats."""
    actor.require(Permission.RUN_TASKS)
    return tuple(
        session.scalars(
            select(Enrolment.id)
            .join(ClassCallOff, ClassCallOff.class_id == Enrolment.class_id)
            .where(Enrolment.class_id == class_id, Enrolment.status.in_(OPEN))
            .order_by(Enrolment.status != "waitlisted", Enrolment.id)
        )
    )


def end_one(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> None:
    """End somebody's place and say why, and where else to learn the same."""
    actor.require(Permission.RUN_TASKS)
    enrolment = locked_enrolment(session, enrolment_id)
    row = session.get(ClassCallOff, enrolment.class_id)
    if row is None or enrolment.status not in OPEN:
        return
    had_seat = enrolment.status in SEATED
    reason = t("call_off.end_reason", reason=row.reason)
    seats.end(session, enrolment, status="removed", now=now, reason=reason)
    _take_back_leave(session, enrolment.id, now)
    needs_matching.reopen(session, enrolment)
    notices.tell(
        session,
        enrolment.person_id,
        "class_off_seat" if had_seat else "class_off_wait",
        params={"title": _title(session, row.class_id), "reason": row.reason},
        ref=("enrolment", enrolment.id),
        now=now,
        sms=True,
    )
    audit.record(
        session,
        actor,
        "class.end_enrolment",
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
    )


def finish(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> bool:
    """Send the guests elsewhere and write down that all is done.

    False while somebody's place is open, or when it was done before.
    """
    actor.require(Permission.RUN_TASKS)
    row = session.get(ClassCallOff, class_id)
    if row is None or row.ended_at is not None:
        return False
    if to_end(session, actor, class_id=class_id, now=now):
        return False
    for guest in _guests(session, class_id):
        _part_with(session, actor, guest, row, now)
    _tell_who_brought(session, row, now)
    row.ended_at = now
    return True


def _tell_who_brought(session: Session, row: ClassCallOff, now: datetime) -> None:
    """Employers and helpers, once each: somebody of theirs may have no phone. Staff of the
    institution know already."""
    made = session.get_one(TrainingClass, row.class_id)
    words = {"title": made.title, "who": t(f"call_off.side.{row.side}"), "reason": row.reason}
    people = session.scalars(
        select(Account.person_id)
        .join(Enrolment, Enrolment.acting_account_id == Account.id)
        .where(
            Enrolment.class_id == made.id,
            Enrolment.status == "removed",
            Enrolment.ended_at >= row.called_off_at,
            Account.institution_id.is_distinct_from(made.institution_id),
        )
        .distinct()
        .order_by(Account.person_id)
    )
    for person_id in people.all():
        notices.tell(
            session,
            person_id,
            "class_off_staff",
            params=words,
            ref=("training_class", made.id),
            now=now,
        )


def _guests(session: Session, class_id: UUID) -> list[MakeUp]:
    """Those who wanted to make up a session here, held."""
    return list(
        session.scalars(
            select(MakeUp)
            .join(TrainingSession, TrainingSession.id == MakeUp.at_session_id)
            .where(TrainingSession.class_id == class_id, MakeUp.state == "planned")
            .order_by(MakeUp.id)
            .with_for_update(of=MakeUp)
        )
    )


def _part_with(
    session: Session, actor: Actor, guest: MakeUp, row: ClassCallOff, now: datetime
) -> None:
    """Withdraw a guest's visit, so that they can make the session up elsewhere."""
    guest.state, guest.ended_at = "withdrawn", now
    notices.tell(
        session,
        guest.person_id,
        "class_off_guest",
        params={"title": _title(session, row.class_id), "reason": row.reason},
        ref=("training_session", guest.missed_session_id),
        now=now,
        sms=True,
    )
    audit.record(
        session,
        actor,
        "makeup.withdraw",
        now=now,
        object_type="training_session",
        object_id=guest.at_session_id,
        on_behalf_of=guest.person_id,
        detail={"makeup": str(guest.id), "missed": str(guest.missed_session_id)},
    )


def _take_back_leave(session: Session, enrolment_id: UUID, now: datetime) -> None:
    """Nobody need ask for leave from what does not take place."""
    session.execute(
        update(LeaveRequest)
        .where(
            LeaveRequest.enrolment_id == enrolment_id,
            LeaveRequest.state.in_(("asked", "granted")),
        )
        .values(state="withdrawn", decided_at=now)
    )


def _title(session: Session, class_id: UUID) -> str:
    return session.get_one(TrainingClass, class_id).title
