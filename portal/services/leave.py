"""Leave from a session (事假, 病假), as a trainee asks for it; the staff answer in ``leave_desk``.

Granted leave excuses on the sheet and counts no hours; what it does to the ratio is the region's
(reference B11.2, rule 3). The note is for the staff alone: nobody needs to say what they suffer
from, and neither kind nor note stands in the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, LeaveRequest, TrainingClass, TrainingSession
from portal.db.models.classes import ON_ROSTER
from portal.domain.errors import BadInput, NotFound
from portal.domain.leave_errors import LeaveRefused
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, times
from portal.services.one_person import same_person
from portal.services.reasons import clean_reason

KINDS = ("personal", "sick")
_OPEN = ("asked", "granted")
# Asked and taken back more often than that for one session, it is no longer a question.
_MOST_ASKED = 5


@dataclass(frozen=True, slots=True)
class Leave:
    """A request as its trainee sees it. ``state``: asked, granted, refused, withdrawn.

    ``can_withdraw`` while the sheet is not confirmed.
    """

    id: UUID
    kind: str
    kind_text: str
    note: str
    state: str
    state_text: str
    asked_at: datetime
    answer: str
    can_withdraw: bool


def may_ask(meeting: TrainingSession, now: datetime) -> bool:
    """Until the end of the session's day, as long as its sheet is not confirmed."""
    _, day_ends = times.day_bounds(meeting.starts_at)
    return meeting.confirmed_at is None and now < day_ends


def ask(
    session: Session, actor: Actor, *, session_id: UUID, kind: str, note: str = "", now: datetime
) -> Leave:
    """Ask to be excused from a coming session or one of today; again answers the first request.

    Raises NotFound (not on the roster), BadInput (kind, note), LeaveRefused.
    """
    actor.require(Permission.ENROL)
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadInput("kind", "leave.bad_kind")
    why = clean_reason(note)
    enrolment, meeting = _own_place(session, actor, session_id)
    earlier = _requests(session, session_id, enrolment.id)
    standing = next((one for one in earlier if one.state in _OPEN), None)
    if standing is not None:
        return _leave(standing, meeting)
    if not may_ask(meeting, now):
        raise LeaveRefused(why=t("leave.too_late"))
    if len(earlier) >= _MOST_ASKED:
        raise LeaveRefused(why=t("leave.too_often"))
    asked = LeaveRequest(
        session_id=session_id,
        enrolment_id=enrolment.id,
        kind=kind,
        note=why,
        state="asked",
        created_at=now,
        answer="",
    )
    session.add(asked)
    session.flush()
    note_act(session, actor, "leave.ask", asked, enrolment, now)
    return _leave(asked, meeting)


def withdraw(session: Session, actor: Actor, *, leave_id: UUID, now: datetime) -> Leave:
    """Take a request back, or granted leave that is not needed; again does no harm.

    Raises NotFound (also for another person's), LeaveRefused once the sheet is confirmed.
    """
    actor.require(Permission.ENROL)
    request = session.get(LeaveRequest, leave_id)
    if request is None:
        raise NotFound
    enrolment, meeting = _own_place(session, actor, request.session_id)
    session.refresh(request)
    if request.enrolment_id != enrolment.id:
        raise NotFound
    if request.state in _OPEN:
        if meeting.confirmed_at is not None:
            raise LeaveRefused(why=t("leave.confirmed_already"))
        request.state, request.decided_at = "withdrawn", now
        note_act(session, actor, "leave.withdraw", request, enrolment, now)
    return _leave(request, meeting)


def granted(session: Session, session_id: UUID) -> set[UUID]:
    """Enrolments that are excused from a session."""
    query = select(LeaveRequest.enrolment_id)
    query = query.where(LeaveRequest.session_id == session_id, LeaveRequest.state == "granted")
    return set(session.scalars(query))


def of_enrolment(session: Session, meeting: TrainingSession, enrolment_id: UUID) -> Leave | None:
    """The last request of one person for a session; for services that checked whose it is."""
    found = _requests(session, meeting.id, enrolment_id)
    return _leave(found[-1], meeting) if found else None


def _requests(session: Session, session_id: UUID, enrolment_id: UUID) -> Sequence[LeaveRequest]:
    return session.scalars(
        select(LeaveRequest)
        .where(LeaveRequest.session_id == session_id, LeaveRequest.enrolment_id == enrolment_id)
        .order_by(LeaveRequest.created_at, LeaveRequest.id)
    ).all()


def _own_place(
    session: Session, actor: Actor, session_id: UUID
) -> tuple[Enrolment, TrainingSession]:
    """The person's own place in the session's class, the sheet held still."""
    row = session.execute(
        select(Enrolment, TrainingSession)
        .join(TrainingSession, TrainingSession.class_id == Enrolment.class_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            TrainingSession.id == session_id,
            Enrolment.person_id.in_(actor.the_records()),
            Enrolment.status.in_(ON_ROSTER),
            TrainingClass.status.not_in(("draft", "cancelled")),
        )
        .with_for_update(of=TrainingSession, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def note_act(
    session: Session,
    actor: Actor,
    action: str,
    request: LeaveRequest,
    enrolment: Enrolment,
    now: datetime,
) -> None:
    """The trace of an act; kind and note of the request stay out of it."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_session",
        object_id=request.session_id,
        on_behalf_of=enrolment.person_id,
        detail={"leave": str(request.id)},
    )


def _leave(request: LeaveRequest, meeting: TrainingSession) -> Leave:
    return Leave(
        id=request.id,
        kind=request.kind,
        kind_text=t(f"leave.kind_{request.kind}"),
        note=request.note,
        state=request.state,
        state_text=t(f"leave.state_{request.state}"),
        asked_at=request.created_at,
        answer=request.answer,
        can_withdraw=request.state in _OPEN and meeting.confirmed_at is None,
    )


def kept_of(session: Session, person_id: UUID) -> list[dict[str, object]]:
    """What is kept of a person's requests, for that person to take along."""
    rows = session.execute(
        select(LeaveRequest, TrainingSession.starts_at)
        .join(TrainingSession, TrainingSession.id == LeaveRequest.session_id)
        .join(Enrolment, Enrolment.id == LeaveRequest.enrolment_id)
        .where(same_person(Enrolment.person_id, person_id))
        .order_by(LeaveRequest.created_at, LeaveRequest.id)
    )
    return [
        {
            "lesson": starts_at,
            "kind": t(f"leave.kind_{request.kind}"),
            "note": request.note,
            "state": t(f"leave.state_{request.state}"),
            "answer": request.answer,
            "asked_at": request.created_at,
        }
        for request, starts_at in rows
    ]
