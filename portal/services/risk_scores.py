"""The ghost-class score, worked out and kept: on the day, and again when the class is over.

A sweep finds what is due by comparing times, so that no act has to remember to ask for it: a
sheet confirmed or corrected, an inspection, an upload from a phone without a link. Signals are
deleted 90 days after the confirmation (reference D11); from then on a session's score stands.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import ClassScore, SessionScore, TrainingSession
from portal.domain.permissions import Actor, Permission
from portal.domain.risk.parameters import DEFAULT, Parameters
from portal.domain.risk.reasons import Reason, Score
from portal.domain.risk.score import score_class, score_session
from portal.services import inspection_counts
from portal.services.risk_facts import class_facts, session_facts
from portal.services.risk_records import ClassRecord, record_of
from portal.services.rule_book import book_for
from portal.services.times import day_of

KEPT_FOR = timedelta(days=90)
# A sheet that nobody confirms must not keep signals for ever.
UNCONFIRMED_KEPT_FOR = timedelta(days=180)
# Claims and with them denials come up to a year after a class.
_LOOKED_AT_FOR = timedelta(days=550)
# What was written just before a score, and committed after it, was not in it.
_GRACE = timedelta(minutes=2)
_BATCH = 5_000

# A session whose signals are still there (see _signals_kept, which says the same in Python).
_KEPT = "COALESCE(s.confirmed_at + :kept, s.sign_out_until + :unconfirmed) > :now"
_SINCE = "> scored.computed_at - :grace"
_DUE = text(
    f"""
SELECT c.id FROM training_class c
  LEFT JOIN class_score scored ON scored.class_id = c.id
 WHERE c.status NOT IN ('draft', 'cancelled') AND c.ends_on > :since AND (
    EXISTS (SELECT FROM training_session s
              LEFT JOIN session_score scored ON scored.session_id = s.id AND scored.stage = 'day'
             WHERE s.class_id = c.id AND s.sign_out_until < :now AND {_KEPT}
               AND (scored.session_id IS NULL OR s.confirmed_at {_SINCE}
                OR EXISTS (SELECT FROM attendance_event e
                            WHERE e.session_id = s.id AND e.server_at {_SINCE})
                OR EXISTS (SELECT FROM attendance_correction k
                            WHERE k.session_id = s.id AND k.at {_SINCE})
                OR EXISTS (SELECT FROM staff_attendance a
                            WHERE a.session_id = s.id AND a.server_at {_SINCE})
                OR EXISTS (SELECT FROM inspection i
                            WHERE i.session_id = s.id AND i.counted_at {_SINCE})))
    OR (EXISTS (SELECT FROM training_session s WHERE s.class_id = c.id)
        AND NOT EXISTS (SELECT FROM training_session s
                         WHERE s.class_id = c.id AND s.sign_out_until >= :now)
        AND (scored.class_id IS NULL
         OR EXISTS (SELECT FROM training_session s JOIN attendance_appeal p ON p.session_id = s.id
                     WHERE s.class_id = c.id AND p.answered_at {_SINCE})
         OR EXISTS (SELECT FROM enrolment e
                      LEFT JOIN exam_result x ON x.enrolment_id = e.id
                      LEFT JOIN certificate f ON f.enrolment_id = e.id
                      LEFT JOIN claim_line l ON l.enrolment_id = e.id
                      LEFT JOIN case_file n ON n.claim_line_id = l.id
                     WHERE e.class_id = c.id
                       AND GREATEST(e.ended_at, x.recorded_at, f.created_at, f.revoked_at,
                                    n.opened_at, n.closed_at) {_SINCE}))))
 ORDER BY c.ends_on, c.id LIMIT :most
"""  # noqa: S608 - only constants of our own
)


def due(session: Session, actor: Actor, *, now: datetime, most: int = 100) -> tuple[UUID, ...]:
    """Classes of which something has no score yet, or changed since it was scored."""
    actor.require(Permission.RUN_TASKS)
    params = {
        "now": now,
        "kept": KEPT_FOR,
        "unconfirmed": UNCONFIRMED_KEPT_FOR,
        "since": day_of(now - _LOOKED_AT_FOR),
        "grace": _GRACE,
        "most": most,
    }
    return tuple(session.scalars(_DUE, params))


def score(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> None:
    """Score every session of a class that is over, and the class once all are.

    Again does no harm: the same records give the same score.
    """
    actor.require(Permission.RUN_TASKS)
    inspection_counts.recount(session, actor, class_id=class_id, now=now)
    record = record_of(session, class_id)
    parameters = parameters_of(session, record.training_class.region_code, now)
    ended = [meeting for meeting in record.meetings if meeting.sign_out_until < now]
    over = bool(ended) and len(ended) == len(record.meetings)
    for meeting in ended:
        if _signals_kept(meeting, now):
            _score_session(session, record, meeting, parameters, over, now)
    if over:
        facts = class_facts(session, record, _standing(session, ended))
        found = score_class(facts, parameters)
        _keep(session, ClassScore, {"class_id": class_id}, found.value, _stored(found), now)


def parameters_of(session: Session, region_code: str, now: datetime) -> Parameters:
    """The score's parameters as a region sets them."""
    book = book_for(session, region_code, day_of(now))
    return DEFAULT.changed(look_at=book.attendance.look_at_points)


def _signals_kept(meeting: TrainingSession, now: datetime) -> bool:
    if meeting.confirmed_at is not None:
        return meeting.confirmed_at + KEPT_FOR > now
    return meeting.sign_out_until + UNCONFIRMED_KEPT_FOR > now


def _score_session(
    session: Session,
    record: ClassRecord,
    meeting: TrainingSession,
    parameters: Parameters,
    over: bool,
    now: datetime,
) -> None:
    for stage in ("day", "final") if over else ("day",):
        found = score_session(
            session_facts(record, meeting, when_over=stage == "final"), parameters
        )
        key = {"session_id": meeting.id, "stage": stage}
        _keep(session, SessionScore, key, found.value, _stored(found, record, meeting), now)


def _stored(
    found: Score, record: ClassRecord | None = None, meeting: TrainingSession | None = None
) -> list[dict[str, Any]]:
    """The reasons as JSON."""
    inspection = record.inspections.get(meeting.id) if record and meeting else None
    rows = []
    for reason in found.reasons:
        params = dict(reason.params)
        if reason.code == "head_count" and inspection is not None:
            # The measure reckons with who came and left later; people read what was counted.
            params = {"counted": inspection.head_count, "listed": inspection.sheet_count}
        rows.append(
            {
                "code": reason.code,
                "points": reason.points,
                "params": params,
                "people": list(reason.people),
            }
        )
    return rows


def reasons_of(stored: Iterable[dict[str, Any]]) -> tuple[Reason, ...]:
    """The reasons as ``locale.risk`` words them; the keys of people are enrolments."""
    return tuple(
        Reason(row["code"], row["points"], row["params"], tuple(row["people"])) for row in stored
    )


def _keep(
    session: Session,
    table: type[SessionScore | ClassScore],
    key: dict[str, Any],
    points: int,
    reasons: list[dict[str, Any]],
    now: datetime,
) -> None:
    values = {"points": points, "reasons": reasons, "computed_at": now}
    statement = insert(table).values(key | values)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def _standing(session: Session, meetings: Iterable[TrainingSession]) -> tuple[int, ...]:
    """The points of each session as they stand: of the end, else of the day."""
    rows = session.execute(
        select(SessionScore.session_id, SessionScore.points)
        .where(SessionScore.session_id.in_([meeting.id for meeting in meetings]))
        .order_by(SessionScore.stage)
    )
    return tuple(dict(rows.tuples().all()).values())


_FORGET = """
DELETE FROM {table} WHERE ctid IN (
    SELECT d.ctid FROM {table} d JOIN training_session s ON s.id = d.session_id
     WHERE COALESCE(s.confirmed_at + :kept, s.sign_out_until + :unconfirmed) <= :now LIMIT :most)
"""
_FORGOTTEN = ("attendance_signal", "relay_try")


def forget_signals(session: Session, actor: Actor, *, now: datetime) -> int:
    """Delete a batch of what sign-ins looked like; answers how many rows. Scores stay."""
    actor.require(Permission.RUN_TASKS)
    params = {
        "now": now,
        "kept": KEPT_FOR,
        "unconfirmed": UNCONFIRMED_KEPT_FOR,
        "most": _BATCH,
    }
    deleted = 0
    for table in _FORGOTTEN:
        result: Any = session.execute(text(_FORGET.format(table=table)), params)
        deleted += result.rowcount
    return deleted
