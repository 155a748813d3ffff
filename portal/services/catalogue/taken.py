"""One teacher, one room, no overlap (reference B11.2, rule 8), as far as a plan can see.

What planning cannot refuse, such as another institution in the same room, the authority finds
afterwards (services.overlaps).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.domain.errors import BadInput
from portal.services import times

# Any number that no other advisory lock of ours uses.
_PLANNING_LOCK = 7462

# A class that was called off holds neither.
_TAKEN = text(
    """SELECT s.starts_at, s.room,
       s.instructor_id = ANY(CAST(:teachers AS uuid[])) IS TRUE AS teacher
  FROM training_session s JOIN training_class c ON c.id = s.class_id
  JOIN unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
              CAST(:rooms AS text[]), CAST(:of AS uuid[])) AS want(starts, ends, room, teacher)
    ON s.starts_at < want.ends AND want.starts < s.ends_at
 WHERE c.status <> 'cancelled' AND s.starts_at >= :first AND s.starts_at < :last
   AND (s.instructor_id = want.teacher
        OR (c.institution_id = :institution AND c.site = :site AND s.room = want.room
            AND s.room <> ''))
 ORDER BY s.starts_at LIMIT 1"""
)


class Wanted(Protocol):
    """A session to be planned."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def room(self) -> str: ...


def check_taken(
    session: Session,
    planned: Sequence[Wanted],
    teachers: Sequence[UUID | None],
    *,
    institution_id: UUID,
    site: str,
) -> None:
    """Raise BadInput when a teacher, or a room of the institution, is taken at one of the times.

    An account has one person, so a teacher is found wherever they teach. ``teachers`` are those
    of the sessions, in the same order. Plans wait for each other until the transaction ends: two
    filed at once would each see the teacher free.
    """
    session.execute(select(func.pg_advisory_xact_lock(_PLANNING_LOCK)))
    row = session.execute(
        _TAKEN,
        {
            "teachers": [teacher for teacher in teachers if teacher],
            "starts": [each.starts_at for each in planned],
            "ends": [each.ends_at for each in planned],
            "rooms": [each.room for each in planned],
            "of": list(teachers),
            "institution": institution_id,
            "site": site,
            # No session lasts a day, so those that began a day earlier are over.
            "first": min(each.starts_at for each in planned) - timedelta(days=1),
            "last": max(each.ends_at for each in planned),
        },
    ).one_or_none()
    if row is None:
        return
    when = times.moment_text(row.starts_at)
    if row.teacher:
        raise BadInput("instructor_id", "catalogue.plan.instructor_busy", when=when)
    raise BadInput("room", "catalogue.plan.room_busy", room=row.room, when=when)
