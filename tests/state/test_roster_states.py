"""The pages of rosters and employers: what they show, and what they do when asked."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Institution, TrainingClass
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import rosters
from portal.services.unit import load_actor
from portal.state import following
from portal.state.employer import EmployerState
from portal.state.home import HomeState
from portal.state.me import MeState
from portal.state.roster_desk import UnconfirmedState
from portal.state.rosters import RostersState, RosterState
from portal.state.teach import TeachState
from tests.support import factories as make
from tests.support.acts import listed_class
from tests.support.rosters import Sent, line, send, xlsx
from tests.support.tab import Tab
from tests.support.tasks import forget_all, run_pending


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    yield
    forget_all()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The factories' moment, for the pages as well."""
    for state in (RosterState, RostersState, EmployerState, UnconfirmedState, TeachState):
        monkeypatch.setattr(state, "_now", staticmethod(lambda: make.NOW))
    for state in (HomeState, MeState):
        monkeypatch.setattr(state, "_now", staticmethod(lambda: make.NOW))
    return make.NOW


@pytest.fixture
def of(engine: Any, session: Session) -> TrainingClass:
    return listed_class(session)


class Sender:
    """Somebody who sends rosters, and the tab that they look through."""

    def __init__(self, session: Session, role: Role, **kwargs: Any) -> None:
        token = make.log_in(session, make.make_account(session, role, **kwargs))
        session.commit()
        self.session, self.token = session, token
        self.actor: Actor = load_actor(session, token, now=make.NOW)
        self.tab = Tab(token)
        self.base = "/employer/rosters" if role is Role.EMPLOYER else "/teach/rosters"

    def send(self, of: TrainingClass, *lines: Any, run: bool = True) -> Sent:
        return send(self.session, self.actor, xlsx(lines), class_id=of.id, now=make.NOW, run=run)

    def look(self, sent: Sent, query: str = "") -> RosterState:
        self.tab.go(f"{self.base}/{sent.id}{query}", self.token)
        return self.tab.call(RosterState, "load")


@pytest.fixture
def manager(session: Session, of: TrainingClass) -> Sender:
    return Sender(
        session, Role.MANAGER, institution=session.get_one(Institution, of.institution_id)
    )


@pytest.fixture
def employer(session: Session, of: TrainingClass) -> Sender:
    return Sender(session, Role.EMPLOYER)


def test_a_roster_shows_its_people_those_to_mend_first(
    of: TrainingClass, manager: Sender, now: datetime
) -> None:
    state = manager.look(manager.send(of, line(1), line(2, 证件号码="1")))
    assert (state.status, state.stage, state.title) == ("ready", "checked", of.title)
    assert [(kind.name, kind.count) for kind in state.kinds] == [
        ("", "2"),
        ("bad", "1"),
        ("eligible", "1"),
    ]
    assert [(one.label, one.can_choose) for one in state.people] == [
        (t("roster.outcome.bad"), False),
        (t("roster.outcome.eligible"), True),
    ]
    assert state.people[0].reasons[0].startswith("C 证件号码：")
    assert (state.can_commit, state.commit_label) == (True, t("roster.commit.button", count=1))


def test_a_kind_shows_its_people_only(of: TrainingClass, manager: Sender, now: datetime) -> None:
    sent = manager.send(of, line(1), line(2, 证件号码="1"))
    state = manager.look(sent, "?show=eligible")
    assert [one.row for one in state.people] == [t("roster.page.row", row=3)]
    assert [kind.is_shown for kind in state.kinds] == [False, False, True]
    state = manager.look(sent, "?show=<script>")
    assert (state.shown, len(state.people)) == ("", 2)


def test_a_roster_on_its_way_shows_how_far_it_is(
    of: TrainingClass, manager: Sender, now: datetime
) -> None:
    sent = manager.send(of, line(1), run=False)
    state = manager.look(sent)
    assert (state.stage, state.can_commit, state.people) == ("waiting", False, [])


def test_looking_goes_on_until_the_work_is_done(
    of: TrainingClass, manager: Sender, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = manager.send(of, line(1), run=False)
    state = manager.look(sent)
    waits: list[float] = []

    async def rest(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            await asyncio.to_thread(run_pending, now=make.NOW)

    monkeypatch.setattr(following.asyncio, "sleep", rest)
    manager.tab.call(RosterState, "watch")
    assert waits == [1.0] * 3
    assert (state.stage, len(state.people)) == ("checked", 1)


def test_a_later_look_ends_an_earlier_one(
    of: TrainingClass, manager: Sender, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = manager.look(manager.send(of, line(1), run=False))
    waits: list[float] = []

    async def rest(seconds: float) -> None:
        waits.append(seconds)
        state._watch_no += 1

    monkeypatch.setattr(following.asyncio, "sleep", rest)
    manager.tab.call(RosterState, "watch")
    assert len(waits) == 1


def test_people_are_chosen_and_entered_after_a_question(
    session: Session, of: TrainingClass, employer: Sender, now: datetime
) -> None:
    sent = employer.send(of, line(1), line(2))
    state = employer.look(sent)
    employer.tab.call(RosterState, "choose", state.people[1].key, False)
    assert [one.chosen for one in state.people] == [True, False]
    employer.tab.call(RosterState, "ask")
    assert (state.asking, state.question) == (True, t("roster.commit.question", count=1))
    employer.tab.call(RosterState, "commit")
    assert (state.stage, state.asking) == ("committing", False)
    run_pending(now=make.NOW)
    state = employer.look(sent)
    assert state.stage == "done"
    assert [one.place for one in state.people] == [t("roster.place.offered"), ""]
    assert state.summary == t("roster.commit.summary", offered=1, waitlisted=0, refused=0)
    session.rollback()
    query = select(func.count()).where(Enrolment.class_id == of.id)
    assert session.scalar(query) == 1


def test_the_question_tells_how_many_would_wait(
    session: Session, of: TrainingClass, manager: Sender, now: datetime
) -> None:
    session.get_one(TrainingClass, of.id).capacity = 1
    session.commit()
    state = manager.look(manager.send(of, line(1), line(2), line(3)))
    assert state.question.endswith(t("roster.commit.would_wait", count=2))


def test_a_whole_kind_is_taken_out_and_nothing_is_left_to_enter(
    of: TrainingClass, manager: Sender, now: datetime
) -> None:
    sent = manager.send(of, line(1), line(2))
    state = manager.look(sent, "?show=eligible")
    manager.tab.call(RosterState, "choose_all", False)
    assert (state.can_commit, [one.chosen for one in state.people]) == (False, [False, False])
    manager.tab.call(RosterState, "commit")
    assert state.problem == t("roster.commit.nothing_chosen")


@pytest.mark.parametrize("row_id", [None, 7, "x", {"a": 1}, "0" * 36])
def test_a_forged_row_is_not_found(
    of: TrainingClass, manager: Sender, now: datetime, row_id: object
) -> None:
    manager.look(manager.send(of, line(1)))
    state = manager.tab.call(RosterState, "choose", row_id, True)
    assert state.problem == t("error.not_found")


def test_a_file_that_could_not_be_read_says_why(
    session: Session, of: TrainingClass, manager: Sender, now: datetime
) -> None:
    sent = send(session, manager.actor, b"PK", class_id=of.id, now=make.NOW)
    state = manager.look(sent)
    assert (state.stage, state.problems) == ("failed", [t("publish.sheet.corrupt")])


def test_the_list_leads_to_every_roster(
    of: TrainingClass, employer: Sender, manager: Sender, now: datetime
) -> None:
    sent = employer.send(of, line(1))
    manager.send(of, line(2))
    employer.tab.go("/employer/rosters", employer.token)
    state = employer.tab.call(RostersState, "load")
    assert [one.href for one in state.lines] == [f"/employer/rosters/{sent.id}"]
    assert state.lines[0].facts == t("roster.page.people", total=1)


def test_another_owners_roster_is_not_found(
    session: Session, of: TrainingClass, manager: Sender, employer: Sender, now: datetime
) -> None:
    sent = manager.send(of, line(1))
    state = employer.look(sent)
    assert (state.status, state.problem) == ("refused", t("error.not_found"))
    assert state.people == []
    stranger = Sender(session, Role.TRAINEE)
    assert stranger.look(sent).status == "refused"
    nobody = Tab()
    nobody.go(f"/teach/rosters/{sent.id}")
    assert nobody.call(RosterState, "load").status == "sign_in"


def test_the_employers_page_shows_its_people(
    session: Session, of: TrainingClass, employer: Sender, now: datetime
) -> None:
    sent = employer.send(of, line(1))
    rosters.commit(session, employer.actor, upload_id=sent.id, now=make.NOW)
    session.commit()
    run_pending(now=make.NOW)
    employer.tab.go("/employer", employer.token)
    state = employer.tab.call(EmployerState, "load")
    assert [one.value for one in state.counts] == ["1", "0", "0"]
    (ours,) = state.classes
    assert [(one.name, one.place) for one in ours.people] == [
        ("买买提·示例1", t("roster.place.offered"))
    ]


def test_a_managers_account_has_no_employers_page(manager: Sender, now: datetime) -> None:
    manager.tab.go("/employer", manager.token)
    assert manager.tab.call(EmployerState, "load").status == "refused"


def test_home_and_the_own_page_know_an_employer(employer: Sender, now: datetime) -> None:
    home = employer.tab.call(HomeState, "load")
    assert (home.status, home.audience) == ("ready", "employer")
    me = employer.tab.call(MeState, "load")
    assert (me.status, me.work_href, me.is_trainee) == ("ready", "/employer", False)
    assert me.role.startswith(t("trainee.role.employer"))
    assert "火焰山食品" in me.role


def test_the_class_leads_to_the_desk_while_somebody_has_not_answered(
    session: Session, of: TrainingClass, manager: Sender, now: datetime
) -> None:
    manager.tab.go(f"/teach/classes/{of.id}", manager.token)
    assert manager.tab.call(UnconfirmedState, "load").label == ""
    sent = manager.send(of, line(1))
    rosters.commit(session, manager.actor, upload_id=sent.id, now=make.NOW)
    session.commit()
    run_pending(now=make.NOW)
    state = manager.tab.call(UnconfirmedState, "load")
    assert state.label == t("roster.desk.count", count=1)
    assert state.href == f"/teach/classes/{of.id}/confirm"


def test_only_those_who_may_send_see_the_way(
    session: Session, of: TrainingClass, manager: Sender, now: datetime
) -> None:
    teacher = Sender(
        session, Role.INSTRUCTOR, institution=session.get_one(Institution, of.institution_id)
    )
    assert manager.tab.call(TeachState, "load").may_send
    assert not teacher.tab.call(TeachState, "load").may_send
