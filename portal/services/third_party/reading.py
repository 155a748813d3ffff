"""One thing of a sample, as the reviewer reads it; each reading is written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceRecord,
    Certificate,
    ClaimLine,
    Enrolment,
    ExamResult,
    Inspection,
    Institution,
    Person,
    ReviewAssignment,
    ReviewFinding,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.classes import ON_ROSTER
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor
from portal.services import audit
from portal.services.third_party.mine import own_item
from portal.services.times import clock_text, day_of, day_text, span_text


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody at a session, or a session of somebody: ``label`` is the name or the day.

    ``signed_in`` and ``signed_out`` are times on the clock, "" for none; ``state`` "" while the
    sheet is open.
    """

    label: str
    signed_in: str
    signed_out: str
    state: str
    hours: int
    corrected: bool


@dataclass(frozen=True, slots=True)
class SampleItem:
    """A drawn session or enrolment. ``facts`` are pairs of a locale key below ``third_party.fact``
    and a value."""

    item_id: UUID
    assignment_id: UUID
    seq_no: int
    unit: str
    title: str
    institution: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    verdict: str
    note: str
    closed: bool


def item(session: Session, actor: Actor, *, item_id: UUID, now: datetime) -> SampleItem:
    """One thing of a running sample of the reviewer, whole. Raises NotFound for all else."""
    given, one = own_item(session, actor, item_id, now)
    read = _session if one.session_id is not None else _enrolment
    subject = one.session_id or one.enrolment_id
    made, facts, lines, whom = read(session, given, subject)
    audit.record(
        session,
        actor,
        "third_party.read",
        now=now,
        object_type="training_session" if one.session_id else "enrolment",
        object_id=subject,
        on_behalf_of=whom,
        fields_read=["name" if given.shows_names else "name_masked", "attendance"],
        detail={"assignment": str(given.id), "item": str(one.id)},
    )
    last = session.scalar(
        select(ReviewFinding)
        .where(ReviewFinding.item_id == one.id)
        .order_by(ReviewFinding.at.desc(), ReviewFinding.id.desc())
        .limit(1)
    )
    return SampleItem(
        item_id=one.id,
        assignment_id=given.id,
        seq_no=one.seq_no,
        unit=given.unit,
        title=made.title,
        institution=session.get_one(Institution, made.institution_id).name,
        facts=facts,
        lines=lines,
        verdict=last.verdict if last else "",
        note=last.note if last else "",
        closed=given.report is not None,
    )


def _session(session: Session, given: ReviewAssignment, session_id: Any) -> Any:
    """A session: its sheet line by line, what an officer counted, what was changed by hand."""
    meeting = session.get_one(TrainingSession, session_id)
    made = session.get_one(TrainingClass, meeting.class_id)
    rows = session.execute(
        _records()
        .where(TrainingSession.id == session_id, Enrolment.status.in_(ON_ROSTER))
        .order_by(Person.name_key, Enrolment.id)
    ).all()
    heads = session.scalar(
        select(Inspection.head_count)
        .where(Inspection.session_id == session_id, Inspection.counted_at.is_not(None))
        .order_by(Inspection.counted_at.desc())
        .limit(1)
    )
    changed = session.scalar(
        select(func.count())
        .select_from(AttendanceCorrection)
        .where(AttendanceCorrection.session_id == session_id)
    )
    facts = (
        ("class_no", made.class_no),
        ("when", span_text(meeting.starts_at, meeting.ends_at)),
        ("place", " ".join((made.address, meeting.room or ""))),
        ("topic", meeting.topic or ""),
        ("roster", str(len(rows))),
        ("signed", str(sum(bool(row.signed_in) for row in rows))),
        ("heads", "" if heads is None else str(heads)),
        ("corrections", str(changed or 0)),
    )
    lines = tuple(_line(row, _shown(given, row.name)) for row in rows)
    return made, facts, lines, None


def _enrolment(session: Session, given: ReviewAssignment, enrolment_id: Any) -> Any:
    """An enrolment: its sessions, the exam, the certificate, what was paid for it."""
    place = session.get_one(Enrolment, enrolment_id)
    made = session.get_one(TrainingClass, place.class_id)
    person = session.get_one(Person, place.person_id)
    rows = session.execute(
        _records().where(Enrolment.id == enrolment_id).order_by(TrainingSession.starts_at)
    ).all()
    passed = session.scalar(select(ExamResult.passed).where(ExamResult.enrolment_id == place.id))
    certificate = session.scalar(
        select(Certificate.title).where(
            Certificate.enrolment_id == place.id, Certificate.status == "issued"
        )
    )
    claimed = session.scalar(
        select(func.coalesce(func.sum(ClaimLine.amount_fen), 0)).where(
            ClaimLine.enrolment_id == place.id, ClaimLine.state != "dropped"
        )
    )
    facts = (
        ("class_no", made.class_no),
        ("person", _shown(given, person.name)),
        ("period", f"{day_text(made.starts_on)}–{day_text(made.ends_on)}"),
        ("hours", f"{sum(row.hours or 0 for row in rows)} / {made.hours}"),
        ("exam", "" if passed is None else ("passed" if passed else "failed")),
        ("certificate", certificate or ""),
        ("claimed", str(claimed or 0)),
    )
    lines = tuple(_line(row, day_text(day_of(row.starts_at))) for row in rows)
    return made, facts, lines, person.id


def _records() -> Any:
    """Everybody on the roster at every session, with what the sheet and the scans say."""

    def scanned(phase: str) -> Any:
        return (
            select(func.min(AttendanceEvent.occurred_at))
            .where(
                AttendanceEvent.session_id == TrainingSession.id,
                AttendanceEvent.enrolment_id == Enrolment.id,
                AttendanceEvent.phase == phase,
            )
            .scalar_subquery()
        )

    return (
        select(
            Person.name,
            TrainingSession.starts_at,
            AttendanceRecord.state,
            AttendanceRecord.credited_hours.label("hours"),
            AttendanceRecord.corrected,
            scanned("in").label("signed_in"),
            scanned("out").label("signed_out"),
        )
        .select_from(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .join(TrainingSession, TrainingSession.class_id == Enrolment.class_id)
        .outerjoin(
            AttendanceRecord,
            (AttendanceRecord.session_id == TrainingSession.id)
            & (AttendanceRecord.enrolment_id == Enrolment.id),
        )
    )


def _line(row: Any, label: str) -> Line:
    return Line(
        label=label,
        signed_in=clock_text(row.signed_in) if row.signed_in else "",
        signed_out=clock_text(row.signed_out) if row.signed_out else "",
        state=row.state or "",
        hours=row.hours or 0,
        corrected=bool(row.corrected),
    )


def _shown(given: ReviewAssignment, name: str) -> str:
    return name if given.shows_names else mask_name(name)
