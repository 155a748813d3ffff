"""Makes every tally anew, from the books of record: after an import, or when one is in doubt.

Readers see the old tallies until it commits; refreshes wait for the next round.
"""

from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    ClassChange,
    ClassMember,
    ClassOutcome,
    ClassTally,
    PeopleTally,
)
from portal.domain.permissions import Actor, Permission
from portal.services.oversight import recounting
from portal.services.oversight.refreshing import LOCK, note_time

_TALLIES = text(
    f"INSERT INTO class_tally ({recounting.TALLY_COLUMNS})"  # noqa: S608
    f" SELECT {recounting.TALLY_COLUMNS} FROM ({recounting.TALLY_OF_ALL}) AS counted"
)
_OUTCOMES = text(
    f"INSERT INTO class_outcome ({recounting.OUTCOME_COLUMNS})"  # noqa: S608
    f" SELECT {recounting.OUTCOME_COLUMNS} FROM ({recounting.OUTCOMES_OF_ALL}) AS counted"
)
_MEMBERS = text(f"INSERT INTO class_member (class_id, person_no) {recounting.MEMBERS_OF_ALL}")
# Scope by scope: all sixteen in one statement would sort every place sixteen times over.
_PEOPLE = """
INSERT INTO people_tally (period, width, area, plan_id, people)
SELECT period, {width}, area, plan_id, count(*) FROM (
    SELECT DISTINCT t.quarter / {divisor} AS period,
           rpad(left(t.region_code, {width}), 6, '0') AS area, {plan} AS plan_id, m.person_no
      FROM class_member m JOIN class_tally t ON t.class_id = m.class_id
) AS once GROUP BY period, area, plan_id
"""
_SCOPES = [
    text(_PEOPLE.format(width=width, divisor=divisor, plan=plan))
    for width in (0, 2, 4, 6)
    for divisor in (1, 10)
    for plan in ("t.plan_id", f"CAST('{recounting.ALL_PLANS}' AS uuid)")
]


def rebuild(session: Session, actor: Actor, *, now: datetime) -> int:
    """Count everything anew; answers how many classes there are. Background work, minutes long."""
    actor.require(Permission.RUN_TASKS)
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("SET LOCAL work_mem = '256MB'"))
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    # First what the feed holds, then what is so: see ``refreshing``.
    for table in (ClassChange, ClassTally, ClassOutcome, ClassMember, PeopleTally):
        session.execute(delete(table))
    for statement in (_TALLIES, _OUTCOMES, _MEMBERS):
        session.execute(statement)
    session.execute(text("ANALYZE class_tally, class_member"))
    for statement in _SCOPES:
        session.execute(statement)
    note_time(session, now, rebuilt_at=now)
    return session.scalar(select(func.count()).select_from(ClassTally)) or 0
