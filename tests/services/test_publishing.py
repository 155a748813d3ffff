"""Publishing packs and catalogues: every bad cell named, and all of it or nothing."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from portal.db.ids import new_id
from portal.db.models import (
    AuditEvent,
    CatalogVersion,
    Institution,
    InstitutionListing,
    Occupation,
    PolicyPack,
    Region,
    TrainingPlan,
    TrainingProgramme,
)
from portal.domain.errors import Forbidden
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.policies.loader import PACKS
from portal.services import publishing
from portal.services.public_catalogues.lists import browse
from portal.services.publishing import OPERATOR, PublishReport, publish

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
TABLES = (
    *(PolicyPack, TrainingPlan, CatalogVersion, Institution, InstitutionListing),
    *(TrainingProgramme, AuditEvent),
)
Files = list[tuple[str, bytes]]


def code(serial: int) -> str:
    """A USCC of a region that does not exist, its check character right."""
    body = f"91990000MA{serial:07d}"
    return body + uscc.calc_check_digit(body)


INSTITUTION = {
    "统一社会信用代码": code(1),
    "机构名称": "示例高昌职业培训学校",
    "机构类别": "民办职业培训机构",
    "办学性质": "民办",
    "许可证号": "示例0001",
    "行政区划代码": "650402",
    "地址": "高昌区示例路1号",
    "联系电话": "0995-0000001",
    "培训范围": "电工，焊工",
}
PROGRAMME = {
    "项目编号": "T-01",
    "项目名称": "电工(初级工)",
    "政策文件": "turpan-2019",
    "计划编号": "11",
    "培训类型": "岗位技能提升培训",
    "职业编码": "6-31-01-03",
    "培训主题": "",
    "等级": "初级工",
    "课时": 80,
    "理论": 30,
    "实操": 50,
    "收费(元)": "0",
    "证书类型": "培训合格证书",
    "备案状态": "",
    "说明": "",
}


def sheet(base: Mapping[str, Any], *rows: Mapping[str, Any], notes: Sequence[str] = ()) -> bytes:
    """A workbook: notes, header, then ``base`` changed by each of ``rows``."""
    book = Workbook()
    page = book.active
    page.title = "目录"
    for note in notes:
        page.append([note])
    page.append(list(base))
    for row in rows or ({},):
        page.append([(base | row)[name] for name in base])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def institutions(*rows: Mapping[str, Any], notes: Sequence[str] = ()) -> Files:
    return [("机构.xlsx", sheet(INSTITUTION, *rows, notes=notes))]


def programmes(*rows: Mapping[str, Any], notes: Sequence[str] = ()) -> Files:
    return [("项目.xlsx", sheet(PROGRAMME, *rows, notes=notes))]


def pack(change: tuple[str, str] = ("", ""), name: str = "turpan-2019") -> Files:
    text = (PACKS / f"{name}.toml").read_text("utf-8")
    assert change[0] in text
    return [(f"{name}.toml", text.replace(*change, 1).encode())]


def counts(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def places(report: PublishReport) -> list[tuple[str, str, int | None, str]]:
    return [(p.file, p.sheet, p.row, p.column) for p in report.problems]


def good(session: Session, files: Files, now: datetime = NOW) -> PublishReport:
    report = publish(session, OPERATOR, files=files, now=now)
    assert report.problems == ()
    return report


def test_shipped_packs_are_published_with_turpans_105000_person_times(session: Session) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(PACKS.glob("*.toml"))]
    report = good(session, files)
    assert [one.outcome for one in report.published] == ["new"] * 5
    total = select(func.sum(TrainingPlan.target_person_times)).where(
        TrainingPlan.pack_id == "turpan-2019"
    )
    assert session.scalar(total) == 105_000
    stored = session.get_one(PolicyPack, "turpan-2019")
    assert stored.payload["document"]["doc_no"] == "吐政办〔2019〕53号"
    assert stored.effective_to == date(2021, 12, 31)


def test_the_same_pack_again_changes_nothing_even_with_other_comments(session: Session) -> None:
    good(session, pack())
    before = counts(session)
    report = good(session, pack(("[document]", "# 注释\n[document]")))
    assert report.published[0].outcome == "unchanged"
    assert counts(session) == before


def test_a_changed_pack_keeps_the_plan_rows_that_programmes_rest_on(session: Session) -> None:
    good(session, pack() + programmes())
    plan = select(TrainingPlan).where(
        TrainingPlan.pack_id == "turpan-2019", TrainingPlan.plan_no == "11"
    )
    before = session.execute(plan).scalar_one().id
    report = good(session, pack(("园区企业就业人员职业技能提升计划", "园区职工计划")))
    session.expire_all()
    after = session.execute(plan).scalar_one()
    assert report.published[0].outcome == "changed"
    assert (after.id, after.name) == (before, "园区职工计划")


def test_a_bad_pack_is_named_by_table_entry_and_key(session: Session) -> None:
    before = counts(session)
    report = publish(session, OPERATOR, files=pack(("min_hours = 80", "min_hours = 0")), now=NOW)
    assert places(report) == [("turpan-2019.toml", "plans", 1, "min_hours")]
    assert "0" in report.problems[0].reason
    assert counts(session) == before


def test_a_pack_twice_in_one_publication_is_refused(session: Session) -> None:
    twice = [*pack(), ("copy.toml", pack()[0][1])]
    report = publish(session, OPERATOR, files=twice, now=NOW)
    assert [problem.file for problem in report.problems] == ["copy.toml"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a=" + b"[" * 50_000 + b"]" * 50_000, "文件坏了"),
        (b"a=" + b"9" * 20_000, "文件坏了"),
        (b"a." * 20_000 + b"b=1", "文件坏了"),
        (b"a='" + b"x" * 2_000_000 + b"'", "文件太大"),
    ],
    ids=["brackets without end", "a number without end", "a name without end", "too big"],
)
def test_a_pack_made_to_break_the_parser_is_refused_in_words(
    session: Session, data: bytes, reason: str
) -> None:
    (problem,) = publish(session, OPERATOR, files=[("a.toml", data)], now=NOW).problems
    assert problem.file == "a.toml"
    assert reason in problem.reason


def test_institutions_are_listed_under_a_new_version(session: Session) -> None:
    report = good(session, institutions(notes=["吐鲁番市培训机构目录", "文号：示例〔2026〕1号"]))
    assert [(one.kind, one.region_code, one.rows) for one in report.published] == [
        ("institution", "650400", 1)
    ]
    made = session.scalars(select(Institution)).one()
    assert (made.name, made.scope, made.kind) == (
        "示例高昌职业培训学校",
        ["电工", "焊工"],
        "PRIVATE_INST",
    )
    assert "r:650400" in made.search_terms
    listing = session.scalars(select(InstitutionListing)).one()
    assert (listing.status, listing.decision_doc) == ("listed", "示例〔2026〕1号")
    assert listing.effective_from == date(2026, 12, 1)


def test_an_institution_left_out_of_the_next_version_is_no_longer_listed(session: Session) -> None:
    two = institutions({}, {"统一社会信用代码": code(2), "机构名称": "示例第二培训学校"})
    good(session, two)
    good(session, institutions(), now=NOW + timedelta(days=10))
    versions = session.scalars(select(CatalogVersion).order_by(CatalogVersion.version_no)).all()
    assert [version.status for version in versions] == ["superseded", "published"]
    gone = session.scalars(select(Institution).where(Institution.uscc == code(2))).one()
    listings = session.scalars(
        select(InstitutionListing).where(InstitutionListing.institution_id == gone.id)
    ).all()
    assert [listing.effective_to for listing in listings] == [date(2026, 12, 10)]


def test_two_institutions_may_swap_their_names(session: Session) -> None:
    a, b = {"机构名称": "甲学校"}, {"统一社会信用代码": code(2), "机构名称": "乙学校"}
    good(session, institutions(a, b))
    good(session, institutions({"机构名称": "乙学校"}, b | {"机构名称": "甲学校"}))
    names = dict(session.execute(select(Institution.uscc, Institution.name)).tuples().all())
    assert names == {code(1): "乙学校", code(2): "甲学校"}


def test_programmes_point_to_their_plan_and_cost_whole_fen(session: Session) -> None:
    good(session, pack() + programmes({"收费(元)": "1,280.50", "课时": "8０", "等级": "五级"}))
    made = session.scalars(select(TrainingProgramme)).one()
    plan = session.get_one(TrainingPlan, made.plan_id)
    assert (made.fee_fen, made.planned_hours, made.level) == (128_050, 80, 2)
    assert (plan.pack_id, plan.plan_no) == ("turpan-2019", "11")
    version = session.get_one(CatalogVersion, made.catalog_version_id)
    assert (version.region_code, version.status, version.row_count) == ("650400", "published", 1)


def test_the_same_catalogue_again_makes_no_new_version(session: Session) -> None:
    two = ({}, {"项目编号": "T-02"})
    good(session, pack() + programmes(*two))
    before = counts(session)
    report = good(session, programmes(*reversed(two)))
    assert [one.outcome for one in report.published] == ["unchanged"]
    assert counts(session) == before


def test_a_new_version_keeps_the_former_programmes_for_their_classes(session: Session) -> None:
    good(session, pack() + programmes())
    good(session, programmes({"课时": 90, "实操": 60}))
    rows = session.execute(
        select(CatalogVersion.status, TrainingProgramme.planned_hours).join(
            TrainingProgramme, TrainingProgramme.catalog_version_id == CatalogVersion.id
        )
    ).all()
    assert sorted(map(tuple, rows)) == [("published", 90), ("superseded", 80)]


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"统一社会信用代码": code(1)[:17]}, "A 统一社会信用代码", "17 位"),
        ({"统一社会信用代码": code(1)[:17] + "0"}, "A 统一社会信用代码", "校验位"),
        ({"统一社会信用代码": "I" + code(1)[1:]}, "A 统一社会信用代码", "字符"),
        ({"机构名称": ""}, "B 机构名称", "不能空"),
        ({"机构类别": "夜校"}, "C 机构类别", "技工院校"),
        ({"办学性质": "合办"}, "D 办学性质", "公办、民办"),
        ({"行政区划代码": "659999"}, "F 行政区划代码", "659999"),
        ({"行政区划代码": "652122"}, "F 行政区划代码", "650421"),
        ({"联系电话": "打给门卫"}, "H 联系电话", "电话"),
    ],
)
def test_a_bad_institution_is_named_by_cell(
    session: Session, change: dict[str, str], column: str, says: str
) -> None:
    report = publish(session, OPERATOR, files=institutions(change), now=NOW)
    assert places(report) == [("机构.xlsx", "目录", 2, column)]
    assert says in report.problems[0].reason


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"课时": 79, "实操": 49}, "I 课时", "不少于 80 课时"),
        ({"实操": 49}, "I 课时", "30 加实操 49 是 79"),
        ({"课时": "八十"}, "I 课时", "不是整数"),
        ({"政策文件": "turpan-1999"}, "C 政策文件", "turpan-1999"),
        ({"计划编号": "99"}, "D 计划编号", "99"),
        ({"计划编号": "17"}, "D 计划编号", "技能脱贫千校行动"),
        ({"培训类型": "学习"}, "E 培训类型", "学习"),
        ({"职业编码": "9-99-99-99"}, "F 职业编码", "没有职业编码的内容请填“培训主题”"),
        ({"职业编码": ""}, "F 职业编码", "只填一个"),
        ({"培训主题": "SYB"}, "F 职业编码", "只填一个"),
        ({"职业编码": "", "培训主题": "炒股", "等级": ""}, "G 培训主题", "炒股"),
        ({"等级": "九级"}, "H 等级", "九级"),
        ({"职业编码": "", "培训主题": "服务礼仪"}, "H 等级", "不分等级"),
        ({"收费(元)": "3.005"}, "L 收费(元)", "金额"),
        ({"收费(元)": "-1"}, "L 收费(元)", "金额"),
        ({"收费(元)": "NaN"}, "L 收费(元)", "金额"),
        ({"证书类型": "奖状"}, "M 证书类型", "培训合格证书"),
    ],
)
def test_a_bad_programme_is_named_by_cell(
    session: Session, change: dict[str, Any], column: str, says: str
) -> None:
    report = publish(session, OPERATOR, files=pack() + programmes(change), now=NOW)
    assert places(report) == [("项目.xlsx", "目录", 2, column)]
    assert says in report.problems[0].reason


def test_every_fault_is_reported_at_once_with_its_row(session: Session) -> None:
    files = institutions({}, {"机构名称": ""}, {"地址": ""}, {"统一社会信用代码": "1"})
    report = publish(session, OPERATOR, files=files, now=NOW)
    found = [(problem.row, problem.column) for problem in report.problems]
    assert found == [
        (3, "A 统一社会信用代码"),
        (3, "B 机构名称"),
        (4, "A 统一社会信用代码"),
        (4, "B 机构名称"),
        (4, "G 地址"),
        (5, "A 统一社会信用代码"),
        (5, "B 机构名称"),
    ]


def test_a_bad_last_row_of_the_last_sheet_writes_nothing_of_the_first(session: Session) -> None:
    before = counts(session)
    files = pack() + institutions() + programmes({}, {"项目编号": "T-02", "课时": 8})
    report = publish(session, OPERATOR, files=files, now=NOW)
    assert [(problem.file, problem.row) for problem in report.problems][-1] == ("项目.xlsx", 3)
    assert report.published == ()
    assert counts(session) == before


def test_a_dry_run_answers_the_same_and_writes_nothing(session: Session) -> None:
    before = counts(session)
    files = pack() + institutions() + programmes()
    dry = publish(session, OPERATOR, files=files, now=NOW, dry_run=True)
    assert counts(session) == before
    assert dry.published == good(session, files).published


def test_a_name_that_another_institution_has_is_refused(session: Session) -> None:
    good(session, institutions())
    files = institutions({"统一社会信用代码": code(2)})
    report = publish(session, OPERATOR, files=files, now=NOW)
    assert places(report) == [("机构.xlsx", "目录", 2, "B 机构名称")]
    assert code(1) in report.problems[0].reason


def test_a_row_outside_the_region_of_the_sheet_is_named(session: Session) -> None:
    files = institutions({"行政区划代码": "430102"}, notes=["适用地区:650400 吐鲁番市"])
    report = publish(session, OPERATOR, files=files, now=NOW)
    assert places(report) == [("机构.xlsx", "目录", 3, "F 行政区划代码")]


def test_a_national_document_reaches_only_the_regions_it_names(session: Session) -> None:
    row = {"政策文件": "rural-revitalisation-2021", "计划编号": "6", "培训类型": "JOB_SKILL"}
    national = pack(name="rural-revitalisation-2021")
    good(session, national + programmes(row, notes=["适用地区:650000"]))
    report = publish(session, OPERATOR, files=programmes(row, notes=["适用地区:430000"]), now=NOW)
    assert places(report) == [("项目.xlsx", "目录", 3, "C 政策文件")]


def test_documents_of_two_regions_in_one_sheet_need_a_region_note(session: Session) -> None:
    both = pack() + pack(name="qingdao-2021")
    qingdao = {"项目编号": "Q-01", "政策文件": "qingdao-2021", "计划编号": "2"}
    report = publish(session, OPERATOR, files=both + programmes({}, qingdao), now=NOW)
    assert places(report) == [("项目.xlsx", "目录", 3, "C 政策文件")]
    assert "适用地区" in report.problems[0].reason


def test_two_files_for_one_region_are_not_guessed_at(session: Session) -> None:
    other = sheet(PROGRAMME, {"项目编号": "T-02"})
    report = publish(
        session, OPERATOR, files=pack() + programmes() + [("补充.xlsx", other)], now=NOW
    )
    assert [problem.file for problem in report.problems] == ["补充.xlsx"]


def test_two_files_that_name_one_region_make_one_version(session: Session) -> None:
    note = ["适用地区:650400"]
    files = [("补充.xlsx", sheet(PROGRAMME, {"项目编号": "T-02"}, notes=note))]
    report = good(session, pack() + programmes(notes=note) + files)
    assert [one.rows for one in report.published if one.kind == "programme"] == [2]


def test_a_version_cannot_apply_from_before_the_former(session: Session) -> None:
    good(session, institutions(notes=["施行日期：2026-11-01"]))
    files = institutions({"地址": "示例路2号"}, notes=["施行日期:2026年10月1日"])
    report = publish(session, OPERATOR, files=files, now=NOW)
    assert [problem.column for problem in report.problems] == ["施行日期"]


@pytest.mark.parametrize("notes", [["施行日期:明天"], ["适用地区:999999"]])
def test_a_bad_note_above_the_header_is_named(session: Session, notes: list[str]) -> None:
    report = publish(session, OPERATOR, files=institutions(notes=notes), now=NOW)
    assert places(report)[0] == ("机构.xlsx", "目录", 1, "A")


def test_a_sheet_that_is_no_catalogue_is_refused_in_words(session: Session) -> None:
    wrong = ("名单.xlsx", sheet({"姓名": "", "电话": ""}, {"姓名": "张三"}))
    report = publish(session, OPERATOR, files=[wrong, ("a.docx", b"x")], now=NOW)
    assert sorted(problem.file for problem in report.problems) == ["a.docx", "名单.xlsx"]


def test_a_missing_column_is_named_and_not_taken_for_another_catalogue(session: Session) -> None:
    base = {name: value for name, value in PROGRAMME.items() if name != "课时"}
    report = publish(session, OPERATOR, files=[*pack(), ("项目.xlsx", sheet(base))], now=NOW)
    assert [(problem.row, problem.column) for problem in report.problems] == [(1, "课时")]


def test_an_officer_publishes_for_the_own_region_only(session: Session) -> None:
    turpan = Actor(role=Role.OFFICER, region_code="650400")
    with pytest.raises(Forbidden):
        publish(session, turpan, files=pack(name="qingdao-2021"), now=NOW)
    assert publish(session, turpan, files=pack(), now=NOW).ok


def test_a_trainee_cannot_publish(session: Session) -> None:
    with pytest.raises(Forbidden):
        publish(session, Actor(role=Role.TRAINEE, account_id=new_id()), files=pack(), now=NOW)


def test_each_publication_leaves_a_trace(session: Session) -> None:
    good(session, pack() + institutions())
    traces = session.scalars(select(AuditEvent)).all()
    assert sorted((e.action, e.object_type, e.object_id) for e in traces) == [
        ("publishing.publish", "institution", "650400"),
        ("publishing.publish", "policy_pack", "650400"),
    ]


def test_reference_data_is_loaded_and_refreshed(session: Session) -> None:
    publishing.load_reference(session)
    session.get_one(Region, "650402").name = "旧名"
    session.flush()
    publishing.load_reference(session)
    session.expire_all()
    assert session.get_one(Region, "650402").name == "高昌区"
    assert session.get_one(Region, "650402").parent_code == "650400"
    assert session.get_one(Occupation, ("6-31-01-03", "2022")).name == "电工"


@pytest.mark.parametrize(
    ("word", "filing"), [("", None), ("已报备", "filed"), ("已备案", "accepted")]
)
def test_a_supplement_says_how_its_filing_stands_and_only_accepted_trades_are_public(
    session: Session, word: str, filing: str | None
) -> None:
    good(session, pack() + programmes({"备案状态": word}))
    made = session.scalars(select(TrainingProgramme)).one()
    assert made.filing == filing
    shown = browse(session, ANONYMOUS, kind="programme", now=NOW)
    assert shown.total == (0 if filing == "filed" else 1)


def test_an_unknown_word_for_a_filing_is_a_fault_of_its_cell(session: Session) -> None:
    report = publish(session, OPERATOR, files=pack() + programmes({"备案状态": "大概"}), now=NOW)
    assert [problem.column for problem in report.problems] == ["N 备案状态"]
