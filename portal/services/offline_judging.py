"""What staff's uploads and phones' kept scans have in common: is it in time, is it there already.

Every outcome is kept under the id that the device drew, so that the same upload again, from the
page and from the browser's own background work at once, answers the same and writes once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, insert, select, text
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceEvent,
    OfflineUpload,
    StaffAttendance,
    TrainingClass,
    TrainingSession,
)
from portal.domain.checkin_code import Phase
from portal.domain.errors import TooManyAttempts
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import times
from portal.services.attendance_rules import attendance_of
from portal.services.offline_items import OWN
from portal.services.one_person import same_person
from portal.services.teaching import OwnSession

Outcome = Literal["accepted", "merged", "conflict", "refused"]
Source = Literal["staff", "phone"]

# Two records of one act may differ by so much and still be the same act.
SAME_ACT = timedelta(minutes=10)
# A clock may be off by so much before its times are shifted, or looked at by whoever confirms.
CLOCK_TOLERANCE = timedelta(seconds=2)
CLOCK_ODD = timedelta(minutes=10)
_DAY = timedelta(days=1)
_LOCK = text("SELECT pg_advisory_xact_lock(7462, :key)")

# Made once: an alias of a class costs milliseconds each time.
_Came = aliased(AttendanceEvent)
_Left = aliased(AttendanceEvent)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one item; ``reason`` names a sentence, ``occurred_at`` is what counts."""

    outcome: Outcome
    reason: str = ""
    event_id: UUID | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict as the device gets it, under the id that it sent (which may be no id at all).

    ``remembered``: the same id again answers the same; the device may drop the item.
    """

    id: str
    outcome: Outcome
    reason: str
    text: str
    occurred_at: datetime | None
    remembered: bool = True


def refused(reason: str) -> Verdict:
    """A refusal."""
    return Verdict("refused", reason)


def one_at_a_time(session: Session, actor: Actor) -> None:
    """Uploads of one account run one after the other: each sees what the former kept."""
    session.execute(_LOCK, {"key": actor.the_account().int & 0x7FFF_FFFF})


def refuse_flood(
    session: Session, actor: Actor, source: Source, *, more: int, most: int, now: datetime
) -> None:
    """Raise TooManyAttempts where ``more`` new items make over ``most`` in 24 hours.

    Each answer is kept for good. Repeated items are answered from what is kept and cost nothing.
    """
    query = select(func.count()).where(
        OfflineUpload.account_id == actor.the_account(),
        OfflineUpload.source == source,
        OfflineUpload.received_at > now - _DAY,
    )
    if more > 0 and (session.scalar(query) or 0) + more > most:
        raise TooManyAttempts(seconds=int(_DAY.total_seconds()))


def kept_before(session: Session, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, Answer | None]:
    """What was answered before, by id; None for an id that another account has used."""
    query = select(OfflineUpload, counts_at()).where(OfflineUpload.id.in_(tuple(ids)))
    found: dict[UUID, Answer | None] = {}
    for row, at in session.execute(query):
        is_own = row.account_id == actor.the_account()
        verdict = Verdict(cast(Outcome, row.outcome), row.reason, row.event_id, at)
        found[row.id] = answer(str(row.id), verdict) if is_own else None
    return found


def keep(
    session: Session,
    actor: Actor,
    item_id: UUID,
    source: Source,
    verdict: Verdict,
    *,
    now: datetime,
    said: Mapping[str, Any],
) -> None:
    """Keep a verdict with what the device ``said``, by the names of the columns."""
    values = {"method": "", **said}
    session.execute(
        insert(OfflineUpload).values(
            id=item_id,
            source=source,
            account_id=actor.the_account(),
            received_at=now,
            outcome=verdict.outcome,
            reason=verdict.reason,
            event_id=verdict.event_id,
            **values,
        )
    )


def counts_at() -> ColumnElement[datetime | None]:
    """The time that counts, beside an upload in a query: the event's, or the instructor's own."""
    of_event = select(AttendanceEvent.occurred_at).where(
        AttendanceEvent.id == OfflineUpload.event_id
    )
    own = select(StaffAttendance.occurred_at).where(
        OfflineUpload.method == OWN,
        OfflineUpload.outcome != "refused",
        StaffAttendance.session_id == OfflineUpload.session_id,
        StaffAttendance.account_id == OfflineUpload.account_id,
        StaffAttendance.phase == OfflineUpload.phase,
    )
    here = (part.correlate(OfflineUpload).scalar_subquery() for part in (of_event, own))
    return func.coalesce(*here)


def answer(item_id: str, verdict: Verdict, *, remembered: bool = True) -> Answer:
    """The verdict in words."""
    at = verdict.occurred_at
    return Answer(
        id=item_id,
        outcome=verdict.outcome,
        reason=verdict.reason,
        text=words(verdict.outcome, verdict.reason, at),
        occurred_at=at,
        remembered=remembered,
    )


def words(outcome: str, reason: str, at: datetime | None) -> str:
    """What became of an item, in a sentence; ``at`` is the time that counts."""
    key = f"offline.reason.{reason or outcome}"
    return t(key, time=times.clock_text(at) if at else "")


def in_time(session: Session, own: OwnSession, at: datetime, now: datetime) -> str:
    """Why a moment cannot be taken any more, or yet; empty when it can."""
    if at > now + CLOCK_TOLERANCE:
        return "future"
    rules = attendance_of(session, own.training_class)
    return "too_old" if now - at > timedelta(hours=rules.offline_within_hours) else ""


def already_there(
    session: Session, meeting_id: UUID, enrolment_id: UUID, phase: Phase, at: datetime
) -> Verdict | None:
    """The verdict where an event stands: it counts, whichever came first in truth."""
    event = session.scalar(
        select(AttendanceEvent).where(
            AttendanceEvent.session_id == meeting_id,
            AttendanceEvent.enrolment_id == enrolment_id,
            AttendanceEvent.phase == phase.value,
        )
    )
    return None if event is None else against(event.id, event.occurred_at, at)


def against(event_id: UUID, stands: datetime, at: datetime) -> Verdict:
    """The verdict on a second record of an act that stands."""
    if abs(stands - at) > SAME_ACT:
        return Verdict("conflict", "time_differs", event_id, stands)
    return Verdict("merged", "same", event_id, stands)


def is_elsewhere(session: Session, person_id: UUID, own: OwnSession, at: datetime) -> bool:
    """Whether the person sat in another class then: signed in there, not out, during its hours."""
    gone = exists().where(
        _Left.session_id == _Came.session_id,
        _Left.enrolment_id == _Came.enrolment_id,
        _Left.phase == Phase.OUT.value,
        _Left.occurred_at <= at,
    )
    query = (
        select(_Came.id)
        .join(TrainingSession, TrainingSession.id == _Came.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            same_person(_Came.person_id, person_id),
            _Came.session_id != own.session.id,
            _Came.phase == Phase.IN.value,
            _Came.occurred_at <= at,
            TrainingSession.starts_at <= at,
            TrainingSession.ends_at > at,
            TrainingClass.status != "cancelled",
            ~gone,
        )
        .limit(1)
    )
    return session.scalar(query) is not None
