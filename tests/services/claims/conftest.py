"""Turpan's rules and a published amount, once a module; a school for every test."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from portal.db.models import SubsidyStandard
from tests.support import claims
from tests.support.claims import School
from tests.support.policy import publish_packs

AMOUNT = 120_000


@pytest.fixture(scope="module")
def published(engine: Engine) -> None:
    """The pack, and what a vocational training is worth."""
    with Session(engine) as session:
        publish_packs(session)


@pytest.fixture
def saved(engine: Engine, published: None) -> Iterator[Session]:
    """A session whose commits every act sees; 1,200 元 a person are published."""
    with Session(engine, expire_on_commit=False) as session:
        claims.standard(session, AMOUNT)
        yield session
        session.rollback()
        session.execute(delete(SubsidyStandard))
        session.commit()


@pytest.fixture
def school(saved: Session) -> School:
    """An institution and two officers."""
    return claims.school(saved)
