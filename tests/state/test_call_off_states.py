"""A class is called off on the page of its institution or of an officer; what others see then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import ClassCallOff, Institution, Person, TrainingClass
from portal.domain.permissions import Role
from portal.state.base import PageState
from portal.state.call_off import CallOffState
from portal.state.class_page import ClassState
from portal.state.enrolments import EnrolmentState
from portal.state.oversight_drilldown import DrilldownState
from portal.state.results import ResultsState
from portal.state.teach import TeachState
from tests.state.test_institution_states import authority, opened, run, staff
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.policy import publish_packs
from tests.support.tallies import settle
from tests.support.tasks import forget_all, run_pending

WHY = "车间失火，场地不能用"


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
    forget_all()


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def school(saved: Session) -> Institution:
    made = make.make_institution(saved)
    make.list_institution(saved, made)
    saved.commit()
    return made


@pytest.fixture
def planned(saved: Session, school: Institution) -> TrainingClass:
    made = make.make_class(saved, institution=school)
    settle(saved)
    saved.commit()
    return made


def loaded(state: Any, path: str, token: str | None = None) -> Any:
    page = opened(state, path, token)
    run(page.load)
    return page


def called_off(path: str, token: str) -> CallOffState:
    """The class of the address, called off by whoever holds the token."""
    page: CallOffState = loaded(CallOffState, path, token)
    run(page.ask, {"reason": WHY})
    run(page.confirm)
    return page


def test_a_manager_asks_reads_steps_back_and_calls_it_off(
    saved: Session, school: Institution, planned: TrainingClass
) -> None:
    make.enrol(saved, make.make_person(saved), planned)
    saved.commit()
    page = loaded(CallOffState, f"/teach/classes/{planned.id}", staff(saved, Role.MANAGER, school))
    assert (page.is_offered, page.why_not, page.is_off) == (True, "", False)
    run(page.ask, {"reason": "短"})
    assert page.problem
    assert page.effects == []
    run(page.ask, {"reason": WHY})
    assert (page.problem, page.reason) == ("", WHY)
    assert any("1 名已报名" in line for line in page.effects)
    run(page.step_back)
    assert page.effects == []
    assert saved.get(ClassCallOff, planned.id) is None
    run(page.ask, {"reason": WHY})
    run(page.confirm)
    assert (page.is_off, page.is_offered, page.why, page.effects) == (True, False, WHY, [])
    assert page.done
    assert "培训机构（王小强）" in page.who
    assert "1 人" in page.people


def test_its_page_and_list_say_so_and_have_no_more_work(
    saved: Session, school: Institution, planned: TrainingClass
) -> None:
    token = staff(saved, Role.MANAGER, school)
    called_off(f"/teach/classes/{planned.id}", token)
    page = loaded(ResultsState, f"/teach/classes/{planned.id}", token)
    assert (page.status, page.stage, page.stage_label) == ("ready", "cancelled", "已停办")
    assert page.rows == []
    (row,) = loaded(TeachState, "/teach", token).classes
    assert (row.stage, row.tone, row.sheets) == ("已停办", "bad", "")


def test_an_officer_does_it_on_the_way_down_and_finds_it_apart_from_the_figures(
    saved: Session, school: Institution, planned: TrainingClass
) -> None:
    token = authority(saved, Role.OFFICER)
    path = f"/admin/drilldown?institution={school.id}"
    page = called_off(f"{path}&class={planned.id}", token)
    assert "主管部门（王小强）" in page.who
    settle(saved)
    saved.commit()
    seen = loaded(DrilldownState, path, token)
    assert (seen.lines, [one.name for one in seen.called_off]) == ([], [planned.title])
    one = loaded(DrilldownState, seen.called_off[0].path, token)
    assert (one.status, one.level, one.figures) == ("ready", "class", [])
    assert not any(meeting.alert for meeting in one.meetings)
    assert loaded(CallOffState, seen.called_off[0].path, token).is_off


def test_a_page_without_a_class_offers_nothing(saved: Session) -> None:
    page = loaded(CallOffState, "/admin/drilldown", authority(saved, Role.OFFICER))
    assert (page.status, page.is_offered, page.is_off) == ("ready", False, False)


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.MANAGER])
def test_whoever_may_not_is_offered_nothing_and_refused(
    saved: Session, school: Institution, planned: TrainingClass, role: Role
) -> None:
    own = school if role is Role.INSTRUCTOR else make.make_institution(saved)
    page = loaded(CallOffState, f"/teach/classes/{planned.id}", staff(saved, role, own))
    assert not page.is_offered
    run(page.ask, {"reason": WHY})
    assert page.effects == []
    page.reason = WHY
    run(page.confirm)
    assert page.problem
    assert saved.get(ClassCallOff, planned.id) is None


def test_once_it_has_begun_the_page_says_what_to_do_instead(
    saved: Session, school: Institution
) -> None:
    made = make.make_class(
        saved, institution=school, first_start=NOW - timedelta(hours=1), status="running"
    )
    saved.commit()
    page = loaded(CallOffState, f"/teach/classes/{made.id}", staff(saved, Role.MANAGER, school))
    assert page.is_offered
    assert "结业" in page.why_not


def test_the_public_page_leads_to_the_same_trade_nearby(
    saved: Session, school: Institution, planned: TrainingClass
) -> None:
    called_off(f"/teach/classes/{planned.id}", staff(saved, Role.MANAGER, school))
    page = loaded(ClassState, f"/classes/{planned.id}")
    assert page.item is not None
    assert page.item.called_off == WHY
    assert page.action.kind == "no"
    assert "region=650400" in page.action.href
    assert f"occupation={planned.occupation_code}" in page.action.href


def test_whoever_was_in_it_reads_why_and_sees_classes_with_seats(
    saved: Session, school: Institution, planned: TrainingClass
) -> None:
    publish_packs(saved, "turpan-*.toml")
    make.make_class(
        saved,
        institution=school,
        first_start=NOW + timedelta(days=20),
        programme_id=planned.programme_id,
        title="另一个班",
    )
    account = make.make_account(saved)
    place = make.enrol(saved, saved.get_one(Person, account.person_id), planned)
    token = make.log_in(saved, account, now=NOW)
    saved.commit()
    called_off(f"/teach/classes/{planned.id}", staff(saved, Role.MANAGER, school))
    run_pending(now=NOW)
    page = loaded(EnrolmentState, f"/me/enrolments/{place.id}", token)
    assert (page.row.status, page.row.is_off) == ("班级取消", True)
    assert WHY in page.why
    hrefs = [one.href for one in page.swaps]
    # Classes of other tests teach the same; none of them is the one that was called off.
    assert hrefs
    assert f"/classes/{planned.id}" not in hrefs
