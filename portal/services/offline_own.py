"""The instructor's own coming and leaving, where a device recorded it without a link."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import StaffAttendance
from portal.domain.checkin_code import Phase
from portal.domain.errors import BadInput, OutsideWindow
from portal.domain.permissions import Actor
from portal.services import staff_attendance
from portal.services.offline_judging import SAME_ACT, Verdict, refused
from portal.services.teaching import OwnSession


def record_own(
    session: Session, actor: Actor, own: OwnSession, *, phase: Phase, at: datetime, now: datetime
) -> Verdict:
    """Record it once; one that stands is kept."""
    stands = session.scalar(
        select(StaffAttendance.occurred_at).where(
            StaffAttendance.session_id == own.session.id,
            StaffAttendance.account_id == actor.the_account(),
            StaffAttendance.phase == phase.value,
        )
    )
    if stands is not None:
        if abs(stands - at) > SAME_ACT:
            return Verdict("conflict", "time_differs", occurred_at=stands)
        return Verdict("merged", "same", occurred_at=stands)
    try:
        staff_attendance.come(
            session,
            actor,
            session_id=own.session.id,
            phase=phase.value,
            offline=True,
            occurred_at=at,
            now=now,
        )
    except (OutsideWindow, BadInput):
        return refused("outside_window")
    return Verdict("accepted", occurred_at=at)
