"""Subsidies set aside: held at acceptance, consumed at the certificate, else given back.

Every reservation draws the smallest free number up to the limit, in its year and bucket, in its
year, and among repeats of its occupation and level (see ``db.models.SubsidyReservation``). Where
no free number is left, there is no reservation; where two acts draw at the same instant, the
unique index refuses one, and it draws again.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.domain.permissions import Actor, Permission
from portal.domain.rules.rule import Quota

# A class that was never finished by its institution gives its subsidies back after a year.
_HELD_AFTER_END = timedelta(days=365)


def _drawn(number: str, limit: str, same: str) -> str:
    """SQL for the smallest number that no taken row has; NULL when a limit's worth is taken.

    How many are taken decides, not their numbers: where a region allows two a year, those with
    the numbers 1 and 3, drawn where three are allowed, leave nothing.
    """
    return f"""(
        SELECT min(n)
          FROM (SELECT count(*) AS had FROM taken WHERE {same}) counted,
               generate_series(1, counted.had::int + 1) n
         WHERE counted.had < {limit}
           AND NOT EXISTS (SELECT FROM taken WHERE {same} AND {number} = n))"""  # noqa: S608


_YEAR = "year = :year AND total_no IS NOT NULL"
_BUCKET = "year = :year AND bucket = CAST(:bucket AS text)"
_REPEAT = "skill_key = CAST(:skill_key AS text) AND level = coalesce(CAST(:level AS int), 0)"

# One row for the one of ``who (person_id)``: the numbers drawn, and whether a limit forbids. What
# any record of the person has taken counts; of two that draw at once, the person's lock lets the
# second wait, and the indexes of the record refuse it besides.
DRAW = f"""
whole AS MATERIALIZED (
    SELECT COALESCE(p.merged_into, p.id) AS id FROM who JOIN person p ON p.id = who.person_id
), records AS MATERIALIZED (
    SELECT id FROM whole UNION ALL
    SELECT p.id FROM whole JOIN person p ON p.merged_into = whole.id
), taken AS MATERIALIZED (
    SELECT r.year, r.bucket, r.bucket_no, r.total_no, r.skill_key, r.repeat_no,
           coalesce(r.level, 0) AS level
      FROM records JOIN subsidy_reservation r ON r.person_id = records.id
     WHERE r.state IN ('held', 'consumed')
), draw AS (
    SELECT who.person_id, bucket_no, total_no, repeat_no,
           (bucket_no IS NULL AND CAST(:bucket AS text) IS NOT NULL)
           OR (total_no IS NULL AND CAST(:bucket AS text) IS NOT NULL)
           OR (repeat_no IS NULL AND CAST(:skill_key AS text) IS NOT NULL) AS over_limit
      FROM who, LATERAL (
           SELECT CASE WHEN CAST(:bucket AS text) IS NOT NULL
                       THEN {_drawn("bucket_no", "CAST(:bucket_limit AS int)", _BUCKET)}
                  END AS bucket_no,
                  CASE WHEN CAST(:bucket AS text) IS NOT NULL
                       THEN {_drawn("total_no", "CAST(:total_limit AS int)", _YEAR)}
                  END AS total_no,
                  CASE WHEN CAST(:skill_key AS text) IS NOT NULL
                       THEN {_drawn("repeat_no", "CAST(:repeat_limit AS int)", _REPEAT)}
                  END AS repeat_no) numbers
)"""  # noqa: S608 - only constants of our own

# Goes behind INSERT INTO ...; ``source`` gives person_id and the enrolment's id.
COLUMNS = """subsidy_reservation (id, person_id, enrolment_id, state, year, bucket, bucket_no,
    total_no, skill_key, level, repeat_no, title, overridden, expires_at, created_at)"""
VALUES = """:reservation_id, draw.person_id, {enrolment}, 'held', :year, CAST(:bucket AS text),
    draw.bucket_no, draw.total_no, CAST(:skill_key AS text), CAST(:level AS int), draw.repeat_no,
    :title, :overridden, CAST(:expires_at AS timestamptz), :now"""

_RESERVE = text(
    f"""
WITH who AS (SELECT CAST(:person_id AS uuid) AS person_id), {DRAW}
INSERT INTO {COLUMNS}
SELECT {VALUES.format(enrolment="CAST(:enrolment_id AS uuid)")} FROM draw WHERE NOT over_limit
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608 - only constants of our own
)
_HAS = text(
    "SELECT TRUE FROM subsidy_reservation"
    " WHERE enrolment_id = :enrolment_id AND state IN ('held', 'consumed')"
)
_END = text(
    "UPDATE subsidy_reservation SET state = :state, ended_at = :now"
    " WHERE enrolment_id = :enrolment_id AND state = 'held'"
)
_EXPIRE = text(
    "UPDATE subsidy_reservation SET state = 'expired', ended_at = :now"
    " WHERE state = 'held' AND expires_at <= :now"
)
_NO_LIMIT = 32000
# A lost race draws again; more than this many at once for one person is no race.
_TRIES = 5


def reserve(
    session: Session,
    *,
    person_id: UUID,
    enrolment_id: UUID,
    quota: Quota,
    title: str,
    ends_on: date,
    now: datetime,
    override: bool = False,
) -> bool:
    """Set a subsidy aside; False when a limit would be passed. Again changes nothing.

    ``override``: an officer decided that the limits do not count here.
    """
    params = params_of(quota, title=title, ends_on=ends_on, now=now, override=override)
    params |= {"person_id": person_id, "enrolment_id": enrolment_id}
    for _ in range(_TRIES):
        if has(session, enrolment_id=enrolment_id):
            return True
        made = session.execute(_RESERVE, params | {"reservation_id": new_id()}).scalar()
        if made is not None:
            return True
        if not _lost_a_race(session, params):
            return False
    return False


def params_of(
    quota: Quota, *, title: str, ends_on: date, now: datetime, override: bool = False
) -> dict[str, Any]:
    """What DRAW and VALUES want to know, beside the ids."""

    def limit(value: int | None) -> int:
        return _NO_LIMIT if override or value is None else value

    return {
        "year": quota.year,
        "bucket": quota.bucket,
        "bucket_limit": limit(quota.bucket_limit),
        "total_limit": limit(quota.total_limit),
        "skill_key": quota.skill_key,
        "level": quota.level,
        "repeat_limit": limit(1 if quota.no_repeat else None),
        "title": title,
        "overridden": override,
        "expires_at": datetime.combine(ends_on, time(), UTC) + _HELD_AFTER_END,
        "now": now,
    }


def has(session: Session, *, enrolment_id: UUID) -> bool:
    """Whether a subsidy is held or consumed for an enrolment."""
    return bool(session.scalar(_HAS, {"enrolment_id": enrolment_id}))


def release(
    session: Session, *, enrolment_id: UUID, now: datetime, state: str = "released"
) -> None:
    """Give a held subsidy back (``expired``: a time ran out). What is consumed stays."""
    session.execute(_END, {"enrolment_id": enrolment_id, "state": state, "now": now})


def consume(session: Session, *, enrolment_id: UUID, now: datetime) -> None:
    """A held subsidy is used up: the training ended with what it is paid for."""
    session.execute(_END, {"enrolment_id": enrolment_id, "state": "consumed", "now": now})


def expire(session: Session, actor: Actor, *, now: datetime) -> int:
    """Give back what was held too long; answers how many."""
    actor.require(Permission.RUN_TASKS)
    return session.execute(_EXPIRE, {"now": now}).rowcount  # type: ignore[attr-defined,no-any-return]


_DRAWS = text(
    f"WITH who AS (SELECT CAST(:person_id AS uuid) AS person_id), {DRAW}"  # noqa: S608
    " SELECT over_limit FROM draw"
)


def _lost_a_race(session: Session, params: dict[str, Any]) -> bool:
    return not session.scalar(_DRAWS, params)
