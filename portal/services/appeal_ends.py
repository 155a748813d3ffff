"""How an appeal ends: upheld or refused, and its person told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import AttendanceAppeal, Enrolment, TrainingClass, TrainingSession
from portal.domain.permissions import Actor
from portal.services import notices
from portal.services.corrections import note


def held(session: Session, appeal_id: UUID) -> AttendanceAppeal:
    """The appeal, its row locked and read anew."""
    return session.get_one(
        AttendanceAppeal, appeal_id, with_for_update=True, populate_existing=True
    )


def settle(
    session: Session,
    actor: Actor,
    appeal: AttendanceAppeal,
    *,
    upheld: bool,
    answer: str,
    by: UUID,
    now: datetime,
) -> None:
    """Answer an open appeal, whose row is locked; ``by`` is the account whose answer it is."""
    appeal.state = "upheld" if upheld else "refused"
    appeal.answer, appeal.answered_at, appeal.answered_by = answer, now, by
    enrolment = session.get_one(Enrolment, appeal.enrolment_id)
    meeting = session.get_one(TrainingSession, appeal.session_id)
    of = session.get_one(TrainingClass, meeting.class_id)
    session.flush()
    notices.tell(
        session,
        enrolment.person_id,
        f"appeal_{appeal.state}",
        params={"title": of.title, "n": meeting.seq_no, "answer": answer},
        ref=("enrolment", enrolment.id),
        now=now,
    )
    note(
        session,
        actor,
        f"appeal.{appeal.state}",
        meeting.id,
        enrolment.person_id,
        now=now,
        detail={"appeal": str(appeal.id)},
        why=answer,
    )
