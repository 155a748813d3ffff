"""What the hours of trainees look like now: counted, waiting, still to come, gone.

A session counts as missed as soon as it can no longer be had, not only once its sheet is
confirmed: a warning that waits for the sheet comes too late. Where nothing at all was heard of a
session its hours stay open, since a class without a link uploads later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceRecord,
    Enrolment,
    MakeUp,
    TrainingClass,
    TrainingSession,
)
from portal.domain.attendance import AttendanceState, Part
from portal.domain.attendance_outlook import Lesson, Outlook, outlook
from portal.domain.hours import PRACTICE, THEORY, CountRules
from portal.policies.models import Attendance
from portal.services.attendance_lines import Line, lines_of, worth
from portal.services.attendance_rules import attendance_of
from portal.services.counted_hours import carried_in, count_rules
from portal.services.hours_needed import hours_needed
from portal.services.teaching import ON_ROSTER
from portal.services.times import day_of

# Made once: an alias of a class costs milliseconds each time.
_At = aliased(TrainingSession)
_Missed = aliased(TrainingSession)


@dataclass(frozen=True, slots=True)
class Prospect:
    """One person's outlook: ``total`` over all hours, ``goals`` with it those of theory and
    practice where something is asked of them alone. ``waiting`` are 课时 that the times are worth
    and no sheet has confirmed yet; they are among the counted ones."""

    total: Outlook
    goals: tuple[Outlook, ...]
    waiting: int


def of_class(
    session: Session, of: TrainingClass, *, now: datetime, only: UUID | None = None
) -> dict[UUID, Prospect]:
    """The prospects of everybody in a class, by enrolment; of one of them if ``only``.

    Nobody's rights are checked here.
    """
    people = select(Enrolment.id).where(
        Enrolment.class_id == of.id, Enrolment.status.in_(ON_ROSTER)
    )
    if only is not None:
        people = people.where(Enrolment.id == only)
    enrolments = session.scalars(people).all()
    found = _lessons(session, of, enrolments, now)
    rules = count_rules(attendance_of(session, of))
    carried = carried_in(session, of.id, enrolment_id=only)
    needed: dict[int, int] = {}
    answers = {}
    for who in enrolments:
        lessons, waiting = found[who]
        excused = sum(one.hours for one in lessons if one.excused)
        planned = of.hours - (0 if rules.excused_in_denominator else excused)
        if planned not in needed:
            needed[planned] = hours_needed(session, of, planned=planned)
        brought = min(carried.get(who, 0), planned)
        total = outlook(lessons, needed=needed[planned], planned=of.hours, carried=brought)
        answers[who] = Prospect(total, (total, *_parts(lessons, rules)), waiting)
    return answers


def _parts(lessons: Sequence[Lesson], rules: CountRules) -> Iterable[Outlook]:
    """Where theory and practice stand by themselves, if the region asks."""
    asked = ((THEORY, rules.theory_min_ratio), (PRACTICE, rules.practice_min_ratio))
    for kinds, share in asked:
        own = [one for one in lessons if one.kind in kinds]
        if share is None or not own:
            continue
        hours = sum(one.hours for one in own)
        excused = sum(one.hours for one in own if one.excused)
        planned = hours - (0 if rules.excused_in_denominator else excused)
        yield outlook(own, needed=Part(0, planned, share).needed, planned=hours)


def _lessons(
    session: Session, of: TrainingClass, enrolments: Sequence[UUID], now: datetime
) -> dict[UUID, tuple[list[Lesson], int]]:
    """Every session of each person, and the hours that wait to be confirmed."""
    rules = attendance_of(session, of)
    records, redone = _records(session, of), _to_be_made_up(session, of, rules, now)
    mine: dict[UUID, list[Lesson]] = {who: [] for who in enrolments}
    waiting = dict.fromkeys(enrolments, 0)
    meetings = session.scalars(
        select(TrainingSession)
        .where(TrainingSession.class_id == of.id)
        .order_by(TrainingSession.starts_at, TrainingSession.seq_no)
    )
    for meeting in meetings:
        lines = _open_lines(session, meeting, rules, now)
        for who in enrolments:
            record = records.get((who, meeting.id))
            got, excused = _had(meeting, record, lines.get(who), rules, now)
            if (who, meeting.id) in redone and not got:
                got = None
            if record is None and got:
                waiting[who] += got
            day, begun = day_of(meeting.starts_at), meeting.sign_in_from <= now
            mine[who].append(Lesson(day, meeting.hours, got, begun, excused, meeting.kind))
    return {who: (mine[who], waiting[who]) for who in enrolments}


def _had(
    meeting: TrainingSession,
    record: AttendanceRecord | None,
    line: Line | None,
    rules: Attendance,
    now: datetime,
) -> tuple[int | None, bool]:
    """What one session is worth by now, None while it may still count; whether it was excused."""
    if record is not None:
        lost = record.state == AttendanceState.MAKEUP and not rules.makeup_counts
        return (0 if lost else record.credited_hours), record.state == AttendanceState.EXCUSED
    if line is None:
        # Confirmed without this person, who joined the class since: nothing is left to be had.
        return (None if meeting.confirmed_at is None else 0), False
    still = meeting.sign_in_until if line.came is None else meeting.sign_out_until
    if line.left is None and now <= still and not line.excused:
        return None, False
    found = worth(meeting, line)
    return found.credited_hours, found.state is AttendanceState.EXCUSED


def _open_lines(
    session: Session, meeting: TrainingSession, rules: Attendance, now: datetime
) -> Mapping[UUID, Line]:
    """The lines of a session that has begun and whose sheet is open, if it was heard of."""
    if meeting.sign_in_from > now or meeting.confirmed_at is not None:
        return {}
    lines = {line.enrolment.id: line for line in lines_of(session, meeting) if not line.guest_of}
    heard = any(line.came for line in lines.values())
    silent_until = meeting.ends_at + timedelta(hours=rules.offline_within_hours)
    if heard or now >= silent_until:
        return lines
    return {who: line for who, line in lines.items() if line.excused}


_Keys = tuple[UUID, UUID]


def _records(session: Session, of: TrainingClass) -> Mapping[_Keys, AttendanceRecord]:
    query = (
        select(AttendanceRecord)
        .join(TrainingSession, TrainingSession.id == AttendanceRecord.session_id)
        .where(TrainingSession.class_id == of.id)
    )
    return {(one.enrolment_id, one.session_id): one for one in session.scalars(query)}


def _to_be_made_up(
    session: Session, of: TrainingClass, rules: Attendance, now: datetime
) -> frozenset[_Keys]:
    """Missed sessions whose hours can still be had elsewhere: the make-up is planned."""
    if not rules.makeup_counts:
        return frozenset()
    rows = session.execute(
        select(MakeUp.enrolment_id, MakeUp.missed_session_id)
        .join(_At, _At.id == MakeUp.at_session_id)
        .join(_Missed, _Missed.id == MakeUp.missed_session_id)
        .where(_Missed.class_id == of.id, MakeUp.state == "planned", _At.sign_out_until >= now)
    )
    return frozenset((row[0], row[1]) for row in rows)
