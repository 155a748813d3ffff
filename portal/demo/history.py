"""What has happened in the demo's classes up to now: scans, sheets, corrections, certificates.

Runs at every load and does what is still to be done. What chance decides is decided by class,
session and person alone, so that a second run decides the same.
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.demo import seeds, store
from portal.demo.cast import HOME, Cast
from portal.demo.store import Mark, Scan
from portal.domain.attendance import CLASS_HOUR_MINUTES, reached
from portal.locale import t
from portal.services import results
from portal.services.times import ZONE
from portal.services.windows import assess

# The home institution leaves its latest sheets and classes to whoever tries the demo.
_OPEN_SHEETS = timedelta(days=2)
_OPEN_CLASSES = timedelta(days=9)
# One sheet of its weekly class lies so long that it is overdue.
_OVERDUE = (timedelta(days=9), timedelta(days=12))
_CLOSED_AFTER = timedelta(days=2)
_LIVE = ("accepted", "active")
_FORGETFUL = 0.025
_EXCUSED = 0.3
_PASSES = 0.94


@dataclass(frozen=True, slots=True)
class _Line:
    """One person in one session that is over."""

    class_no: str
    institution_id: UUID
    meeting: TrainingSession
    enrolment_id: UUID
    person_id: UUID


def catch_up(session: Session, cast: Cast, *, now: datetime) -> None:
    """Let everything happen that would have happened before today."""
    today = datetime.combine(now.astimezone(ZONE).date(), time(), ZONE)
    _scan(session, cast, before=today)
    _confirm(session, cast, before=today)
    _finish(session, cast, before=today)


def _lines(session: Session, before: datetime) -> list[_Line]:
    """Everybody who was expected in sessions that are over and not confirmed."""
    rows = session.execute(
        select(
            TrainingClass.class_no,
            TrainingClass.institution_id,
            TrainingSession,
            Enrolment.id,
            Enrolment.person_id,
        )
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(
            TrainingClass.class_no.like("Y_-%"),
            TrainingClass.status != "closed",
            TrainingSession.ends_at < before,
            TrainingSession.confirmed_at.is_(None),
            Enrolment.status.in_(_LIVE),
        )
    )
    return [_Line(*row) for row in rows]


def _chance(line: _Line, cast: Cast, about: str) -> random.Random:
    index = cast.people[line.person_id].index
    return random.Random(  # noqa: S311 - not a secret
        f"portal demo: {about} {line.class_no}/{line.meeting.seq_no}/{index}"
    )


def _scan(session: Session, cast: Cast, *, before: datetime) -> None:
    scans: list[Scan] = []
    for line in _lines(session, before):
        trial = line.class_no.startswith((seeds.NOW, seeds.DAYLONG))
        # What the demo accounts do in the trial classes is left to the people who try them.
        if line.person_id in cast.people and not (trial and line.person_id in cast.trainees):
            scans += _scans(line, cast)
    store.scan(session, scans)


def _scans(line: _Line, cast: Cast) -> Iterator[Scan]:
    rng, meeting = _chance(line, cast, "scan"), line.meeting
    came, late = rng.random(), rng.random()
    if came > cast.people[line.person_id].diligence:
        return
    minutes = rng.uniform(16, 29) if late < 0.03 * (came < 0.5) else rng.uniform(-24, 8)
    alumnus = line.person_id in cast.trainees
    minutes = -6.0 if alumnus else minutes
    key = (meeting.id, line.enrolment_id, line.person_id)
    yield Scan(*key, "in", meeting.starts_at + timedelta(minutes=minutes))
    if alumnus or rng.random() > _FORGETFUL:
        yield Scan(*key, "out", meeting.ends_at + timedelta(minutes=rng.uniform(-8, 25)))


def _confirm(session: Session, cast: Cast, *, before: datetime) -> None:
    home = cast.staff[HOME].institution_id
    lines = [
        line
        for line in _lines(session, before)
        if line.institution_id != home or line.meeting.ends_at < before - _OPEN_SHEETS
        if not _is_left_overdue(line, before)
    ]
    events = _events(session, {line.meeting.id for line in lines})
    managers = {staff.institution_id: staff.manager.the_account() for staff in cast.staff.values()}
    store.mark(session, [_mark(line, cast, events, managers) for line in lines])


def _is_left_overdue(line: _Line, before: datetime) -> bool:
    age = before - line.meeting.ends_at
    return line.class_no.startswith(seeds.WEEKLY) and _OVERDUE[0] < age < _OVERDUE[1]


Events = Mapping[tuple[UUID, UUID], Mapping[str, datetime]]


def _events(session: Session, meetings: Iterable[UUID]) -> Events:
    rows = session.execute(
        select(
            AttendanceEvent.session_id,
            AttendanceEvent.enrolment_id,
            AttendanceEvent.phase,
            AttendanceEvent.occurred_at,
        ).where(AttendanceEvent.session_id.in_(list(meetings)))
    )
    found: dict[tuple[UUID, UUID], dict[str, datetime]] = {}
    for meeting, enrolment, phase, at in rows:
        found.setdefault((meeting, enrolment), {})[phase] = at
    return found


def _mark(line: _Line, cast: Cast, events: Events, managers: Mapping[UUID, UUID]) -> Mark:
    meeting, scans = line.meeting, events.get((line.meeting.id, line.enrolment_id), {})
    found = assess(meeting, scans.get("in"), scans.get("out"))
    state, hours = found.state.value, found.credited_hours
    changed = _corrected(line, cast, scans, state)
    actor = meeting.instructor_id or managers[line.institution_id]
    at = meeting.ends_at + timedelta(minutes=70)
    key = (meeting.id, line.enrolment_id, line.person_id)
    if changed is None:
        return Mark(*key, state, found.credited_minutes, hours, at, actor)
    new_state, note = changed
    credited = meeting.hours if new_state == "present" else 0
    return Mark(
        *key,
        new_state,
        credited * CLASS_HOUR_MINUTES,
        credited,
        at,
        actor,
        old=(state, hours),
        note=note,
    )


def _corrected(
    line: _Line, cast: Cast, scans: Mapping[str, datetime], state: str
) -> tuple[str, str] | None:
    """What the teacher set right: a forgotten sign-out, a leave that was asked for."""
    if line.person_id not in cast.people or line.person_id in cast.trainees:
        return None
    rng = _chance(line, cast, "correction")
    if "in" in scans and "out" not in scans:
        return ("present", t("demo.reason.forgot")) if rng.random() < 0.8 else None
    if state == "absent" and rng.random() < _EXCUSED:
        return "excused", t(f"demo.reason.{rng.choice(('sick', 'family'))}")
    return None


def _finish(session: Session, cast: Cast, *, before: datetime) -> None:
    managers = {staff.institution_id: staff.manager for staff in cast.staff.values()}
    home = cast.staff[HOME].institution_id
    for made in _over(session, before.date()):
        waits = _OPEN_CLASSES if made.institution_id == home else _CLOSED_AFTER
        if made.ends_on >= before.date() - waits:
            continue
        manager = managers[made.institution_id]
        at = datetime.combine(made.ends_on + _CLOSED_AFTER, time(11, 20), ZONE)
        grades = _grades(session, made, cast)
        if grades:
            store.results(session, grades, examiner=manager.the_account(), at=at)
        results.finish_class(session, manager, class_id=made.id, now=at)


def _over(session: Session, today: date) -> list[TrainingClass]:
    """Classes whose last day has passed, every sheet of which is confirmed."""
    waiting = aliased(TrainingSession)
    has_open_sheet = (
        select(waiting.id)
        .where(waiting.class_id == TrainingClass.id, waiting.confirmed_at.is_(None))
        .exists()
    )
    query = select(TrainingClass).where(
        TrainingClass.class_no.like("Y_-%"),
        TrainingClass.status.not_in(("closed", "cancelled")),
        TrainingClass.ends_on < today,
        ~has_open_sheet,
    )
    return list(session.scalars(query.order_by(TrainingClass.ends_on, TrainingClass.class_no)))


def _grades(session: Session, made: TrainingClass, cast: Cast) -> dict[UUID, bool]:
    """Pass or fail by enrolment: who has not been there cannot pass."""
    rows = session.execute(
        select(Enrolment.id, Enrolment.person_id, AttendanceRecord.credited_hours)
        .outerjoin(AttendanceRecord, AttendanceRecord.enrolment_id == Enrolment.id)
        .where(Enrolment.class_id == made.id, Enrolment.status.in_(_LIVE))
    )
    hours: dict[tuple[UUID, UUID], int] = {}
    for enrolment_id, person_id, credited in rows:
        key = (enrolment_id, person_id)
        hours[key] = hours.get(key, 0) + (credited or 0)

    def place(one: tuple[tuple[UUID, UUID], int]) -> int:
        seed = cast.people.get(one[0][1])
        return seed.index if seed else 0

    rng = random.Random(f"portal demo: exam {made.class_no}")  # noqa: S311 - not a secret
    return {
        enrolment_id: person_id in cast.trainees
        or (reached(total, made.hours) and rng.random() < _PASSES)
        for (enrolment_id, person_id), total in sorted(hours.items(), key=place)
    }
