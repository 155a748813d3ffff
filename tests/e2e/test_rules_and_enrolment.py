"""What the rules mean to people: before signing, before an officer, and in the waiting list.

Everybody has a device of their own at a real portal, whose own worker makes the offers.
"""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Institution, Person, TrainingClass
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Role
from tests.e2e.conftest import DESK, PHONE, Enter, until_shown
from tests.support import factories as make
from tests.support import town

ELECTRICIAN, COOK = "6-31-01-03", "4-03-02-01"


@pytest.fixture(scope="module")
def school(database: Engine, turpan: None) -> Institution:
    """A listed school of the county."""
    with Session(database, expire_on_commit=False) as session, session.begin():
        made = make.make_institution(session, name="交河示例职业培训学校")
        make.list_institution(session, made)
        return made


def sign(page: Page) -> None:
    """Read the commitment, agree, and press the button at the end."""
    page.get_by_test_id("commitment-agree").check()
    page.get_by_test_id("enrol-button").click()


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width <= PHONE["width"]


def test_a_visitor_without_a_login_learns_whether_it_is_free(
    saved: Session, school: Institution, enter: Enter
) -> None:
    town.open_class(saved, school, title="电工班（免费吗）")
    page = enter()
    page.goto("/")
    page.get_by_test_id("free-link").click()
    page.locator("select[name=region]").select_option("650400")
    page.get_by_text("当过兵、快退役").click()
    page.locator("[name=group][value=VETERAN]").check()
    page.locator("[name=pension][value=none]").check()
    page.get_by_test_id("free-submit").click()
    answer = page.get_by_test_id("free-answer")
    expect(answer).to_have_attribute("data-outcome", "free")
    answer.get_by_text("依据").first.click()
    expect(answer.get_by_text("吐政办〔2019〕53号").first).to_be_visible()
    assert fits(page)
    # What was asked stays out of the address.
    assert page.url.endswith("/free")
    page.locator("a[href='/classes?region=650400']").click()
    expect(page.get_by_test_id("class-card").first).to_be_visible()


def test_an_officer_decides_what_the_rules_leave_open(
    saved: Session, school: Institution, enter: Enter
) -> None:
    made = town.open_class(saved, school, title="电工班（要审核）")
    born = date(datetime.now(UTC).year - 56, 1, 1)
    page = enter()
    page.goto(f"/classes/{made.id}")
    page.get_by_test_id("enrol-button").click()
    page.get_by_role("link", name="还没有账号，去注册").click()
    page.fill("[name=name]", "阿依夏木·买买提")
    page.fill("[name=id_no]", make_demo_id(born, 560))
    page.fill("[name=phone]", "13900000656")
    page.fill("[name=password]", "Reservoir-41")
    page.check("[name=agreed]")
    page.get_by_test_id("register-submit").click()
    expect(page.get_by_test_id("preflight")).to_have_attribute("data-verdict", "needs_review")
    expect(page.get_by_test_id("preflight")).to_contain_text("需要人工审核")
    page.get_by_label("说不清").check()
    sign(page)
    expect(page.get_by_test_id("enrol-result")).to_have_attribute("data-status", "needs_review")
    assert fits(page)

    office = enter(town.member(saved, Role.OFFICER, "古丽", region_code="650400"), viewport=DESK)
    office.goto("/admin/reviews")
    office.get_by_test_id("review-card").filter(has_text=made.title).click()
    expect(office.locator("[data-rule=R04][data-outcome=unknown]")).to_be_visible()
    office.locator("[name=reason]").first.fill("社保系统里没有领取养老金的记录")
    office.get_by_test_id("review-approve").click()
    expect(office.get_by_test_id("review-result")).to_be_visible()

    page.goto("/me/messages")
    page.get_by_test_id("message").filter(has_text=made.title).first.click()
    expect(page.get_by_role("heading", name=made.title)).to_be_visible()
    page.goto("/me/enrolments")
    expect(page.get_by_test_id("enrolment-card")).to_contain_text(made.title)


def test_a_refusal_says_which_rule_and_what_would_help(
    saved: Session, school: Institution, enter: Enter
) -> None:
    made = town.open_class(saved, school, title="电工班（不符合）")
    page = enter(town.resident(saved, "库尔班", age=58, draws="employee"))
    page.goto(f"/classes/{made.id}")
    check = page.get_by_test_id("preflight")
    expect(check).to_have_attribute("data-verdict", "not_eligible")
    expect(check).to_contain_text("养老金")
    check.get_by_text("为什么？看每一条规定").click()
    rule = check.locator("[data-rule=R04]")
    expect(rule).to_contain_text("吐政办〔2019〕53号")
    expect(rule.locator("q")).not_to_be_empty()
    expect(rule).to_contain_text("0995-8510703")
    # The way on is to other classes, and the plain door refuses in the same words.
    expect(page.get_by_test_id("enrol-button")).to_have_count(0)
    page.goto(f"/enrol/{made.id}")
    expect(page.locator("[data-rule=R04][data-outcome=fail] q")).to_be_visible()
    expect(page.get_by_test_id("enrol-button")).to_have_count(0)
    assert fits(page)
    expect(page.get_by_role("link", name="去填写或更正").first).to_be_visible()


def test_a_seat_that_comes_free_goes_down_the_list(
    saved: Session, school: Institution, enter: Enter
) -> None:
    full = town.open_class(saved, school, title="厨师班（满员）", capacity=1, occupation_code=COOK)
    other = town.open_class(saved, school, title="厨师班（还有名额）", occupation_code=COOK)
    seated = town.resident(saved, "努尔兰")
    enrolment = make.enrol(saved, saved.get_one(Person, seated.person_id), full)
    saved.commit()

    places = []
    for position, name in enumerate(("巴哈尔", "沙吾提", "迪丽拜尔"), 1):
        page = enter(town.resident(saved, name))
        page.goto(f"/classes/{full.id}")
        page.get_by_test_id("enrol-button").click()
        sign(page)
        expect(page.get_by_test_id("enrol-result")).to_contain_text(f"您排在第 {position} 位")
        page.get_by_role("link", name="看我排第几").click()
        expect(page.get_by_test_id("waiting-place")).to_have_attribute(
            "data-position", str(position)
        )
        places.append(page)
    first, second, third = places

    # One would rather learn now than wait.
    third.get_by_role("link", name="换到这个班").first.click()
    third.get_by_test_id("commitment-agree").check()
    third.get_by_test_id("swap-button").click()
    expect(third.get_by_test_id("offer")).to_have_attribute("data-state", "accepted")
    expect(third.get_by_test_id("offer")).to_contain_text(other.title)

    leaving = enter(seated)
    leaving.goto(f"/me/enrolments/{enrolment.id}")
    leaving.get_by_test_id("enrolment-leave").click()
    leaving.get_by_test_id("enrolment-cancel").click()
    expect(leaving.get_by_test_id("enrolment-cancelled")).to_be_visible()

    until_shown(first.locator("[data-testid=offer][data-state=open]"))
    first.get_by_text("不要这个名额").click()
    first.get_by_test_id("offer-decline").click()
    expect(first.get_by_test_id("offer")).to_have_attribute("data-state", "declined")

    until_shown(second.locator("[data-testid=offer][data-state=open]"))
    assert fits(second)
    second.get_by_test_id("commitment-agree").check()
    second.get_by_test_id("offer-accept").click()
    expect(second.get_by_test_id("offer")).to_have_attribute("data-state", "accepted")
    saved.rollback()
    assert saved.get_one(TrainingClass, full.id, populate_existing=True).seats_taken == 1
