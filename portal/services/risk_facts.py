"""What the database knows of a session and a class, as the score takes it (``domain.risk``).

Keys are enrolments, accounts and keyed hashes: the score learns no name. Whatever is not known
is None and counts against nobody.
"""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceAppeal,
    AttendanceCorrection,
    CaseFile,
    ClaimLine,
    Enrolment,
    Inspection,
    TrainingSession,
)
from portal.domain import working_days
from portal.domain.attendance import AttendanceState, reached
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.risk.facts import (
    Band,
    ClassFacts,
    Correction,
    Mark,
    Other,
    Relay,
    SessionFacts,
)
from portal.services import standings
from portal.services.risk_records import ClassRecord
from portal.services.sign_ins import SignIn
from portal.services.times import day_of

# Younger than that nearly everybody carries a phone; of older people it is not taken for granted.
PHONE_AGE = 50
# The person's own phone, shown to staff.
_SHOWN = (Method.PASS, Method.PASS_CODE)
_NOT_THERE = (AttendanceState.ABSENT, AttendanceState.EXCUSED)


def session_facts(
    record: ClassRecord, meeting: TrainingSession, *, when_over: bool
) -> SessionFacts:
    """One session: compared with those before it, ``when_over`` with all of its class.

    Answers to a roll-call are left out: the score was calibrated on comings and leavings.
    """
    signed = [one for one in _signed(record, meeting) if one.phase is not Phase.MID]
    listed = {one.enrolment_id for one in signed if one.phase is Phase.IN}
    others = [
        other
        for other in record.meetings
        if other.id != meeting.id and (when_over or other.starts_at < meeting.starts_at)
    ]
    return SessionFacts(
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        roster=len({row.enrolment_id for row in record.roster if row.on_roster} | listed),
        marks=_marks(record, meeting, signed),
        # A session of which nothing was recorded here tells nothing about who was missing.
        others=tuple(_other(record, one) for one in others if _signed(record, one)),
        opened_at=meeting.screen_opened_at,
        planned_hours=meeting.hours,
        corrections=tuple(_correction(row) for row in record.corrections.get(meeting.id, ())),
        confirmed_at=meeting.confirmed_at,
        present=meeting.id in record.staffed if meeting.instructor_id else None,
        head_count=_heads(record.inspections.get(meeting.id), len(listed)),
        day_off=working_days.is_holiday(day_of(meeting.starts_at)),
    )


def _signed(record: ClassRecord, meeting: TrainingSession) -> tuple[SignIn, ...]:
    return record.sign_ins.get(meeting.id, ())


def _marks(record: ClassRecord, meeting: TrainingSession, signed: list[SignIn]) -> tuple[Mark, ...]:
    # A guest has no row among the class's own.
    own = [row.enrolment_id for row in record.roster if not row.is_guest]
    places = {enrolment_id: place for place, enrolment_id in enumerate(own)}
    today = day_of(meeting.starts_at)
    young = {row.enrolment_id: _carries_phone(row.birth_date, today) for row in record.roster}
    return tuple(
        Mark(
            person=str(one.enrolment_id),
            phase=one.phase,
            moment=one.at,
            method=one.method.value,
            by=_by(one),
            device=one.device.hex() if one.device else None,
            network=one.network.hex() if one.network else None,
            band=Band(one.band) if one.band else Band.UNKNOWN,
            spot=one.spot.hex() if one.spot else None,
            place=places.get(one.enrolment_id),
            phone_age=young.get(one.enrolment_id),
            offline=one.offline,
            relay=_relay(one),
            relay_skipped=one.relay == "skipped",
            code_age=one.code_age,
            elsewhere=record.journeys.get((meeting.id, one.enrolment_id))
            if one.phase is Phase.IN
            else None,
        )
        for one in signed
    )


def _by(one: SignIn) -> str | None:
    """Whoever did it for the person; what an unknown account did was not done by the person."""
    return None if one.is_own else str(one.actor or "")


def _relay(one: SignIn) -> Relay | None:
    """The answer, if the question was put: a way in that cannot ask it says nothing."""
    if one.relay == "failed":
        return Relay(False, one.relay_seconds or 0.0)
    if one.relay == "passed" and one.relay_seconds is not None:
        return Relay(True, one.relay_seconds)
    return None


def _carries_phone(born: date | None, today: date) -> bool | None:
    if born is None:
        return None
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) < PHONE_AGE


def _other(record: ClassRecord, meeting: TrainingSession) -> Other:
    ins = [one for one in _signed(record, meeting) if one.phase is Phase.IN]

    def people(chosen: list[SignIn]) -> frozenset[str]:
        return frozenset(str(one.enrolment_id) for one in chosen)

    return Other(
        starts_at=meeting.starts_at,
        arrivals={
            str(one.enrolment_id): (one.at - meeting.starts_at).total_seconds()
            for one in ins
            if one.is_own
        },
        by_hand=people([one for one in ins if not one.is_own and one.method not in _SHOWN]),
        shown=people([one for one in ins if one.method in _SHOWN]),
        spots={str(one.enrolment_id): one.spot.hex() for one in ins if one.spot},
    )


def _correction(row: AttendanceCorrection) -> Correction:
    came = row.old_state in _NOT_THERE and row.new_state not in _NOT_THERE
    return Correction(
        person=str(row.enrolment_id),
        by=str(row.actor_account_id),
        at=row.at,
        adds=came or row.new_hours > row.old_hours,
    )


def _heads(inspection: Inspection | None, listed: int) -> int | None:
    """The heads as if they had been counted at the end: who came after the count, or had left
    before it, is no head that was missing."""
    if inspection is None or inspection.head_count is None or inspection.sheet_count is None:
        return None
    return max(inspection.head_count + listed - inspection.sheet_count, 0)


def class_facts(session: Session, record: ClassRecord, scores: tuple[int, ...]) -> ClassFacts:
    """A class that is over, with the ``scores`` of its sessions.

    Exams and certificates count once the class is closed: before, results are still coming in.
    """
    made = record.training_class
    everyone = standings.load_standings(session, made)
    closed = made.status == "closed"
    confirmed = all(meeting.confirmed_at is not None for meeting in record.meetings)
    dropped, upheld, denials = _of_people(session, record)
    finished = sum(reached(one.credited, one.counted.planned, one.share) for one in everyone)
    return ClassFacts(
        roster=len(everyone) + dropped,
        session_scores=scores,
        dropped=dropped,
        finished=finished if confirmed else None,
        examined=sum(one.passed is not None for one in everyone) if closed else None,
        passed=sum(bool(one.passed) for one in everyone) if closed else None,
        certified=sum(one.certificate_number is not None for one in everyone) if closed else None,
        appeals_upheld=upheld,
        denials=denials,
    )


def _of_people(session: Session, record: ClassRecord) -> tuple[int, int, int]:
    """How many left a class that had begun, were right in an appeal, and said no to a claim."""
    class_id, ids = record.training_class.id, [meeting.id for meeting in record.meetings]
    begun = min((meeting.starts_at for meeting in record.meetings), default=None)
    left = select(func.count()).where(
        Enrolment.class_id == class_id,
        Enrolment.status.in_(("withdrawn", "removed")),
        Enrolment.ended_at >= begun,
    )
    upheld = select(func.count()).where(
        AttendanceAppeal.session_id.in_(ids), AttendanceAppeal.state == "upheld"
    )
    denied = (
        select(func.count(CaseFile.person_id.distinct()))
        .join(ClaimLine, ClaimLine.id == CaseFile.claim_line_id)
        .join(Enrolment, Enrolment.id == ClaimLine.enrolment_id)
        .where(Enrolment.class_id == class_id, CaseFile.state.in_(("open", "upheld")))
    )
    counts = [query.scalar_subquery() for query in (left, upheld, denied)]
    row = session.execute(select(*counts)).one()
    return row[0], row[1], row[2]
