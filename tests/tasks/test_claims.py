"""The clock notices who did not answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.support import claims
from tests.support.claims import NOW
from tests.support.policy import publish_packs
from tests.support.tasks import tick


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        publish_packs(session)
        claims.standard(session, 120_000)
        yield session


def test_silence_is_noted_by_the_clock(saved: Session) -> None:
    of = claims.taught(saved, claims.school(saved), people=3)
    claim_id = claims.filed(saved, of)
    saved.commit()
    tick(now=NOW + timedelta(days=7))
    assert {line.state for line in claims.lines_of(saved, claim_id)} == {"asked"}
    saved.rollback()
    tick(now=NOW + timedelta(days=8))
    assert {line.state for line in claims.lines_of(saved, claim_id)} == {"no_answer"}
