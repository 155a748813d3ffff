"""Above so many corrections in one class a second person must agree to each further one.

What counts: every correction by hand in the class, whoever made it and whatever it changed, also
those that followed an appeal or that a second person agreed to; not a leave that was entered
before the session began, since nothing could be known better by then (B11.2, rule 9). So the
first ``second_person_above`` corrections of a class stand at once, and the next is proposed.

An open proposal does not keep a sheet from being confirmed: the trainees of forty other rows
shall not wait for it, and when it is approved it counts like any correction afterwards. It does
keep the class from being closed (``proposals.open_in``), since nothing can be corrected after that.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceCorrection,
    CorrectionProposal,
    TrainingSession,
)
from portal.domain.attendance import AttendanceState
from portal.domain.attendance_errors import SamePerson
from portal.domain.errors import NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services import appeal_ends, corrections, notices, staff_told
from portal.services.attendance_lines import Line
from portal.services.corrections import NewValue
from portal.services.reasons import clean_reason
from portal.services.rule_book import book_for
from portal.services.teaching import OwnSession, own_session

# Corrections in one class are made one after the other, or two at once would both be the last
# that needs nobody. Not the class's row: enrolling holds that while it waits for others.
_HOLD = text("SELECT pg_advisory_xact_lock(7463, hashtext(CAST(:class_id AS text)))")


def hold(session: Session, class_id: UUID) -> None:
    """Let nobody else correct in this class meanwhile; taken before any sheet is locked."""
    session.execute(_HOLD, {"class_id": class_id})


def corrected_so_far(session: Session, class_id: UUID) -> int:
    """How many corrections of a class count towards the limit."""
    in_advance = (AttendanceCorrection.new_state == AttendanceState.EXCUSED.value) & (
        AttendanceCorrection.at < TrainingSession.starts_at
    )
    query = (
        select(func.count())
        .select_from(AttendanceCorrection)
        .join(TrainingSession, TrainingSession.id == AttendanceCorrection.session_id)
        .where(TrainingSession.class_id == class_id, ~in_advance)
    )
    return session.scalar(query) or 0


def is_needed(session: Session, own: OwnSession, wanted: NewValue, now: datetime) -> bool:
    """Whether this correction needs a second person; the class is held."""
    if wanted.state is AttendanceState.EXCUSED and now < own.session.starts_at:
        return False
    of = own.training_class
    most = book_for(session, of.region_code, of.starts_on).attendance.second_person_above
    return corrected_so_far(session, of.id) >= most


def correct_or_propose(
    session: Session,
    actor: Actor,
    own: OwnSession,
    line: Line,
    wanted: NewValue,
    *,
    reason: str,
    now: datetime,
    appeal_id: UUID | None = None,
) -> UUID | None:
    """Correct at once, answering None, or propose and answer the proposal's id.

    The class is held and the sheet locked. Raises NotReady while another proposal for this row
    is open.
    """
    if _open_for(session, own.session.id, line.enrolment.id) is not None:
        raise NotReady(reason="sheet.proposal_open")
    if not is_needed(session, own, wanted, now):
        by = actor.the_account()
        corrections.apply(session, actor, own, line, wanted, reason=reason, by=by, now=now)
        return None
    made = CorrectionProposal(
        session_id=own.session.id,
        enrolment_id=line.enrolment.id,
        new_state=wanted.state.value,
        new_hours=wanted.hours,
        reason=reason,
        appeal_id=appeal_id,
        state="open",
        proposed_by=actor.the_account(),
        proposed_at=now,
    )
    session.add(made)
    session.flush()
    corrections.note(
        session,
        actor,
        "attendance.propose",
        own.session.id,
        line.enrolment.person_id,
        now=now,
        detail={"proposal": str(made.id), "after": [wanted.state.value, wanted.hours]},
        why=reason,
    )
    _tell_others(session, actor, own, now)
    return made.id


def approve(session: Session, actor: Actor, *, proposal_id: UUID, now: datetime) -> OwnSession:
    """Agree to a correction: it counts from now on, and an open appeal behind it is upheld.

    Taken back meanwhile the appeal needs no answer; what the staff found stays theirs to decide.
    Answers the session. Raises NotFound (also once it is decided), SamePerson, NotReady (class
    closed), and what the correction itself would raise by now.
    """
    own, row = _held(session, actor, proposal_id)
    _refuse_same(actor, row)
    wanted = corrections.new_value(own, row.new_state, row.new_hours, now)
    line = corrections.line_of(session, own, row.enrolment_id)
    _decide(row, actor, "approved", "", now)
    corrections.apply(
        session, actor, own, line, wanted, reason=row.reason, by=row.proposed_by, now=now
    )
    if row.appeal_id is not None:
        appeal = appeal_ends.held(session, row.appeal_id)
        if appeal.state == "open":
            appeal_ends.settle(
                session,
                actor,
                appeal,
                upheld=True,
                answer=row.reason,
                by=row.proposed_by,
                now=now,
            )
    _tell_proposer(session, own, row, now)
    return own


def refuse(
    session: Session, actor: Actor, *, proposal_id: UUID, reason: str, now: datetime
) -> OwnSession:
    """Do not agree: what counts stays, and an appeal behind it stays open.

    Raises NotFound, SamePerson, BadInput (reason).
    """
    own, row = _held(session, actor, proposal_id)
    _refuse_same(actor, row)
    why = clean_reason(reason, shortest=corrections.SHORTEST_REASON)
    _decide(row, actor, "refused", why, now)
    _note(session, actor, "attendance.refuse_proposal", row, now, why)
    _tell_proposer(session, own, row, now)
    return own


def withdraw(session: Session, actor: Actor, *, proposal_id: UUID, now: datetime) -> OwnSession:
    """Take one's own proposal back. Raises NotFound, also for another's."""
    own, row = _held(session, actor, proposal_id)
    if row.proposed_by != actor.the_account():
        raise NotFound
    _decide(row, actor, "withdrawn", "", now)
    _note(session, actor, "attendance.withdraw_proposal", row, now, None)
    return own


def _held(
    session: Session, actor: Actor, proposal_id: UUID
) -> tuple[OwnSession, CorrectionProposal]:
    """The proposal, still open, with its sheet; all locked, in the order of every correction."""
    actor.require(Permission.CONFIRM_ATTENDANCE)
    found = session.get(CorrectionProposal, proposal_id)
    if found is None:
        raise NotFound
    before = own_session(session, actor, Permission.CONFIRM_ATTENDANCE, session_id=found.session_id)
    hold(session, before.training_class.id)
    own = own_session(
        session,
        actor,
        Permission.CONFIRM_ATTENDANCE,
        session_id=found.session_id,
        lock=True,
    )
    row = session.get_one(
        CorrectionProposal, proposal_id, with_for_update=True, populate_existing=True
    )
    if row.state != "open":
        raise NotFound
    return own, row


def _refuse_same(actor: Actor, row: CorrectionProposal) -> None:
    """A person has one account, so that two accounts are two persons."""
    if row.proposed_by == actor.the_account():
        raise SamePerson


def _decide(row: CorrectionProposal, actor: Actor, state: str, why: str, now: datetime) -> None:
    row.state, row.decided_at, row.decision_note = state, now, why
    # The database keeps the second person apart from the first; taking back is no decision.
    row.decided_by = None if state == "withdrawn" else actor.the_account()


def _open_for(session: Session, session_id: UUID, enrolment_id: UUID) -> CorrectionProposal | None:
    return session.scalar(
        select(CorrectionProposal).where(
            CorrectionProposal.session_id == session_id,
            CorrectionProposal.enrolment_id == enrolment_id,
            CorrectionProposal.state == "open",
        )
    )


def _note(
    session: Session,
    actor: Actor,
    action: str,
    row: CorrectionProposal,
    now: datetime,
    why: str | None,
) -> None:
    line = {"proposal": str(row.id), "enrolment": str(row.enrolment_id)}
    corrections.note(session, actor, action, row.session_id, None, now=now, detail=line, why=why)


def _tell_others(session: Session, actor: Actor, own: OwnSession, now: datetime) -> None:
    of = own.training_class
    for person in staff_told.who_confirm(session, of.institution_id, but=actor.the_person()):
        _tell(session, person, "correction_waits", own, now)


def _tell_proposer(
    session: Session, own: OwnSession, row: CorrectionProposal, now: datetime
) -> None:
    person = session.scalar(select(Account.person_id).where(Account.id == row.proposed_by))
    if person is not None:
        _tell(session, person, f"correction_{row.state}", own, now)


def _tell(session: Session, person_id: UUID, kind: str, own: OwnSession, now: datetime) -> None:
    notices.tell(
        session,
        person_id,
        kind,
        params={"title": own.training_class.title, "n": own.session.seq_no},
        ref=("training_session", own.session.id),
        now=now,
    )
