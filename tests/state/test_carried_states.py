"""The list of portals, what waits there, and hours from elsewhere, through their handlers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, ArchiveImportLine, Institution, Person, TrainingClass
from portal.domain.permissions import Actor, Role
from portal.policies import models
from portal.services import archive_import, carried_rules
from portal.services.carried_rules import CarryPolicy
from portal.state.carried import CarriedState
from portal.state.portals import PortalsState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.portals import Elsewhere, trust
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (PortalsState, CarriedState):
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW + timedelta(hours=5)))
    policy = CarryPolicy(models.CarryOver(counts=True, source_note="测试"), "《测试办法》")
    monkeypatch.setattr(carried_rules, "policy_of", lambda *_: policy)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def there(saved: Session) -> Elsewhere:
    made = Elsewhere(url=f"https://{new_id().hex}.example")
    trust(saved, made)
    saved.commit()
    return made


def staff(session: Session, account: Account, path: str) -> Tab:
    tab, token = Tab(), make.log_in(session, account)
    session.commit()
    tab.go(path, token)
    return tab


def bring(session: Session, there: Elsewhere, person: Person, account: Account, hours: int) -> None:
    me = Actor(Role.TRAINEE, account_id=account.id, person_id=person.id)
    file = there.file(person, classes=[there.training(hours=hours)])
    made = archive_import.open_import(session, me, content=file, fetched=there.fetched(), now=NOW)
    query = select(ArchiveImportLine.id).where(ArchiveImportLine.import_id == made)
    ids = set(session.scalars(query))
    archive_import.decide(session, me, import_id=made, take=ids, ask=ids, now=NOW)
    session.commit()


def learner(session: Session, of: TrainingClass) -> tuple[Person, Account]:
    account = make.make_account(session)
    person = session.get_one(Person, account.person_id)
    make.enrol(session, person, of)
    return person, account


def test_an_officer_of_the_country_takes_a_portal_off_with_a_reason(
    saved: Session, there: Elsewhere
) -> None:
    account = make.make_account(saved, Role.OFFICER, region_code="000000")
    tab = staff(saved, account, "/admin/portals")
    tab.call(PortalsState, "load")
    page = tab.state(PortalsState)
    row = next(one for one in page.rows if one.url == there.url)
    assert page.may_change
    assert row.is_old
    assert next(key.spoken.replace(" ", "") for key in row.fingerprints) == there.kid

    tab.call(PortalsState, "ask", row.key)
    tab.call(PortalsState, "withdraw", {"key": row.key, "reason": "不"})
    assert page.problem
    tab.call(PortalsState, "withdraw", {"key": row.key, "reason": "不再互认"})
    row = next(one for one in page.rows if one.url == there.url)
    assert not row.is_live
    assert "不再互认" in row.ended


def test_an_officer_of_a_city_decides_what_waits_and_keeps_no_list(
    saved: Session, there: Elsewhere
) -> None:
    person, account = learner(saved, make.make_class(saved))
    person.residence_region = "650402"
    bring(saved, there, person, account, hours=30)
    officer = make.make_account(saved, Role.OFFICER, region_code="650400")
    tab = staff(saved, officer, "/admin/portals")
    tab.call(PortalsState, "load")
    page = tab.state(PortalsState)
    assert not page.may_change
    waiting = [one for one in page.asked if there.name in one.by]
    assert len(waiting) == 1
    tab.call(PortalsState, "accept", {"key": waiting[0].key, "reason": "已向对方核实"})
    assert page.done
    assert waiting[0].key not in [one.key for one in page.asked]


def test_a_manager_counts_hours_and_takes_them_back(saved: Session, there: Elsewhere) -> None:
    of = make.make_class(saved, sessions=5, occupation_code=None)
    bring(saved, there, *learner(saved, of), hours=20)
    school = saved.get_one(Institution, of.institution_id)
    manager = make.make_account(saved, Role.MANAGER, institution=school)
    tab = staff(saved, manager, f"/teach/classes/{of.id}")
    tab.call(CarriedState, "load")
    card = tab.state(CarriedState)
    (row,) = card.rows
    assert (row.most, row.counted) == (5, "")
    form = {"enrolment": row.enrolment, "entry": row.entry, "hours": "9"}
    tab.call(CarriedState, "accept", form)
    assert "最多可以计入 5" in card.problem
    tab.call(CarriedState, "accept", form | {"hours": "5"})
    (row,) = card.rows
    assert row.counted == "已计入 5 课时"
    tab.call(CarriedState, "withdraw", row.carried)
    assert card.rows[0].counted == ""


def test_a_teacher_is_shown_nothing_of_it(saved: Session, there: Elsewhere) -> None:
    of = make.make_class(saved, sessions=5, occupation_code=None)
    bring(saved, there, *learner(saved, of), hours=20)
    school = saved.get_one(Institution, of.institution_id)
    teacher = make.make_account(saved, Role.INSTRUCTOR, institution=school)
    tab = staff(saved, teacher, f"/teach/classes/{of.id}")
    tab.call(CarriedState, "load")
    card = tab.state(CarriedState)
    assert (card.rows, card.problem, card.status) == ([], "", "ready")
