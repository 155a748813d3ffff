"""Sheets that people really make: titles above, merged cells, odd dates, broken files."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from portal.documents import sheet_cells, sheet_files, sheets
from portal.documents.sheets import (
    CellError,
    Column,
    Sheet,
    SheetError,
    SheetProblem,
    Table,
    find_table,
    parse_date,
    parse_int,
    read_sheets,
)
from portal.locale import has, t

COLUMNS = [
    Column("班级名称", ("课程名称",)),
    Column("课时"),
    Column("开班日期", ("开始日期",)),
    Column("备注", required=False),
]
HEADER = ["班级名称", "课时", "开班日期", "备注"]


def xlsx(rows: Sequence[Sequence[object]], touch: Callable[[Worksheet], object] | None = None,
         title: str = "班级目录") -> bytes:  # fmt: skip
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    if touch:
        touch(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def one(data: bytes, name: str = "a.xlsx") -> Sheet:
    (sheet,) = read_sheets(name, data)
    return sheet


def table(sheet: Sheet) -> Table:
    found = find_table(sheet, COLUMNS)
    assert isinstance(found, Table), found
    return found


def problems(sheet: Sheet) -> list[tuple[int, str, str]]:
    found = find_table(sheet, COLUMNS)
    assert isinstance(found, list)
    for problem in found:
        assert problem.sheet == sheet.name
        assert t(problem.reason, **problem.params)
    return [(p.row, p.column, p.reason.removeprefix("publish.sheet.")) for p in found]


def refusal(name: str, data: bytes, **limits: int) -> SheetProblem:
    with pytest.raises(SheetError) as refused:
        read_sheets(name, data, **limits)
    (problem,) = refused.value.problems
    assert t(problem.reason, **problem.params)
    return problem


def reason(name: str, data: bytes, **limits: int) -> str:
    return refusal(name, data, **limits).reason.removeprefix("publish.sheet.")


def test_rows_come_by_column_name_with_the_numbers_excel_shows() -> None:
    last = ["美发班", 90.0, datetime.fromisoformat("2026-12-05"), "周末"]
    first = ["电工班", 80, "2026-12-01", None]
    data = xlsx([["2026年班级目录"], ["单位:吐鲁番"], HEADER, first, [], last])
    found = table(one(data))
    assert found.header_row_no == 3
    assert [(row.row_no, row.cells) for row in found.rows] == [
        (4, {"班级名称": "电工班", "课时": "80", "开班日期": "2026-12-01", "备注": ""}),
        (6, {"班级名称": "美发班", "课时": "90", "开班日期": "2026-12-05", "备注": "周末"}),
    ]


def test_a_table_that_begins_further_right_and_in_another_order_is_found() -> None:
    data = xlsx(
        [[None, "开始日期", "课程名称 *", "课 时(必填)"], [None, "2026/12/1", "电工班", 80]]
    )
    found = table(one(data))
    assert found.letters == {"开班日期": "B", "班级名称": "C", "课时": "D"}
    assert found.rows[0].cells["课时"] == "80"


def test_unknown_columns_are_ignored() -> None:
    found = table(one(xlsx([[*HEADER, "老师"], ["电工班", 80, "2026-12-01", "", "王"]])))
    assert "老师" not in found.rows[0].cells


def test_a_missing_column_is_named_with_what_was_found() -> None:
    sheet = one(xlsx([["班级名称", "学时", "开班日期"], ["电工班", 80, "2026-12-01"]]))
    assert problems(sheet) == [(1, "课时", "missing_column")]
    (problem,) = find_table(sheet, COLUMNS)  # type: ignore[misc]
    assert problem.params == {"wanted": "课时", "found": "班级名称、学时、开班日期"}


def test_every_missing_column_is_named() -> None:
    assert len(problems(one(xlsx([["班级名称", "甲"], ["x", "y"]])))) == 2


def test_a_sheet_without_any_header_names_what_is_wanted() -> None:
    sheet = one(xlsx([[], ["姓名", "电话"], ["王", "1"]]))
    assert problems(sheet) == [(2, "", "no_header")]
    (problem,) = find_table(sheet, COLUMNS)  # type: ignore[misc]
    assert problem.params["wanted"] == "班级名称、课时、开班日期"
    assert problem.params["found"] == "姓名、电话"


def test_a_column_that_stands_twice_is_named_with_both_letters() -> None:
    sheet = one(xlsx([[*HEADER, "课程名称"], ["电工班", 80, "2026-12-01", "", "又"]]))
    assert problems(sheet) == [(1, "E 课程名称", "duplicate_column")]


def test_a_merged_title_above_the_header_is_fine() -> None:
    data = xlsx([["目录"], HEADER, ["电工班", 80, "2026-12-01"]], lambda s: s.merge_cells("A1:D1"))
    assert len(table(one(data)).rows) == 1


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("B3:B4", (3, "B 课时", "merged_cells")),
        ("A4:D4", (4, "A 班级名称", "merged_cells")),
        ("F3:G3", (3, "F", "merged_cells")),
        ("C1:C2", (2, "C", "merged_cells")),
    ],
)
def test_merged_cells_in_the_table_are_named(area: str, expected: tuple[int, str, str]) -> None:
    rows: list[Sequence[object]] = [
        ["目录", None, "开班日期"],
        HEADER,
        ["电工班", 80, "2026-12-01"],
        ["焊工班", 80, "2026-12-02"],
    ]
    data = xlsx(rows, lambda s: s.merge_cells(area))
    found = problems(one(data))
    # A header cell inside a vertical merge is empty, so its column goes missing as well.
    assert expected in found


def test_a_header_over_nothing_says_so() -> None:
    assert problems(one(xlsx([["目录"], HEADER]))) == [(2, "", "no_rows")]


def test_a_row_blank_where_it_counts_is_kept_for_the_caller() -> None:
    found = table(one(xlsx([HEADER, ["电工班", None, "2026-12-01"], [None, None, None, "补"]])))
    assert [row.cells["课时"] for row in found.rows] == ["", ""]


def test_a_broken_formula_is_named() -> None:
    def broken(sheet: Worksheet) -> None:
        sheet["B2"].value = "#REF!"
        sheet["B2"].data_type = "e"

    sheet = one(xlsx([HEADER, ["电工班", 80, "2026-12-01"]], broken))
    assert problems(sheet) == [(2, "B 课时", "formula_error")]


def test_a_formula_counts_by_its_stored_value_only() -> None:
    data = xlsx([HEADER, ["电工班", "=40*2", "2026-12-01"]])
    assert table(one(data)).rows[0].cells["课时"] == ""
    stored = rewritten(data, "xl/worksheets/sheet1.xml", lambda xml: re.sub(
        rb"<f>40\*2</f><v\s*/>|<f>40\*2</f><v></v>", b"<f>40*2</f><v>80</v>", xml))  # fmt: skip
    assert table(one(stored)).rows[0].cells["课时"] == "80"


def test_a_text_that_looks_like_a_formula_is_data() -> None:
    def text(sheet: Worksheet) -> None:
        sheet["A2"].value = '=HYPERLINK("http://x")'
        sheet["A2"].data_type = "s"

    data = xlsx([HEADER, ["x", 80, "2026-12-01"]], text)
    assert table(one(data)).rows[0].cells["班级名称"] == '=HYPERLINK("http://x")'
    csv_sheet = one("班级名称,课时,开班日期\n=1+1,80,2026-12-01\n".encode(), "a.csv")
    assert table(csv_sheet).rows[0].cells["班级名称"] == "=1+1"


def test_full_width_letters_and_digits_become_plain_and_names_stay() -> None:
    data = xlsx(
        [
            ["班级名称", "课时", "开班日期"],
            [" ＡＩ训练　", "８０", "２０２６－１２－０１"],
            ["﨑、㛃", 1, "x"],
        ]
    )
    rows = table(one(data)).rows
    assert (rows[0].cells["班级名称"], rows[0].cells["课时"]) == ("AI训练", "80")
    assert parse_date(rows[0].cells["开班日期"]) == date(2026, 12, 1)
    assert rows[1].cells["班级名称"] == "﨑、㛃"


def test_times_of_day_are_read_as_people_write_them() -> None:
    data = xlsx([HEADER, ["电工班", 80, datetime.fromisoformat("2026-12-01 09:30"), time(16, 30)]])
    cells = table(one(data)).rows[0].cells
    assert (cells["开班日期"], cells["备注"]) == ("2026-12-01 09:30", "16:30")
    assert parse_date(cells["开班日期"]) == date(2026, 12, 1)


def test_every_visible_sheet_is_read_and_hidden_or_empty_ones_are_not() -> None:
    book = Workbook()
    book.active.append(["一"])
    book.create_sheet("空")
    hidden = book.create_sheet("藏")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    book.create_sheet("二").append(["二"])
    file = io.BytesIO()
    book.save(file)
    assert [sheet.name for sheet in read_sheets("a.xlsx", file.getvalue())] == ["Sheet", "二"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"], ids=lambda name: name
)
def test_csv_is_read_in_the_encodings_of_excel_and_wps(encoding: str) -> None:
    text = '班级名称,课时,开班日期\r\n"电工,初级",80,2026-12-01\r\n\r\n𬭚匠班,80,2026-12-02\r\n'
    rows = table(one(text.encode(encoding), "目录.CSV")).rows
    assert [(row.row_no, row.cells["班级名称"]) for row in rows] == [
        (2, "电工,初级"),
        (4, "𬭚匠班"),
    ]


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_csv_may_be_separated_by_tab_or_semicolon(mark: str) -> None:
    text = f"班级名称{mark}课时{mark}开班日期\n电工班{mark}80{mark}2026-12-01\n"
    assert table(one(text.encode(), "a.csv")).rows[0].cells["课时"] == "80"


def test_row_numbers_of_csv_count_records_and_not_lines() -> None:
    text = '班级名称,课时,开班日期\n"两\n行",80,2026-12-01\n乙,80,2026-12-01\n'
    assert [row.row_no for row in table(one(text.encode(), "a.csv")).rows] == [2, 3]


def rewritten(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content) if member == name else content)
    return out.getvalue()


def bomb() -> bytes:
    padding = b" " * (sheet_files.MAX_UNPACKED + 1)
    return rewritten(xlsx([HEADER]), "xl/worksheets/sheet1.xml", lambda xml: xml + padding)


def encrypted_member() -> bytes:
    data = bytearray(xlsx([HEADER]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    return bytes(data)


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return out.getvalue()


def with_entities(data: bytes) -> bytes:
    declaration = b'<!DOCTYPE x [<!ENTITY a "b">]>'
    return rewritten(data, "xl/workbook.xml", lambda xml: declaration + xml)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "b">]>'


@pytest.mark.parametrize(
    "before",
    [
        # Behind a comment that is longer than anybody looks; in another encoding; in another part.
        lambda xml: (
            b'<?xml version="1.0"?><!--' + bytes(3_000_000) + b"-->" + ENTITIES.encode() + xml
        ),
        lambda xml: (ENTITIES + "<x/>").encode("utf-16"),
        lambda xml: (ENTITIES + "<x/>").encode("utf-16-be"),
        lambda xml: b'<?xml version="1.0" encoding="cp037"?>' + (ENTITIES + "<x/>").encode("cp037"),
    ],
    ids=["late", "utf-16", "utf-16-be", "ebcdic"],
)
def test_entities_are_refused_before_any_reader_sees_them(before: Callable[[bytes], bytes]) -> None:
    """Not by the caution of a library that happens to be there: it is ours that says no."""
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        with pytest.raises(SheetError) as refused:
            read_sheets("a.xlsx", rewritten(xlsx([HEADER]), part, before))
        assert refused.value.problems[0].reason == "publish.sheet.corrupt"
        assert refused.value.__cause__ is None


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("a.xlsx", lambda: b"", "empty"),
        ("a.csv", lambda: b"\n\n", "empty"),
        ("a.xlsx", lambda: xlsx([]), "empty"),
        ("a.xlsx", lambda: b"hello", "corrupt"),
        ("a.xlsx", lambda: xlsx([HEADER])[:-300], "corrupt"),
        ("a.xlsx", lambda: xlsx([HEADER])[:40], "corrupt"),
        ("a.xlsx", lambda: with_entities(xlsx([HEADER])), "corrupt"),
        ("a.xlsx", lambda: rewritten(xlsx([HEADER]), "xl/workbook.xml", lambda _: b"<x"),
         "corrupt"),
        ("a.xlsx", other_zip, "not_a_sheet"),
        ("a.xlsx", bomb, "too_big_inside"),
        ("a.xlsx", encrypted_member, "encrypted"),
        ("a.xlsx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("a.xls", lambda: OLE, "old_xls"),
        ("a.png", lambda: b"\x89PNG\r\n\x1a\n", "not_a_sheet"),
        ("a.csv", lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_sheet"),
        ("a.csv", lambda: b"\xff\xfa\xff", "bad_encoding"),
        ("a.csv", lambda: b'a,"' + b"x" * 200_000, "corrupt"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_good_sheet_gives_one_clear_problem(
    name: str, make: Callable[[], bytes], expected: str
) -> None:
    assert reason(name, make()) == expected


def test_a_file_over_the_limit_is_refused_before_it_is_opened() -> None:
    problem = refusal("a.xlsx", b"PK" + bytes(2 * 1024 * 1024), max_bytes=1024 * 1024)
    assert (problem.reason, problem.params) == ("publish.sheet.too_big", {"limit_mb": 1})


def test_too_many_rows_are_refused_and_the_limit_itself_is_not() -> None:
    data = xlsx([[1], [], [2], [3]])
    assert len(read_sheets("a.xlsx", data, max_rows=3)[0].rows) == 3
    assert reason("a.xlsx", data, max_rows=2) == "too_many_rows"


def test_too_many_columns_are_refused() -> None:
    assert reason("a.xlsx", xlsx([["x"] * 101])) == "too_many_columns"
    assert reason("a.csv", b"x," * 100 + b"x") == "too_many_columns"


@pytest.mark.parametrize("row", [1_048_576, 2_000_000_000])
def test_a_row_far_below_does_not_keep_the_reader_busy(row: int) -> None:
    far = rewritten(
        xlsx([["x"]]), "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<row r="1"', b'<row r="%d"' % row),
    )  # fmt: skip
    assert reason("a.xlsx", far) == "too_many_blank_rows"


def test_blank_rows_are_counted_over_all_sheets_of_a_workbook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheet_files, "MAX_BLANK_ROWS", 4)
    book = Workbook()
    for sheet in (book.worksheets[0], book.create_sheet("二")):
        sheet.cell(3, 1, "x")
    file = io.BytesIO()
    book.save(file)
    assert len(read_sheets("a.xlsx", file.getvalue())) == 2
    book["二"].cell(5, 1, "x")
    file = io.BytesIO()
    book.save(file)
    problem = refusal("a.xlsx", file.getvalue())
    assert (problem.sheet, problem.reason) == ("二", "publish.sheet.too_many_blank_rows")
    assert problem.params == {"limit": 4}


def test_blank_lines_of_a_csv_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_files, "MAX_BLANK_ROWS", 2)
    assert len(one(b"a\n\n,\nb\n", "a.csv").rows) == 2
    assert reason("a.csv", b"a\n\n,\n\nb\n") == "too_many_blank_rows"


def test_a_wrong_declared_size_changes_nothing() -> None:
    data = rewritten(
        xlsx([["x"], ["y"]]), "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml),
    )  # fmt: skip
    assert [row.cells for row in one(data).rows] == [{"A": "x"}, {"A": "y"}]


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "b"]))
def test_no_bytes_at_all_let_a_trace_through(data: bytes, name: str) -> None:
    with suppress(SheetError):
        read_sheets(name, data)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_a_damaged_xlsx_lets_no_trace_through(at: int, noise: bytes) -> None:
    data = bytearray(DAMAGED)
    at %= len(data)
    data[at : at + len(noise)] = noise
    with suppress(SheetError):
        read_sheets("a.xlsx", bytes(data))


DAMAGED = xlsx([HEADER, ["电工班", 80, "2026-12-01"]])


@pytest.mark.parametrize(
    "text",
    ["2026-12-01", "2026/12/1", "2026.12.1", "2026年12月1日", "2026年12月1", "20261201", "46357",
     "2026-12-01 00:00:00", "2026-12-01T09:30", " 2026-12-01 ", "２０２６年１２月１日"],
)  # fmt: skip
def test_dates_are_understood_however_they_are_written(text: str) -> None:
    assert parse_date(text) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text",
    ["", "明天", "2026-13-01", "2026-02-29", "26-12-01", "12/1/2026", "2026-12", "80", "99999",
     "2026-12-01x", "20261301", "-46357"],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(CellError) as refused:
        parse_date(text)
    assert refused.value.reason == "publish.sheet.not_a_date"
    assert refused.value.params == {"value": text}


@given(st.dates(date(1955, 1, 1), date(2100, 12, 31)))
def test_a_serial_number_means_the_day_it_means_in_excel(day: date) -> None:
    assert parse_date(str((day - date(1899, 12, 30)).days)) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [("30", 30), ("30.0", 30), ("1,200", 1200), ("３０", 30), (" 30 ", 30), ("-2", -2), ("0", 0)],
)
def test_whole_numbers_are_understood(text: str, number: int) -> None:
    assert parse_int(text) == number


@pytest.mark.parametrize("text", ["", "三十", "30人", "30.5", "1,20", "1e3", "½", "9" * 16])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(CellError) as refused:
        parse_int(text)
    assert refused.value.reason == "publish.sheet.not_a_number"


def test_numbers_outside_their_bounds_say_the_bound() -> None:
    with pytest.raises(CellError) as low:
        parse_int("0", minimum=1)
    with pytest.raises(CellError) as high:
        parse_int("51", maximum=50)
    assert low.value.reason == "publish.sheet.too_small"
    assert high.value.params == {"value": "51", "maximum": 50}


def test_a_problem_of_a_cell_names_letter_and_column() -> None:
    found = table(one(xlsx([HEADER, ["电工班", "八十", "2026-12-01"]])))
    problem = found.problem(2, "课时", "publish.sheet.not_a_number", value="八十")
    assert (problem.sheet, problem.row, problem.column) == ("班级目录", 2, "B 课时")


def test_every_reason_in_the_code_has_a_sentence() -> None:
    source = "".join(
        Path(str(module.__file__)).read_text("utf-8")
        for module in (sheets, sheet_files, sheet_cells)
    )
    reasons = set(re.findall(r'(?:_error|_problem|CellError)\([^()]*?"([a-z_]{5,})"', source))
    assert len(reasons) > 12
    assert all(has(f"publish.sheet.{name}") for name in reasons), reasons


def test_a_file_of_very_many_columns_is_refused_in_words() -> None:
    with pytest.raises(SheetError):
        read_sheets("wide.csv", b"a," * 20_000)
