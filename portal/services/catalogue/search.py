"""Finding classes without ever scanning them all (300,000 and more).

A search never knows beforehand how many classes it matches, and PostgreSQL guesses badly for
arrays. So it first counts up to ``TOTAL_CAP`` matches from the GIN index. Fewer: they are all
there, and sorting them is nothing. More: they are dense in time, so the page is read from the
weeks in which classes start, one after the other, until it is full. Without words and facets
the index on the first day is simply walked.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.policies import reference
from portal.services.catalogue.query import DEEPEST, Search
from portal.services.listing import LISTED_CTE
from portal.services.search_index import week_of

TOTAL_CAP = 5000

# A class that may be offered. Nobody joins after the first day (see ``planning``), so the days
# before today need not be walked. ``IS TRUE`` keeps the planner from making it a join.
OFFERED = """c.status = 'enrolling' AND c.enrol_until > :now AND c.starts_on >= :today
    AND NOT c.group_codes && CAST(:closed AS text[])
    AND (c.institution_id IN (SELECT institution_id FROM listed)) IS TRUE"""
_SEATS = " AND c.seats_taken < c.capacity AND c.waiting = 0"
_UNTIL = " AND {row}.starts_on <= :until"

_WALK = "SELECT c.id, c.starts_on FROM training_class c WHERE {offered}{until}"
# OFFSET 0 keeps the order of the work: entries first, then each class by its key.
_CLASS_OF_ENTRY = """CROSS JOIN LATERAL (
    SELECT c.id FROM training_class c WHERE c.id = e.class_id AND {offered} OFFSET 0) c"""
_MATCH = f"""SELECT c.id, e.starts_on FROM class_search_entry e {_CLASS_OF_ENTRY}
    WHERE e.terms @> CAST(:terms AS text[]) AND e.enrol_until > :now AND e.starts_on >= :today"""  # noqa: S608
_BY_WEEK = f"""SELECT c.id, e.starts_on
    FROM generate_series(CAST(:first_week AS int), COALESCE(:last_week,
        (SELECT (max(starts_on) - DATE '1970-01-05') / 7 FROM training_class))) w
    CROSS JOIN LATERAL (
        SELECT e.class_id, e.starts_on FROM class_search_entry e
         WHERE e.terms @> (CAST(:terms AS text[]) || ('w:' || w)) AND e.enrol_until > :now
           AND e.starts_on >= :today{{until}}
         ORDER BY e.starts_on, e.class_id) e {_CLASS_OF_ENTRY}"""  # noqa: S608 - constants only
_IN_ORDER = " ORDER BY c.starts_on, c.id"

_FIRST = """WITH {listed}, hits AS MATERIALIZED ({source} LIMIT :most)
SELECT (SELECT count(*) FROM hits) AS total,
       ARRAY(SELECT id FROM hits ORDER BY starts_on, id LIMIT :size OFFSET :offset) AS ids"""
_PAGE = """WITH {listed} SELECT id FROM ({source} LIMIT :size OFFSET :offset) page"""

# For this transaction: plans made for the values at hand, and no path that reads a whole table.
_STEADY_PLANS = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),"
    " set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true),"
    # The walk must follow its index; a bitmap would read every open class and sort them.
    " set_config('enable_bitmapscan', CASE WHEN :walks THEN 'off' ELSE 'on' END, true)"
)


def closed_channels() -> list[str]:
    """Groups whose classes are never offered in public."""
    return [group.code for group in reference.groups() if group.sensitive == "very"]


def matching_ids(session: Session, search: Search) -> tuple[list[UUID], int]:
    """The ids of the page in order, and how many match in all, counted to TOTAL_CAP + 1."""
    session.execute(_STEADY_PLANS, {"walks": not search.terms})
    values = _values(search)
    # Weeks bound the work where the last day is given; else most of a broad term's matches
    # would be read only to be dropped.
    ordered = _ordered(search)
    source = ordered if search.until or not search.terms else _source(search, _MATCH)
    first = text(_FIRST.format(listed=LISTED_CTE, source=source))
    row = session.execute(first, values).one()
    held = source is ordered and search.offset + search.size <= TOTAL_CAP
    if row.total <= TOTAL_CAP or held:
        return list(row.ids), row.total
    page = text(_PAGE.format(listed=LISTED_CTE, source=ordered))
    return list(session.scalars(page, values)), row.total


def _ordered(search: Search) -> str:
    """The matches in the order of the list: nested loops keep the order of the weeks."""
    if search.terms:
        return _source(search, _BY_WEEK)
    return _source(search, _WALK) + _IN_ORDER


def _source(search: Search, template: str) -> str:
    row = "c" if template is _WALK else "e"
    return template.format(
        offered=OFFERED + (_SEATS if search.has_seats else ""),
        until=_UNTIL.format(row=row) if search.until else "",
    )


def _values(search: Search) -> dict[str, object]:
    return {
        "now": search.now,
        "today": search.today,
        "closed": closed_channels(),
        "until": search.until,
        "terms": list(search.terms),
        "first_week": week_of(search.today),
        "last_week": week_of(search.until) if search.until else None,
        "most": TOTAL_CAP + 1,
        "size": search.size,
        # PostgreSQL refuses an offset of more than 64 bits.
        "offset": min(search.offset, DEEPEST),
    }
