"""What the tallies count, as selections from the books of record.

The same texts count a few classes after a change, all of them for a rebuild, and all of them
again when ``portal doctor`` compares: a figure has one definition.

- A class, its seats, its roster, its sessions and hours belong to the quarter in which it starts
  (reference D1), and to the region that its own row names, whatever became of that code since.
- A certificate belongs to the quarter of the day printed on it, money to that of its day.
- 人次 are places on rosters, 人 are persons: two records that were merged are one person.
- Employed counts whoever completed a class and was hired in the half year after it ended,
  by what the person or the employer stated and no authority refused.
"""

from sqlalchemy import text

from portal.db.models.classes import status_in
from portal.services.scope import NOT_TRAINING
from portal.services.teaching import ON_ROSTER

ALL_PLANS = "00000000-0000-0000-0000-000000000000"
# Days after the end of a class in which a job counts as one that the class led to.
HIRED_WITHIN = 183

_CHOSEN = "c.id = ANY(CAST(:classes AS uuid[]))"
_REAL = "c.status NOT IN ({})".format(",".join(f"'{one}'" for one in NOT_TRAINING))
_ROSTER = "e." + status_in(ON_ROSTER)

TALLY_COLUMNS = (
    "class_id, region_code, plan_id, institution_id, quarter, starts_on, is_over, seats,"
    " person_times, completed, employed, sessions, sessions_confirmed, hours_due, hours_credited"
)
_TALLY = f"""
WITH chosen AS MATERIALIZED (
    SELECT c.*, p.plan_id FROM training_class c
      JOIN training_programme p ON p.id = c.programme_id
     WHERE {_REAL} AND {{which}}
), roster AS MATERIALIZED (
    SELECT e.class_id, e.status, e.person_id, e.id FROM chosen c
      JOIN enrolment e ON e.class_id = c.id WHERE {_ROSTER}
), places AS (
    SELECT class_id, count(*) AS person_times,
           count(*) FILTER (WHERE status = 'completed') AS completed
      FROM roster GROUP BY class_id
), graduates AS (
    SELECT r.class_id, r.id, coalesce(p.merged_into, p.id) AS whole
      FROM roster r JOIN person p ON p.id = r.person_id WHERE r.status = 'completed'
), records AS (
    SELECT class_id, id, whole AS person_id FROM graduates
    UNION ALL
    SELECT g.class_id, g.id, p.id FROM graduates g JOIN person p ON p.merged_into = g.whole
), jobs AS (
    SELECT r.class_id, count(DISTINCT r.id) AS employed FROM records r
      JOIN person_fact f ON f.person_id = r.person_id AND f.kind = 'employment'
       AND f.status <> 'refused' AND f.value ->> 'hired_on' IS NOT NULL
      JOIN chosen c ON c.id = r.class_id
       AND CAST(f.value ->> 'hired_on' AS date) > c.ends_on
       AND CAST(f.value ->> 'hired_on' AS date) <= c.ends_on + {HIRED_WITHIN}
     GROUP BY r.class_id
), meetings AS (
    SELECT s.class_id, count(*) AS sessions, count(s.confirmed_at) AS sessions_confirmed
      FROM chosen c JOIN training_session s ON s.class_id = c.id GROUP BY s.class_id
), hours AS (
    SELECT r.class_id, sum(s.hours) AS hours_due, sum(a.credited_hours) AS hours_credited
      FROM roster r JOIN attendance_record a ON a.enrolment_id = r.id
      JOIN training_session s ON s.id = a.session_id GROUP BY r.class_id
)
SELECT c.id AS class_id, c.region_code, c.plan_id, c.institution_id,
       CAST(extract(year FROM c.starts_on) * 10 + extract(quarter FROM c.starts_on) AS int)
           AS quarter,
       c.starts_on, c.status IN ('finished','closed') AS is_over, c.capacity AS seats,
       coalesce(places.person_times, 0) AS person_times, coalesce(completed, 0) AS completed,
       coalesce(employed, 0) AS employed, coalesce(sessions, 0) AS sessions,
       coalesce(sessions_confirmed, 0) AS sessions_confirmed, coalesce(hours_due, 0) AS hours_due,
       coalesce(hours_credited, 0) AS hours_credited
  FROM chosen c LEFT JOIN places ON places.class_id = c.id LEFT JOIN jobs ON jobs.class_id = c.id
  LEFT JOIN meetings ON meetings.class_id = c.id LEFT JOIN hours ON hours.class_id = c.id
"""  # noqa: S608

OUTCOME_COLUMNS = (
    "class_id, quarter, fund, region_code, plan_id, institution_id, certificates, claimed_fen,"
    " paid_fen, recovered_fen"
)
# Money that moved is counted whatever became of the class.
_OUTCOMES = """
WITH chosen AS MATERIALIZED (
    SELECT c.id, c.region_code, c.institution_id, p.plan_id FROM training_class c
      JOIN training_programme p ON p.id = c.programme_id WHERE {which}
), found AS (
    SELECT e.class_id, x.issued_on AS on_day, '' AS fund, 1 AS certificates,
           CAST(0 AS bigint) AS claimed_fen, CAST(0 AS bigint) AS paid_fen,
           CAST(0 AS bigint) AS recovered_fen
      FROM chosen c JOIN enrolment e ON e.class_id = c.id
      JOIN certificate x ON x.enrolment_id = e.id AND x.status = 'issued'
    UNION ALL
    SELECT s.class_id, CAST(s.filed_at AT TIME ZONE 'Asia/Shanghai' AS date), s.fund, 0,
           s.amount_fen, 0, 0
      FROM chosen c JOIN subsidy_claim s ON s.class_id = c.id
     WHERE s.filed_at IS NOT NULL AND s.state NOT IN ('draft','returned','rejected')
    UNION ALL
    SELECT s.class_id, CAST(d.at AT TIME ZONE 'Asia/Shanghai' AS date), d.fund, 0, 0,
           CASE WHEN d.kind = 'recovery' THEN 0 ELSE d.amount_fen END,
           CASE WHEN d.kind = 'recovery' THEN d.amount_fen ELSE 0 END
      FROM chosen c JOIN subsidy_claim s ON s.class_id = c.id
      JOIN disbursement d ON d.claim_id = s.id
)
SELECT c.id AS class_id,
       CAST(extract(year FROM f.on_day) * 10 + extract(quarter FROM f.on_day) AS int) AS quarter,
       f.fund, c.region_code, c.plan_id, c.institution_id,
       CAST(sum(f.certificates) AS int) AS certificates,
       CAST(sum(f.claimed_fen) AS bigint) AS claimed_fen,
       CAST(sum(f.paid_fen) AS bigint) AS paid_fen,
       CAST(sum(f.recovered_fen) AS bigint) AS recovered_fen
  FROM found f JOIN chosen c ON c.id = f.class_id
 GROUP BY c.id, c.region_code, c.plan_id, c.institution_id, 2, f.fund
"""

_MEMBERS = f"""
SELECT DISTINCT c.id AS class_id, coalesce(k.no, p.no) AS person_no
  FROM training_class c JOIN enrolment e ON e.class_id = c.id
  JOIN person p ON p.id = e.person_id LEFT JOIN person k ON k.id = p.merged_into
 WHERE {_REAL} AND {_ROSTER} AND {{which}}
"""  # noqa: S608

# Everybody once a scope: place by place, plan by plan, quarter and year.
_PEOPLE = f"""
SELECT period, width, area, plan_id, CAST(count(*) AS int) AS people FROM (
    SELECT DISTINCT v.period, w.width, rpad(left(t.region_code, w.width), 6, '0') AS area,
           l.plan_id, m.person_no
      FROM class_member m JOIN class_tally t ON t.class_id = m.class_id
     CROSS JOIN (VALUES (0), (2), (4), (6)) AS w (width)
     CROSS JOIN LATERAL (VALUES (t.quarter / 10), (t.quarter)) AS v (period)
     CROSS JOIN LATERAL (VALUES (t.plan_id), (CAST('{ALL_PLANS}' AS uuid))) AS l (plan_id)
     WHERE {{which}}
) AS once GROUP BY period, width, area, plan_id
"""  # noqa: S608

# Of the classes in ``:classes``; of everybody in ``:people``.
TALLY_OF = text(_TALLY.format(which=_CHOSEN))
OUTCOMES_OF = text(_OUTCOMES.format(which=_CHOSEN))
MEMBERS_OF = text(_MEMBERS.format(which=_CHOSEN))
PEOPLE_OF = text(_PEOPLE.format(which="m.person_no = ANY(CAST(:people AS bigint[]))"))
# Of everything, as texts to build upon.
TALLY_OF_ALL, OUTCOMES_OF_ALL, MEMBERS_OF_ALL, PEOPLE_OF_ALL = (
    one.format(which="true") for one in (_TALLY, _OUTCOMES, _MEMBERS, _PEOPLE)
)
