"""The catalogue of subsidy standards: every bad cell named, versions, and who may read it."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, CatalogVersion, SubsidyStandard
from portal.domain.permissions import ANONYMOUS
from portal.services.public_catalogues.lists import browse
from portal.services.publishing import OPERATOR, PublishReport, publish

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
STANDARD = {
    "行政区划代码": "",
    "培训类型": "就业技能培训",
    "职业编码": "6-31-01-03",
    "培训主题": "",
    "等级": "初级工",
    "补贴种类": "职业培训补贴",
    "计发单位": "每人",
    "补贴标准(元)": "1,200.50",
    "资金来源": "就业补助资金",
    "备注": "示例金额",
}
TURPAN = ("适用地区：650400",)


def sheet(*rows: Mapping[str, Any], notes: Sequence[str] = TURPAN) -> list[tuple[str, bytes]]:
    """A workbook of standards, ``STANDARD`` changed by each of ``rows``."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "目录"
    for note in notes:
        page.append([note])
    page.append(list(STANDARD))
    for row in rows or ({},):
        page.append([{**STANDARD, **row}[name] for name in STANDARD])
    file = io.BytesIO()
    book.save(file)
    return [("标准.xlsx", file.getvalue())]


def good(
    session: Session, files: list[tuple[str, bytes]], now: datetime = NOW, **kwargs: Any
) -> PublishReport:
    report = publish(session, OPERATOR, files=files, now=now, **kwargs)
    assert report.problems == ()
    return report


def rows_of(session: Session) -> list[SubsidyStandard]:
    return list(session.scalars(select(SubsidyStandard).order_by(SubsidyStandard.id)))


def test_an_amount_is_kept_in_whole_fen_with_its_subject(session: Session) -> None:
    report = good(session, sheet())
    assert [(one.kind, one.region_code, one.outcome) for one in report.published] == [
        ("subsidy_standard", "650400", "new")
    ]
    (made,) = rows_of(session)
    assert (made.amount_fen, made.unit, made.kind) == (120_050, "person", "vocational_subsidy")
    assert (made.region_code, made.occupation_code, made.level) == ("650400", "6-31-01-03", 2)
    trace = session.scalars(select(AuditEvent).where(AuditEvent.action == "publishing.publish"))
    assert [one.object_type for one in trace] == ["subsidy_standard"]


def test_codes_and_words_mean_the_same(session: Session) -> None:
    words = {"培训类型": "JOB_SKILL", "补贴种类": "vocational_subsidy", "计发单位": "person"}
    good(session, sheet())
    assert [one.outcome for one in good(session, sheet(words)).published] == ["unchanged"]


def test_a_row_for_every_training_type_names_none(session: Session) -> None:
    every = {
        "培训类型": "不限",
        "职业编码": "",
        "等级": "",
        "补贴种类": "生活费补贴（含交通费）",
        "计发单位": "每人每天",
    }
    good(session, sheet(every))
    (made,) = rows_of(session)
    assert (made.training_type, made.kind, made.unit) == ("", "living_allowance", "day")


def test_rows_may_name_counties_within_the_region(session: Session) -> None:
    counties = ({"行政区划代码": "650421"}, {"行政区划代码": "650422"})
    report = good(session, sheet(*counties, notes=()))
    assert report.published[0].region_code == "650400"
    assert {row.region_code for row in rows_of(session)} == {"650421", "650422"}


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"行政区划代码": "430102"}, "A 行政区划代码", "不属于本目录"),
        ({"行政区划代码": "999999"}, "A 行政区划代码", "999999"),
        ({"培训类型": "学习"}, "B 培训类型", "学习"),
        ({"培训类型": ""}, "B 培训类型", "不能空"),
        ({"职业编码": "9-99-99-99"}, "C 职业编码", "9-99-99-99"),
        ({"培训主题": "SYB"}, "C 职业编码", "只填一个"),
        ({"职业编码": "", "培训主题": "炒股", "等级": ""}, "D 培训主题", "炒股"),
        ({"等级": "九级"}, "E 等级", "九级"),
        ({"职业编码": ""}, "E 等级", "不分等级"),
        ({"补贴种类": "奖金"}, "F 补贴种类", "晋级补助"),
        ({"计发单位": "每次"}, "G 计发单位", "每人每天"),
        ({"计发单位": "每人每天"}, "G 计发单位", "不能按“每人每天”计发"),
        ({"补贴标准(元)": "0"}, "H 补贴标准(元)", "0 元"),
        ({"补贴标准(元)": "-3"}, "H 补贴标准(元)", "金额"),
        ({"补贴标准(元)": "1.005"}, "H 补贴标准(元)", "金额"),
        ({"补贴标准(元)": "一千"}, "H 补贴标准(元)", "金额"),
        ({"资金来源": ""}, "I 资金来源", "不能空"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_written(
    session: Session, change: dict[str, str], column: str, says: str
) -> None:
    report = publish(session, OPERATOR, files=sheet({}, {"等级": "中级工", **change}), now=NOW)
    assert [(p.sheet, p.row, p.column) for p in report.problems] == [("目录", 4, column)]
    assert says in report.problems[0].reason
    assert rows_of(session) == []


def test_the_same_standard_twice_is_refused_by_the_row_of_the_first(session: Session) -> None:
    other = {"补贴标准(元)": "900"}
    report = publish(session, OPERATOR, files=sheet({}, {"等级": "中级工"}, other), now=NOW)
    assert [(p.row, p.column) for p in report.problems] == [(5, "F 补贴种类")]
    assert "第 3 行" in report.problems[0].reason


def test_a_sheet_that_names_no_region_anywhere_is_refused(session: Session) -> None:
    report = publish(session, OPERATOR, files=sheet(notes=()), now=NOW)
    assert [(p.row, p.column) for p in report.problems] == [(2, "A 行政区划代码")]
    assert "适用地区" in report.problems[0].reason


def test_a_dry_run_writes_nothing(session: Session) -> None:
    report = good(session, sheet(), dry_run=True)
    assert [one.outcome for one in report.published] == ["new"]
    count = select(func.count()).select_from(CatalogVersion)
    assert (rows_of(session), session.scalar(count)) == ([], 0)


def test_a_new_version_supersedes_and_keeps_the_former_amounts(session: Session) -> None:
    good(session, sheet())
    report = good(session, sheet({"补贴标准(元)": "1300"}), now=NOW + timedelta(days=30))
    assert [one.outcome for one in report.published] == ["changed"]
    versions = session.scalars(select(CatalogVersion).order_by(CatalogVersion.version_no)).all()
    assert [(v.status, v.effective_to) for v in versions] == [
        ("superseded", date(2026, 12, 30)),
        ("published", None),
    ]
    assert [row.amount_fen for row in rows_of(session)] == [120_050, 130_000]


def test_everybody_reads_the_amounts_in_force_in_words(session: Session) -> None:
    good(session, sheet())
    general = {"职业编码": "", "等级": "", "补贴标准(元)": "1000"}
    good(session, sheet({}, general), now=NOW + timedelta(days=1))
    now = NOW + timedelta(days=2)
    page = browse(session, ANONYMOUS, kind="subsidy_standard", now=now)
    shown = {entry.title: entry for entry in page.items}
    assert shown["电工"].region_name == "吐鲁番市"
    assert {"职业培训补贴", "每人 1,200.50 元", "五级/初级工"} <= set(shown["电工"].facts)
    assert "就业技能培训：各工种" in shown
    assert page.total == 2
