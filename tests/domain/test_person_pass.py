"""Passes and sheets: what their owner shows is read, and nothing else is."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import person_pass
from portal.domain.errors import CodeInvalid
from portal.domain.person_pass import PASS_PERIOD

MASTER = bytes(range(32))
PASS = UUID("0193a1b2-0000-7000-8000-0000000000aa")
KEY = person_pass.pass_key(MASTER, PASS, 1)
AT = datetime(2026, 12, 1, 1, 40, 7, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 30, 16, tzinfo=UTC)  # in Shanghai
moments = st.integers(1_700_000_000, 2_800_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))


def of_day(at: datetime) -> bytes:
    return person_pass.day_key(KEY, person_pass.day_of(at))


@given(moments)
def test_a_pass_is_genuine_and_fresh_when_it_is_shown(at: datetime) -> None:
    code = person_pass.pass_at(KEY, PASS, at)
    read = person_pass.read_pass(code.token)
    assert read.pass_id == PASS
    assert read.shown_at <= at < read.shown_at + PASS_PERIOD == code.expires_at
    assert person_pass.pass_is_genuine(of_day(read.shown_at), read)
    assert person_pass.pass_is_fresh(read, at)
    assert person_pass.numeric_is_fresh(of_day(read.shown_at), code.numeric, at)


@given(moments, st.integers(0, 40), st.integers(1, 255))
def test_a_changed_pass_is_not_genuine(at: datetime, place: int, change: int) -> None:
    token = person_pass.pass_at(KEY, PASS, at).token
    broken = bytearray(token.encode())
    broken[place] ^= change
    try:
        read = person_pass.read_pass(broken.decode("latin-1"))
    except CodeInvalid:
        return
    assert not person_pass.pass_is_genuine(of_day(read.shown_at), read)


@given(st.text(max_size=60))
def test_any_other_text_is_no_code(text: str) -> None:
    with pytest.raises(CodeInvalid):
        person_pass.read_pass(text)
    with pytest.raises(CodeInvalid):
        person_pass.read_sheet(MASTER, text)


@pytest.mark.parametrize(("seconds", "fresh"), [(-38, False), (-30, True), (30, True), (61, False)])
def test_a_phone_may_be_off_by_half_a_minute(seconds: int, fresh: bool) -> None:
    read = person_pass.read_pass(person_pass.pass_at(KEY, PASS, AT).token)
    assert person_pass.pass_is_fresh(read, AT + timedelta(seconds=seconds)) is fresh


def test_the_key_of_a_day_makes_no_pass_of_the_next() -> None:
    read = person_pass.read_pass(person_pass.pass_at(KEY, PASS, MIDNIGHT).token)
    assert person_pass.pass_is_genuine(person_pass.day_key(KEY, date(2026, 12, 1)), read)
    assert not person_pass.pass_is_genuine(person_pass.day_key(KEY, date(2026, 11, 30)), read)


def test_another_generation_has_nothing_in_common() -> None:
    renewed = person_pass.pass_key(MASTER, PASS, 2)
    now = person_pass.pass_at(renewed, PASS, AT)
    before = person_pass.pass_at(KEY, PASS, AT)
    assert now.token[-13:] != before.token[-13:]
    assert not person_pass.pass_is_genuine(of_day(AT), person_pass.read_pass(now.token))


@given(st.uuids(), st.integers(1, 600))
def test_a_sheet_is_read_back_and_no_other_key_signs_it(of: UUID, generation: int) -> None:
    token = person_pass.sheet_token(MASTER, of, generation)
    read = person_pass.read_sheet(MASTER, token)
    assert (len(token), read.enrolment_id, read.generation) == (40, of, generation % 256)
    with pytest.raises(CodeInvalid):
        person_pass.read_sheet(bytes(32), token)
