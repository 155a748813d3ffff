"""A roster as people send it: what is read, and where every fault stands."""

import io
import zipfile
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from portal.documents.sheets import SheetError
from portal.domain.identity import IdType
from portal.locale import t
from portal.services import rosters_sheet
from portal.services.rosters_sheet import Line, read_roster
from tests.support.rosters import HEADER, csv_file, line, number, xlsx

TODAY = date(2026, 12, 1)


def read(content: bytes, kind: str = "xlsx") -> list[Line]:
    return list(read_roster(kind, content, today=TODAY))


def faults(one: Line) -> list[tuple[str, str]]:
    """Column and key of each fault."""
    return [(fault["column"], fault["key"]) for fault in one.faults]


def refusal(content: bytes, kind: str = "xlsx") -> list[str]:
    with pytest.raises(SheetError) as caught:
        read(content, kind)
    return [problem.reason for problem in caught.value.problems]


def test_a_title_above_the_header_is_no_person() -> None:
    (one,) = read(xlsx([line(1)]))
    assert (one.row_no, one.name, one.phone) == (3, "买买提·示例1", "13700000001")
    assert one.document is not None
    assert one.document.number == number(1)
    assert one.document.birth_date == date(1990, 1, 1)
    assert one.faults == ()


def test_full_width_digits_and_spaces_are_read() -> None:
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    typed = number(7).translate(wide)
    (one,) = read(xlsx([line(7, 证件号码=f" {typed} ", 手机号="１３７ 0000 0007")]))
    assert one.document is not None
    assert (one.document.number, one.phone, one.faults) == (number(7), "13700000007", ())


@pytest.mark.parametrize(
    "typed", ["2026-11-03", "2026/11/3", "2026年11月3日", "20261103", "２０２６．１１．０３"]
)
def test_dates_are_read_as_people_write_them(typed: str) -> None:
    (one,) = read(xlsx([line(1, 入职日期=typed)]))
    assert (one.hired_on, one.faults) == (date(2026, 11, 3), ())


def test_a_date_of_excel_is_read() -> None:
    (one,) = read(xlsx([line(1, 入职日期=datetime(2026, 11, 3))]))  # noqa: DTZ001 - as openpyxl
    assert one.hired_on == date(2026, 11, 3)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_text_files_are_read_in_the_encodings_of_office(encoding: str) -> None:
    (one,) = read(csv_file([line(1)], encoding=encoding), "csv")
    assert (one.name, one.row_no) == ("买买提·示例1", 2)


def test_headers_may_have_other_names() -> None:
    header = ("学员姓名", "身份证号(必填)", "联系电话")
    cells = {"学员姓名": "王小强", "身份证号(必填)": number(1), "联系电话": "13700000001"}
    (one,) = read(xlsx([cells], header=header))
    assert (one.name, one.phone, one.class_no, one.faults) == ("王小强", "13700000001", "", ())


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"姓名": ""}, ("A 姓名", "publish.sheet.required")),
        ({"姓名": "😀😀"}, ("A 姓名", "identity.name_emoji")),
        ({"证件号码": ""}, ("C 证件号码", "publish.sheet.required")),
        ({"证件号码": number(1)[:-1]}, ("C 证件号码", "identity.length")),
        ({"证件号码": "99000019900101001A"}, ("C 证件号码", "identity.characters")),
        ({"证件号码": "990000199013010010"}, ("C 证件号码", "identity.checksum")),
        ({"证件号码": "9.90000199001E+17"}, ("C 证件号码", "roster.fault.excel_number")),
        ({"证件号码": "990000199001010000"}, ("C 证件号码", "roster.fault.excel_number")),
        (
            {"证件号码": number(1, born=date(2015, 1, 1))},
            ("C 证件号码", "roster.fault.too_young"),
        ),
        ({"证件类型": "驾驶证"}, ("B 证件类型", "roster.fault.id_type")),
        ({"证件类型": "护照"}, ("C 证件号码", "identity.passport")),
        ({"手机号": "0995-8520000"}, ("D 手机号", "roster.fault.phone")),
        ({"入职日期": "上个月"}, ("F 入职日期", "publish.sheet.not_a_date")),
        ({"入职日期": "2027-01-01"}, ("F 入职日期", "roster.fault.hired_on")),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict | tuple) else str(value),
)
def test_every_fault_has_its_column(cells: dict[str, str], expected: tuple[str, str]) -> None:
    values = line(1, **cells)
    if cells.get("证件类型") == "护照":
        values["证件号码"] = "?"
    (one,) = read(xlsx([values]))
    assert faults(one) == [expected]
    assert t(one.faults[0]["key"], **one.faults[0]["params"])


def test_all_faults_of_a_row_are_told_at_once() -> None:
    (one,) = read(xlsx([line(1, 姓名="", 证件号码="1", 手机号="1", 入职日期="?")]))
    assert [column for column, _ in faults(one)] == [
        "A 姓名",
        "C 证件号码",
        "D 手机号",
        "F 入职日期",
    ]


def test_no_phone_is_no_fault() -> None:
    (one,) = read(xlsx([line(1, 手机号=None)]))
    assert (one.phone, one.faults) == ("", ())


@pytest.mark.parametrize("kind", list(IdType))
def test_every_kind_of_document_can_be_written_as_the_template_says(kind: IdType) -> None:
    (one,) = read(xlsx([line(1, 证件类型=t(f"roster.id_type.{kind.value}"), 证件号码="?")]))
    assert "roster.fault.id_type" not in [key for _, key in faults(one)]


# A cell that a spreadsheet would run when it is opened again.
FORMULAS = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("typed", FORMULAS)
def test_a_formula_in_a_text_file_is_a_fault_and_nothing_else(typed: str) -> None:
    (one,) = read(csv_file([line(1, 姓名=typed)]), "csv")
    assert [column for column, _ in faults(one)] == ["A 姓名"]


def test_a_formula_of_excel_counts_as_what_it_last_showed() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(HEADER))
    sheet.append(['=CONCATENATE("王","强")', "", number(1), "", "", ""])
    stream = io.BytesIO()
    book.save(stream)
    (one,) = read(stream.getvalue())
    assert faults(one) == [("A 姓名", "publish.sheet.required")]


def test_a_sheet_without_the_columns_names_them() -> None:
    assert refusal(xlsx([{"甲": "1"}], header=("甲", "乙"))) == ["publish.sheet.no_header"]
    reasons = refusal(xlsx([{"姓名": "王强"}], header=("姓名", "手机号")))
    assert reasons == ["publish.sheet.missing_column"]


def test_what_is_quoted_of_a_sheet_without_header_holds_no_numbers() -> None:
    with pytest.raises(SheetError) as caught:
        read(csv_file([], header=("王强", number(1), "13700000001")), "csv")
    (problem,) = caught.value.problems
    kept = rosters_sheet.as_reason(problem)["params"]["found"]
    assert (number(1) in problem.params["found"], kept) == (True, "王强、…、…")


def test_instructions_beside_the_roster_are_left_alone_and_two_rosters_refused() -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    for sheet in (first, book.create_sheet("填写说明"), book.create_sheet("二队")):
        sheet.append(list(HEADER))
        sheet.append(["王强", "", number(1), "", "", ""])
    stream = io.BytesIO()
    book.save(stream)
    assert refusal(stream.getvalue()) == ["roster.sheet.several"]
    del book["二队"]
    stream = io.BytesIO()
    book.save(stream)
    assert len(read(stream.getvalue())) == 1


def test_more_people_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters_sheet, "MAX_ROWS", 3)
    assert len(read(xlsx([line(n) for n in range(3)]))) == 3
    assert refusal(xlsx([line(n) for n in range(4)])) == ["publish.sheet.too_many_rows"]


def test_an_archive_that_unpacks_to_too_much_is_refused_unread() -> None:
    stream = io.BytesIO(xlsx([line(1)]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b" " * (rosters_sheet.MAX_UNPACKED + 1))
    assert len(stream.getvalue()) < 100_000
    assert refusal(stream.getvalue()) == ["publish.sheet.too_big_inside"]


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (b"", "csv", "publish.sheet.empty"),
        (b"PK\x03\x04 no archive", "xlsx", "publish.sheet.corrupt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xlsx", "publish.sheet.old_xls"),
        (b"%PDF-1.7", "xlsx", "publish.sheet.corrupt"),
    ],
    ids=["empty", "no archive", "old excel", "pdf"],
)
def test_what_is_no_sheet_is_refused_in_words(content: bytes, kind: str, reason: str) -> None:
    assert refusal(content, kind) == [reason]
    assert t(reason)


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(st.lists(st.text(max_size=40), min_size=6, max_size=6))
def test_no_cell_breaks_the_reader(cells: list[str]) -> None:
    clean = [cell.replace("\x00", "") for cell in cells]
    content = csv_file([dict(zip(HEADER, clean, strict=True))], encoding="gb18030")
    try:
        found = read(content, "csv")
    except SheetError:
        return
    for one in found:
        for fault in one.faults:
            assert t(fault["key"], **fault["params"])
