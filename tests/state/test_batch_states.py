"""The card of certificate files through its handlers, as a browser would call them."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Institution
from portal.domain.permissions import Role
from portal.locale import t
from portal.state.batches import BatchState
from tests.state.test_institution_states import opened
from tests.support import factories as make
from tests.support.batches import ClosedClass, closed_class
from tests.support.factories import NOW
from tests.support.tasks import forget_all, run_pending


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BatchState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made
    forget_all()


@pytest.fixture
def closed(saved: Session) -> ClosedClass:
    made = closed_class(saved, people=2, now=NOW)
    saved.commit()
    return made


def card(closed: ClosedClass, token: str | None = None) -> BatchState:
    return opened(BatchState, f"/teach/classes/{closed.made.id}", token or closed.token)


def run(coroutine: object) -> object:
    return asyncio.run(coroutine)  # type: ignore[arg-type]


def test_a_tap_moves_the_card_to_its_progress_and_then_to_the_downloads(
    closed: ClosedClass,
) -> None:
    view = card(closed)
    run(view.load())
    assert view.stage == "none"
    assert run(view.start()) == BatchState.watch
    assert (view.stage, view.percent) == ("working", 0)
    assert view.percent_text == t("batches.of_total", done="0", total="2")
    run_pending(now=NOW)
    run(view.load())
    assert (view.stage, view.percent, view.failed) == ("done", 100, [])
    assert view.done_text == t("batches.ready", total="2")
    assert view.zip_href == f"/files/classes/{closed.made.id}/certificates.zip"


def test_an_instructor_and_a_stranger_see_no_card(saved: Session, closed: ClosedClass) -> None:
    institution = saved.get_one(Institution, closed.made.institution_id)
    teacher = make.make_account(saved, Role.INSTRUCTOR, institution=institution)
    elsewhere = make.make_account(saved, Role.MANAGER, institution=make.make_institution(saved))
    tokens = [make.log_in(saved, one) for one in (teacher, elsewhere)]
    saved.commit()
    for token in tokens:
        view = card(closed, token)
        run(view.load())
        assert view.stage == ""
        run(view.start())
        assert view.stage == ""
        assert view.problem != ""


def test_nothing_a_client_sends_chooses_another_class(closed: ClosedClass) -> None:
    view = opened(BatchState, "/teach/classes/not-a-class", closed.token)
    run(view.load())
    assert view.stage == ""


def test_the_page_is_told_when_the_work_ends(
    closed: ClosedClass, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = card(closed)
    run(view.start())
    run_pending(now=NOW)
    assert run(view.load()) is None
