"""The watch over attendance in the demo: one odd session, one inspected, both of a month at most.

What phones told is written for one class only; everywhere else nothing is known, and nothing
that is not known counts against anybody.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceEvent,
    AttendanceSignal,
    Inspection,
    TrainingClass,
    TrainingSession,
)
from portal.demo import officers
from portal.demo.cast import HOME, Cast
from portal.domain.permissions import SYSTEM
from portal.locale import t
from portal.services import inspections, risk_scores

_RECENT = timedelta(days=30)
_FEWEST = 14
_PHONES = 3
# Heads in a hundred of the sheet: below the yellow line, above the red one.
_HEADS = 85


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Both of them, unless there were some within the last month; again changes nothing."""
    if _has_recent(session, now):
        return
    found = _meetings(session, everybody, now)
    if len(found) < 2:
        return
    odd, *others = found
    _signals(session, [one.id for one in found], odd.id)
    _inspect(session, others[0], now)
    risk_scores.score(session, SYSTEM, class_id=odd.class_id, now=now)


def _has_recent(session: Session, now: datetime) -> bool:
    query = select(Inspection.id).where(Inspection.counted_at > now - _RECENT)
    return session.scalar(query.limit(1)) is not None


def _meetings(session: Session, everybody: Cast, now: datetime) -> Sequence[TrainingSession]:
    """The past sessions of the school's class that met last and is large enough, latest first."""
    came = (
        select(AttendanceEvent.session_id)
        .where(AttendanceEvent.phase == "in")
        .group_by(AttendanceEvent.session_id)
        .having(func.count() >= _FEWEST)
    )
    query = (
        select(TrainingSession)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingClass.institution_id == everybody.staff[HOME].institution_id,
            TrainingClass.class_no.like("Y_-%"),
            TrainingSession.id.in_(came),
            TrainingSession.sign_out_until < now,
            TrainingSession.starts_at > now - _RECENT,
        )
        .order_by(TrainingSession.starts_at.desc())
    )
    rows = session.scalars(query).all()
    for latest in rows:
        own = [one for one in rows if one.class_id == latest.class_id]
        if len(own) >= 2:
            return own
    return ()


def _signals(session: Session, meetings: Sequence[UUID], odd: UUID) -> None:
    """What the phones told: each its own, and in the odd session three for everybody."""
    events = session.scalars(
        select(AttendanceEvent)
        .outerjoin(AttendanceSignal, AttendanceSignal.event_id == AttendanceEvent.id)
        .where(AttendanceEvent.session_id.in_(meetings), AttendanceSignal.event_id.is_(None))
        .order_by(AttendanceEvent.occurred_at, AttendanceEvent.id)
    ).all()
    session.add_all(
        AttendanceSignal(
            event_id=event.id, session_id=event.session_id, **_told(event, event.session_id == odd)
        )
        for event in events
    )
    session.flush()


def _told(event: AttendanceEvent, is_odd: bool) -> dict[str, Any]:
    chance = _digest(event.person_id, event.session_id)
    phone = bytes([_digest(event.person_id)[0] % _PHONES]) if is_odd else event.person_id.bytes
    in_room = is_odd or chance[1] < 160
    return {
        "device": _digest_of(b"phone", phone),
        "network": _digest_of(b"room", event.session_id.bytes)
        if in_room
        else _digest_of(b"carrier", bytes([chance[2] % 24])),
        "code_age": 4 + chance[3] / 32,
        "relay": "passed",
        "relay_tries": 1,
        "relay_seconds": 1.2 + chance[4] / 128,
        "moved_login": is_odd and chance[5] < 40,
    }


def _digest(*ids: UUID) -> bytes:
    return _digest_of(*(one.bytes for one in ids))


def _digest_of(*parts: bytes) -> bytes:
    return hashlib.sha256(b"portal demo" + b"".join(parts)).digest()[:8]


def _inspect(session: Session, meeting: TrainingSession, now: datetime) -> None:
    """An officer stood at the door in the middle of the lesson."""
    officer, _ = officers.ensure(session, now=now)
    at = meeting.starts_at + (meeting.ends_at - meeting.starts_at) / 2
    begun = inspections.open_inspection(session, officer, session_id=meeting.id, now=at)
    listed = session.scalar(
        select(func.count()).where(
            AttendanceEvent.session_id == meeting.id, AttendanceEvent.phase == "in"
        )
    )
    heads = -(-(listed or 0) * _HEADS // 100)
    inspections.count(session, officer, inspection_id=begun, heads=heads, now=at)
    inspections.write_note(
        session, officer, inspection_id=begun, note=t("demo.inspection.note"), now=at
    )
