"""One statement for each kind of overlap: what is in two places at the same time.

Every key (a person, a room) walks through its sessions in their order: one that begins before
all earlier ones are over overlaps. Only those few are compared with their neighbours, so that
the work grows with the number of sessions and not with its square.
"""

from sqlalchemy import TextClause, text

# A class that was never opened, or was called off, takes nobody's time. No session lasts a day.
_SPAN = """
span AS MATERIALIZED (
    SELECT s.id, s.class_id, s.starts_at, s.ends_at, s.room, s.kind, s.instructor_id,
           c.region_code, c.site, c.address,
           (CAST(:institution AS uuid) IS NULL OR c.institution_id = :institution)
           AND c.region_code LIKE :area AS mine
      FROM training_session s JOIN training_class c ON c.id = s.class_id
     WHERE s.starts_at >= CAST(:since AS timestamptz) - interval '1 day'
       AND s.starts_at < :until AND s.ends_at > :since
       AND c.status NOT IN ('draft', 'cancelled')
)"""

# Of a pair, the one that lies in the asker's scope stands first. Two classes that share a room
# for weeks are one thing to ask about: of all their pairs the one nearest to now is listed, with
# how often it happens. What the pages show is fetched for the listed pairs alone.
_PAIRS = """
slot AS MATERIALIZED (
    SELECT k.key, k.part, s.id, s.class_id, s.starts_at, s.ends_at, s.mine,
           max(s.ends_at) OVER (PARTITION BY k.key ORDER BY s.starts_at, s.id
                                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
      FROM keyed k JOIN span s ON s.id = k.id
), pair AS (
    SELECT DISTINCT b.key, CASE WHEN a.mine THEN a.id ELSE b.id END AS one_id,
           CASE WHEN a.mine THEN b.id ELSE a.id END AS other_id,
           a.mine AND b.mine AS both_mine, b.starts_at AS begins,
           least(a.class_id, b.class_id) AS low, greatest(a.class_id, b.class_id) AS high
      FROM slot b JOIN slot a
        ON a.key = b.key AND (a.starts_at, a.id) < (b.starts_at, b.id)
           AND a.ends_at > b.starts_at
     WHERE b.starts_at < b.busy_until AND a.class_id <> b.class_id AND (a.mine OR b.mine){only}
), nearest AS (
    SELECT DISTINCT ON (key, low, high) *, abs(extract(epoch FROM begins - :now)) AS away,
           count(*) OVER (PARTITION BY key, low, high) AS times
      FROM pair ORDER BY key, low, high, away, one_id, other_id
), listed AS MATERIALIZED (
    SELECT *, count(*) OVER () AS total FROM nearest
     ORDER BY away, one_id, other_id LIMIT :limit
)"""

_FOUND = """
SELECT {subject} AS subject, p.begins, least(one.ends_at, other.ends_at) AS ends,
       c1.institution_id <> c2.institution_id AS across, TRUE AS one_mine,
       p.both_mine AS other_mine, {sides}, p.times, p.total
  FROM listed p
  JOIN training_session one ON one.id = p.one_id
  JOIN training_class c1 ON c1.id = one.class_id
  JOIN institution i1 ON i1.id = c1.institution_id
  JOIN training_session other ON other.id = p.other_id
  JOIN training_class c2 ON c2.id = other.class_id
  JOIN institution i2 ON i2.id = c2.institution_id
  {named}
 ORDER BY p.away, p.one_id, p.other_id"""


def _side(row: str, of: str, at: str) -> str:
    columns = [f"{row}.{name} AS {row}_{name}" for name in ("id", "starts_at", "ends_at")]
    columns += [f"{of}.id AS {row}_class_id", f"{of}.title AS {row}_title"]
    columns += [f"{at}.id AS {row}_institution_id", f"{at}.name AS {row}_institution"]
    place = f"concat_ws(' ', {of}.address, {of}.site, nullif({row}.room, {of}.site))"
    return ", ".join([*columns, f"{place} AS {row}_place"])


def _statement(keyed: str, *, subject: str, named: str = "", only: str = "") -> TextClause:
    sides = ", ".join([_side("one", "c1", "i1"), _side("other", "c2", "i2")])
    found = _FOUND.format(subject=subject, sides=sides, named=named)
    return text(f"WITH {_SPAN}, {keyed}, {_PAIRS.format(only=only)} {found}")


# Whoever is planned to teach, and whoever said that they came to teach.
INSTRUCTORS = _statement(
    """
keyed AS (
    SELECT a.person_id AS key, 0 AS part, s.id
      FROM span s JOIN account a ON a.id = s.instructor_id
     UNION
    SELECT f.person_id, 0, s.id FROM span s JOIN staff_attendance f ON f.session_id = s.id
)""",
    subject="who.name",
    named="JOIN person who ON who.id = p.key",
)

# Two institutions write one address in their own ways: full-width letters, blanks, dashes and
# brackets do not tell rooms apart, nor does whether the building stands with the room or before
# it. Streets are named alike in many towns, so the first four digits of the region tell them
# apart. Who names neither house nor room is not compared.
ROOMS = _statement(
    r"""
place AS (
    SELECT s.id, left(s.region_code, 4) AS town, s.address,
           CASE WHEN starts_with(s.room, s.site) THEN s.room ELSE s.site || s.room END AS inside
      FROM span s
     WHERE s.kind <> 'online' AND s.room <> '' AND s.address <> ''
), keyed AS (
    SELECT town || translate(lower(normalize(address || inside, NFKC)),
                             ' -_.,·、，。()（）#&—–/', '') AS key, 0 AS part, id
      FROM place
)""",
    subject="one.room",
)

# Recorded in two places: as a trainee in both, or as a trainee while teaching elsewhere. Only
# those who were seen in the asker's scope are looked for elsewhere, by their enrolments: for one
# institution that is a matter of indexes, though the events of the country are many.
PEOPLE = _statement(
    """
seen AS MATERIALIZED (
    SELECT e.person_id FROM span s JOIN attendance_event e ON e.session_id = s.id WHERE s.mine
     UNION
    SELECT f.person_id FROM span s JOIN staff_attendance f ON f.session_id = s.id WHERE s.mine
), keyed AS (
    SELECT DISTINCT e.person_id AS key, 1 AS part, s.id
      FROM seen JOIN enrolment n ON n.person_id = seen.person_id
      JOIN attendance_event e ON e.enrolment_id = n.id
      JOIN span s ON s.id = e.session_id
     UNION
    SELECT f.person_id, 0, s.id
      FROM seen JOIN staff_attendance f ON f.person_id = seen.person_id
      JOIN span s ON s.id = f.session_id
)""",
    subject="who.name",
    named="JOIN person who ON who.id = p.key",
    only=" AND a.part + b.part > 0",
)
