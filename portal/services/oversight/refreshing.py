"""Brings the tallies up to date, class by class, as the feed of changes names them.

One refresh works at a time (an advisory lock). It takes changes off the feed first and counts
afterwards, by later snapshots: a change that commits in between is either seen, or still on the
feed for the next round. Nothing is added up that could be added twice: a class is counted anew
and its rows replaced. People are the exception, since one person may stand in many classes: for
everybody whom these classes concern, the scopes in which they count are worked out before and
after, and the difference is what changes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import TallyState, TrainingClass
from portal.domain.permissions import Actor, Permission
from portal.services.oversight import recounting

# Changes taken and classes counted at once: a second's work.
CHANGES, CLASSES = 2_000, 200
# One refresh or rebuild at a time, in all processes.
LOCK = 6_024_001

_TAKE = text("""
DELETE FROM class_change
 WHERE no IN (SELECT no FROM class_change ORDER BY no LIMIT :limit)
RETURNING class_id, person_id, programme_id
""")
_PUT_TALLY = f"""
INSERT INTO class_tally ({recounting.TALLY_COLUMNS})
SELECT {recounting.TALLY_COLUMNS} FROM ({recounting.TALLY_OF.text}) AS counted
"""  # noqa: S608
_PUT_OUTCOMES = f"""
INSERT INTO class_outcome ({recounting.OUTCOME_COLUMNS})
SELECT {recounting.OUTCOME_COLUMNS} FROM ({recounting.OUTCOMES_OF.text}) AS counted
"""  # noqa: S608
_PUT_MEMBERS = text("""
INSERT INTO class_member (class_id, person_no)
SELECT * FROM unnest(CAST(:classes AS uuid[]), CAST(:people AS bigint[]))
""")
_ADD_PEOPLE = text("""
INSERT INTO people_tally AS kept (period, width, area, plan_id, people)
VALUES (:period, :width, :area, :plan_id, :people)
ON CONFLICT (period, width, area, plan_id) DO UPDATE SET people = kept.people + excluded.people
""")
_NOBODY = text("DELETE FROM people_tally WHERE people = 0")

Scope = tuple[int, int, str, UUID]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many changes were taken off the feed; ``busy``: somebody else is at it."""

    changes: int = 0
    busy: bool = False


def refresh(session: Session, actor: Actor, *, now: datetime) -> Refreshed:
    """Count anew what the oldest changes name. Background work."""
    actor.require(Permission.RUN_TASKS)
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return Refreshed(busy=True)
    taken = session.execute(_TAKE, {"limit": CHANGES}).all()
    found = sorted(_classes(session, taken))
    for begin in range(0, len(found), CLASSES):
        recount(session, found[begin : begin + CLASSES])
    note_time(session, now)
    return Refreshed(len(taken))


def note_time(session: Session, now: datetime, *, rebuilt_at: datetime | None = None) -> None:
    """Write down as of when the tallies are."""
    values: dict[str, Any] = {"as_of": now}
    if rebuilt_at is not None:
        values["rebuilt_at"] = rebuilt_at
    put = insert(TallyState).values(id=1, **values)
    session.execute(put.on_conflict_do_update(index_elements=["id"], set_=values))


def _classes(session: Session, taken: Sequence[Any]) -> set[UUID]:
    """The classes that changes concern, told now: a person's may have become more since."""
    found = {row.class_id for row in taken if row.class_id}
    people = {row.person_id for row in taken if row.person_id}
    programmes = {row.programme_id for row in taken if row.programme_id}
    if people:
        # A fact of one record counts for the classes of all records of the person.
        found.update(session.scalars(_OF_PEOPLE, {"people": list(people)}))
    if programmes:
        query = select(TrainingClass.id).where(TrainingClass.programme_id.in_(programmes))
        found.update(session.scalars(query))
    return found


_OF_PEOPLE = text("""
WITH whole AS (
    SELECT coalesce(merged_into, id) AS id FROM person WHERE id = ANY(CAST(:people AS uuid[]))
), record AS (
    SELECT unnest(CAST(:people AS uuid[])) AS id
    UNION SELECT id FROM whole
    UNION SELECT p.id FROM person p JOIN whole ON p.merged_into = whole.id
)
SELECT DISTINCT e.class_id FROM enrolment e JOIN record ON record.id = e.person_id
""")


def recount(session: Session, classes: Sequence[UUID]) -> None:
    """Replace what is kept of these classes by what is so now. The caller holds the lock."""
    these = {"classes": list(classes)}
    members = session.execute(recounting.MEMBERS_OF, these).all()
    known = session.scalars(_KNOWN, these).all()
    everybody = {"people": list({*known, *(one.person_no for one in members)})}
    before = _people(session, everybody)
    for table in ("class_tally", "class_outcome", "class_member"):
        session.execute(_FORGET[table], these)
    session.execute(_TALLIES, these)
    session.execute(_OUTCOMES, these)
    pairs = {
        "classes": [one.class_id for one in members],
        "people": [one.person_no for one in members],
    }
    session.execute(_PUT_MEMBERS, pairs)
    after = _people(session, everybody)
    after.subtract(before)
    _add(session, after)


_KNOWN = text(
    "SELECT DISTINCT person_no FROM class_member WHERE class_id = ANY(CAST(:classes AS uuid[]))"
)
_FORGET = {
    table: text(f"DELETE FROM {table} WHERE class_id = ANY(CAST(:classes AS uuid[]))")  # noqa: S608
    for table in ("class_tally", "class_outcome", "class_member")
}
_TALLIES, _OUTCOMES = text(_PUT_TALLY), text(_PUT_OUTCOMES)


def _people(session: Session, everybody: dict[str, list[int]]) -> Counter[Scope]:
    """In which scopes these people count now, and how many of them."""
    rows = session.execute(recounting.PEOPLE_OF, everybody)
    return Counter({(r.period, r.width, r.area, r.plan_id): r.people for r in rows})


def _add(session: Session, changes: Counter[Scope]) -> None:
    rows = [
        {"period": period, "width": width, "area": area, "plan_id": plan, "people": more}
        for (period, width, area, plan), more in changes.items()
        if more
    ]
    if rows:
        session.execute(_ADD_PEOPLE, rows)
        session.execute(_NOBODY)
