"""A roster of 5,000 people: from the file to every row's answer, and the memory that it takes.

``python -m benchmarks.bench_roster`` prints one JSON line a figure; the bar of issue 3 is 20 s.
Half of the people are known to the portal, with groups, a job and a subsidy of this year; the
pack is the one that is published for Turpan. Memory is by how much the process grows at its peak,
sampled every 10 ms.
"""

import io
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from openpyxl import Workbook
from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange
from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.orm import Session

from benchmarks.reporting import report
from portal.db import embedded, schema
from portal.db.engine import make_engine, use_engine
from portal.db.ids import new_id
from portal.db.models import (
    Account,
    CatalogVersion,
    Institution,
    InstitutionListing,
    Person,
    PersonFact,
    PersonGroup,
    RosterRow,
    SubsidyReservation,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
)
from portal.db.vault import create_key_file
from portal.domain.identity import IdDocument, IdType, make_demo_id
from portal.domain.permissions import Actor, Role
from portal.policies.loader import PACKS
from portal.services import people, publishing, rosters
from portal.services.people import Identity
from portal.services.unit import as_actor
from portal.settings import get_settings
from portal.tasks.rosters import check_roster, commit_roster

ROWS = 5_000
ENTERED = 400
BAR_S = 20
NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
_FIRST_BIRTH = date(1980, 1, 1)


def main(rows: int = ROWS) -> int:
    """Build, send, check, print; 1 when the bar is missed."""
    with tempfile.TemporaryDirectory(prefix="bench-roster-") as folder:
        # Keys of its own: the vault of a portal that lives here is none of its business.
        os.environ["PORTAL_DATA_DIR"] = folder
        get_settings.cache_clear()
        cluster = embedded.Cluster(Path(folder) / "postgres")
        create_key_file(get_settings().key_file)
        with embedded.running(cluster) as url:
            engine = make_engine(url, pool_size=4)
            schema.upgrade(engine)
            use_engine(engine)
            manager, class_id = _world(engine, rows)
            upload_id, taken = _measure(engine, manager, class_id, _sheet(rows))
            entered = _enter(engine, manager, upload_id)
            use_engine(None)
    report("roster", "entered_per_s", entered)
    report("roster", "preflight_s", taken, bar=BAR_S)
    return 0 if taken <= BAR_S else 1


def _measure(engine: Engine, manager: Actor, class_id: UUID, sheet: bytes) -> tuple[UUID, float]:
    upload_id = as_actor(
        rosters.submit,
        manager,
        upload_id=new_id(),
        filename="roster.xlsx",
        content=sheet,
        class_id=class_id,
        now=NOW,
    )
    with _growth() as grown:
        started = time.perf_counter()
        check_roster(upload_id=str(upload_id), now=NOW)
        taken = time.perf_counter() - started
    report("roster", "file_kb", len(sheet) / 1000)
    report("roster", "peak_growth_mb", max(grown) / 1_000_000)
    with Session(engine) as session:
        count = func.count()
        query = select(RosterRow.outcome, count).group_by(RosterRow.outcome)
        for outcome, number in session.execute(query):
            report("roster", f"rows {outcome}", number)
    return upload_id, taken


def _enter(engine: Engine, manager: Actor, upload_id: UUID) -> float:
    """People entered in a second, one task alone; as many as are fair to wait for."""
    with Session(engine) as session, session.begin():
        row = RosterRow.row_no
        session.execute(
            update(RosterRow)
            .where(RosterRow.upload_id == upload_id, row > ENTERED)
            .values(chosen=False)
        )
        wanted = rosters.commit(session, manager, upload_id=upload_id, now=NOW)
    started = time.perf_counter()
    commit_roster(upload_id=str(upload_id), now=NOW)
    return wanted / (time.perf_counter() - started)


@contextmanager
def _growth() -> Iterator[list[int]]:
    """By how many bytes the process has grown since, again and again."""
    found, over, before = [0], threading.Event(), _resident()

    def watch() -> None:
        while not over.wait(0.01):
            found.append(_resident() - before)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _identity(serial: int) -> Identity:
    born = _FIRST_BIRTH + timedelta(days=serial // 900)
    number = make_demo_id(born, serial % 900)
    document = IdDocument(IdType.RESIDENT_ID, number, born, "1")
    return Identity(document, f"示例人员{serial}", "")


def _sheet(rows: int) -> bytes:
    """Every hundredth line has a fault."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    sheet.append(["某机构学员名单"])
    sheet.append(["姓名", "证件类型", "证件号码", "手机号", "班级编号", "入职日期"])
    for serial in range(rows):
        who = _identity(serial)
        number = "12345" if serial % 100 == 99 else who.document.number
        sheet.append([who.name, "身份证", number, f"137{serial:08d}", "", "2026年11月3日"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _world(engine: Engine, rows: int) -> tuple[Actor, UUID]:
    """A published pack, one large class, and every second person of the sheet."""
    with Session(engine) as session, session.begin():
        packs = [(path.name, path.read_bytes()) for path in PACKS.glob("turpan-*.toml")]
        publishing.publish(session, publishing.OPERATOR, files=packs, now=NOW)
        manager, class_id = _class(session, rows)
    with engine.begin() as connection:
        _people(connection, range(0, rows, 2))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return manager, class_id


def _class(session: Session, rows: int) -> tuple[Actor, UUID]:
    plan = session.scalars(select(TrainingPlan).where(TrainingPlan.plan_no == "6")).one()
    begins = NOW + timedelta(days=14)
    catalogue = {
        kind: CatalogVersion(
            kind=kind,
            region_code="650400",
            version_no=1,
            status="published",
            doc_no="",
            source_name="",
            content_hash="",
            row_count=1,
            effective_from=date(2026, 1, 1),
            published_at=NOW,
        )
        for kind in ("programme", "institution")
    }
    school = Institution(
        uscc="91650400BENCH00001",
        name="示例职业培训学校",
        kind="PRIVATE_INST",
        ownership="private",
        license_no="",
        region_code="650402",
        address="",
        contact_phone="",
        scope=[],
        description="",
        search_terms=[],
        created_at=NOW,
    )
    head = Person(**people.values_of(_identity(800_000), now=NOW))
    session.add_all([*catalogue.values(), school, head])
    session.flush()
    programme = TrainingProgramme(
        code="B1",
        catalog_version_id=catalogue["programme"].id,
        plan_id=plan.id,
        title="电工(五级)",
        training_type="JOB_SKILL",
        occupation_code="6-31-01-03",
        level=1,
        planned_hours=40,
        theory_hours=16,
        practice_hours=24,
        fee_fen=0,
        certificate_kind="TRAINING",
        description="",
    )
    listing = InstitutionListing(
        institution_id=school.id,
        catalog_version_id=catalogue["institution"].id,
        status="listed",
        effective_from=date(2026, 1, 1),
        decision_doc="",
    )
    account = Account(
        person_id=head.id,
        role="manager",
        institution_id=school.id,
        password_hash="!",
        created_at=NOW,
    )
    session.add_all([programme, listing, account])
    session.flush()
    of = TrainingClass(
        class_no="B1",
        programme_id=programme.id,
        institution_id=school.id,
        title="电工(五级)培训班",
        region_code="650402",
        site="",
        address="",
        capacity=rows // 2,
        enrol_from=NOW - timedelta(days=1),
        enrol_until=begins,
        starts_on=begins.date(),
        ends_on=begins.date(),
        hours=40,
        occupation_code="6-31-01-03",
        level=1,
        group_codes=[],
        meets=TimestamptzMultirange([TimestamptzRange(begins, begins + timedelta(hours=3), "[)")]),
        status="enrolling",
        published_at=NOW,
    )
    session.add(of)
    session.flush()
    actor = Actor(Role.MANAGER, account_id=account.id, person_id=head.id, institution_id=school.id)
    return actor, of.id


def _people(connection: Connection, serials: range) -> None:
    """Known persons: a group, a job, and for every fourth a subsidy of this year."""
    rows = [people.values_of(_identity(serial), now=NOW) for serial in serials]
    connection.execute(insert(Person), rows)
    held = {"valid_from": date(2026, 1, 1), "status": "declared", "source": "self"}
    held |= {"created_at": NOW}
    groups = [held | {"person_id": one["id"], "group_code": "MIGRANT_NEWGEN"} for one in rows]
    connection.execute(insert(PersonGroup), groups)
    job = {"employer_name": "示例公司", "hired_on": "2026-11-03"}
    facts = [held | {"person_id": row["id"], "kind": "employment", "value": job} for row in rows]
    connection.execute(insert(PersonFact), facts)
    taken = [
        {
            "person_id": one["id"],
            "state": "consumed",
            "year": 2026,
            "bucket": "vocational",
            "bucket_no": 1,
            "total_no": 1,
            "title": "示例",
            "created_at": NOW,
        }
        for one in rows[::4]
    ]
    connection.execute(insert(SubsidyReservation), taken)


if __name__ == "__main__":
    # A smaller number of people may be given, for a quick look.
    sys.exit(main(*map(int, sys.argv[1:2])))
