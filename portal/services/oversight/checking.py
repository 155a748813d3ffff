"""Compares the tallies with a full recount and says where they differ.

Classes that wait to be recounted are left out: that they differ is what waiting means. People
are compared with the rosters as they are kept, which are compared with the books themselves.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.services.oversight import recounting

# Differences named of each kind.
_NAMED = 5

_WAITING = """
WITH waiting AS MATERIALIZED (
    SELECT class_id FROM class_change WHERE class_id IS NOT NULL
    UNION SELECT c.id FROM class_change f JOIN training_class c ON c.programme_id = f.programme_id
    UNION SELECT e.class_id FROM class_change f
      JOIN person o ON o.id = f.person_id
      JOIN person r ON r.id = coalesce(o.merged_into, o.id) OR r.id = o.id
           OR r.merged_into = coalesce(o.merged_into, o.id)
      JOIN enrolment e ON e.person_id = r.id
)
"""
_DIFFERENT = """
{waiting}, counted AS MATERIALIZED ({counted}), kept AS MATERIALIZED (
    SELECT {columns} FROM {table}
), differs AS (
    (SELECT {columns} FROM counted EXCEPT SELECT {columns} FROM kept)
    UNION
    (SELECT {columns} FROM kept EXCEPT SELECT {columns} FROM counted)
)
SELECT DISTINCT coalesce(c.class_no, CAST(d.class_id AS text)) AS name FROM differs d
  LEFT JOIN training_class c ON c.id = d.class_id
 WHERE d.class_id NOT IN (SELECT class_id FROM waiting) ORDER BY 1
"""
_QUESTIONS = {
    "classes": text(
        _DIFFERENT.format(
            waiting=_WAITING,
            counted=recounting.TALLY_OF_ALL,
            table="class_tally",
            columns=recounting.TALLY_COLUMNS,
        )
    ),
    "certificates and money of": text(
        _DIFFERENT.format(
            waiting=_WAITING,
            counted=recounting.OUTCOMES_OF_ALL,
            table="class_outcome",
            columns=recounting.OUTCOME_COLUMNS,
        )
    ),
    "rosters of": text(
        _DIFFERENT.format(
            waiting=_WAITING,
            counted=recounting.MEMBERS_OF_ALL,
            table="class_member",
            columns="class_id, person_no",
        )
    ),
    "people in": text(f"""
WITH counted AS MATERIALIZED ({recounting.PEOPLE_OF_ALL})
SELECT format('%s in %s under %s: %s kept, %s counted', coalesce(k.area, c.area),
              coalesce(k.period, c.period), coalesce(k.plan_id, c.plan_id),
              coalesce(k.people, 0), coalesce(c.people, 0)) AS name
  FROM people_tally k FULL JOIN counted c ON c.period = k.period AND c.width = k.width
   AND c.area = k.area AND c.plan_id = k.plan_id
 WHERE k.people IS DISTINCT FROM c.people ORDER BY 1
"""),  # noqa: S608
}


@dataclass(frozen=True, slots=True)
class Differences:
    """By what was compared, the names of what differs; empty when all agrees."""

    found: dict[str, tuple[str, ...]]

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, "" when nothing is. For ``portal doctor``."""
        if not self.found:
            return ""
        parts = []
        for kind, names in self.found.items():
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            parts.append(f"{kind} {', '.join(names[:_NAMED])}{more}")
        return f"tallies differ from a recount: {'; '.join(parts)}: run 'portal recount'"


def compare(session: Session) -> Differences:
    """Everything that is kept against everything counted anew; takes a while.

    The session must see one snapshot throughout (REPEATABLE READ), or nothing else must write.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    found = {kind: tuple(session.scalars(question)) for kind, question in _QUESTIONS.items()}
    return Differences({kind: names for kind, names in found.items() if names})
