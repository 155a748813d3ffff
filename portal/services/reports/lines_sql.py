"""The statements that make the rows of a report, set by set.

``report_fact`` holds what is, ``report_line`` what a report counts of it; both live as long as
the transaction. Everything that is compared or summed stands in ``VALUES``.
"""

from sqlalchemy import text

# What a row says of its fact, apart from whose it is (people are counted apart and may be
# merged later, which changes no number of person-times).
VALUES = (
    "day, class_id, region_code, plan_id, institution_id, training_type, groups, person_times,"
    " hours, completed, certificates, fen, fund"
)

DROP = text("DROP TABLE IF EXISTS report_fact, report_line")

# Needs :prefix, :first and :last.
FACTS = text("""
CREATE TEMP TABLE report_fact ON COMMIT DROP AS
WITH class AS MATERIALIZED (
    SELECT made.id AS class_id, made.starts_on, made.ends_on, made.region_code,
           made.institution_id, programme.plan_id, programme.training_type
      FROM training_class made
      JOIN training_programme programme ON programme.id = made.programme_id
     -- A class that was never opened, or was called off, is no training.
     WHERE made.status NOT IN ('draft', 'cancelled')
       AND starts_with(made.region_code, CAST(:prefix AS text))
), place AS MATERIALIZED (
    SELECT class.*, enrolment.id AS enrolment_id, enrolment.status,
           coalesce(person.merged_into, person.id) AS who
      FROM class
      JOIN enrolment ON enrolment.class_id = class.class_id
      JOIN person ON person.id = enrolment.person_id
     WHERE enrolment.status IN ('accepted', 'active', 'completed', 'failed')
       AND class.ends_on BETWEEN :first AND :last
), credited AS (
    SELECT record.enrolment_id, sum(record.credited_hours)::int AS hours
      FROM place JOIN attendance_record record ON record.enrolment_id = place.enrolment_id
     GROUP BY record.enrolment_id
), belongs AS MATERIALIZED (
    SELECT coalesce(person.merged_into, person.id) AS who, member.group_code,
           member.valid_from, member.valid_to
      FROM person_group member JOIN person ON person.id = member.person_id
     WHERE member.status IN ('verified', 'ended') AND member.verified_at IS NOT NULL
), grouped AS (
    SELECT place.enrolment_id, array_agg(DISTINCT belongs.group_code COLLATE "C"
                                         ORDER BY belongs.group_code COLLATE "C") AS groups
      FROM place JOIN belongs ON belongs.who = place.who
       AND belongs.valid_from <= place.starts_on
       AND coalesce(belongs.valid_to >= place.starts_on, TRUE)
     GROUP BY place.enrolment_id
), paid AS (
    SELECT class.*, moved.id AS moved_id, moved.claim_id, moved.fund,
           CASE moved.kind WHEN 'recovery' THEN -moved.amount_fen ELSE moved.amount_fen END AS fen,
           -- Money that came back belongs where it was paid.
           coalesce(CASE moved.kind WHEN 'recovery' THEN (
               SELECT max(earlier.at) FROM disbursement earlier
                WHERE earlier.claim_id = moved.claim_id AND earlier.kind <> 'recovery') END,
               moved.at) AS moved_at
      FROM class
      JOIN subsidy_claim claim ON claim.class_id = class.class_id
      JOIN disbursement moved ON moved.claim_id = claim.id
), payment AS (
    SELECT paid.*, (paid.moved_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM paid
)
SELECT 'training' AS kind, place.enrolment_id AS ref_id, place.ends_on AS day, place.class_id,
       place.region_code, place.plan_id, place.institution_id, place.training_type,
       coalesce(grouped.groups, '{}')::text[] COLLATE "default" AS groups,
       1::smallint AS person_times, coalesce(credited.hours, 0) AS hours,
       (place.status = 'completed')::int::smallint AS completed,
       0::smallint AS certificates, 0::bigint AS fen, ''::text AS fund, ARRAY[place.who] AS people
  FROM place
  LEFT JOIN credited ON credited.enrolment_id = place.enrolment_id
  LEFT JOIN grouped ON grouped.enrolment_id = place.enrolment_id
UNION ALL
-- By the enrolment: a corrected certificate is the same one, first issued when it first was.
SELECT 'certificate', made.enrolment_id, made.first_on, class.class_id, class.region_code,
       class.plan_id, class.institution_id, class.training_type, '{}'::text[],
       0::smallint, 0, 0::smallint, 1::smallint, 0, '', ARRAY[made.who]
  FROM class
  JOIN LATERAL (
       SELECT enrolment.id AS enrolment_id, coalesce(person.merged_into, person.id) AS who,
              (SELECT min(version.issued_on) FROM certificate version
                WHERE version.number = certificate.number) AS first_on
         FROM enrolment
         JOIN certificate ON certificate.enrolment_id = enrolment.id
          AND certificate.status = 'issued'
         JOIN person ON person.id = enrolment.person_id
        WHERE enrolment.class_id = class.class_id) made ON TRUE
 WHERE made.first_on BETWEEN :first AND :last
UNION ALL
SELECT 'payment', payment.moved_id, payment.day, payment.class_id, payment.region_code,
       payment.plan_id, payment.institution_id, payment.training_type, '{}'::text[],
       0::smallint, 0, 0::smallint, 0::smallint, payment.fen, payment.fund,
       ARRAY(SELECT DISTINCT coalesce(person.merged_into, person.id)
               FROM claim_line line JOIN person ON person.id = line.person_id
              WHERE line.claim_id = payment.claim_id AND line.state <> 'dropped' ORDER BY 1)
  FROM payment WHERE payment.day BETWEEN :first AND :last
""")

# What the reports of :chain say of every fact by now: a row that was taken out again is gone.
# Needs :chain, the ids of a region's reports that stand.
_REPORTED = f"""
    SELECT kind, ref_id, {VALUES} FROM period_report_row
     WHERE report_id = ANY(:chain)
     GROUP BY kind, ref_id, {VALUES} HAVING sum(sign) <> 0
"""  # noqa: S608 - constants

# The report of :chain in whose period a day lies.
_REPORT_OF = """
    (SELECT report.id FROM period_report report
      WHERE report.id = ANY(:chain) AND {day} BETWEEN report.period_from AND report.period_to)
"""

# With the very types of ``period_report_row``: a connection keeps the plans of its statements, and
# none of them bears that a column of ``report_line`` becomes another.
# Needs :own, the first day of the report's own period, and :chain.
LINES = text(f"""
CREATE TEMP TABLE report_line ON COMMIT DROP AS
WITH reported AS ({_REPORTED}),
earlier AS (SELECT kind, ref_id, {VALUES} FROM report_fact WHERE day < :own)
SELECT kind, ref_id, 1::smallint AS sign, NULL::uuid AS adjusts_id, {VALUES}, people
  FROM report_fact WHERE day >= :own
UNION ALL
SELECT kind, ref_id, (-1)::smallint, {_REPORT_OF.format(day="gone.day")}, {VALUES}, '{{}}'::uuid[]
  FROM (SELECT * FROM reported EXCEPT SELECT * FROM earlier) gone
UNION ALL
SELECT kind, ref_id, 1::smallint, {_REPORT_OF.format(day="come.day")}, {VALUES}, fact.people
  FROM (SELECT * FROM earlier EXCEPT SELECT * FROM reported) come
  JOIN (SELECT kind, ref_id, people FROM report_fact) fact USING (kind, ref_id)
""")  # noqa: S608 - constants

# The rows of a frozen report again; needs :report_id.
LINES_OF = text(f"""
CREATE TEMP TABLE report_line ON COMMIT DROP AS
SELECT kind, ref_id, sign, adjusts_id, {VALUES}, people
  FROM period_report_row WHERE report_id = :report_id
""")  # noqa: S608 - constants

KEEP = text(f"""
INSERT INTO period_report_row (report_id, kind, ref_id, sign, adjusts_id, {VALUES}, people)
SELECT :report_id, kind, ref_id, sign, adjusts_id, {VALUES}, people FROM report_line
""")  # noqa: S608 - constants

# Each row as a JSON array, all rows in one order, one hash. PostgreSQL prints such an array as
# Python's ``json.dumps(row, ensure_ascii=False)`` does, so that anybody can compute it again.
DIGEST = text("""
SELECT count(*) AS rows, encode(sha256(convert_to(coalesce(string_agg(
       jsonb_build_array(kind, ref_id, sign, adjusts_id, day, class_id, region_code, plan_id,
           institution_id, training_type, to_jsonb(groups), person_times, hours, completed,
           certificates, fen, fund, to_jsonb(people))::text,
       E'\\n' ORDER BY kind COLLATE "C", ref_id, sign), ''), 'UTF8')), 'hex') AS digest
  FROM report_line
""")

# What is no longer as a report of :chain says, for the facts of its own period: the same
# comparison that makes adjustments. Needs :chain.
MOVED = text(f"""
WITH reported AS ({_REPORTED}), live AS (SELECT kind, ref_id, {VALUES} FROM report_fact),
gone AS (SELECT * FROM reported EXCEPT SELECT * FROM live),
come AS (SELECT * FROM live EXCEPT SELECT * FROM reported)
SELECT kind, ref_id, coalesce(come.class_id, gone.class_id) AS class_id,
       gone.ref_id IS NOT NULL AS was, come.ref_id IS NOT NULL AS is_there,
       coalesce(come.person_times, 0) - coalesce(gone.person_times, 0) AS person_times,
       coalesce(come.hours, 0) - coalesce(gone.hours, 0) AS hours,
       coalesce(come.completed, 0) - coalesce(gone.completed, 0) AS completed,
       coalesce(come.certificates, 0) - coalesce(gone.certificates, 0) AS certificates,
       coalesce(come.fen, 0) - coalesce(gone.fen, 0) AS fen
  FROM gone FULL JOIN come USING (kind, ref_id) ORDER BY kind COLLATE "C", ref_id
""")  # noqa: S608 - constants
