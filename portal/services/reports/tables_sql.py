"""What the tables of a report ask of ``report_line`` (see ``lines_sql``).

People are counted once in each row and once in the total, so that they do not add up.
"""

from sqlalchemy import text

_SUMS = """
       coalesce(sum(sign * person_times), 0)::bigint AS person_times,
       count(DISTINCT people[1]) FILTER (WHERE report_line.kind = 'training') AS people,
       coalesce(sum(sign * hours), 0)::bigint AS hours,
       coalesce(sum(sign * completed), 0)::bigint AS completed,
       coalesce(sum(sign * certificates), 0)::bigint AS certificates,
       coalesce(sum(sign * fen) FILTER (WHERE fen > 0), 0)::bigint AS paid_fen,
       coalesce(-sum(sign * fen) FILTER (WHERE fen < 0), 0)::bigint AS back_fen
"""
_OWN = "FROM report_line WHERE adjusts_id IS NULL"

TOTAL = text(f"SELECT {_SUMS} {_OWN}")
ADJUSTED = text(
    f"SELECT {_SUMS} FROM report_line WHERE adjusts_id IS NOT NULL"  # noqa: S608 - constants
)
# Needs :width, the digits that tell the parts of the region apart.
PLANS = text(f"""
SELECT rpad(left(region_code, :width), 6, '0') AS county, plan.pack_id, plan.plan_no,
       plan.name, {_SUMS}
  FROM report_line JOIN training_plan plan ON plan.id = report_line.plan_id
 WHERE adjusts_id IS NULL
 GROUP BY county, plan.pack_id, plan.plan_no, plan.name
 ORDER BY county, plan.pack_id COLLATE "C", length(plan.plan_no), plan.plan_no COLLATE "C"
""")  # noqa: S608 - constants
COUNTIES = text(f"""
SELECT rpad(left(region_code, :width), 6, '0') AS county, {_SUMS} {_OWN}
 GROUP BY county ORDER BY county
""")
INSTITUTIONS = text(f"""
SELECT institution.uscc, institution.name, {_SUMS}
  FROM report_line JOIN institution ON institution.id = report_line.institution_id
 WHERE adjusts_id IS NULL
 GROUP BY institution.uscc, institution.name ORDER BY institution.uscc COLLATE "C"
""")  # noqa: S608 - constants
# Who belongs to two groups stands in both rows.
GROUPS = text(f"""
SELECT code, {_SUMS}
  FROM report_line CROSS JOIN LATERAL unnest(groups) AS code
 WHERE adjusts_id IS NULL AND kind = 'training'
 GROUP BY code ORDER BY code COLLATE "C"
""")  # noqa: S608 - constants
FUNDS = text("""
SELECT fund, coalesce(sum(fen) FILTER (WHERE fen > 0), 0)::bigint AS paid_fen,
       coalesce(-sum(fen) FILTER (WHERE fen < 0), 0)::bigint AS back_fen,
       (SELECT count(DISTINCT who) FROM report_line other CROSS JOIN LATERAL unnest(other.people)
          AS who WHERE other.kind = 'payment' AND other.adjusts_id IS NULL
           AND other.fund = report_line.fund) AS people
  FROM report_line WHERE kind = 'payment' AND adjusts_id IS NULL
 GROUP BY fund ORDER BY fund COLLATE "C"
""")
# One line a fact that is not as an earlier report said.
_CHANGED = ", ".join(
    f"coalesce(sum(line.sign * line.{name}) FILTER (WHERE line.adjusts_id IS NOT NULL), 0)::bigint"
    f" AS {name}"
    for name in ("person_times", "hours", "completed", "certificates", "fen")
)
ADJUSTMENTS = text(f"""
WITH changed AS (
    SELECT DISTINCT kind, ref_id FROM report_line WHERE adjusts_id IS NOT NULL
)
SELECT line.kind, line.ref_id, made.class_no, made.title,
       min(report.period_from) AS period_from, min(report.version) AS version,
       bool_or(line.sign < 0) AS was, bool_or(line.sign > 0) AS is_there, {_CHANGED}
  FROM changed
  JOIN report_line line USING (kind, ref_id)
  JOIN training_class made ON made.id = line.class_id
  LEFT JOIN period_report report ON report.id = line.adjusts_id
 GROUP BY line.kind, line.ref_id, made.class_no, made.title
 ORDER BY made.class_no COLLATE "C", line.kind COLLATE "C", line.ref_id
""")  # noqa: S608 - constants
