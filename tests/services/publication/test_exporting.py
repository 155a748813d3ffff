"""Published versions as files: the same bytes, no formulas, and what goes out comes in again."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services.publication import contents, life, versions
from portal.services.publication.exporting import export
from portal.services.publication.forms import FORMS
from portal.services.publishing import OPERATOR, publish
from tests.support import factories as make
from tests.support.catalogues import NOW, bring, told

TODAY = NOW.date()
BODY = {
    "uscc": "91650400MA0000003H",
    "name": "示例评价中心",
    "evaluation": "skill_level",
    "trade": "电工",
    "occupation_code": "6-31-01-03",
    "levels": [2, 3, 4],
    "batch": 12,
    "listed_on": "2026-03-01",
    "valid_until": "",
    "region_code": "650402",
    "phone": "0995-8520000",
}
SAMPLES: dict[str, dict[str, Any]] = {
    "institution": {
        "uscc": "91650400MA0000003H",
        "name": "示例学校",
        "kind": "PRIVATE_INST",
        "ownership": "private",
        "license_no": "",
        "region_code": "650402",
        "address": "示例路1号",
        "contact_phone": "0995-8520000",
        "scope": ["电工", "焊工"],
        "status": "listed",
        "description": "",
    },
    "subsidy_standard": {
        "region_code": "650400",
        "training_type": "",
        "occupation_code": None,
        "topic_code": None,
        "level": None,
        "kind": "living_allowance",
        "unit": "day",
        "amount_fen": 3050,
        "fund": "就业补助资金",
        "note": "",
    },
    "assessment_body": BODY,
    "qualification": {
        "name": "焊工",
        "category": "access",
        "personnel": "skilled",
        "department": "示例部门",
        "basis": "示例依据",
        "occupation_code": "6-18-02-04",
        "note": "",
    },
    "shortage_occupation": {
        "occupation_code": "6-31-01-03",
        "name": "电工",
        "grade": "very",
        "industry": "",
        "wanted": 1200,
        "note": "",
    },
    "special_skill": {
        "number": "Z1",
        "name": "拉面制作",
        "purpose": "rural",
        "hours": 40,
        "developer": "",
        "issued_on": "2026-01-01",
        "note": "",
    },
    "competition": {
        "number": "S1",
        "name": "技能大赛",
        "grade": "prefecture_1",
        "year": 2026,
        "host": "市人社局",
        "trade": "",
        "occupation_code": "",
        "held_on": "",
        "place": "",
        "note": "",
    },
    "policy_article": {
        "number": "A1",
        "headline": "一年能领几次",
        "body": "每人每年最多三次。",
        "document": "示例文件",
        "clause": "五(二)",
        "source": "https://www.gov.cn/",
        "issued_on": "",
    },
}


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def published(
    session: Session, officer: Actor, kind: str, *rows: dict[str, Any], doc_no: str = "1号"
) -> CatalogVersion:
    entries = [contents.entry_of(kind, SAMPLES[kind] | row) for row in rows or ({},)]
    made = versions.create_draft(
        session,
        kind=kind,
        region_code="650400",
        entries=entries,
        doc_no="",
        source_name="",
        effective_from=TODAY,
    )
    life.publish_version(
        session, officer, version_id=made.id, doc_no=doc_no, effective_from=TODAY, now=NOW
    )
    return made


def file_of(session: Session, kind: str, suffix: str, number: int = 1) -> bytes:
    made = export(session, ANONYMOUS, kind=kind, region_code="650400", number=number, suffix=suffix)
    assert made.file_name == f"{kind}-650400-v{number}.{suffix}"
    return made.content


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_what_goes_out_comes_in_again_unchanged(
    session: Session, officer: Actor, kind: str, suffix: str
) -> None:
    first = published(session, officer, kind)
    content = file_of(session, kind, suffix)
    view = bring(session, officer, content, kind=kind, name=f"a.{suffix}")
    assert (told(view), view.state) == ([], "draft")
    again = session.get_one(CatalogVersion, view.version_id)
    assert again.content_hash == first.content_hash


def test_every_kind_but_programmes_has_a_sample() -> None:
    # Programmes need a published document; their way out and in is tested with publishing.
    assert set(SAMPLES) == set(FORMS) - {"programme"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json"])
def test_the_same_version_is_the_same_bytes(session: Session, officer: Actor, suffix: str) -> None:
    published(session, officer, "shortage_occupation")
    assert file_of(session, "shortage_occupation", suffix) == file_of(
        session, "shortage_occupation", suffix
    )


def test_a_workbook_holds_no_moment_and_no_program(session: Session, officer: Actor) -> None:
    published(session, officer, "shortage_occupation")
    content = file_of(session, "shortage_occupation", "xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not any("docProps" in one.filename for one in file.infolist())


def test_nothing_in_a_file_is_a_formula(session: Session, officer: Actor) -> None:
    published(session, officer, "shortage_occupation", {"note": '=HYPERLINK("http://x")'})
    text = file_of(session, "shortage_occupation", "csv").decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert row["说明"].startswith("'=")
    content = file_of(session, "shortage_occupation", "xlsx")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(str(cell.value).startswith("'=") for cell in cells)


def test_text_files_are_marked_for_office_programs(session: Session, officer: Actor) -> None:
    published(session, officer, "shortage_occupation")
    assert file_of(session, "shortage_occupation", "csv").startswith(b"\xef\xbb\xbf")


def test_json_has_the_codes_behind_the_words(session: Session, officer: Actor) -> None:
    published(session, officer, "shortage_occupation")
    told_ = json.loads(file_of(session, "shortage_occupation", "json"))
    assert (told_["version"], told_["status"], told_["doc_no"]) == (1, "published", "1号")
    assert told_["entries"][0]["grade"] == "very"
    assert told_["labels"]["grade"] == "紧缺程度"


def test_former_versions_can_be_fetched_and_drafts_cannot(session: Session, officer: Actor) -> None:
    published(session, officer, "shortage_occupation")
    published(session, officer, "shortage_occupation", {"grade": "general"}, doc_no="2号")
    assert "非常紧缺" in file_of(session, "shortage_occupation", "csv").decode()
    assert "一般紧缺" in file_of(session, "shortage_occupation", "csv", 2).decode()
    for number, suffix, kind in (
        (3, "csv", "shortage_occupation"),
        (1, "pdf", "shortage_occupation"),
        (1, "csv", "recipe"),
    ):
        with pytest.raises(NotFound):
            export(
                session, ANONYMOUS, kind=kind, region_code="650400", number=number, suffix=suffix
            )


def test_the_command_line_publishes_every_kind_that_names_itself(
    session: Session, officer: Actor
) -> None:
    published(session, officer, "competition")
    content = file_of(session, "competition", "xlsx")
    report = publish(session, OPERATOR, files=[("竞赛.xlsx", content)], now=NOW)
    assert report.problems == ()
    assert [(one.kind, one.outcome, one.rows) for one in report.published] == [
        ("competition", "unchanged", 1)
    ]
