"""The two statements of enrolling: read what the rules want to know, then take what is there.

The second promises nothing on the strength of the first: seats, order of the list, limits of
subsidies and overlaps in time are all checked where they are written.
"""

from sqlalchemy import text

from portal.db.models.classes import IS_OPEN, IS_SEATED
from portal.services import reservations
from portal.services.eligibility_facts import CLASS, CLASS_TABLES, PACKS, PERSON
from portal.services.hot import WHO

_ENROLLING = "c.status = 'enrolling' AND c.enrol_from <= :now AND :now < c.enrol_until"

# The institution's latest listing decides. Removed or suspended, it takes nobody new, while
# those enrolled already may finish (reference C4, 15).
_LISTED = """COALESCE((
    SELECT g.status IN ('listed', 'warning') AND COALESCE(g.effective_to >= :today, TRUE)
      FROM institution_listing g
     WHERE g.institution_id = c.institution_id AND g.effective_from <= :today
     ORDER BY g.effective_from DESC, g.id DESC LIMIT 1), FALSE)"""

# Every offer keeps a seat from somebody else for hours: one person waits for so many at most.
MOST_PLACES = 5
_PLACES = """(
    SELECT count(*) FROM enrolment p
     WHERE p.person_id = ANY(who.person_id || who.merged)
       AND p.status IN ('waitlisted', 'offered'))"""

# Within one record the database refuses two seats at the same time; a seat that hangs on another
# record of the person is looked for here. Few people have another. The overlap is spelled so that
# no index on times is used: it would find everybody who learns at that time.
_CLASH = f"""
    SELECT other.title
      FROM enrolment e JOIN training_class other ON other.id = e.class_id
     WHERE cardinality(who.merged) > 0 AND e.person_id = ANY(who.merged)
       AND e.{IS_SEATED} AND e.class_id <> c.id AND NOT isempty(e.busy * c.meets)
     ORDER BY e.created_at LIMIT 1"""  # noqa: S608 - only constants of our own

# The person's open enrolment in this class, or the one that the same key made.
_MINE = f"""
    SELECT e.id, e.class_id, e.status, e.signed_at, e.created_at, e.idempotency_key,
           e.waiting_rank, e.waiting_no, e.review_due_on
      FROM who JOIN enrolment e ON e.person_id = ANY(who.person_id || who.merged)
     WHERE (e.class_id = :class_id AND e.{IS_OPEN})
        OR e.idempotency_key = CAST(:key AS text)
     ORDER BY e.idempotency_key = CAST(:key AS text) DESC NULLS LAST LIMIT 1
"""  # noqa: S608 - only constants of our own

READ = text(
    f"""
WITH who AS (
    SELECT a.role, COALESCE(own.merged_into, own.id) AS person_id,
           ARRAY(SELECT r.id FROM person r
                  WHERE r.merged_into = COALESCE(own.merged_into, own.id)) AS merged
      FROM login_session l JOIN account a ON a.id = l.account_id
      JOIN person own ON own.id = a.person_id
     WHERE l.token_hash = :token_hash AND l.revoked_at IS NULL AND l.expires_at > :now
       AND a.status = 'active'
), person AS (
    SELECT who.role, who.person_id, who.merged, {_PLACES} AS places, {PERSON}
      FROM who JOIN person p ON p.id = who.person_id
      CROSS JOIN LATERAL (SELECT who.person_id || who.merged AS ids) records
), class AS (
    SELECT {CLASS}, c.status, c.enrol_from, c.enrol_until, c.site, c.address,
           lower(c.meets) AS first_meeting,
           c.seats_taken >= c.capacity OR c.waiting > 0 AS is_full,
           (SELECT clash.title FROM who, LATERAL ({_CLASH}) clash) AS clash,
           i.name AS institution_name, {_LISTED} AS listed
      FROM {CLASS_TABLES} JOIN institution i ON i.id = c.institution_id
     WHERE c.id = :class_id
), mine AS ({_MINE})
SELECT person.*, class.*, {PACKS} AS packs,
       mine.id AS mine_id, mine.class_id AS mine_class_id, mine.status AS mine_status,
       mine.signed_at AS mine_signed_at, mine.waiting_rank, mine.waiting_no, mine.review_due_on,
       mine.created_at AS mine_created_at, mine.idempotency_key = CAST(:key AS text) AS same_key
  FROM (SELECT) AS nothing
  LEFT JOIN person ON TRUE LEFT JOIN class ON TRUE LEFT JOIN mine ON TRUE
"""  # noqa: S608 - only constants of our own
)

# Whoever finds no seat, or people waiting for one, draws the next number of the list. Both
# updates lock the class, so seats and numbers are given in one strict order. ``seat`` runs
# first: ``waits`` asks whether it was had.
TAKE = text(
    f"""
WITH {WHO}, class AS (
    SELECT c.id, {_LISTED} AS listed FROM training_class c WHERE c.id = :class_id
), mine AS ({_MINE}), {reservations.DRAW}, may AS (
    SELECT class.id FROM who, class, draw
     WHERE class.listed AND who.role = ANY(:roles) AND NOT EXISTS (SELECT FROM mine)
       AND (:over_limit OR NOT draw.over_limit)
), seat AS (
    UPDATE training_class c SET seats_taken = seats_taken + 1 FROM may, who
     WHERE c.id = may.id AND {_ENROLLING} AND c.seats_taken < c.capacity AND c.waiting = 0
       AND NOT EXISTS ({_CLASH})
    RETURNING c.id, c.meets
), waits AS (
    UPDATE training_class c
       SET waiting = waiting + 1, last_waiting_no = last_waiting_no + 1 FROM may, who
     WHERE c.id = may.id AND {_ENROLLING} AND :may_wait AND NOT EXISTS (SELECT FROM seat)
       AND {_PLACES} < {MOST_PLACES}
       AND (c.seats_taken >= c.capacity OR c.waiting > 0)
    RETURNING c.id, c.waiting, c.last_waiting_no
), place AS (
    SELECT id, meets AS busy, CAST(:seated_as AS text) AS status,
           CAST(NULL AS int) AS rank, CAST(NULL AS bigint) AS no,
           CAST(:review_due_on AS date) AS due FROM seat
     UNION ALL
    SELECT id, '{{}}', 'waitlisted', :rank, last_waiting_no, NULL FROM waits
), new AS (
    INSERT INTO enrolment (id, person_id, person_no, class_id, busy, status, channel,
           waiting_rank, waiting_no, review_due_on, commitment_version, commitment_text_hash,
           signed_at, idempotency_key, created_at)
    SELECT :enrolment_id, who.person_id, who.person_no, place.id, place.busy, place.status,
           :channel, place.rank, place.no, place.due, :version, :text_hash, :now,
           CAST(:key AS text), :now
      FROM who, place
    RETURNING id, status, waiting_no
), held AS (
    INSERT INTO {reservations.COLUMNS}
    SELECT {reservations.VALUES.format(enrolment="CAST(:enrolment_id AS uuid)")}
      FROM draw, seat WHERE NOT draw.over_limit
), decided AS (
    INSERT INTO eligibility_decision
           (id, enrolment_id, act, verdict, packs, inputs, results, decided_at)
    SELECT :decision_id, new.id, 'auto', :verdict, CAST(:decided_by_packs AS jsonb),
           CAST(:inputs AS jsonb), CAST(:results AS jsonb), :now
      FROM new
), trace AS (
    INSERT INTO audit_event
           (id, at, actor_account_id, actor_role, on_behalf_of, action, object_type, object_id)
    SELECT :audit_id, :now, who.account_id, who.role, who.person_id, 'enrolment.enrol',
           'enrolment', CAST(new.id AS text)
      FROM who, new
)
SELECT new.status, new.waiting_no, waits.waiting
  FROM (SELECT) AS nothing LEFT JOIN new ON TRUE LEFT JOIN waits ON TRUE
"""  # noqa: S608 - only constants of our own
)

# Several wait at once only behind each other; those of a higher rank come first.
POSITION = text(
    """
SELECT count(*) AS position FROM enrolment
 WHERE class_id = :class_id AND status = 'waitlisted'
   AND (waiting_rank, waiting_no) <= (:rank, :no)
"""
)

CONFLICT = text(
    f"""
SELECT other.title
  FROM enrolment e JOIN training_class other ON other.id = e.class_id
 WHERE e.person_id = :person_id AND e.{IS_SEATED} AND e.class_id <> :class_id
   AND e.busy && (SELECT meets FROM training_class WHERE id = :class_id)
 ORDER BY e.created_at LIMIT 1
"""  # noqa: S608 - only constants of our own
)
