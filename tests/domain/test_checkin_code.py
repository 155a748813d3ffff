"""Check-in codes: fresh ones pass, everything else is invalid or expired and nothing more."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from portal.domain.checkin_code import (
    CODE_PERIOD,
    TICKET_LIFE,
    CheckInCode,
    Phase,
    ReadCode,
    ScanTicket,
    block_of,
    code_at,
    issue_ticket,
    numeric_matches,
    read_any_token,
    read_ticket,
    read_token,
    screen_key,
    session_key,
    step_of,
)
from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeExpired, CodeInvalid

MASTER = b"m" * 32
SESSION = UUID("01936f1e-0000-7000-8000-000000000001")
OTHER = UUID("01936f1e-0000-7000-8000-000000000002")
KEY = session_key(MASTER, SESSION)
# On the border of a period, so that offsets of whole seconds are easy to read.
NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MOMENTS = st.integers(0, 10**15).map(lambda n: NOW + timedelta(microseconds=n))
PHASES = st.sampled_from(Phase)


def code(at: datetime = NOW, phase: Phase = Phase.IN, session: UUID = SESSION) -> CheckInCode:
    return code_at(session_key(MASTER, session), session_id=session, phase=phase, at=at)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@given(st.uuids(), PHASES, MOMENTS)
def test_a_fresh_code_says_its_session_and_phase(session: UUID, phase: Phase, at: datetime) -> None:
    shown = code(at, phase, session)
    read = read_token(MASTER, shown.token, at=at)
    assert (read.session_id, read.phase, read.seq) == (session, phase, 0)
    assert shown.valid_from <= at < shown.expires_at == shown.valid_from + CODE_PERIOD


def test_a_code_stays_the_same_within_its_period_and_then_changes() -> None:
    assert code(later(14.9)) == code(NOW)
    assert code(later(15)).token != code(NOW).token
    assert code(later(15)).numeric != code(NOW).numeric


def test_sign_in_and_sign_out_show_different_codes() -> None:
    assert code(phase=Phase.IN).token != code(phase=Phase.OUT).token
    assert code(phase=Phase.IN).numeric != code(phase=Phase.OUT).numeric


def test_a_code_is_accepted_until_one_period_after_it_left_the_screen() -> None:
    assert read_token(MASTER, code().token, at=later(29.9)).age(later(29.9)) == 29.9


@pytest.mark.parametrize("seconds", [30, 61, 10_000_000])
def test_an_older_code_has_expired(seconds: int) -> None:
    with pytest.raises(CodeExpired):
        read_token(MASTER, code().token, at=later(seconds))


def test_a_clock_one_period_behind_is_tolerated_and_no_more() -> None:
    assert read_token(MASTER, code().token, at=later(-15))
    with pytest.raises(CodeInvalid):
        read_token(MASTER, code().token, at=later(-15.1))


@given(st.integers(0, 41), st.sampled_from(URL_SAFE))
def test_no_character_of_a_token_can_be_changed(at: int, char: str) -> None:
    token = code().token
    forged = token[:at] + char + token[at + 1 :]
    if forged == token:
        return
    with pytest.raises(CodeInvalid):
        read_token(MASTER, forged, at=NOW)


@given(st.one_of(st.text(), st.text(URL_SAFE, min_size=42, max_size=42), st.text(URL_SAFE)))
def test_any_string_is_just_invalid(text: str) -> None:
    for read in (read_token, read_ticket):
        with pytest.raises(CodeInvalid):
            read(MASTER, text, at=NOW)


@pytest.mark.parametrize("text", ["", "\ud800" * 42, "é" * 42, "A" * 42 + "\n", "A" * 10_000_000])
def test_odd_strings_are_just_invalid(text: str) -> None:
    for read in (read_token, read_ticket):
        with pytest.raises(CodeInvalid):
            read(MASTER, text, at=NOW)


def test_a_forged_old_code_is_not_told_that_it_is_old() -> None:
    token = code(later(-3600)).token
    with pytest.raises(CodeInvalid):
        read_token(b"n" * 32, token, at=NOW)


def test_a_code_of_one_session_is_worthless_under_the_name_of_another() -> None:
    mine, other = (base64.urlsafe_b64decode(code(session=s).token + "==") for s in (SESSION, OTHER))
    mixed = base64.urlsafe_b64encode(other[:16] + mine[16:]).decode()[:42]
    with pytest.raises(CodeInvalid):
        read_token(MASTER, mixed, at=NOW)


def test_the_address_fits_a_version_5_code_that_a_phone_reads_from_afar() -> None:
    base = "https://" + "a" * 31
    picture = QRCode(error_correction=ERROR_CORRECT_M)
    picture.add_data(f"{base}/c/{code().token}", optimize=0)
    assert len(base) == 39
    assert picture.best_fit(1) <= 5


@given(PHASES, MOMENTS)
def test_the_typed_form_is_six_digits_and_matches(phase: Phase, at: datetime) -> None:
    numeric = code(at, phase).numeric
    assert len(numeric) == 6
    assert numeric.isdigit()
    assert numeric_matches(KEY, numeric, session_id=SESSION, phase=phase, at=at)


def matches(
    numeric: str, seconds: float = 0, phase: Phase = Phase.IN, session: UUID = SESSION
) -> bool:
    key = session_key(MASTER, session)
    return numeric_matches(key, numeric, session_id=session, phase=phase, at=later(seconds))


def test_the_typed_form_is_right_for_its_period_and_the_next() -> None:
    numeric = code().numeric
    assert [matches(numeric, seconds) for seconds in (-1, 0, 29, 30)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_typed_form_belongs_to_one_session_and_phase() -> None:
    assert not matches(code().numeric, phase=Phase.OUT)
    assert not matches(code().numeric, session=OTHER)


def test_spaces_and_full_width_digits_are_forgiven() -> None:
    numeric = code().numeric
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in numeric)
    assert matches(f" {numeric[:3]} {numeric[3:]}\n")
    assert matches(full_width)


@given(st.text())
def test_no_other_text_matches_or_raises(text: str) -> None:
    accepted = {code(later(seconds)).numeric for seconds in (-15, 0)}
    if "".join(text.split()) not in accepted:
        assert not matches(text)


@given(st.uuids(), PHASES, MOMENTS, st.integers(0, 600_000))
def test_a_ticket_keeps_the_scan_for_ten_minutes(
    session: UUID, phase: Phase, at: datetime, milliseconds: int
) -> None:
    scan = ScanTicket(ReadCode(session, phase, 7, 3), at, Method.NUMERIC, b"12345678", True)
    ticket = issue_ticket(MASTER, scan)
    assert read_ticket(MASTER, ticket, at=at + timedelta(milliseconds=milliseconds)) == scan


def test_a_ticket_expires_after_ten_minutes() -> None:
    ticket = issue_ticket(MASTER, ScanTicket(ReadCode(SESSION, Phase.IN, 7), NOW))
    with pytest.raises(CodeExpired):
        read_ticket(MASTER, ticket, at=NOW + TICKET_LIFE + timedelta(microseconds=1))


def test_a_ticket_from_the_future_is_invalid() -> None:
    ticket = issue_ticket(MASTER, ScanTicket(ReadCode(SESSION, Phase.IN, 7), later(16)))
    with pytest.raises(CodeInvalid):
        read_ticket(MASTER, ticket, at=NOW)


@given(st.integers(0, 71), st.sampled_from(URL_SAFE))
def test_no_character_of_a_ticket_can_be_changed(at: int, char: str) -> None:
    ticket = issue_ticket(MASTER, ScanTicket(ReadCode(SESSION, Phase.OUT, 7), NOW))
    forged = ticket[:at] + char + ticket[at + 1 :]
    if forged == ticket:
        return
    with pytest.raises(CodeInvalid):
        read_ticket(MASTER, forged, at=NOW)


def test_a_ticket_has_one_spelling() -> None:
    ticket = issue_ticket(MASTER, ScanTicket(ReadCode(SESSION, Phase.IN, 7), NOW))
    for char in set(URL_SAFE) - {ticket[-1]}:
        with pytest.raises(CodeInvalid):
            read_ticket(MASTER, ticket[:-1] + char, at=NOW)


def test_a_ticket_needs_the_same_master_key() -> None:
    ticket = issue_ticket(MASTER, ScanTicket(ReadCode(SESSION, Phase.IN, 7), NOW))
    with pytest.raises(CodeInvalid):
        read_ticket(b"n" * 32, ticket, at=NOW)


def test_the_time_zone_of_the_server_does_not_matter() -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    assert code(beijing) == code(NOW)
    assert read_token(MASTER, code().token, at=beijing)


def test_a_naive_time_is_a_programmers_error() -> None:
    with pytest.raises(ValueError, match="aware"):
        code(NOW.replace(tzinfo=None))


def test_a_token_tells_its_number_and_another_number_is_another_token() -> None:
    tokens = [
        code_at(KEY, session_id=SESSION, phase=Phase.IN, at=NOW, seq=n).token for n in range(256)
    ]
    assert [read_token(MASTER, token, at=NOW).seq for token in tokens] == list(range(256))
    assert len(set(tokens)) == 256


def test_a_screen_key_is_good_for_one_phase_and_five_minutes() -> None:
    steps = [step_of(later(seconds)) for seconds in (0, 299, 300)]
    keys = {screen_key(KEY, phase, block_of(step)) for phase in Phase for step in steps}
    assert len(keys) == 2 * len(Phase)


def test_an_old_token_can_be_read_by_whoever_asks_for_old_ones() -> None:
    token = code(later(-86_400), Phase.MID).token
    assert read_any_token(MASTER, token).shown_from == later(-86_400)
    with pytest.raises(CodeInvalid):
        read_any_token(b"n" * 32, token)
