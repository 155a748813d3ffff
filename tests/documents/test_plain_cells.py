"""Text that goes out in a sheet stays text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.documents.plain_cells import csv_bytes, plain
from portal.documents.roster_template import roster_csv, roster_xlsx

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("start", STARTS, ids=ascii)
def test_a_text_that_a_program_would_calculate_is_marked_as_text(start: str) -> None:
    assert plain(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("blank", [" ", "\u3000", "\ufeff"], ids=ascii)
def test_blanks_before_a_formula_do_not_hide_it(blank: str) -> None:
    assert plain(f"{blank}=1+1") == f"'{blank}=1+1"


@pytest.mark.parametrize("text", ["", "电工", "0", "a=b", "'=1", "2026-12-01", " 电工 "])
def test_any_other_text_goes_out_as_it_is(text: str) -> None:
    assert plain(text) == text


@given(st.lists(st.lists(st.text(), min_size=1), min_size=1))
def test_no_cell_of_a_csv_begins_a_formula(rows: list[list[str]]) -> None:
    text = csv_bytes(rows).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.lstrip(" ").startswith(STARTS) for cell in row)


def test_neither_empty_roster_holds_a_formula() -> None:
    bad = '=HYPERLINK("http://example.com")'
    assert roster_csv([bad]) == csv_bytes([[bad]])
    data = roster_xlsx(sheet="名单", header=[bad], notes_sheet="说明", notes=[["a", bad]])
    book = load_workbook(io.BytesIO(data))
    for cell in (book["名单"]["A1"], book["说明"]["B1"]):
        assert (cell.data_type, cell.value) == ("s", f"'{bad}")
