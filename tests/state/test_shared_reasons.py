"""What many rows of a sheet have in common is explained once."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from portal.domain.attendance import AttendanceState
from portal.locale import t
from portal.services.attendance import SheetRow
from portal.services.odd_rows import CODES
from portal.state.attendance import trainee_row
from portal.state.shared_reasons import shared_reasons
from tests.support.courses import make_course


@pytest.fixture
def row(session: Session) -> SheetRow:
    course = make_course(session)
    return course.row(course.sheet(), 0)


def odd(row: SheetRow, *reasons: tuple[str, str]) -> SheetRow:
    codes, texts = zip(*reasons, strict=True)
    return replace(row, odd_codes=codes, odd=texts)


def said(rows: list[SheetRow]) -> list[list[str]]:
    shared = shared_reasons(rows)
    return [trainee_row(one, over=True, shared=shared).odd for one in rows]


def test_three_rows_say_the_whole_sentence_each(row: SheetRow) -> None:
    sentence = t("odd_rows.manual")
    rows = [odd(row, ("manual", sentence))] * 3
    assert shared_reasons(rows) == {}
    assert said(rows) == [[sentence]] * 3


def test_from_the_fourth_row_on_the_sentence_stands_once_above_them(row: SheetRow) -> None:
    own = t("odd_rows.far")
    rows = [odd(row, ("manual", t("odd_rows.manual")))] * 3
    rows.append(odd(row, ("far", own), ("manual", t("odd_rows.manual"))))
    (found,) = shared_reasons(rows).values()
    assert (found.word, found.text) == (t("odd_rows.word.manual"), t("odd_rows.manual"))
    assert said(rows) == [[found.word]] * 3 + [[own, found.word]]


def test_what_differs_from_row_to_row_stays_on_the_rows(row: SheetRow) -> None:
    rows = [odd(row, ("old_code", t("odd_rows.old_code", seconds=n))) for n in (31, 40, 52, 60)]
    (found,) = shared_reasons(rows).values()
    assert found.text
    assert "秒" not in found.text
    for one, (line,) in zip(rows, said(rows), strict=True):
        assert one.odd[0] == f"{line}。{found.text}"
    assert len({line for (line,) in said(rows)}) == 4


def test_a_state_is_said_by_its_badge_and_needs_no_legend(row: SheetRow) -> None:
    rows = [odd(row, (AttendanceState.LATE.value, "迟到"))] * 9
    assert shared_reasons(rows) == {}
    assert said(rows) == [[]] * 9


def test_every_reason_has_a_word() -> None:
    assert all(len(t(f"odd_rows.word.{code}")) <= 6 for code in CODES)
