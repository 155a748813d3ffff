"""From the sheets that offices have to a draft: headers, mapping, what is left out, whose it is."""

from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogueImport, CatalogVersion
from portal.domain.catalogue_errors import ImportBusy, ImportOver
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.services import queue
from portal.services.publication import checking, imports, life
from portal.services.publication.imports import SheetChoice
from portal.tasks.catalogues import check_catalogue, look_into_catalogue
from tests.support import factories as make
from tests.support.catalogues import (
    HEADER,
    NOW,
    ROW,
    SHORTAGE,
    book,
    bring,
    check,
    look,
    rows,
    shortage,
    told,
)

USCC = "91650400MA0000003H"


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def entries(session: Session, view: imports.ImportView) -> list[dict[str, Any]]:
    assert told(view) == []
    assert view.state == "draft"
    query = select(CatalogueEntry).where(CatalogueEntry.version_id == view.version_id)
    return [one.columns for one in session.scalars(query.order_by(CatalogueEntry.position))]


def as_offices_do(page: Worksheet) -> None:
    """Title, unit, a header over two rows, merged names, full-width digits, a total, signatures."""
    page.append(["吐鲁番市社会培训评价组织名单（第二批）"])
    page.merge_cells("A1:H1")
    page.append(["文号：吐人社发〔2026〕18号"])
    page.append(["施行日期：2026年3月1日"])
    page.append(["序号", "机构", None, "评价类别", "评价", None, "公布日期", "批次"])
    page.append([None, "信用代码", "机构名称", None, "职业(工种)", "等级", None, None])
    for cells in ("A4:A5", "B4:C4", "D4:D5", "E4:F4", "G4:G5", "H4:H5"):
        page.merge_cells(cells)
    page.append(["一、市直机构"])
    page.merge_cells("A6:H6")
    page.append(
        [1, USCC, "示例评价中心", "职业技能等级认定", "电工", "５级、４级", "2026.3.1", "第二批"]
    )
    page.append([None, None, None, "职业技能等级认定", "焊工", "五级至三级", 46082, "２"])
    page.merge_cells("B7:B8")
    page.merge_cells("C7:C8")
    page.append([2, USCC, "示例评价中心", "专项职业能力考核", "拉面", "", "2026年3月1日", ""])
    page.append([3])
    page.append(["合 计", "", "3个", "", "", "", "", ""])
    page.append(["填表人：某某", "", "", "审核人：某某"])


def test_a_sheet_as_offices_have_it_becomes_a_draft(session: Session, officer: Actor) -> None:
    view = look(session, officer, book(as_offices_do), kind="assessment_body")
    (sheet,) = view.sheets
    assert sheet["use"]
    assert sheet["columns"] == {
        "统一社会信用代码": "B",
        "机构名称": "C",
        "评价类别": "D",
        "评价职业(工种)": "E",
        "等级": "F",
        "公布日期": "G",
        "批次": "H",
    }
    view = check(session, officer, view)
    found = entries(session, view)
    assert [(one["trade"], one["levels"], one["batch"], one["listed_on"]) for one in found] == [
        ("电工", [2, 3], 2, "2026-03-01"),
        ("焊工", [2, 3, 4], 2, "2026-03-01"),
        ("拉面", [], None, "2026-03-01"),
    ]
    assert {one["name"] for one in found} == {"示例评价中心"}
    assert [(one["row"], one["reason"][:2]) for one in view.left_out] == [
        (6, "分组"),
        (10, "只有"),
        (11, "合计"),
        (12, "表尾"),
    ]
    version = session.get_one(CatalogVersion, view.version_id)
    assert (version.doc_no, version.effective_from) == ("吐人社发〔2026〕18号", date(2026, 3, 1))


def hidden(page: Worksheet) -> None:
    rows(HEADER, ROW, ["6-18-02-04", "焊工", "紧缺"])(page)
    page.row_dimensions[3].hidden = True


def test_hidden_rows_are_left_out_and_named_unless_wanted(session: Session, officer: Actor) -> None:
    view = look(session, officer, book(hidden))
    assert view.hidden_rows == 1
    view = check(session, officer, view, dry_run=True)
    assert [(one["row"], one["reason"]) for one in view.left_out] == [(3, "隐藏的行，没有导入。")]
    view = check(session, officer, view, with_hidden=True)
    assert [one["name"] for one in entries(session, view)] == ["电工", "焊工"]


def test_several_sheets_become_one_draft_and_instructions_none(
    session: Session, officer: Actor
) -> None:
    made = book(
        rows(HEADER, ROW),
        rows(HEADER, ["6-18-02-04", "焊工", "紧缺"]),
        rows(["填表要求"], ["请逐项填写"]),
        names=("工业", "制造", "填表说明"),
    )
    view = look(session, officer, made)
    assert [(one["name"], one["use"]) for one in view.sheets] == [
        ("工业", True),
        ("制造", True),
        ("填表说明", False),
    ]
    view = check(session, officer, view)
    assert [one["name"] for one in entries(session, view)] == ["电工", "焊工"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_text_files_of_every_office_program_are_read(
    session: Session, officer: Actor, encoding: str
) -> None:
    text = "急需紧缺目录\n职业代码,工种名称,紧缺等级\n６-３１-０１-０３,电工,紧缺\n"
    view = bring(session, officer, text.encode(encoding), name="目录.csv")
    (found,) = entries(session, view)
    assert (found["occupation_code"], found["grade"]) == ("6-31-01-03", "scarce")


def test_a_repeated_header_on_the_next_page_is_no_entry(session: Session, officer: Actor) -> None:
    view = bring(session, officer, shortage(ROW, HEADER, ["6-18-02-04", "焊工", "紧缺"]))
    assert len(entries(session, view)) == 2


def test_a_header_nobody_knows_is_mapped_by_hand_and_remembered(
    session: Session, officer: Actor
) -> None:
    strange = shortage(["6-31-01-03", "电工", "紧缺"], header=["甲", "乙", "丙"])
    view = look(session, officer, strange)
    assert not view.sheets[0]["use"]
    mapping = {"职业编码": "A", "职业(工种)名称": "B", "紧缺程度": "C"}
    imports.check(
        session,
        officer,
        import_id=view.id,
        sheets=[SheetChoice(True, mapping)],
        with_hidden=False,
        dry_run=True,
        now=NOW,
    )
    again = look(session, officer, strange)
    assert again.sheets[0]["remembered"]
    assert again.sheets[0]["columns"] == mapping
    assert again.sheets[0]["use"]
    elsewhere = look(session, officer, strange, region="650402")
    assert not elsewhere.sheets[0]["remembered"]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"职业编码": "A", "职业(工种)名称": "B"}, "紧缺程度"),
        ({"职业编码": "A", "职业(工种)名称": "A", "紧缺程度": "C"}, "A"),
        ({"职业编码": "Z", "职业(工种)名称": "B", "紧缺程度": "C"}, "职业编码"),
    ],
)
def test_a_mapping_names_every_needed_column_once(
    session: Session, officer: Actor, columns: dict[str, str], says: str
) -> None:
    view = look(session, officer, shortage())
    with pytest.raises(BadInput) as caught:
        check(session, officer, view, columns=columns)
    assert says in str(caught.value.params)


def test_at_least_one_sheet_is_used(session: Session, officer: Actor) -> None:
    view = look(session, officer, shortage())
    for chosen in ([], [SheetChoice(False, {})]):
        with pytest.raises(BadInput):
            imports.check(
                session,
                officer,
                import_id=view.id,
                sheets=chosen,
                with_hidden=False,
                dry_run=True,
                now=NOW,
            )


def test_a_dry_run_makes_no_draft(session: Session, officer: Actor) -> None:
    view = check(session, officer, look(session, officer, shortage()), dry_run=True)
    assert (view.state, view.problem_count, view.total, view.done) == ("checked", 0, 1, 1)
    assert session.scalars(select(CatalogVersion)).all() == []
    assert check(session, officer, view).state == "draft"


def test_many_faults_are_counted_and_the_first_shown(session: Session, officer: Actor) -> None:
    bad = [["6-31-01-03", f"工种{n}", "缺"] for n in range(400)]
    view = bring(session, officer, shortage(*bad))
    assert (view.problem_count, len(view.problems)) == (400, 300)


def test_a_draft_of_an_import_that_is_thrown_away_lets_it_rest(
    session: Session, officer: Actor
) -> None:
    view = bring(session, officer, shortage())
    assert view.version_id is not None
    life.discard_draft(session, officer, version_id=view.version_id, now=NOW)
    session.expire_all()
    assert imports.see(session, officer, import_id=view.id).state == "checked"
    with pytest.raises(ImportOver):
        check(session, officer, view)
    imports.drop(session, officer, import_id=view.id, now=NOW)
    assert session.get(CatalogueImport, view.id) is None


def test_nothing_is_done_to_an_import_the_background_has(session: Session, officer: Actor) -> None:
    import_id = imports.start(
        session,
        officer,
        kind=SHORTAGE,
        region_code="650400",
        file_name="目录.xlsx",
        content=shortage(),
        now=NOW,
    )
    with pytest.raises(ImportBusy):
        imports.drop(session, officer, import_id=import_id, now=NOW)
    with pytest.raises(ImportBusy):
        imports.check(
            session,
            officer,
            import_id=import_id,
            sheets=[],
            with_hidden=False,
            dry_run=True,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "recipe"}, "kind"),
        ({"region_code": "430000"}, "region"),
        ({"region_code": "999999"}, "region"),
        ({"region_code": "650000"}, "region"),
        ({"content": b""}, "sheet"),
        ({"content": b"x" * (10 * 1024 * 1024 + 1)}, "sheet"),
    ],
)
def test_what_is_sent_is_checked_first(
    session: Session, officer: Actor, change: dict[str, Any], field: str
) -> None:
    values = {"kind": SHORTAGE, "region_code": "650400", "content": shortage()} | change
    with pytest.raises(BadInput) as caught:
        imports.start(session, officer, file_name="目录.xlsx", now=NOW, **values)
    assert caught.value.field == field


def test_imports_belong_to_a_region_and_to_officers(session: Session, officer: Actor) -> None:
    view = look(session, officer, shortage())
    other = make.make_actor(session, Role.OFFICER, region_code="430000")
    assert imports.recent(session, other) == ()
    assert [one.id for one in imports.recent(session, officer)] == [view.id]
    with pytest.raises(NotFound):
        imports.see(session, other, import_id=view.id)
    with pytest.raises(NotFound):
        imports.drop(session, other, import_id=view.id, now=NOW)
    auditor = make.make_actor(session, Role.AUDITOR)
    with pytest.raises(Forbidden):
        imports.recent(session, auditor)
    with pytest.raises(Unauthenticated):
        imports.import_form(session, ANONYMOUS)
    for actor in (officer, auditor):
        with pytest.raises(Forbidden):
            checking.take(session, actor, import_id=view.id, state="uploaded")


def test_sheets_that_became_nothing_are_forgotten_after_a_month(
    session: Session, officer: Actor
) -> None:
    old = look(session, officer, shortage())
    kept = bring(session, officer, shortage())
    checking.forget(session, SYSTEM, now=NOW + timedelta(days=31))
    assert session.scalars(select(CatalogueImport.id)).all() == [kept.id]
    assert old.id != kept.id


def test_the_background_does_it_in_its_own_transactions(engine: Any) -> None:
    with Session(engine) as session, session.begin():
        officer = make.make_actor(session, Role.OFFICER)
        import_id = imports.start(
            session,
            officer,
            kind=SHORTAGE,
            region_code="650400",
            file_name="目录.xlsx",
            content=shortage(*[["6-31-01-03", f"工种{n}", "紧缺"] for n in range(600)]),
            now=NOW,
        )
        assert queue.status(session, now=NOW).waiting == 1
    look_into_catalogue(import_id=str(import_id), now=NOW)
    with Session(engine) as session, session.begin():
        view = imports.see(session, officer, import_id=import_id)
        imports.check(
            session,
            officer,
            import_id=import_id,
            sheets=[SheetChoice(one["use"], one["columns"]) for one in view.sheets],
            with_hidden=False,
            dry_run=False,
            now=NOW,
        )
    check_catalogue(import_id=str(import_id), dry_run=False, now=NOW)
    # A job may run twice.
    check_catalogue(import_id=str(import_id), dry_run=False, now=NOW)
    with Session(engine) as session:
        view = imports.see(session, officer, import_id=import_id)
        assert (view.state, view.done, view.total) == ("draft", 600, 600)
        assert len(session.scalars(select(CatalogVersion.id)).all()) == 1


@pytest.mark.parametrize(
    "code", ["６－３１－０１－０３", "6—31—01—03", " 6-31-01 -03", "6一31一01一03"]
)
def test_a_code_is_taken_however_its_strokes_are_typed(
    session: Session, officer: Actor, code: str
) -> None:
    view = bring(session, officer, shortage([code, "电工", "紧缺", "２０", ""]))
    assert view.problems == []
    of_draft = CatalogueEntry.version_id == view.version_id
    draft = session.scalars(select(CatalogueEntry.subject_code).where(of_draft)).all()
    assert draft == ["6-31-01-03"]
