"""What became of sessions made up elsewhere: written at the other class's confirmation, and seen
by both institutions: the one that has guests, and the one whose trainees were guests."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceRecord,
    Enrolment,
    Institution,
    MakeUp,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.attendance import Assessment, AttendanceState
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, notices, times
from portal.services.attendance_lines import Line
from portal.services.attendance_sheet import note_reading
from portal.services.teaching import own_session

# Made once: an alias of a class costs milliseconds each time.
_At = aliased(TrainingSession)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody of another class who makes up a session here; the ID number is masked (B8.3)."""

    enrolment_id: UUID
    name: str
    id_no_masked: str
    institution_name: str
    state: str
    state_text: str


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Where somebody of the own class makes up a session, and with what result."""

    enrolment_id: UUID
    name: str
    where: str
    when: str
    state: str
    state_text: str


def guests(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> tuple[Guest, ...]:
    """Who comes to a session of the actor's institution as a guest. The reading is audited."""
    own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    rows = session.execute(
        select(MakeUp, Person, Institution.name)
        .join(Person, Person.id == MakeUp.person_id)
        .join(Enrolment, Enrolment.id == MakeUp.enrolment_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(MakeUp.at_session_id == session_id, MakeUp.state != "withdrawn")
        .order_by(Person.name_key, MakeUp.id)
    )
    return tuple(
        Guest(
            enrolment_id=made.enrolment_id,
            name=person.name,
            id_no_masked=mask_id_no(get_vault().open("id_no", person.id_no_enc)),
            institution_name=school,
            state=made.state,
            state_text=t(f"makeup.state_{made.state}"),
        )
        for made, person, school in rows
    )


def made_up_elsewhere(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> tuple[MadeUp, ...]:
    """Who makes up a session of the actor's institution elsewhere. The reading is audited."""
    own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    rows = session.execute(
        select(MakeUp, Person.name, _At, Institution.name)
        .join(Person, Person.id == MakeUp.person_id)
        .join(_At, _At.id == MakeUp.at_session_id)
        .join(TrainingClass, TrainingClass.id == _At.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(MakeUp.missed_session_id == session_id, MakeUp.state != "withdrawn")
        .order_by(Person.name_key, MakeUp.created_at)
    )
    return tuple(
        MadeUp(
            enrolment_id=made.enrolment_id,
            name=name,
            where=school,
            when=times.span_text(there.starts_at, there.ends_at),
            state=made.state,
            state_text=t(f"makeup.state_{made.state}"),
        )
        for made, name, there, school in rows
    )


def write_guest_record(
    session: Session,
    actor: Actor,
    line: Line,
    meeting: TrainingSession,
    found: Assessment,
    now: datetime,
) -> bool:
    """Write what a guest's presence at ``meeting`` is worth, while its sheet is being confirmed.

    ``found`` is ``attendance_lines.worth`` of the line. With hours, the missed session's record
    becomes ``makeup`` and the make-up ``attended``; without, the make-up is ``missed`` and the
    record stays. More hours by hand since, or a class closed since, are left alone. Answers
    whether the record changed; again changes nothing.
    """
    made = session.scalars(
        select(MakeUp)
        .where(
            MakeUp.enrolment_id == line.enrolment.id,
            MakeUp.at_session_id == meeting.id,
            MakeUp.missed_session_id == line.guest_of,
            MakeUp.state != "withdrawn",
        )
        .order_by(MakeUp.created_at.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    # Whoever closes a class holds its sheets: afterwards its status can be relied on.
    missed = session.get_one(
        TrainingSession,
        made.missed_session_id,
        with_for_update={"key_share": True},
        populate_existing=True,
    )
    of = session.get_one(TrainingClass, missed.class_id, populate_existing=True)
    if not found.credited_hours or not _only_one(session, made, now):
        return _written_off(session, actor, made, of, now)
    before = _record_of(session, made)
    stands = (before.state, before.credited_hours) if before else ("", 0)
    changes = of.status != "closed" and found.credited_hours > stands[1]
    if changes:
        record = before or AttendanceRecord(
            session_id=missed.id, enrolment_id=made.enrolment_id, person_id=made.person_id
        )
        record.state = AttendanceState.MAKEUP.value
        record.credited_hours, record.credited_minutes = (
            found.credited_hours,
            found.credited_minutes,
        )
        record.corrected, record.note, record.makeup_session_id = False, None, meeting.id
        record.updated_at, record.updated_by = now, actor.the_account()
        session.add(record)
    if changes or made.state != "attended":
        made.state, made.ended_at = "attended", now
        detail = {"old": list(stands), "hours": found.credited_hours, "written": changes}
        _audit(session, actor, "makeup.attended", made, now, detail)
    if changes:
        params = {"title": of.title, "hours": found.credited_hours}
        _tell(session, made, "makeup_counted", params, now)
    session.flush()
    return changes


def _written_off(
    session: Session, actor: Actor, made: MakeUp, of: TrainingClass, now: datetime
) -> bool:
    """Nothing was made up; what counted before still counts."""
    if made.state == "planned":
        made.state, made.ended_at = "missed", now
        _audit(session, actor, "makeup.missed", made, now, {})
        _tell(session, made, "makeup_missed", {"title": of.title}, now)
        session.flush()
    return False


def _only_one(session: Session, made: MakeUp, now: datetime) -> bool:
    """Whether no other make-up of the same session counts; one merely planned gives way.

    Only a visit that was written off, and whose scans arrived late, can meet another one.
    """
    other = session.scalar(
        select(MakeUp).where(
            MakeUp.enrolment_id == made.enrolment_id,
            MakeUp.missed_session_id == made.missed_session_id,
            MakeUp.id != made.id,
            MakeUp.state.in_(("planned", "attended")),
        )
    )
    if other is None:
        return True
    if other.state == "attended":
        return False
    other.state, other.ended_at = "withdrawn", now
    session.flush()
    return True


def _record_of(session: Session, made: MakeUp) -> AttendanceRecord | None:
    return session.scalar(
        select(AttendanceRecord)
        .where(
            AttendanceRecord.session_id == made.missed_session_id,
            AttendanceRecord.enrolment_id == made.enrolment_id,
        )
        .execution_options(populate_existing=True)
    )


def _tell(
    session: Session, made: MakeUp, kind: str, params: dict[str, object], now: datetime
) -> None:
    ref = ("training_session", made.missed_session_id)
    notices.tell(session, made.person_id, kind, params=params, ref=ref, now=now)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    made: MakeUp,
    now: datetime,
    detail: dict[str, object],
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_session",
        object_id=made.missed_session_id,
        on_behalf_of=made.person_id,
        detail={"makeup": str(made.id), "at": str(made.at_session_id), **detail},
    )
