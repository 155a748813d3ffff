"""What others do in somebody's name: an institution claims money, sends a list; a village helper.

The person is asked every time, and the last word is written down with both names.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Account, AuditEvent, Enrolment, Institution, Person
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Role
from tests.e2e.conftest import DESK, SOON, Enter, until_shown
from tests.support import claims, rosters, town
from tests.support import factories as make


@pytest.fixture(scope="module")
def school(database: Engine, turpan: None) -> Institution:
    """A listed school of the county."""
    with Session(database, expire_on_commit=False) as session, session.begin():
        made = make.make_institution(session, name="高昌示例职业培训学校")
        make.list_institution(session, made)
        return made


def test_a_claim_stops_when_the_trainee_says_no(saved: Session, enter: Enter) -> None:
    claims.standard(saved, 120_000)
    begun = datetime.now(UTC) - timedelta(days=40)
    ended = (begun + timedelta(days=15)).date()
    of = claims.taught(
        saved, claims.school(saved), people=2, starts=begun, ends_on=ended, title="电工班（结业）"
    )
    manager = enter(saved.get_one(Account, of.school.manager.account_id), viewport=DESK)
    manager.goto("/teach/claims")
    offer = manager.get_by_test_id("claim-offer").filter(has_text=of.made.title)
    offer.get_by_test_id("claim-open").click()
    expect(manager.get_by_test_id("claim-line")).to_have_count(2)
    manager.get_by_test_id("claim-submit").click()
    expect(manager.get_by_test_id("claim-result")).to_be_visible()

    trainee = enter(saved.get_one(Account, of.actors[0].account_id))
    trainee.goto("/me/messages")
    asked = trainee.get_by_test_id("message").filter(has_text="1,200").first
    until_shown(asked)
    asked.click()
    question = trainee.get_by_test_id("claim-asked").get_by_role("heading")
    expect(question).to_contain_text("学习 40 课时")
    expect(question).to_contain_text("申领 1,200 元，对吗？")
    trainee.get_by_role("link", name="不对").click()
    trainee.get_by_test_id("claim-no").click()
    trainee.locator("[name=wrong][value=hours]").check()
    trainee.fill("[name=note]", "只上了三天课")
    trainee.get_by_test_id("claim-no-submit").click()
    expect(trainee.get_by_test_id("claim-answered")).to_have_attribute("data-state", "stopped")
    manager.reload()
    expect(manager.get_by_text("还有 1 件没有核实").first).to_be_visible()

    officer = enter(saved.get_one(Account, of.school.officer.account_id), viewport=DESK)
    officer.goto("/admin/claims")
    officer.get_by_test_id("claim-objection").filter(has_text="只上了三天课").click()
    case = officer.get_by_test_id("claim-case")
    case.locator("[name=verdict][value=upheld]").check()
    case.locator("[name=reason]").fill("考勤照片里没有您，这一笔已经撤下")
    case.get_by_test_id("case-decide").click()
    expect(officer.get_by_test_id("claim-result")).to_be_visible()
    trainee.reload()
    expect(trainee.get_by_test_id("case-reply")).to_contain_text("这一笔已经撤下")


def test_a_list_is_checked_entered_and_confirmed_by_the_code_of_a_message(
    saved: Session, school: Institution, enter: Enter, tmp_path: Path
) -> None:
    made = town.open_class(saved, school, title="电工班（名单）")
    lines = [rosters.line(n, 手机号=f"13900000{n}") for n in (701, 702)]
    wrong = rosters.line(703, 手机号="13900000703", 证件号码="99000019900101001?")
    sheet = tmp_path / "roster.xlsx"
    sheet.write_bytes(rosters.xlsx([*lines, wrong]))

    page = enter(town.member(saved, Role.MANAGER, "木卡姆", institution=school))
    page.goto(f"/rosters/new?for={made.id}")
    page.get_by_test_id("roster-file").set_input_files(sheet)
    page.get_by_test_id("roster-told").check()
    page.get_by_test_id("roster-submit").click()
    people = page.get_by_test_id("roster-person")
    # The page goes on by itself, as the server does.
    expect(people).to_have_count(3, timeout=SOON)
    expect(people.filter(has_text="填写有误")).to_contain_text("第 5 行")
    expect(people.filter(has_text="填写有误")).to_contain_text("C 证件号码")
    expect(people.filter(has_text="符合")).to_have_count(2)
    page.get_by_test_id("roster-ask").click()
    page.get_by_test_id("roster-commit").click()
    done = page.get_by_test_id("roster-summary")
    expect(done).to_contain_text("已留名额 2 人", timeout=SOON)

    code = code_on_phone(enter(), "13900000701")
    worker = enter()
    worker.goto("/confirm")
    worker.get_by_test_id("confirm-phone").fill("13900000701")
    worker.get_by_test_id("confirm-code").fill(code)
    worker.get_by_test_id("confirm-look").click()
    # Whoever holds the phone sees no full name.
    expect(worker.get_by_test_id("confirm-name")).to_have_text("买*·示*")
    worker.get_by_test_id("commitment-agree").check()
    worker.get_by_test_id("confirm-accept").click()
    expect(worker.get_by_test_id("confirm-result")).to_have_attribute("data-status", "accepted")
    page.reload()
    expect(page.get_by_text("本人已确认")).to_be_visible()


def code_on_phone(page: Page, number: str) -> str:
    """The six digits of the newest message on a phone of the demo."""
    page.goto("/demo/phone")
    page.fill("[name=phone]", number)
    page.get_by_role("button").last.click()
    message = page.get_by_test_id("sms").first
    until_shown(message)
    found = re.search(r"验证码(\d{6})", message.inner_text())
    assert found is not None
    return found[1]


def test_a_helper_acts_for_somebody_and_both_names_are_kept(
    saved: Session, school: Institution, enter: Enter
) -> None:
    made = town.open_class(saved, school, title="电工班（代办）")
    helper = town.member(saved, Role.HELPER, "热依汗", region_code=town.COUNTY)
    page = enter(helper)
    page.goto("/help")
    page.get_by_test_id("help-new").click()
    page.fill("[name=name]", "吐尔逊·卡德尔")
    page.get_by_test_id("help-id-no").fill(make_demo_id(date(1990, 4, 1), 77))
    page.locator("[name=evidence][value=fingerprint]").check()
    page.check("[name=agreed]")
    page.get_by_test_id("help-submit").click()
    expect(page.get_by_test_id("help-done")).to_be_visible()
    page.get_by_test_id("help-find").click()
    page.fill("[name=q]", made.title)
    page.get_by_role("button", name="找", exact=True).click()
    page.get_by_test_id("class-card").filter(has_text=made.title).click()
    expect(page.get_by_test_id("help-verdict")).to_have_attribute("data-verdict", "eligible")
    page.locator("[name=evidence][value=signature]").check()
    page.get_by_test_id("commitment-agree").check()
    page.get_by_test_id("help-enrol").click()
    expect(page.get_by_test_id("help-done")).to_contain_text("报上名了")

    saved.rollback()
    enrolled = saved.scalars(select(Enrolment).where(Enrolment.class_id == made.id)).one()
    person = saved.get_one(Person, enrolled.person_id)
    assert (person.name, enrolled.acting_account_id) == ("吐尔逊·卡德尔", helper.id)
    query = select(AuditEvent).where(AuditEvent.object_id == str(enrolled.id))
    assert {(one.actor_account_id, one.on_behalf_of) for one in saved.scalars(query)} == {
        (helper.id, person.id)
    }
    auditor = enter(town.member(saved, Role.AUDITOR, "阿迪力", region_code="650400"), viewport=DESK)
    auditor.goto("/admin/audit")
    row = auditor.get_by_test_id("trail-row").filter(has_text="吐*·卡*").first
    expect(row).to_contain_text("协理员 热*汗")
