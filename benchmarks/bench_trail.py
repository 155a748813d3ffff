"""The audit trail at five million rows: searches by person, act, object and time, and its doctor.

``python -m benchmarks.bench_trail`` prints one JSON line a figure. Nobody set a bar; the overview's
300 ms is taken for a page. All rows are in blocks of 2,000 but the last thousand, which are in
none yet, as on a busy day.
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from benchmarks.bench_overview import p99, vacuum
from benchmarks.reporting import report
from portal.db import embedded, schema
from portal.db.engine import make_engine
from portal.db.vault import create_key_file
from portal.domain.permissions import Role
from portal.services.audit_trail import search
from portal.services.audit_trail.wanted import Wanted, understand
from portal.settings import get_settings
from tests.support import factories as make

ROWS, OPEN, BLOCK, PEOPLE = 5_000_000, 1_000, 2_000, 50
BAR_MS = 300
ROUNDS = 20
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
AREAS = {"country": "000000", "prefecture": "650400", "elsewhere": "610000"}
SEARCHES = {
    "newest": Wanted(),
    "acted": Wanted(person="张三", way="by"),
    "about": Wanted(person="王3", way="about"),
    "act": Wanted(action="facts.verify"),
    "rare_act": Wanted(action="certificate.revoke"),
    "purpose": Wanted(purpose="facts"),
    "day": Wanted(since="2025-03-01", until="2025-03-02"),
    "all_of_it": Wanted(person="张三", action="class.finish", since="2025-02-01"),
    "thing": Wanted(thing=str(UUID(int=77))),
}

_EVENTS = """
    INSERT INTO audit_event (id, at, actor_account_id, actor_role, on_behalf_of, action,
           object_type, object_id)
    SELECT uuidv7(), CAST(:began AS timestamptz) + g * interval '10 seconds',
           (CAST(:accounts AS uuid[]))[1 + g % :people], 'officer',
           CASE WHEN g % 1000 = 0 THEN (CAST(:persons AS uuid[]))[1 + g / 1000 % :people] END,
           (ARRAY['checkin.sign_in', 'class.finish', 'facts.verify', 'enrolment.enrol'])
               [1 + g / 3 % 4],
           'training_session', CAST(lpad(to_hex(g % 100000), 32, '0') AS uuid)::text
      FROM generate_series(1, :rows) g
"""
_PLACES = """
    INSERT INTO audit_place (no, region_code, action, at)
    SELECT no, (ARRAY['650402', '650421', '650422', '653201', '653101', '110105', '370203', NULL])
               [1 + no % 8], action, at
      FROM audit_event WHERE no <= :rows - :open
"""
# Only where blocks end matters to a search.
_BLOCKS = """
    INSERT INTO audit_block (id, no, upto_no, count, first_at, last_at, root, members, awaited,
           writers, prev_hash, hash, mac, at)
    SELECT uuidv7(), b, b * :block, :block, e.at, e.at, '', '', '[]', '{}', '', '', '', e.at
      FROM generate_series(1, (:rows - :open) / :block) b
      JOIN audit_event e ON e.no = b * :block
"""


def fill(engine: Engine, rows: int) -> None:
    """Write the trail."""
    with Session(engine) as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        persons = [make.make_person(session, name=f"王{n}").id for n in range(PEOPLE)]
        accounts = [
            make.make_account(
                session,
                Role.OFFICER,
                person=make.make_person(session, name="李四" if n else "张三"),
            ).id
            for n in range(PEOPLE)
        ]
        given = {"accounts": accounts, "persons": persons, "people": PEOPLE, "began": BEGAN}
        given |= {"rows": rows, "open": OPEN, "block": BLOCK}
        for statement in (_EVENTS, _PLACES, _BLOCKS):
            query = text(statement)
            session.execute(query, {name: given[name] for name in query.compile().params})
        session.commit()
    vacuum(engine)


def measure(engine: Engine, now: datetime) -> None:
    """Every search in every area, the first page and the one after it."""
    every: list[float] = []
    for officer, area in AREAS.items():
        for name, wanted in SEARCHES.items():
            times: list[float] = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                with Session(engine) as session:
                    asked = understand(session, wanted, now=now)
                    search.find(session, area, asked, before=None, most=21)
                times.append((time.perf_counter() - begun) * 1_000)
            every += times
            report("trail", f"{officer}_{name}_worst_ms", max(times), bar=BAR_MS)
    report("trail", "all_p99_ms", p99(every), bar=BAR_MS)


def main(rows: int = ROWS) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        # Keys of its own: the vault of a portal that lives here is none of its business.
        os.environ["PORTAL_DATA_DIR"] = folder
        get_settings.cache_clear()
        create_key_file(get_settings().key_file)
        options = ("-c", "fsync=off", "-c", "max_wal_size=4GB", "-c", "shared_buffers=1GB")
        with embedded.running(embedded.Cluster(Path(folder) / "postgres"), options=options) as url:
            engine = make_engine(url, pool_size=2)
            schema.upgrade(engine)
            begun = time.perf_counter()
            fill(engine, rows)
            report("trail", "filled_s", time.perf_counter() - begun)
            measure(engine, BEGAN + timedelta(seconds=10 * rows))
            engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
