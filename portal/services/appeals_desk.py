"""Appeals as the institution's staff see and answer them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceAppeal,
    AttendanceRecord,
    CorrectionProposal,
    Enrolment,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import BadInput, NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import appeal_ends, audit, corrections, second_person, times
from portal.services.appeal_views import last_day
from portal.services.appeals_evidence import Evidence, evidence_of
from portal.services.reasons import clean_reason
from portal.services.teaching import own_session

# How long an answered one stays in the list, and how many are shown.
_SHOWN_FOR = timedelta(days=30)
_MOST = 50


@dataclass(frozen=True, slots=True)
class DeskAppeal:
    """One appeal. ``stands``: what counts now, in words; ``proposed``: the answer waits for a
    second person; ``late``: its day has passed, and the authority sees it first."""

    appeal_id: UUID
    session_id: UUID
    enrolment_id: UUID
    name: str
    title: str
    seq_no: int
    when: str
    planned_hours: int
    kind: str
    note: str
    state: str
    created_at: datetime
    answer_by: str
    late: bool
    stands: str
    stands_state: str
    stands_hours: int
    proposed: bool
    answer: str
    evidence: tuple[Evidence, ...]


def desk(session: Session, actor: Actor, *, now: datetime) -> tuple[DeskAppeal, ...]:
    """The institution's appeals: the open ones first, the most urgent on top, then what was
    answered in the last 30 days. The reading is written down."""
    actor.require(Permission.CONFIRM_ATTENDANCE)
    is_open = AttendanceAppeal.state == "open"
    query = _query(actor).where(
        is_open
        | (
            AttendanceAppeal.state.in_(("upheld", "refused"))
            & (AttendanceAppeal.answered_at > now - _SHOWN_FOR)
        )
    )
    query = query.order_by(is_open.desc(), AttendanceAppeal.due_at, AttendanceAppeal.id)
    rows = session.execute(query.limit(_MOST)).all()
    if rows:
        fields = ["name", "attendance", "devices"]
        audit.record(
            session, actor, "appeals.read", now=now, object_type="appeal", fields_read=fields
        )
    return tuple(_view(session, row, now) for row in rows)


def count_open(session: Session, actor: Actor, *, now: datetime) -> tuple[int, int]:
    """How many of the institution's appeals wait, and how many of them are late."""
    actor.require(Permission.CONFIRM_ATTENDANCE)
    late = AttendanceAppeal.due_at <= now
    row = session.execute(
        select(func.count(), func.count().filter(late))
        .select_from(AttendanceAppeal)
        .join(TrainingSession, TrainingSession.id == AttendanceAppeal.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            AttendanceAppeal.state == "open",
            TrainingClass.institution_id == actor.institution_id,
        )
    ).one()
    return row[0], row[1]


def uphold(
    session: Session,
    actor: Actor,
    *,
    appeal_id: UUID,
    state: str,
    hours: int,
    answer: str,
    now: datetime,
) -> str:
    """Give right: the record becomes ``state`` and ``hours`` by a correction like any other.

    Answers ``upheld``, or ``proposed`` where a second person must agree first: the appeal stays
    open until then. Raises NotFound (also once it is answered), BadInput (state, hours, reason),
    TooEarly, NotReady (class closed; a proposal for this row is open).
    """
    appeal, own = _held(session, actor, appeal_id)
    why = clean_reason(answer, shortest=corrections.SHORTEST_REASON)
    wanted = corrections.new_value(own, state, hours, now)
    line = corrections.line_of(session, own, appeal.enrolment_id)
    stands = corrections.stands(own.session, line)
    if line.record is not None and stands == (wanted.state.value, wanted.hours):
        raise BadInput("hours", "appeals.nothing_changes")
    proposal = second_person.correct_or_propose(
        session, actor, own, line, wanted, reason=why, now=now, appeal_id=appeal.id
    )
    if proposal is not None:
        return "proposed"
    by = actor.the_account()
    appeal_ends.settle(session, actor, appeal, upheld=True, answer=why, by=by, now=now)
    return "upheld"


def refuse(session: Session, actor: Actor, *, appeal_id: UUID, answer: str, now: datetime) -> None:
    """Do not give right, and say why. Raises NotFound, BadInput (reason), NotReady while a
    correction for it waits for a second person."""
    appeal, _ = _held(session, actor, appeal_id)
    why = clean_reason(answer, shortest=corrections.SHORTEST_REASON)
    if session.scalar(select(_is_proposed(appeal.id))):
        raise NotReady(reason="sheet.proposal_open")
    by = actor.the_account()
    appeal_ends.settle(session, actor, appeal, upheld=False, answer=why, by=by, now=now)


def _held(session: Session, actor: Actor, appeal_id: UUID) -> tuple[AttendanceAppeal, Any]:
    """An open appeal of the own institution with its session; locked as every correction is."""
    actor.require(Permission.CONFIRM_ATTENDANCE)
    may = Permission.CONFIRM_ATTENDANCE
    found = session.get(AttendanceAppeal, appeal_id)
    if found is None:
        raise NotFound
    before = own_session(session, actor, may, session_id=found.session_id)
    second_person.hold(session, before.training_class.id)
    own = own_session(session, actor, may, session_id=found.session_id, lock=True)
    appeal = appeal_ends.held(session, appeal_id)
    if appeal.state != "open":
        raise NotFound
    return appeal, own


def _is_proposed(appeal_id: Any) -> Any:
    return (
        select(CorrectionProposal.id)
        .where(CorrectionProposal.appeal_id == appeal_id, CorrectionProposal.state == "open")
        .exists()
    )


def _query(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AttendanceAppeal,
            TrainingSession,
            TrainingClass,
            Person.name,
            Person.id.label("person_id"),
            AttendanceRecord,
            _is_proposed(AttendanceAppeal.id).label("proposed"),
        )
        .join(TrainingSession, TrainingSession.id == AttendanceAppeal.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Enrolment, Enrolment.id == AttendanceAppeal.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(
            AttendanceRecord,
            (AttendanceRecord.session_id == AttendanceAppeal.session_id)
            & (AttendanceRecord.enrolment_id == AttendanceAppeal.enrolment_id),
        )
        .where(TrainingClass.institution_id == actor.institution_id)
    )


def _view(session: Session, row: Row[*tuple[Any, ...]], now: datetime) -> DeskAppeal:
    appeal, meeting, of, name, person_id, record, proposed = row
    is_open = appeal.state == "open"
    state, hours = (record.state, record.credited_hours) if record else ("", 0)
    stands = t("appeals.stands", state=t(f"sheet.state_{state}"), hours=hours) if record else ""
    return DeskAppeal(
        appeal_id=appeal.id,
        session_id=meeting.id,
        enrolment_id=appeal.enrolment_id,
        name=name,
        title=of.title,
        seq_no=meeting.seq_no,
        when=times.span_text(meeting.starts_at, meeting.ends_at),
        planned_hours=meeting.hours,
        kind=appeal.kind,
        note=appeal.note,
        state=appeal.state,
        created_at=appeal.created_at,
        answer_by=last_day(appeal.due_at),
        late=is_open and now >= appeal.due_at,
        stands=stands or t("appeals.stands_nothing"),
        stands_state=state,
        stands_hours=hours,
        proposed=bool(proposed),
        answer=appeal.answer or "",
        evidence=evidence_of(session, appeal, person_id) if is_open else (),
    )
