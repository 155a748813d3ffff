"""Whether teachers and rooms are free: in classes that stand, and in applications that wait.

Of classes the planner has the last word at approval (``services.catalogue.taken``); here all of
it is said beforehand. What another application wants may never come, so it is a warning.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.services.opening.check import Check, fail, good, warn
from portal.services.opening.facts import Facts
from portal.services.times import moment_text

_WANT = """SELECT * FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
    CAST(:rooms AS text[]), CAST(:of AS uuid[])) AS w(starts, ends, room, teacher)"""
# A class that was called off holds neither.
_CLASSES = text(
    f"""WITH want AS ({_WANT})
SELECT DISTINCT ON (hit.kind) hit.kind, s.starts_at, want.room
  FROM training_session s JOIN training_class c ON c.id = s.class_id
  JOIN want ON s.starts_at < want.ends AND want.starts < s.ends_at
 CROSS JOIN LATERAL (VALUES
       ('teacher', s.instructor_id = want.teacher),
       ('room', c.institution_id = :institution AND c.site = :site
                AND want.room <> '' AND s.room = want.room),
       ('neighbour', c.institution_id <> :institution AND c.address = :address
                     AND want.room <> '' AND s.room = want.room)) AS hit(kind, found)
 WHERE c.status <> 'cancelled' AND hit.found
   AND s.starts_at >= CAST(:first AS timestamptz) - interval '1 day' AND s.starts_at < :last
 ORDER BY hit.kind, s.starts_at"""  # noqa: S608 - constants of ours
)
_PENDING = text(
    f"""WITH want AS ({_WANT}), asked AS (
  SELECT o.serial, m.starts_at, m.ends_at,
         CASE WHEN m.kind = 'online' THEN ''
              ELSE coalesce(nullif(m.room, ''), o.content->'where'->>'room', '') END AS room,
         coalesce(m.instructor_id, CAST(o.content->'who'->>'instructor_id' AS uuid)) AS teacher,
         (o.institution_id = :institution AND o.content->'where'->>'site' = :site)
           OR (o.institution_id <> :institution AND o.content->'where'->>'address' = :address)
           AS same_place
    FROM class_opening o, jsonb_to_recordset(o.content->'when'->'meetings') AS
         m(starts_at timestamptz, ends_at timestamptz, kind text, room text, instructor_id uuid)
   WHERE o.state = 'submitted' AND o.id <> :opening)
SELECT DISTINCT ON (hit.kind) hit.kind, asked.starts_at, want.room, asked.serial
  FROM asked JOIN want ON asked.starts_at < want.ends AND want.starts < asked.ends_at
 CROSS JOIN LATERAL (VALUES
       ('teacher', asked.teacher = want.teacher),
       ('room', want.room <> '' AND asked.room = want.room AND asked.same_place))
       AS hit(kind, found)
 WHERE hit.found
 ORDER BY hit.kind, asked.starts_at, asked.serial"""  # noqa: S608 - constants of ours
)


def checks(session: Session, facts: Facts) -> Iterator[Check]:
    """Teachers and rooms; nothing while there is no session."""
    if not facts.meetings:
        return
    params = _params(facts)
    taken = {row.kind: row for row in session.execute(_CLASSES, params)}
    asked = {row.kind: row for row in session.execute(_PENDING, params)}
    yield _teachers(facts, taken.get("teacher"), asked.get("teacher"))
    yield _rooms(facts, taken, asked.get("room"))


def _params(facts: Facts) -> dict[str, Any]:
    where = facts.content.where
    return {
        "starts": [one.starts_at for one in facts.meetings],
        "ends": [one.ends_at for one in facts.meetings],
        "rooms": [facts.room_of(one) for one in facts.meetings],
        "of": [facts.teacher_of(one) for one in facts.meetings],
        "institution": facts.institution.id,
        "opening": facts.opening_id,
        "site": where.site,
        "address": where.address,
        "first": facts.meetings[0].starts_at,
        "last": max(one.ends_at for one in facts.meetings),
    }


def _teachers(facts: Facts, taken: Any, asked: Any) -> Check:
    """Everybody is named, teaches here, and is free."""
    named = [facts.teacher_of(one) for one in facts.meetings]
    if None in named:
        return fail("teachers", "who", "missing", "five", count=named.count(None))
    if any(one not in facts.teachers for one in named):
        return fail("teachers", "who", "gone", "five")
    if taken is not None:
        return fail("teachers", "who", "busy", "one_place", when=moment_text(taken.starts_at))
    if asked is not None:
        when = moment_text(asked.starts_at)
        return warn("teachers", "who", "asked", "one_place", when=when, number=asked.serial)
    return good("teachers", "who", "five", count=len(set(named)))


def _rooms(facts: Facts, taken: dict[str, Any], asked: Any) -> Check:
    """Every session that is not online has a room, and it is free."""
    bare = [one for one in facts.meetings if one.kind != "online" and not facts.room_of(one)]
    if bare:
        return fail("rooms", "where", "missing", "five")
    if (own := taken.get("room")) is not None:
        when = moment_text(own.starts_at)
        return fail("rooms", "where", "busy", "one_place", room=own.room, when=when)
    if (other := taken.get("neighbour")) is not None:
        when = moment_text(other.starts_at)
        return warn("rooms", "where", "neighbour", "one_place", room=other.room, when=when)
    if asked is not None:
        when = moment_text(asked.starts_at)
        return warn(
            "rooms", "where", "asked", "one_place", room=asked.room, when=when, number=asked.serial
        )
    return good("rooms", "where")
