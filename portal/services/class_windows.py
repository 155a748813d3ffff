"""The windows of its own that a class may have: within the region's, for sessions yet to open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import SessionCall, TrainingClass, TrainingSession
from portal.domain.attendance import windows_for
from portal.domain.errors import BadInput
from portal.policies import models
from portal.services import attendance_rules
from portal.services.attendance_rules import OWN_LEAST
from portal.services.windows import phase_now


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """One window: ``minutes`` as it stands, ``own`` when the class chose it, and the bounds."""

    name: str
    minutes: int
    own: bool
    least: int
    most: int


def choices(given: models.Attendance, own: Mapping[str, int]) -> tuple[WindowChoice, ...]:
    """Every window as it stands under these parameters of the region."""
    effective = attendance_rules.with_own(given, own)
    return tuple(
        WindowChoice(
            name=name,
            minutes=getattr(effective, name),
            own=name in own,
            least=min(least, getattr(given, name)),
            most=getattr(given, name),
        )
        for name, least in OWN_LEAST.items()
    )


def checked(given: models.Attendance, wanted: Mapping[str, int]) -> Mapping[str, int]:
    """The windows that differ from the region's; raises BadInput by the window's name."""
    own: dict[str, int] = {}
    for name, least in OWN_LEAST.items():
        most = getattr(given, name)
        minutes = wanted.get(name, most)
        if type(minutes) is not int or not min(least, most) <= minutes <= most:
            raise BadInput(name, "checkin_settings.window_bounds", least=least, most=most)
        if minutes != most:
            own[name] = minutes
    late = own.get("late_after_min", given.late_after_min)
    if late > own.get("closes_after_min", given.closes_after_min):
        raise BadInput("late_after_min", "checkin_settings.late_after_closing")
    return own


def rewrite(session: Session, of: TrainingClass, now: datetime) -> None:
    """New windows for the sessions that take no scans yet."""
    rules = attendance_rules.rules_of(session, of)
    for meeting in ahead(session, of, now):
        windows = windows_for(meeting.starts_at, meeting.ends_at, rules)
        meeting.sign_in_from = windows.sign_in_from
        meeting.late_after = windows.late_after
        meeting.sign_in_until = windows.sign_in_until
        meeting.sign_out_from = windows.sign_out_from
        meeting.sign_out_until = windows.sign_out_until
    session.flush()


def ahead(session: Session, of: TrainingClass, now: datetime) -> list[TrainingSession]:
    """Its sessions that take no scans yet, in order."""
    query = (
        select(TrainingSession)
        .where(TrainingSession.class_id == of.id, TrainingSession.sign_in_from > now)
        .order_by(TrainingSession.seq_no)
    )
    return list(session.scalars(query))


def takes_scans(session: Session, of: TrainingClass, now: datetime) -> bool:
    """Whether one of its sessions takes scans at this moment, of a roll-call as well."""
    running = session.scalars(
        select(TrainingSession).where(
            TrainingSession.class_id == of.id,
            TrainingSession.sign_in_from <= now,
            TrainingSession.sign_out_until >= now,
        )
    ).all()
    called = select(SessionCall.session_id).where(
        SessionCall.session_id.in_([meeting.id for meeting in running]),
        SessionCall.called_at <= now,
        SessionCall.closes_at > now,
    )
    return any(phase_now(meeting, now) for meeting in running) or bool(
        session.scalars(called).first()
    )
