"""What earlier classes of the same kind say about the chance of somebody who waits."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain import waiting_list
from portal.domain.waiting_list import Odds
from portal.services.enrolment_locks import begins
from portal.services.times import day_of

# The latest tell most; older ones were run by other rules.
_CLASSES = 40

# A place came free when somebody who held a seat, or was offered one, left before the start.
# Whoever only stood in line freed nothing. Only what happened in as much time before the start
# as is left now counts: what others gave back weeks ahead cannot come again.
_FREED = text("""
WITH mine AS (
    SELECT p.id, p.occupation_code, p.topic_code FROM training_programme p WHERE p.id = :programme
), past AS (
    SELECT c.id, lower(c.meets) AS begins
      FROM mine
      JOIN training_programme p ON p.id = mine.id OR p.occupation_code = mine.occupation_code
                                OR p.topic_code = mine.topic_code
      JOIN training_class c ON c.programme_id = p.id
     WHERE c.status IN ('running', 'finished', 'closed') AND c.starts_on <= :today
       AND lower(c.meets) <= :now AND c.id <> :class_id
     ORDER BY c.starts_on DESC, c.id LIMIT :most
)
SELECT count(e.id) AS freed
  FROM past LEFT JOIN enrolment e ON e.class_id = past.id
       AND e.status IN ('withdrawn', 'expired', 'rejected', 'removed')
       AND e.ended_at < past.begins
       AND e.ended_at >= past.begins - CAST(:left AS interval)
       AND (e.waiting_no IS NULL
            OR EXISTS (SELECT FROM seat_offer o WHERE o.enrolment_id = e.id))
 GROUP BY past.id
""")


def odds_for(session: Session, of: TrainingClass, *, position: int, now: datetime) -> Odds:
    """The odds of whoever stands at ``position`` in the line of a class."""
    left = max(begins(of) - now, timedelta())
    return waiting_list.odds(_freed(session, of.programme_id, of.id, left, now), position)


def _freed(
    session: Session, programme: UUID, class_id: UUID, left: timedelta, now: datetime
) -> list[int]:
    today: date = day_of(now)
    values = {"programme": programme, "class_id": class_id, "today": today, "now": now}
    rows = session.scalars(_FREED, values | {"left": left, "most": _CLASSES})
    return list(rows)
