"""A catalogue of 5,000 rows: from the office's sheet to the version in force, and its memory.

``python -m benchmarks.bench_publish`` prints one JSON line a figure; the bar of issue 6 is 20 s for
looking into the sheet, checking every row and publishing, for each of two kinds: a list of urgent
trades, which has entries only, and a list of institutions, which is also written into the table
that classes are found by. Memory is by how much the process grows at its peak.
"""

import io
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from openpyxl import Workbook
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from benchmarks.bench_roster import _growth
from benchmarks.reporting import report
from portal.db import embedded, schema
from portal.db.engine import make_engine, use_engine
from portal.db.vault import create_key_file
from portal.domain.permissions import Actor, Role
from portal.services.publication import imports, life
from portal.services.publication.imports import SheetChoice
from portal.services.unit import as_actor
from portal.settings import get_settings
from portal.tasks.catalogues import check_catalogue, look_into_catalogue

ROWS = 5_000
BAR_S = 20
NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
OFFICER = Actor(role=Role.OFFICER, region_code="650400")


def main(rows: int = ROWS) -> int:
    """Send, check, publish, print; 1 when the bar is missed."""
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="bench-publish-") as folder:
        # Keys of its own: the vault of a portal that lives here is none of its business.
        os.environ["PORTAL_DATA_DIR"] = folder
        get_settings.cache_clear()
        cluster = embedded.Cluster(Path(folder) / "postgres")
        create_key_file(get_settings().key_file)
        with embedded.running(cluster) as url:
            engine = make_engine(url, pool_size=4)
            schema.upgrade(engine)
            use_engine(engine)
            for kind, sheet in (("shortage_occupation", _trades), ("institution", _schools)):
                first = _publish(engine, kind, sheet(rows, ""), "first")
                # Every row differs: the change log is as long as the catalogue.
                second = _publish(engine, kind, sheet(rows, "新"), "second")
                worst = max(worst, first, second)
            use_engine(None)
    report("publish", "worst_s", worst, bar=BAR_S)
    return 0 if worst <= BAR_S else 1


def _publish(engine: Engine, kind: str, sheet: bytes, name: str) -> float:
    with _growth() as grown:
        began = time.perf_counter()
        import_id = as_actor(
            imports.start,
            OFFICER,
            kind=kind,
            region_code="650400",
            file_name="目录.xlsx",
            content=sheet,
            now=NOW,
        )
        look_into_catalogue(import_id=str(import_id), now=NOW)
        version_id = _checked(engine, import_id)
        checked = time.perf_counter()
        as_actor(
            life.publish_version,
            OFFICER,
            version_id=version_id,
            doc_no=f"{name}号",
            effective_from=NOW.date(),
            now=NOW,
        )
        ended = time.perf_counter()
    report("publish", f"{kind}_{name}_checked_s", checked - began)
    report("publish", f"{kind}_{name}_published_s", ended - checked)
    report("publish", f"{kind}_{name}_peak_growth_mb", max(grown) / 1_000_000)
    return ended - began


def _checked(engine: Engine, import_id: UUID) -> UUID:
    with Session(engine) as session, session.begin():
        view = imports.see(session, OFFICER, import_id=import_id)
        imports.check(
            session,
            OFFICER,
            import_id=import_id,
            sheets=[SheetChoice(one["use"], one["columns"]) for one in view.sheets],
            with_hidden=False,
            dry_run=False,
            now=NOW,
        )
    check_catalogue(import_id=str(import_id), dry_run=False, now=NOW)
    with Session(engine) as session:
        view = imports.see(session, OFFICER, import_id=import_id)
    if view.version_id is None:
        raise RuntimeError(f"the sheet was refused: {view.problems[:1]}")
    return view.version_id


def _trades(rows: int, mark: str) -> bytes:
    lines = [["6-31-01-03", f"工种{n}", "紧缺", n, f"说明{mark}"] for n in range(rows)]
    return _sheet(["职业编码", "职业(工种)名称", "紧缺程度", "缺口人数", "说明"], lines)


def _schools(rows: int, mark: str) -> bytes:
    header = [
        *("统一社会信用代码", "机构名称", "机构类别", "办学性质", "许可证号", "行政区划代码"),
        *("地址", "联系电话", "培训范围"),
    ]
    lines = []
    for n in range(rows):
        number = f"91650400MA{n:07d}"
        lines.append(
            [
                number + uscc.calc_check_digit(number),
                f"示例第{n}职业培训学校",
                *("VOC_SCHOOL", "private", "", "650402"),
                f"示范路{n}号{mark}",
                *("0995-8520000", "电工、焊工"),
            ]
        )
    return _sheet(header, lines)


def _sheet(header: list[str], lines: Sequence[Sequence[object]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet("目录")
    page.append(["某市目录"])
    page.append(header)
    for line in lines:
        page.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


if __name__ == "__main__":
    # A smaller number of rows may be given, for a quick look.
    sys.exit(main(*map(int, sys.argv[1:2])))
