"""A frozen report is the same file on every machine, and says what it should."""

import hashlib
import io
import os
import subprocess
import sys
from typing import Any

import pytest
from openpyxl import load_workbook

# Makes both files of a report that exists in memory only, and prints their hashes.
SCRIPT = """
import hashlib, locale, sys
from datetime import datetime, timezone
from tests.documents.test_reports import made
from portal.services.reports.reading import file_of
for form in ("xlsx", "pdf"):
    print(hashlib.sha256(file_of(made(), form)).hexdigest())
"""


def made() -> Any:
    """A frozen report with something in every table."""
    from datetime import UTC, date, datetime
    from uuid import UUID

    from portal.db.models import PeriodReport
    from portal.domain.report_period import RULES
    from portal.services.reports.tables import hash_of

    figures = {
        "person_times": 1234, "people": 1100, "hours": 56789, "completed": 1200,
        "certificates": 1190, "paid_fen": 123456789, "back_fen": 50,
    }  # fmt: skip
    county = {"county": "650402", "county_name": "高昌区"} | figures
    plan = {"pack_id": "p", "plan_no": "6", "name": "新生代农民工职业技能提升计划"}
    adjustment = {
        "kind": "training", "ref": "1", "class_no": "C000001", "title": "电工",
        "period_from": "2026-04-01", "version": 1, "person_times": 0, "hours": -4, "completed": 0,
        "certificates": 0, "fen": 0, "note": "hours",
    }  # fmt: skip
    nothing = dict.fromkeys(figures, 0)
    content = {
        "format": 1, "region_code": "650400", "region_name": "吐鲁番市", "kind": "quarter",
        "period_from": "2026-07-01", "period_to": "2026-09-30", "version": 1, "supersedes": None,
        "reason": None, "prepared_name": "李明", "as_of": "2026-10-08T02:00:00+00:00",
        "rules": [list(one) for one in RULES], "rows": 1, "rows_sha256": "0",
        "total": figures, "adjusted": nothing | {"hours": -4}, "counties": [county],
        "plans": [county | plan],
        "institutions": [{"uscc": "9", "name": "=吐鲁番职业培训学校"} | figures] * 30,
        "groups": [{"code": "MIGRANT"} | figures],
        "funds": [{"fund": "就业补助资金", "paid_fen": 123456789, "back_fen": 50, "people": 9}],
        "adjustments": [adjustment],
    }  # fmt: skip
    return PeriodReport(
        id=UUID(int=1), region_code="650400", kind="quarter",
        period_from=date(2026, 7, 1), period_to=date(2026, 9, 30),
        version=1, state="frozen", prepared_name="李明", countersigned_name="王芳",
        countersigned_at=datetime(2026, 10, 9, tzinfo=UTC), content=content,
        hash=hash_of(content), frozen_at=datetime(2026, 10, 8, 2, tzinfo=UTC),
    )  # fmt: skip


def test_two_machines_make_the_same_bytes() -> None:
    def run(zone: str, tongue: str, seed: str) -> list[str]:
        env = os.environ | {"TZ": zone, "LC_ALL": tongue, "LANG": tongue, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    first = run("America/St_Johns", "C.UTF-8", "1")
    assert len(first) == 2
    assert first == run("Asia/Shanghai", "zh_CN.UTF-8", "4242")


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_another_report_is_another_file(form: str) -> None:
    from portal.services.reports.reading import file_of

    other = made()
    other.countersigned_name = "赵强"
    assert (
        hashlib.sha256(file_of(other, form)).digest()
        != hashlib.sha256(file_of(made(), form)).digest()
    )


def test_the_sheet_has_numbers_and_no_formula() -> None:
    from portal.services.reports.reading import file_of

    book = load_workbook(io.BytesIO(file_of(made(), "xlsx")))
    assert book.sheetnames[0] == "说明"
    sheet = book["分培训机构"]
    assert sheet.cell(3, 1).value == "'=吐鲁番职业培训学校"
    assert sheet.cell(3, 2).value == 1234
    assert sheet.cell(3, 7).value == 1234567.89
    assert made().hash in [cell.value for cell in book["说明"]["B"]]
