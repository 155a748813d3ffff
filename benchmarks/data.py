"""A large catalogue for measurements: plausible words, written straight into the tables.

Half of the classes are over, as in a portal that has run for a while. Titles, trades, regions
and their words are real; rows are put together in SQL, because 300,000 of them have to stand
in well under a minute.
"""

import random
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from portal.db.ids import new_id
from portal.domain.search_text import search_terms
from portal.policies import reference
from portal.services import search_index

INSTITUTIONS = 2000
_KINDS = ("职业培训学校", "技工学校", "职业技能培训中心", "公共实训基地")
_PLACES = ("振兴", "天山", "丝路", "火焰山", "葡萄沟", "洞庭", "崂山", "草原", "金沙", "新程")


def fill(engine: Engine, *, classes: int, now: datetime, seed: int = 7) -> None:
    """Write ``classes`` classes of 2,000 institutions around ``now``, with their search index."""
    rng = random.Random(seed)
    with engine.begin() as connection:
        # Foreign keys are right by construction; checking them would double the time.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        _reference_rows(connection, now)
        _institutions(connection, rng, now)
        _subjects(connection)
        connection.execute(text("DROP INDEX ix_class_search_entry_terms"))
        connection.execute(text(_CLASSES), {"classes": classes, "now": now})
        connection.execute(text(_ENTRIES))
        connection.execute(
            text(
                "CREATE INDEX ix_class_search_entry_terms ON class_search_entry"
                " USING gin (terms) WITH (fastupdate = off)"
            )
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))


def _reference_rows(connection: Connection, now: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO policy_pack (id, title, doc_no, region_code, content_hash, payload,"
            " published_at) VALUES ('bench', '示例', '示例', '650400', '0', '{}', :now)"
        ),
        {"now": now},
    )
    connection.execute(
        text(
            "INSERT INTO training_plan (id, pack_id, plan_no, name, lead_department,"
            " training_type, group_codes, clause, quote)"
            " VALUES (uuidv7(), 'bench', '1', '示例', '示例', 'JOB_SKILL', '{}', '', '')"
        )
    )
    connection.execute(
        text(
            "INSERT INTO catalog_version (id, kind, region_code, version_no, status, doc_no,"
            " source_name, content_hash, row_count, effective_from, published_at)"
            " VALUES (uuidv7(), 'institution', '000000', 1, 'published', '示例', '', '', 1,"
            " '2020-01-01', :now)"
        ),
        {"now": now},
    )


def _institutions(connection: Connection, rng: random.Random, now: datetime) -> None:
    counties = [region.code for region in reference.regions() if region.level == 3]
    # Towns differ in size; a few hold most of the classes.
    weights = [1 / (rank + 3) for rank in range(len(counties))]
    rng.shuffle(counties)
    rows = []
    for serial in range(INSTITUTIONS):
        region = rng.choices(counties, weights)[0]
        county = reference.region_name(region)
        name = f"{county}{rng.choice(_PLACES)}{rng.choice(_KINDS)}{serial}"
        rows.append(_institution(serial, name, region, now))
    connection.execute(
        text(
            "INSERT INTO institution (id, uscc, name, kind, ownership, license_no, region_code,"
            " address, contact_phone, scope, description, search_terms, created_at) VALUES"
            " (:id, :uscc, :name, 'PRIVATE_INST', 'private', '', :region, '', '', '{}', '',"
            " :terms, :now)"
        ),
        rows,
    )
    connection.execute(
        text(
            "INSERT INTO institution_listing (id, institution_id, catalog_version_id, status,"
            " effective_from, decision_doc) SELECT uuidv7(), i.id, v.id, 'listed', '2020-01-01',"
            " '' FROM institution i, catalog_version v"
        )
    )
    connection.execute(
        text(
            "CREATE TEMP TABLE site ON COMMIT DROP AS"
            " SELECT row_number() OVER () - 1 AS no, id, region_code,"
            " search_terms || ('i:' || id) AS terms FROM institution"
        )
    )


def _institution(serial: int, name: str, region: str, now: datetime) -> dict[str, object]:
    terms = search_index.terms_for_institution(
        name=name, kind="PRIVATE_INST", region_code=region, scope=()
    )
    key: UUID = new_id()
    return {
        "id": key,
        "uscc": f"BENCH{serial:013d}",
        "name": name,
        "region": region,
        "terms": [term for term in terms if not term.startswith("k:")],
        "now": now,
    }


def _subjects(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TEMP TABLE subject (no serial, code text, level int, title text,"
            " terms text[]) ON COMMIT DROP"
        )
    )
    titles = ((2, "{}(五级)技能提升班"), (3, "{}(四级)培训班"), (4, "{}(三级)研修班"))
    rows = [
        {
            "code": occupation.code,
            "level": level,
            "title": title.format(occupation.name),
            "terms": [
                *search_terms([title.format(occupation.name), *occupation.keywords]),
                f"o:{occupation.code}",
                f"l:{level}",
            ],
        }
        for occupation in reference.occupations()
        for level, title in titles
    ]
    connection.execute(
        text(
            "INSERT INTO subject (code, level, title, terms) VALUES (:code, :level, :title, :terms)"
        ),
        rows,
    )
    connection.execute(
        text(
            "INSERT INTO training_programme (id, code, catalog_version_id, plan_id, title,"
            " training_type, occupation_code, level, planned_hours, theory_hours,"
            " practice_hours, fee_fen, certificate_kind, description)"
            " SELECT uuidv7(), s.code || s.level, v.id, p.id, s.title, 'JOB_SKILL', s.code,"
            " s.level, 80, 32, 48, 0, 'TRAINING', ''"
            " FROM subject s, catalog_version v, training_plan p"
        )
    )


# hashint4 scatters trades and places over the days without making every load different.
_CLASSES = """
INSERT INTO training_class (id, class_no, programme_id, institution_id, title, region_code, site,
       address, capacity, seats_taken, enrol_from, enrol_until, starts_on, ends_on, hours,
       occupation_code, level, group_codes, schedule_note, status, published_at)
SELECT uuidv7(), 'B' || n, p.id, i.id, s.title, i.region_code, '2号实训室', '示范路1号',
       30, CASE WHEN r.k / 5 % 3 = 0 THEN 30 ELSE r.k / 7 % 30 END,
       d.first - interval '30 days', d.first - (r.k / 3 % 4) * interval '1 day',
       (d.first AT TIME ZONE 'Asia/Shanghai')::date,
       (d.first AT TIME ZONE 'Asia/Shanghai')::date + 20, 80, s.code, s.level,
       CASE r.h / 11 % 3 WHEN 0 THEN ARRAY['YOUTH'] WHEN 1 THEN ARRAY['MIGRANT_NEWGEN']
                  ELSE ARRAY['UNEMPLOYED', 'TWO_AFTER'] END,
       '工作日 09:30', 'enrolling', d.first - interval '40 days'
  FROM generate_series(1, :classes) n
  CROSS JOIN LATERAL (SELECT (hashint4(n) & 2147483647) AS h, (hashint4(-n) & 2147483647) AS k) r
  JOIN site i ON i.no = r.h % (SELECT count(*) FROM site)
  JOIN subject s ON s.no = 1 + r.k % (SELECT count(*) FROM subject)
  JOIN training_programme p ON p.code = s.code || s.level
  CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz)
                             + ((r.h / 7) % 360 - 180) * interval '1 day' AS first) d
"""

_ENTRIES = """
INSERT INTO class_search_entry (class_id, starts_on, enrol_until, terms)
SELECT c.id, c.starts_on, c.enrol_until,
       s.terms || i.terms || ('w:' || (c.starts_on - DATE '1970-01-05') / 7)
       || ARRAY(SELECT 'g:' || g FROM unnest(c.group_codes) g)
  FROM training_class c JOIN site i ON i.id = c.institution_id
  JOIN subject s ON s.code = c.occupation_code AND s.level = c.level
"""
