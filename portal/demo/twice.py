"""Who teaches comes and leaves by a tap; and one teacher, one room and one trainee are in two
places at once, for the authority to find."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.multirange import TimestamptzMultirange
from sqlalchemy import Row, TextClause, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Enrolment, Person, TrainingClass, TrainingSession
from portal.demo import store
from portal.demo.cast import Cast
from portal.demo.store import Scan, Trace
from portal.services import commitment, overlaps_sql, search_index
from portal.services.scope import region_prefix
from portal.services.times import day_bounds

_AREA = "650400"
_BACK, _AHEAD = timedelta(days=14), timedelta(days=21)

_UNSTAFFED = text(
    """
SELECT s.id, s.starts_at, s.ends_at, s.seq_no, a.id AS account_id, a.person_id
  FROM training_session s JOIN training_class c ON c.id = s.class_id
  JOIN account a ON a.id = s.instructor_id
 WHERE c.class_no LIKE 'Y_-%' AND s.ends_at < :today
   AND NOT EXISTS (SELECT FROM staff_attendance f WHERE f.session_id = s.id)
"""
)
_STAFF = text(
    """
INSERT INTO staff_attendance (id, session_id, account_id, person_id, phase, method, occurred_at,
       server_at, offline)
SELECT f.id, f.session_id, f.account_id, f.person_id, f.phase, 'tap', f.at, f.at, FALSE
  FROM unnest(CAST(:ids AS uuid[]), CAST(:sessions AS uuid[]), CAST(:accounts AS uuid[]),
              CAST(:people AS uuid[]), CAST(:phases AS text[]), CAST(:ats AS timestamptz[]))
       AS f(id, session_id, account_id, person_id, phase, at)
    ON CONFLICT (session_id, account_id, phase) DO NOTHING
"""
)
# Sessions of two schools of one town at the same time, of classes that are not for trying out.
_SIDE_BY_SIDE = text(
    """
SELECT one.id AS one_id, one.class_id AS one_class, other.id AS other_id,
       other.class_id AS other_class
  FROM training_session one JOIN training_class c1 ON c1.id = one.class_id
  JOIN training_session other ON other.starts_at < one.ends_at AND one.starts_at < other.ends_at
  JOIN training_class c2 ON c2.id = other.class_id
 WHERE c1.institution_id < c2.institution_id AND one.kind <> 'online' AND other.kind <> 'online'
   AND c1.region_code LIKE :area AND c2.region_code LIKE :area
   AND c1.class_no LIKE 'YS-%' AND c2.class_no LIKE 'YS-%'
   AND c1.status IN ('enrolling', 'running') AND c2.status IN ('enrolling', 'running')
   AND one.starts_at > :since AND one.starts_at < :until AND other.starts_at > :since
 ORDER BY one.starts_at, one.id, other.id LIMIT 1
"""
)


def ensure(session: Session, cast: Cast, *, now: datetime) -> None:
    """The taps of every session that is over, and one of each overlap; again changes nothing."""
    _staff(session, now)
    week = timedelta(days=7)
    acts: tuple[tuple[TextClause, datetime, datetime, Callable[..., None]], ...] = (
        (overlaps_sql.INSTRUCTORS, now + timedelta(days=1), now + _AHEAD, _one_teacher),
        (overlaps_sql.ROOMS, now + week, now + _AHEAD, _one_room),
        (overlaps_sql.PEOPLE, now - _BACK, now, _one_trainee),
    )
    own = {"institution": None, "limit": 1, "now": now}
    for statement, since, until, act in acts:
        span = {"since": since, "until": until, "area": f"{region_prefix(_AREA)}%"}
        if session.execute(statement, span | own).first() is None:
            pair = session.execute(_SIDE_BY_SIDE, span).one_or_none()
            if pair is not None:
                act(session, cast, pair, now)


def _staff(session: Session, now: datetime) -> None:
    # Like all of history: the day itself is left to whoever tries the demo.
    today, _ = day_bounds(now)
    rows = session.execute(_UNSTAFFED, {"today": today}).all()
    taps = [
        (row, phase, at)
        for row in rows
        for phase, at in (
            ("in", row.starts_at - timedelta(minutes=8 + row.seq_no % 7)),
            ("out", row.ends_at + timedelta(minutes=1 + row.seq_no % 5)),
        )
    ]
    session.execute(
        _STAFF,
        {
            "ids": [new_id() for _ in taps],
            "sessions": [row.id for row, _, _ in taps],
            "accounts": [row.account_id for row, _, _ in taps],
            "people": [row.person_id for row, _, _ in taps],
            "phases": [phase for _, phase, _ in taps],
            "ats": [at for _, _, at in taps],
        },
    )
    store.trace(
        session,
        [
            Trace(
                at, row.account_id, "instructor", None, "staff.attend", "training_session", row.id
            )
            for row, _, at in taps
        ],
    )


def _one_teacher(session: Session, cast: Cast, pair: Row[Any], now: datetime) -> None:
    """The other school names a teacher who teaches elsewhere at that time."""
    one = session.get_one(TrainingSession, pair.one_id)
    session.get_one(TrainingSession, pair.other_id).instructor_id = one.instructor_id
    session.flush()


def _one_room(session: Session, cast: Cast, pair: Row[Any], now: datetime) -> None:
    """The other class is said to meet in the same room."""
    one = session.get_one(TrainingSession, pair.one_id)
    here = session.get_one(TrainingClass, pair.one_class)
    there = session.get_one(TrainingClass, pair.other_class)
    there.address, there.site = here.address, here.site
    query = select(TrainingSession).where(TrainingSession.class_id == there.id)
    for meeting in session.scalars(query):
        meeting.room = one.room
    session.flush()
    search_index.reindex_class(session, there.id)


def _one_trainee(session: Session, cast: Cast, pair: Row[Any], now: datetime) -> None:
    """Somebody who was in the one class is recorded in the other too, and left it afterwards."""
    person_id = _who_was_there(session, cast, pair.one_id)
    if person_id is None:
        return
    signed = commitment.ensure_stored(session, now)
    meeting = session.get_one(TrainingSession, pair.other_id)
    enrolment = Enrolment(
        person_id=person_id,
        person_no=session.get_one(Person, person_id).no,
        class_id=meeting.class_id,
        busy=TimestamptzMultirange([]),
        status="withdrawn",
        channel="web",
        commitment_version=signed.version,
        commitment_text_hash=signed.text_hash,
        signed_at=meeting.starts_at - timedelta(days=2),
        created_at=meeting.starts_at - timedelta(days=2),
        ended_at=meeting.ends_at,
    )
    session.add(enrolment)
    session.flush()
    key = (meeting.id, enrolment.id, person_id)
    store.scan(session, [Scan(*key, "in", meeting.starts_at), Scan(*key, "out", meeting.ends_at)])


def _who_was_there(session: Session, cast: Cast, session_id: UUID) -> UUID | None:
    query = text(
        "SELECT person_id FROM attendance_event WHERE session_id = :id AND phase = 'in'"
        " ORDER BY occurred_at"
    )
    people: list[UUID] = list(session.scalars(query, {"id": session_id}))
    # Not one of those whose accounts are for trying the demo.
    return next((one for one in people if one not in cast.trainees), None)
