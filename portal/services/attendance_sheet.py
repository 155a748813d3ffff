"""The sheet of a session as its institution sees it: who was there, what it counts, what is odd.

Until it is confirmed a sheet is worked out from the events; then the records say what counts.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceAppeal,
    AuditEvent,
    Person,
    TrainingSession,
)
from portal.domain.attendance import AttendanceState
from portal.domain.permissions import Actor, Permission
from portal.services import audit, odd_rows, proposals, times
from portal.services.attendance_lines import lines_of
from portal.services.attendance_rows import Beside, SheetRow, row_of
from portal.services.teaching import OwnSession, own_session
from portal.services.windows import phase_now


@dataclass(frozen=True, slots=True)
class SessionSheet:
    """A session's sheet, odd rows first. ``status``: upcoming, running, to_confirm, confirmed.

    ``can_confirm`` when it has ended and is not confirmed, or later scans would change it.
    ``waiting_out`` have signed in, not out, and still can until ``sign_out_until``.
    ``phase``: which window is open now. ``counts`` has every state of the roster; guests, who
    make up a session of another class, stand in ``rows`` and ``guest_count`` only. ``pending``
    corrections wait for a second person.
    """

    session_id: UUID
    class_id: UUID
    class_title: str
    seq_no: int
    topic: str
    room: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    when: str
    hours: int
    phase: str | None
    status: str
    rows: tuple[SheetRow, ...]
    counts: dict[str, int]
    roster_count: int
    guest_count: int
    odd_count: int
    pending: int
    waiting_out: int
    sign_out_until: datetime
    can_confirm: bool
    confirmed_at: datetime | None
    confirmed_by: str


def session_sheet(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> SessionSheet:
    """The sheet, for staff of the institution. Raises NotFound, Forbidden, Unauthenticated.

    Reading is written down once an account, session and day: a sheet that stands on the desk is
    one reading, however often the page asks.
    """
    own = own_session(session, actor, Permission.CONFIRM_ATTENDANCE, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    return sheet_of(session, own, now, actor)


def note_reading(
    session: Session, actor: Actor, object_type: str, object_id: UUID, now: datetime
) -> None:
    """Audit the reading of a list of names, once an account, object and day."""
    day_start, _ = times.day_bounds(now)
    seen = exists().where(
        AuditEvent.object_type == object_type,
        AuditEvent.object_id == str(object_id),
        AuditEvent.action == "attendance.read",
        AuditEvent.actor_account_id == actor.the_account(),
        AuditEvent.at >= day_start,
    )
    if session.scalar(select(seen)):
        return
    audit.record(
        session,
        actor,
        "attendance.read",
        now=now,
        object_type=object_type,
        object_id=object_id,
        fields_read=["name", "id_no_last4", "attendance"],
    )


def sheet_of(session: Session, own: OwnSession, now: datetime, actor: Actor) -> SessionSheet:
    """The sheet of a session already authorized."""
    meeting, of = own
    beside = _beside(session, meeting, now, actor)
    rows = [row_of(meeting, line, beside, now) for line in lines_of(session, meeting)]
    rows.sort(
        key=lambda row: (
            row.proposal is None,
            "appeal" not in row.odd_codes,
            not row.odd,
            row.is_guest,
        )
    )
    phase, confirmed = phase_now(meeting, now), meeting.confirmed_at is not None
    counts = Counter(row.state for row in rows if not row.is_guest)
    changed = any("changed" in row.odd_codes for row in rows)
    over = now >= meeting.ends_at
    return SessionSheet(
        session_id=meeting.id,
        class_id=of.id,
        class_title=of.title,
        seq_no=meeting.seq_no,
        topic=meeting.topic,
        room=meeting.room,
        kind=meeting.kind,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        when=times.span_text(meeting.starts_at, meeting.ends_at),
        hours=meeting.hours,
        phase=phase.value if phase else None,
        status=sheet_status(meeting, now),
        rows=tuple(rows),
        counts={state: counts[state] for state in ("expected", *AttendanceState)},
        roster_count=sum(not row.is_guest for row in rows),
        guest_count=sum(row.is_guest for row in rows),
        odd_count=sum(bool(row.odd or row.proposal) for row in rows),
        pending=sum(row.proposal is not None for row in rows),
        waiting_out=sum(_may_sign_out(meeting, row, now) for row in rows),
        sign_out_until=meeting.sign_out_until,
        can_confirm=over and of.status != "closed" and (not confirmed or changed),
        confirmed_at=meeting.confirmed_at,
        confirmed_by=_name_of(session, meeting.confirmed_by),
    )


def _beside(session: Session, meeting: TrainingSession, now: datetime, actor: Actor) -> Beside:
    """What the sheet shows besides scans and records."""
    appeals = session.scalars(
        select(AttendanceAppeal.enrolment_id).where(
            AttendanceAppeal.session_id == meeting.id, AttendanceAppeal.state == "open"
        )
    )
    return Beside(
        odd=odd_rows.odd_reasons(session, meeting, now=now),
        proposals=proposals.proposals_of(session, actor, meeting.id),
        appeals=frozenset(appeals),
    )


def sheet_status(meeting: TrainingSession, now: datetime) -> str:
    """upcoming, running (scans or lesson), to_confirm, confirmed."""
    if meeting.confirmed_at is not None:
        return "confirmed"
    if now >= meeting.ends_at:
        return "to_confirm"
    return "upcoming" if now < meeting.sign_in_from else "running"


def _may_sign_out(meeting: TrainingSession, row: SheetRow, now: datetime) -> bool:
    waits = row.signed_in_at is not None and row.signed_out_at is None
    return waits and not row.corrected and now <= meeting.sign_out_until


def _name_of(session: Session, account_id: UUID | None) -> str:
    if account_id is None:
        return ""
    query = select(Person.name).join(Account, Account.person_id == Person.id)
    return session.scalar(query.where(Account.id == account_id)) or ""
