"""The figures of a place, a plan or an institution, and how they are summed from the tallies."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.services.oversight.periods import Period
from portal.services.oversight.recounting import ALL_PLANS
from portal.services.scope import NOT_TRAINING, group_width, region_prefix
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts. ``people`` never adds up: somebody who learns in two places is one person in both
    and one in their sum. The last three are of this moment, whatever the period."""

    classes: int = 0
    seats: int = 0
    person_times: int = 0
    # Of these, the places in classes that have begun: what counts towards a target.
    begun: int = 0
    people: int = 0
    completed: int = 0
    employed: int = 0
    certificates: int = 0
    sessions: int = 0
    sessions_confirmed: int = 0
    hours_due: int = 0
    hours_credited: int = 0
    classes_open: int = 0
    classes_running: int = 0
    sessions_overdue: int = 0

    @property
    def attendance(self) -> float | None:
        """Credited 课时 of those that confirmed sessions planned; None before any."""
        return self.hours_credited / self.hours_due if self.hours_due else None

    @property
    def completion(self) -> float | None:
        """Completed of enrolled; None while nobody is."""
        return self.completed / self.person_times if self.person_times else None

    @property
    def employment(self) -> float | None:
        """Hired after training, of those who completed; None while nobody has."""
        return self.employed / self.completed if self.completed else None


@dataclass(frozen=True, slots=True)
class Fund:
    """Money of one fund in the period, in fen."""

    fund: str
    claimed_fen: int
    paid_fen: int
    recovered_fen: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is summed: an area (its code), a period, one plan or all, one institution or all."""

    area: str
    period: Period
    plan_id: UUID | None = None
    institution_id: UUID | None = None

    def parameters(self) -> dict[str, Any]:
        """What fills the statements below."""
        prefix = region_prefix(self.area)
        return {
            "first": self.period.first,
            "last": self.period.last,
            "within": prefix + "%",
            "digits": group_width(self.area),
            "plan": self.plan_id,
            "institution": self.institution_id,
        }


WHERE = """
 quarter BETWEEN :first AND :last AND region_code LIKE :within
   AND (CAST(:plan AS uuid) IS NULL OR plan_id = :plan)
   AND (CAST(:institution AS uuid) IS NULL OR institution_id = :institution)
"""
_PART = "rpad(left(region_code, :digits), 6, '0')"
# ``part`` and ``plan_id`` are both empty in the sum of all.
_CLASSES = text(f"""
SELECT part, plan_id, count(*) AS classes, sum(seats) AS seats,
       sum(person_times) AS person_times, sum(completed) AS completed, sum(employed) AS employed,
       sum(person_times) FILTER (WHERE starts_on <= :today) AS begun,
       sum(sessions) AS sessions, sum(sessions_confirmed) AS sessions_confirmed,
       sum(hours_due) AS hours_due, sum(hours_credited) AS hours_credited
  FROM (SELECT *, {_PART} AS part FROM class_tally WHERE {WHERE}) AS t
 GROUP BY GROUPING SETS ((part), (plan_id), ())
""")  # noqa: S608
_OUTCOMES = text(f"""
SELECT part, plan_id, fund, sum(certificates) AS certificates, sum(claimed_fen) AS claimed_fen,
       sum(paid_fen) AS paid_fen, sum(recovered_fen) AS recovered_fen
  FROM (SELECT *, {_PART} AS part FROM class_outcome WHERE {WHERE}) AS t
 GROUP BY GROUPING SETS ((part), (plan_id), (fund), ())
""")  # noqa: S608
_PEOPLE = text("""
SELECT width, area, plan_id, people FROM people_tally
 WHERE period = :period
   AND ((width = :wide AND area = :area)
        OR (width = :digits AND area LIKE :within AND plan_id = :plan))
""")
_OF_INSTITUTION = text(f"""
SELECT count(DISTINCT m.person_no) FROM class_member m
  JOIN (SELECT class_id FROM class_tally WHERE {WHERE}) AS t ON t.class_id = m.class_id
""")  # noqa: S608
_UNDER_WAY = text(f"""
SELECT part, count(*) FILTER (WHERE starts_on > :today) AS classes_open,
       count(*) FILTER (WHERE starts_on <= :today) AS classes_running
  FROM (SELECT starts_on, {_PART} AS part FROM class_tally
         WHERE NOT is_over AND region_code LIKE :within
           AND (CAST(:plan AS uuid) IS NULL OR plan_id = :plan)) AS t
 GROUP BY GROUPING SETS ((part), ())
""")  # noqa: S608
_OVERDUE = text(f"""
SELECT part, count(*) AS sessions_overdue
  FROM (SELECT {_PART} AS part FROM training_session s
          JOIN training_class c ON c.id = s.class_id
          JOIN training_programme p ON p.id = c.programme_id
         WHERE s.confirmed_at IS NULL AND s.sign_out_until < :now AND c.region_code LIKE :within
           AND c.status <> ALL(:not_training)
           AND (CAST(:plan AS uuid) IS NULL OR p.plan_id = :plan)) AS t
 GROUP BY GROUPING SETS ((part), ())
""")  # noqa: S608

# By the code of a part of the area, by the id of a plan, or None for all of it.
Key = str | UUID | None


def sums(
    session: Session, wanted: Wanted, *, now: datetime
) -> tuple[dict[Key, Figures], tuple[Fund, ...]]:
    """Figures of the whole (None), of each part of the area, of each plan; and money by fund."""
    found: dict[Key, dict[str, int]] = {None: {}}
    given = wanted.parameters()
    at = given | {"today": day_of(now), "now": now, "not_training": list(NOT_TRAINING)}
    _collect(found, session.execute(_CLASSES, at).mappings())
    outcomes = session.execute(_OUTCOMES, given).mappings().all()
    _collect(found, (row for row in outcomes if row["fund"] is None))
    if wanted.institution_id is None:
        for query in (_UNDER_WAY, _OVERDUE):
            _collect(found, session.execute(query, at).mappings())
    for key, people in _people(session, wanted).items():
        found.setdefault(key, {})["people"] = people
    return {key: Figures(**values) for key, values in found.items()}, _funds(outcomes)


def _funds(rows: Iterable[Any]) -> tuple[Fund, ...]:
    return tuple(
        Fund(row["fund"], *(int(row[f"{name}_fen"]) for name in ("claimed", "paid", "recovered")))
        for row in sorted((row for row in rows if row["fund"]), key=lambda row: str(row["fund"]))
    )


_NAMES = {field.name for field in fields(Figures)}


def _collect(found: dict[Key, dict[str, int]], rows: Iterable[Any]) -> None:
    for row in rows:
        key: Key = row["part"] or row.get("plan_id")
        figures = {name: int(row[name] or 0) for name in row if name in _NAMES}
        found.setdefault(key, {}).update(figures)


def _people(session: Session, wanted: Wanted) -> dict[Key, int]:
    if wanted.institution_id is not None:
        return {None: session.scalar(_OF_INSTITUTION, wanted.parameters()) or 0}
    every = UUID(ALL_PLANS)
    plan = wanted.plan_id or every
    wide = len(region_prefix(wanted.area))
    given = wanted.parameters() | {
        "period": wanted.period.number, "wide": wide, "area": wanted.area, "plan": plan,
    }  # fmt: skip
    found: dict[Key, int] = {}
    for row in session.execute(_PEOPLE, given):
        if row.width == wide and row.area == wanted.area:
            if row.plan_id == plan:
                found[None] = row.people
            if row.plan_id != every and wanted.plan_id in (None, row.plan_id):
                found[row.plan_id] = row.people
        if row.width == given["digits"] and row.plan_id == plan:
            found[row.area] = row.people
    return found
