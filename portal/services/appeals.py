"""A trainee says that a record is missing or wrong, in one tap; the answer is recorded.

The institution's side is ``appeals_desk``, the authority's ``appeals_oversight``.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceAppeal,
    AttendanceRecord,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.classes import ON_ROSTER
from portal.domain.attendance_errors import AppealAnswered, AppealClosed
from portal.domain.errors import BadInput, NotFound, NotReady, TooEarly
from portal.domain.permissions import Actor, Permission
from portal.policies.models import Attendance
from portal.services import appeal_ends, notices, second_person, staff_told
from portal.services.appeal_terms import closes_at, due_at, is_settled, opens_at
from portal.services.appeal_views import OwnAppeal, last_day, view
from portal.services.attendance_rules import attendance_of
from portal.services.corrections import note as write_down
from portal.services.reasons import clean_reason

KINDS = ("missing", "wrong")
# Each one tells the staff; made and taken back more often for one record, it is no question.
_MOST_MADE = 5


class _Case(NamedTuple):
    """What an appeal is about."""

    enrolment: Enrolment
    meeting: TrainingSession
    of: TrainingClass
    record: AttendanceRecord | None
    rules: Attendance


def appeal(
    session: Session,
    actor: Actor,
    *,
    session_id: UUID,
    enrolment_id: UUID,
    kind: str,
    note: str = "",
    now: datetime,
) -> OwnAppeal:
    """Say that a record of one's own is ``missing`` or ``wrong``; the institution is told.

    One is open at a time: asking again answers the open one. Raises NotFound, BadInput (kind,
    reason), TooEarly before the doors open, AppealClosed (``until``) when the days are over,
    AppealAnswered when it was answered and the record has not changed since, NotReady when the
    class is closed.
    """
    actor.require(Permission.CHECK_IN)
    if kind not in KINDS:
        raise BadInput("kind", "appeals.bad_kind")
    words = clean_reason(note)
    case = _case(session, actor, session_id, enrolment_id)
    standing = _open(session, session_id, enrolment_id)
    if standing is None:
        _refuse(session, case, now)
        standing = _make(session, actor, case, kind, words, now)
    return view(standing, now)


def explain(
    session: Session, actor: Actor, *, appeal_id: UUID, note: str, now: datetime
) -> OwnAppeal:
    """Add a sentence to an open appeal, or change it. Raises NotFound, BadInput (reason)."""
    actor.require(Permission.CHECK_IN)
    words = clean_reason(note)
    found = _own(session, actor, appeal_id)
    if found.state != "open":
        raise NotFound
    if words != found.note:
        found.note = words
        detail = {"appeal": str(found.id)}
        person = actor.the_person()
        write_down(
            session, actor, "appeal.explain", found.session_id, person, now=now, detail=detail
        )
        session.flush()
    return view(found, now)


def withdraw(session: Session, actor: Actor, *, appeal_id: UUID, now: datetime) -> OwnAppeal:
    """Take an appeal back; again does no harm. Raises NotFound, also once it is answered.

    A correction that the staff proposed because of it waits on for its second person.
    """
    actor.require(Permission.CHECK_IN)
    found = _own(session, actor, appeal_id)
    if found.state == "withdrawn":
        return view(found, now)
    if found.state != "open":
        raise NotFound
    found.state = "withdrawn"
    detail = {"appeal": str(found.id)}
    person = actor.the_person()
    write_down(session, actor, "appeal.withdraw", found.session_id, person, now=now, detail=detail)
    session.flush()
    return view(found, now)


def _case(session: Session, actor: Actor, session_id: UUID, enrolment_id: UUID) -> _Case:
    """The person's own session; another's is not found."""
    row = session.execute(
        select(Enrolment, TrainingSession, TrainingClass, AttendanceRecord)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .outerjoin(
            AttendanceRecord,
            (AttendanceRecord.session_id == TrainingSession.id)
            & (AttendanceRecord.enrolment_id == Enrolment.id),
        )
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.person_id.in_(actor.the_records()),
            TrainingSession.id == session_id,
            TrainingClass.status.not_in(("draft", "cancelled")),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return _Case(*row, attendance_of(session, row[2]))


def _refuse(session: Session, case: _Case, now: datetime) -> None:
    """Raise unless the record may be appealed now."""
    # Whoever closes the class holds its row: an appeal is there before, or not at all.
    session.refresh(case.of, with_for_update={"read": True})
    if case.of.status == "closed" or case.enrolment.status not in ON_ROSTER:
        raise NotReady(reason="appeals.class_closed")
    if now < opens_at(case.meeting):
        raise TooEarly
    closes = closes_at(case.meeting, case.record, case.rules.appeal_within_days)
    if closes is not None and now >= closes:
        raise AppealClosed(until=last_day(closes))
    if _taken_back(session, case) >= _MOST_MADE:
        raise NotReady(reason="appeals.too_often")
    answered = session.scalar(
        select(AttendanceAppeal)
        .where(
            AttendanceAppeal.session_id == case.meeting.id,
            AttendanceAppeal.enrolment_id == case.enrolment.id,
            AttendanceAppeal.answered_at.is_not(None),
        )
        .order_by(AttendanceAppeal.answered_at.desc())
        .limit(1)
    )
    if is_settled(answered, case.record):
        raise AppealAnswered


def _taken_back(session: Session, case: _Case) -> int:
    query = select(func.count()).where(
        AttendanceAppeal.session_id == case.meeting.id,
        AttendanceAppeal.enrolment_id == case.enrolment.id,
        AttendanceAppeal.state == "withdrawn",
    )
    return session.scalar(query) or 0


def _make(
    session: Session, actor: Actor, case: _Case, kind: str, words: str, now: datetime
) -> AttendanceAppeal:
    """Write the appeal; of two taps at once one writes and both get the same."""
    made = session.scalar(
        insert(AttendanceAppeal)
        .values(
            id=new_id(),
            session_id=case.meeting.id,
            enrolment_id=case.enrolment.id,
            kind=kind,
            note=words,
            state="open",
            created_at=now,
            due_at=due_at(now, case.rules.appeal_answer_days),
        )
        .on_conflict_do_nothing(
            index_elements=["session_id", "enrolment_id"], index_where=text("state = 'open'")
        )
        .returning(AttendanceAppeal.id)
    )
    if made is not None:
        detail = {"appeal": str(made), "kind": kind}
        person = actor.the_person()
        write_down(session, actor, "appeal.make", case.meeting.id, person, now=now, detail=detail)
        _tell_staff(session, case, now)
    found = _open(session, case.meeting.id, case.enrolment.id)
    if found is None:
        raise NotFound
    return found


def _tell_staff(session: Session, case: _Case, now: datetime) -> None:
    teachers = {case.meeting.instructor_id, case.of.instructor_id}
    for person in staff_told.managers_and(session, case.of.institution_id, teachers):
        notices.tell(
            session,
            person,
            "appeal_received",
            params={"title": case.of.title, "n": case.meeting.seq_no},
            now=now,
        )


def _open(session: Session, session_id: UUID, enrolment_id: UUID) -> AttendanceAppeal | None:
    return session.scalar(
        select(AttendanceAppeal).where(
            AttendanceAppeal.session_id == session_id,
            AttendanceAppeal.enrolment_id == enrolment_id,
            AttendanceAppeal.state == "open",
        )
    )


def _own(session: Session, actor: Actor, appeal_id: UUID) -> AttendanceAppeal:
    """An appeal of the person's own, locked in the order in which staff lock it."""
    row = session.execute(
        select(AttendanceAppeal.id, TrainingSession.class_id)
        .join(TrainingSession, TrainingSession.id == AttendanceAppeal.session_id)
        .join(Enrolment, Enrolment.id == AttendanceAppeal.enrolment_id)
        .where(AttendanceAppeal.id == appeal_id, Enrolment.person_id.in_(actor.the_records()))
    ).one_or_none()
    if row is None:
        raise NotFound
    second_person.hold(session, row.class_id)
    return appeal_ends.held(session, row.id)
