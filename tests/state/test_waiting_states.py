"""What a trainee's pages show while they wait for a seat, and when one is offered."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.services import seats
from portal.services.enrolment import EnrolmentView
from portal.services.unit import token_hash
from portal.state.base import PageState
from portal.state.enrolments import EnrolmentsState, EnrolmentState
from portal.state.home import HomeState
from portal.state.me import MeState
from tests.support import factories as make
from tests.support.acts import enrol, listed_class
from tests.support.tab import Tab
from tests.support.tasks import forget_all, run_pending

NOW = make.NOW
UNTIL = "请在 12月2日 周三 09:40 前确认"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits; the queue is emptied afterwards."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
    forget_all()


@pytest.fixture
def me(saved: Session) -> str:
    token = make.log_in(saved, make.make_account(saved))
    saved.commit()
    return token


def wait(session: Session, token: str) -> tuple[TrainingClass, EnrolmentView]:
    klass = listed_class(session, capacity=1, seats_taken=1, sessions=1)
    return klass, enrol(token_hash(token), klass.id, wait=True)


def free(session: Session, klass: TrainingClass) -> None:
    seats.give_back(session, class_id=klass.id, now=NOW)
    session.commit()
    run_pending(now=NOW)
    session.rollback()


def opened(token: str, enrolment_id: object) -> Tab:
    tab = Tab(token)
    tab.go(f"/me/enrolments/{enrolment_id}", token)
    tab.call(EnrolmentState, "load")
    return tab


def test_in_line_the_page_tells_place_odds_and_where_to_go_instead(saved: Session, me: str) -> None:
    _, view = wait(saved, me)
    other = listed_class(saved, sessions=1, first_start=NOW + timedelta(days=20))
    page = opened(me, view.id).state(EnrolmentState)
    assert page.status == "ready"
    assert (page.row.status, page.row.pending) == ("候补中", "您排在第 1 位")
    assert (page.waiting.place, page.waiting.of_all) == ("您排在第 1 位", "共 1 人在等")
    assert page.waiting.odds_word == "现在还说不准"
    assert [swap.href for swap in page.swaps] == [f"/offers/{view.id}/swap/{other.id}"]
    assert page.can_cancel
    assert page.offer.href == ""


def test_leaving_the_line_says_so_and_takes_the_place_off_the_page(saved: Session, me: str) -> None:
    klass, view = wait(saved, me)
    page = opened(me, view.id).call(EnrolmentState, "cancel")
    # Once, and no word of a seat: there was none.
    assert (page.done, page.ended) == ("您已经退出候补。", "")
    assert "名额" not in opened(me, view.id).state(EnrolmentState).ended
    assert (page.waiting.place, page.swaps, page.can_cancel) == ("", [], False)
    saved.refresh(klass)
    assert klass.waiting == 0


def test_an_offer_stands_on_its_page_on_the_list_on_home_and_on_me(saved: Session, me: str) -> None:
    klass, view = wait(saved, me)
    free(saved, klass)
    tab = opened(me, view.id)
    page = tab.state(EnrolmentState)
    assert (page.row.status, page.row.pending) == ("等您确认", UNTIL)
    assert page.offer.href == f"/offers/{view.id}"
    # It is declined where it is accepted, not by a second button here.
    assert not page.can_cancel
    for note in (tab.call(HomeState, "load").offer, tab.call(MeState, "load").offer):
        assert (note.href, note.until) == (f"/offers/{view.id}", f"{UNTIL}。")
    (row,) = tab.call(EnrolmentsState, "load").rows
    assert row.pending == UNTIL


def test_an_offer_stands_above_every_other_enrolment(saved: Session, me: str) -> None:
    enrol(token_hash(me), listed_class(saved, first_start=NOW + timedelta(days=2)).id)
    klass, view = wait(saved, me)
    free(saved, klass)
    first, second = Tab(me).call(EnrolmentsState, "load").rows
    assert first.href == f"/me/enrolments/{view.id}"
    assert second.status == "已报名"


def test_after_its_time_an_offer_is_on_no_page(
    saved: Session, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    klass, view = wait(saved, me)
    free(saved, klass)
    late = NOW + timedelta(hours=24) - timedelta(seconds=1)
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: late))
    assert Tab(me).call(HomeState, "load").offer.href
    saved.execute(text("UPDATE seat_offer SET expires_at = :at"), {"at": late})
    saved.commit()
    assert Tab(me).call(HomeState, "load").offer.href == ""
    assert opened(me, view.id).state(EnrolmentState).offer.href == ""


def test_nobody_else_sees_a_place_in_line(saved: Session, me: str) -> None:
    _, view = wait(saved, me)
    stranger = make.log_in(saved, make.make_account(saved))
    saved.commit()
    page = opened(stranger, view.id).state(EnrolmentState)
    assert (page.status, page.waiting.place) == ("refused", "")
