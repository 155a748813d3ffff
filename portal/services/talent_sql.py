"""Who is in the talent pool, and what they hold that is in force, as the queries share it.

People are the records that are kept: whoever was merged counts once, with all that is theirs.
"""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from portal.policies import reference

# Needs :prefix, :width, :today, :codes and :families.
_HELD = """
WITH member AS MATERIALIZED (
    SELECT DISTINCT kept.id AS who, kept.name, kept.residence_region AS region,
           rpad(left(kept.residence_region, :width), 6, '0') AS part
      FROM consent_record consent
      JOIN person asked ON asked.id = consent.person_id
      JOIN person kept ON kept.id = coalesce(asked.merged_into, asked.id)
     WHERE consent.purpose = 'talent_pool' AND consent.withdrawn_at IS NULL
       AND starts_with(kept.residence_region, :prefix)
       -- Whoever closed the account has left.
       AND EXISTS (SELECT FROM account WHERE account.person_id IN (asked.id, kept.id)
                      AND account.status = 'active')
), record AS (
    SELECT who, part, name, region, who AS person_id FROM member
    UNION ALL
    SELECT who, part, member.name, region, person.id
      FROM member JOIN person ON person.merged_into = who
), held AS (
    SELECT record.*, held.kind, held.level,
           coalesce(family.family, held.occupation_code, '') AS family
      FROM record
      JOIN LATERAL (
           SELECT kind, occupation_code, level FROM certificate made
            WHERE made.person_id = record.person_id AND made.status = 'issued'
              AND coalesce(made.expires_on >= :today, TRUE)
              -- The archive is append-only: it knows of a revocation wiped from the row.
              AND NOT EXISTS (SELECT FROM archive_entry entry WHERE entry.kind = 'revocation'
                                 AND entry.ref_id = made.id)
            UNION ALL
           SELECT kind, occupation_code, level FROM external_certificate brought
            WHERE brought.person_id = record.person_id AND brought.state = 'verified'
              AND coalesce(brought.expires_on >= :today, TRUE)) held ON TRUE
      LEFT JOIN unnest(:codes, :families) AS family(code, family)
             ON family.code = held.occupation_code
)"""


def _statement(body: str) -> Any:
    codes, families = (
        bindparam("codes", type_=ARRAY(Text)),
        bindparam("families", type_=ARRAY(Text)),
    )
    return text(_HELD + body).bindparams(codes, families)


# The grid: whoever holds something twice is one of the people and two of the certificates.
CELLS = _statement("""
SELECT family, level, kind, part, count(DISTINCT who) AS people, count(*) AS certificates
  FROM held GROUP BY family, level, kind, part
""")
# What people hold of what is looked for, line by line; needs :family, :level, :kind, :part,
# :area and :columns: whose part is no column stands in that of the area.
PEOPLE = _statement("""
SELECT who, name, region, family, level, kind FROM held
 WHERE (:family = '' OR family = :family) AND (:kind = '' OR kind = :kind)
   AND (:level = 0 OR level >= :level)
   AND (:part = '' OR part = :part
        OR (:part = :area AND NOT part = ANY(CAST(:columns AS text[]))))
 ORDER BY level DESC NULLS LAST, who, family, kind LIMIT 2000
""")
ONE = _statement("""
SELECT who FROM held WHERE who = :who LIMIT 1
""")


@cache
def families() -> dict[str, list[str]]:
    """Codes that stand for the same as another of another edition, and their family."""
    known = {
        code
        for one in reference.occupations()
        for code in reference.codes_of_same_occupation(one.code)
    }
    moved = sorted(code for code in known if reference.occupation_family(code) != code)
    return {"codes": moved, "families": [reference.occupation_family(one) for one in moved]}
