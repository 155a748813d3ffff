"""Leave from a session, as the institution's staff answer it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, LeaveRequest, Person, TrainingClass, TrainingSession
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotFound
from portal.domain.leave_errors import LeaveRefused
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import notices, times
from portal.services.attendance_sheet import note_reading
from portal.services.leave import note_act
from portal.services.reasons import clean_reason
from portal.services.teaching import own_session, own_sessions

# A refusal says why.
_SHORTEST_ANSWER = 2


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """A request as the institution's staff see it; the ID number is masked (B8.3)."""

    id: UUID
    enrolment_id: UUID
    name: str
    id_no_masked: str
    kind_text: str
    note: str
    state: str
    state_text: str
    asked_at: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class LeaveHint:
    """A session with requests that wait for an answer."""

    session_id: UUID
    class_title: str
    when: str
    count: int


def decide(
    session: Session, actor: Actor, *, leave_id: UUID, grant: bool, answer: str = "", now: datetime
) -> LeaveRow:
    """Grant a request or refuse it, with an answer; a refusal must say why.

    The person is told. The same decision again does no harm. After the sheet was confirmed a
    grant shows there as a change that waits to be confirmed. Raises NotFound (also for another
    institution's), BadInput (grant, reason), LeaveRefused.
    """
    actor.require(Permission.CONFIRM_ATTENDANCE)
    if type(grant) is not bool:
        raise BadInput("grant", "leave.bad_decision")
    words = clean_reason(answer, shortest=0 if grant else _SHORTEST_ANSWER)
    request = session.get(LeaveRequest, leave_id)
    if request is None:
        raise NotFound
    meeting, of = own_session(
        session, actor, Permission.CONFIRM_ATTENDANCE, session_id=request.session_id, lock=True
    )
    session.refresh(request)
    wanted = "granted" if grant else "refused"
    if request.state != wanted:
        _may_decide(request, of, grant)
        request.state, request.answer = wanted, words
        request.decided_at, request.decided_by = now, actor.the_account()
        _tell(session, actor, request, meeting, of, now)
    return _row(*session.execute(_query(LeaveRequest.id == leave_id)).one())


def _may_decide(request: LeaveRequest, of: TrainingClass, grant: bool) -> None:
    if request.state == "withdrawn":
        raise LeaveRefused(why=t("leave.taken_back"))
    if request.state != "asked":
        raise LeaveRefused(why=t("leave.decided_already"))
    if grant and of.status == "closed":
        raise LeaveRefused(why=t("leave.class_closed"))


def _tell(
    session: Session,
    actor: Actor,
    request: LeaveRequest,
    meeting: TrainingSession,
    of: TrainingClass,
    now: datetime,
) -> None:
    """The trace of the decision, and the news to whom it concerns."""
    enrolment = session.get_one(Enrolment, request.enrolment_id)
    verb = "grant" if request.state == "granted" else "refuse"
    note_act(session, actor, f"leave.{verb}", request, enrolment, now)
    params: dict[str, object] = {
        "title": of.title,
        "when": times.moment_text(meeting.starts_at),
    }
    if request.state == "refused":
        params["answer"] = request.answer
    kind = f"leave_{request.state}"
    ref = ("training_session", meeting.id)
    notices.tell(session, enrolment.person_id, kind, params=params, ref=ref, now=now)


def requests_of(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> tuple[LeaveRow, ...]:
    """Requests for one session of the actor's institution, the open ones first; taken-back ones
    left out. The reading is audited with the sheet's. Raises NotFound."""
    own_session(session, actor, Permission.CONFIRM_ATTENDANCE, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    query = _query(LeaveRequest.session_id == session_id, LeaveRequest.state != "withdrawn")
    query = query.order_by((LeaveRequest.state == "asked").desc(), LeaveRequest.created_at)
    return tuple(_row(*row) for row in session.execute(query))


def waiting(session: Session, actor: Actor, *, now: datetime) -> tuple[LeaveHint, ...]:
    """Sessions of the actor's institution whose requests wait for an answer, the next first."""
    actor.require(Permission.CONFIRM_ATTENDANCE)
    rows = session.execute(
        own_sessions(actor)
        .join(LeaveRequest, LeaveRequest.session_id == TrainingSession.id)
        .where(LeaveRequest.state == "asked", TrainingClass.status != "closed")
        .group_by(TrainingSession.id, TrainingClass.id)
        .add_columns(func.count())
        .order_by(TrainingSession.starts_at)
        .limit(20)
    )
    return tuple(
        LeaveHint(meeting.id, of.title, times.span_text(meeting.starts_at, meeting.ends_at), count)
        for meeting, of, count in rows
    )


def _query(*conditions: ColumnElement[bool]) -> Select[LeaveRequest, Person]:
    return (
        select(LeaveRequest, Person)
        .join(Enrolment, Enrolment.id == LeaveRequest.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(*conditions)
    )


def _row(request: LeaveRequest, person: Person) -> LeaveRow:
    return LeaveRow(
        id=request.id,
        enrolment_id=request.enrolment_id,
        name=person.name,
        id_no_masked=mask_id_no(get_vault().open("id_no", person.id_no_enc)),
        kind_text=t(f"leave.kind_{request.kind}"),
        note=request.note,
        state=request.state,
        state_text=t(f"leave.state_{request.state}"),
        asked_at=request.created_at,
        answer=request.answer,
    )
