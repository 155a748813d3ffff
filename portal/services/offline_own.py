"""The instructor's own coming and leaving, where a device recorded it without a link."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import StaffAttendance
from portal.domain.checkin_code import Phase
from portal.domain.permissions import Actor
from portal.services import audit
from portal.services.offline_judging import SAME_ACT, Verdict, refused
from portal.services.teaching import OwnSession

_METHOD = "tap"


def record_own(
    session: Session, actor: Actor, own: OwnSession, *, phase: Phase, at: datetime, now: datetime
) -> Verdict:
    """Record it once; it may be any time from the first window's opening to the last's end."""
    meeting = own.session
    if phase is Phase.MID or not meeting.sign_in_from <= at <= meeting.sign_out_until:
        return refused("outside_window")
    made: UUID | None = session.scalar(
        insert(StaffAttendance)
        .values(
            id=new_id(),
            session_id=meeting.id,
            account_id=actor.the_account(),
            person_id=actor.the_person(),
            phase=phase.value,
            method=_METHOD,
            occurred_at=at,
            server_at=now,
            offline=True,
        )
        .on_conflict_do_nothing(index_elements=["session_id", "account_id", "phase"])
        .returning(StaffAttendance.id)
    )
    if made is None:
        return _against(session, actor, own, phase, at)
    audit.record(
        session,
        actor,
        "staff.attend",
        now=now,
        object_type="training_session",
        object_id=meeting.id,
        detail={"phase": phase.value, "offline": True},
    )
    return Verdict("accepted", occurred_at=at)


def _against(
    session: Session, actor: Actor, own: OwnSession, phase: Phase, at: datetime
) -> Verdict:
    stands = session.scalars(
        select(StaffAttendance.occurred_at).where(
            StaffAttendance.session_id == own.session.id,
            StaffAttendance.account_id == actor.the_account(),
            StaffAttendance.phase == phase.value,
        )
    ).one()
    if abs(stands - at) > SAME_ACT:
        return Verdict("conflict", "time_differs", occurred_at=stands)
    return Verdict("merged", "same", occurred_at=stands)
