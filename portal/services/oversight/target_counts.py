"""What was done towards a line: by part of an area, by institution, by year, and in all.

Training counts places in classes that have begun. Talent counts people, once each, by the level
or qualification certificates that they were given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from portal.db.models import TrainingPlan
from portal.db.models.classes import status_in
from portal.domain.levels import SkillLevel
from portal.services.oversight.target_lines import Document, Line
from portal.services.scope import group_width, region_prefix
from portal.services.teaching import ON_ROSTER


@dataclass(frozen=True, slots=True)
class Done:
    """Counts in the line's own unit; ``people`` is how many different people that is."""

    total: int
    people: int
    regions: dict[str, int]
    institutions: dict[UUID, int]
    years: dict[int, int]


_PART = "rpad(left({}, :digits), 6, '0')"
_SETS = "GROUP BY GROUPING SETS ((part), (institution_id), (year), ())"
_PLACES = f"""
SELECT c.class_id, c.institution_id, c.quarter / 10 AS year, {_PART.format("c.region_code")} AS part
  FROM class_tally c
 WHERE c.quarter BETWEEN :first * 10 + 1 AND :last * 10 + 4 AND c.starts_on <= :today
   AND c.region_code LIKE :within AND (CAST(:plan AS uuid) IS NULL OR c.plan_id = :plan)
"""  # noqa: S608
_TRAINING = text(f"""
SELECT part, institution_id, year, sum(person_times) AS done FROM (
    SELECT p.*, t.person_times FROM ({_PLACES}) AS p JOIN class_tally t USING (class_id)
) AS counted {_SETS}
""")  # noqa: S608
_PEOPLE = text(f"""
SELECT count(DISTINCT m.person_no) FROM class_member m JOIN ({_PLACES}) AS p USING (class_id)
""")  # noqa: S608
# Who belonged to one of the groups on the day on which the class began.
_OF_GROUPS = text(f"""
SELECT part, institution_id, year, count(*) AS done, count(DISTINCT whole) AS people FROM (
SELECT p.part, p.institution_id, p.year, coalesce(w.merged_into, w.id) AS whole
  FROM ({_PLACES}) AS p JOIN enrolment e USING (class_id)
  JOIN person w ON w.id = e.person_id JOIN training_class k ON k.id = e.class_id
 WHERE e.{status_in(ON_ROSTER)}
   AND EXISTS (SELECT FROM person r JOIN person_group g ON g.person_id = r.id
                WHERE (r.id = coalesce(w.merged_into, w.id)
                       OR r.merged_into = coalesce(w.merged_into, w.id))
                  AND g.group_code = ANY(:groups) AND g.status <> 'refused'
                  AND g.valid_from <= k.starts_on
                  AND (g.valid_to IS NULL OR g.valid_to >= k.starts_on))
) AS counted {_SETS}
""")  # noqa: S608
# The same for many places: everybody who belongs is read once, not asked after one by one.
_OF_GROUPS_AT_LARGE = text(f"""
WITH belongs AS MATERIALIZED (
    SELECT coalesce(r.merged_into, r.id) AS whole,
           array_agg(daterange(g.valid_from, g.valid_to, '[]')) AS spans
      FROM person_group g JOIN person r ON r.id = g.person_id
     WHERE g.group_code = ANY(:groups) AND g.status <> 'refused' GROUP BY 1
), counted AS MATERIALIZED (
    SELECT p.part, p.institution_id, p.year, b.whole
      FROM ({_PLACES}) AS p JOIN enrolment e USING (class_id)
      JOIN training_class k ON k.id = e.class_id JOIN person w ON w.id = e.person_id
      JOIN belongs b ON b.whole = coalesce(w.merged_into, w.id)
     WHERE e.{status_in(ON_ROSTER)} AND k.starts_on <@ ANY(b.spans)
)
SELECT part, institution_id, year, count(*) AS done, NULL::bigint AS people FROM counted
 GROUP BY GROUPING SETS ((part), (institution_id), (year))
UNION ALL
SELECT NULL, NULL, NULL, count(*), count(DISTINCT whole) FROM counted
""")  # noqa: S608
# Measured: from so many places on it is the quicker way.
_LARGE = 100_000
_TALENT = text(f"""
SELECT part, institution_id, year, count(DISTINCT whole) AS done FROM (
    SELECT {_PART.format("x.region_code")} AS part, x.institution_id,
           CAST(extract(year FROM x.issued_on) AS int) AS year,
           coalesce(w.merged_into, w.id) AS whole
      FROM certificate x JOIN person w ON w.id = x.person_id
     WHERE x.status = 'issued' AND x.kind IN ('LEVEL','QUAL') AND coalesce(x.level, 1) >= :level
       AND extract(year FROM x.issued_on) BETWEEN :first AND :last AND x.issued_on <= :today
       AND x.region_code LIKE :within
) AS held {_SETS}
""")  # noqa: S608


def count(
    session: Session,
    document: Document,
    line: Line,
    *,
    area: str,
    first: int,
    last: int,
    today: date,
) -> Done:
    """What was done in an area in the years from ``first`` to ``last``."""
    given = {
        "digits": group_width(area),
        "within": region_prefix(area) + "%",
        "first": first,
        "last": last,
        "today": today,
        "plan": _plan_id(session, document, line),
        "groups": list(line.group_codes),
        "level": int(SkillLevel.SENIOR if line.measure == "high_skilled" else min(SkillLevel)),
    }
    rows = session.execute(_query(session, line, given), given).all()
    total = next((row for row in rows if (row.part, row.institution_id, row.year) == _ALL), None)
    done = int(total.done or 0) if total else 0
    people = done
    if line.group_codes:
        people = int(total.people) if total else 0
    elif line.measure == "training":
        people = session.scalar(_PEOPLE, given) or 0
    return Done(
        total=done,
        people=people,
        regions={row.part: int(row.done) for row in rows if row.part},
        institutions={row.institution_id: int(row.done) for row in rows if row.institution_id},
        years={row.year: int(row.done) for row in rows if row.year},
    )


_ALL = (None, None, None)


def _query(session: Session, line: Line, given: Mapping[str, Any]) -> TextClause:
    """The statement that counts a line. Groups stand in no tally and are counted as they are."""
    if line.measure != "training":
        return _TALENT
    if not line.group_codes:
        return _TRAINING
    every = next(row for row in session.execute(_TRAINING, given) if tuple(row[:3]) == _ALL)
    return _OF_GROUPS_AT_LARGE if (every.done or 0) > _LARGE else _OF_GROUPS


def _plan_id(session: Session, document: Document, line: Line) -> UUID | None:
    if not line.plan_no:
        return None
    return session.scalars(
        select(TrainingPlan.id).where(
            TrainingPlan.pack_id == document.pack_id, TrainingPlan.plan_no == line.plan_no
        )
    ).one()
