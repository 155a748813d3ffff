"""A code for one scan: the first takes it, others of that moment get in, later ones do not."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CodeClaim
from portal.domain.checkin_code import Phase, ReadCode
from portal.domain.errors import CodeUsed, Forbidden
from portal.domain.permissions import SYSTEM
from portal.services import code_claims
from portal.services.code_claims import GRACE, claims_so_far, seq_after
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together

NOW = make.NOW
SECOND = timedelta(seconds=1)
STEP = 118_000_000


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, because a hot act has a connection of its own."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def meeting(saved: Session) -> UUID:
    """A session that can be scanned for."""
    of = make.make_class(saved)
    saved.commit()
    return make.sessions_of(saved, of)[0].id


def claims(saved: Session, meeting: UUID) -> list[CodeClaim]:
    saved.rollback()
    return list(saved.scalars(select(CodeClaim).where(CodeClaim.session_id == meeting)))


def test_a_code_is_good_until_three_seconds_after_its_first_scan(
    saved: Session, meeting: UUID
) -> None:
    code = ReadCode(meeting, Phase.IN, STEP, 7)
    code_claims.claim(code, now=NOW)
    code_claims.claim(code, now=NOW + SECOND)
    code_claims.claim(code, now=NOW + GRACE)
    with pytest.raises(CodeUsed):
        code_claims.claim(code, now=NOW + GRACE + SECOND / 1000)
    (kept,) = claims(saved, meeting)
    assert (kept.phase, kept.step, kept.seq, kept.first_at) == ("in", STEP, 7, NOW)


def test_another_number_step_phase_or_session_is_another_code(
    saved: Session, meeting: UUID
) -> None:
    of = make.make_class(saved)
    saved.commit()
    elsewhere = make.sessions_of(saved, of)[0].id
    code_claims.claim(ReadCode(meeting, Phase.IN, STEP, 7), now=NOW)
    for other in (
        ReadCode(meeting, Phase.IN, STEP, 8),
        ReadCode(meeting, Phase.IN, STEP + 1, 7),
        ReadCode(meeting, Phase.OUT, STEP, 7),
        ReadCode(elsewhere, Phase.IN, STEP, 7),
    ):
        code_claims.claim(other, now=NOW + 10 * SECOND)
    assert len(claims(saved, meeting)) == 4


def test_a_code_that_changes_by_time_only_belongs_to_everybody(
    saved: Session, meeting: UUID
) -> None:
    code = ReadCode(meeting, Phase.IN, STEP, 0)
    for second in range(30):
        code_claims.claim(code, now=NOW + second * SECOND)
    assert claims(saved, meeting) == []


def test_ten_people_who_scan_in_the_same_instant_all_get_in(saved: Session, meeting: UUID) -> None:
    code = ReadCode(meeting, Phase.IN, STEP, 7)
    for number in range(20):
        moment = NOW + number * timedelta(minutes=1)
        of_moment = ReadCode(meeting, Phase.IN, STEP + number, code.seq)
        outcomes = together([partial(code_claims.claim, of_moment, now=moment)] * 10)
        assert [outcome for outcome in outcomes if outcome is not None] == []
    assert len(claims(saved, meeting)) == 20


def test_a_session_that_is_gone_claims_nothing(saved: Session, meeting: UUID) -> None:
    gone = new_id()
    code_claims.claim(ReadCode(gone, Phase.IN, STEP, 7), now=NOW)
    assert claims(saved, gone) == []


def test_the_claims_of_a_phase_are_counted(saved: Session, meeting: UUID) -> None:
    for seq in (1, 2, 3):
        code_claims.claim(ReadCode(meeting, Phase.IN, STEP, seq), now=NOW)
    code_claims.claim(ReadCode(meeting, Phase.OUT, STEP, 1), now=NOW)
    saved.rollback()
    counted = {phase: claims_so_far(saved, meeting, phase) for phase in Phase}
    assert counted == {Phase.IN: 3, Phase.MID: 0, Phase.OUT: 1}


@given(st.integers(min_value=0, max_value=10_000))
def test_no_count_leads_to_the_number_that_means_time_alone(count: int) -> None:
    assert 1 <= seq_after(count) <= 255
    assert seq_after(count + 1) != seq_after(count)


def test_claims_of_days_that_are_over_are_forgotten(saved: Session, meeting: UUID) -> None:
    code_claims.claim(ReadCode(meeting, Phase.IN, STEP, 1), now=NOW)
    later = NOW + code_claims.KEPT_FOR
    code_claims.claim(ReadCode(meeting, Phase.IN, STEP, 2), now=later)
    as_actor(code_claims.forget, SYSTEM, now=later)
    assert {kept.seq for kept in claims(saved, meeting)} == {1, 2}
    as_actor(code_claims.forget, SYSTEM, now=later + SECOND)
    assert {kept.seq for kept in claims(saved, meeting)} == {2}
    with pytest.raises(Forbidden):
        code_claims.forget(saved, make.make_actor(saved), now=later)
