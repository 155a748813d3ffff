"""A share link in two browsers: the owner's phone, and a stranger's who has no account."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from portal.db.models import Certificate
from portal.domain.permissions import Actor, Role
from tests.e2e.conftest import DESK, Enter
from tests.support import factories as make
from tests.support.certificates import learned, put_on_record

NAME, CLASS = "阿依古丽·示例", "焊工技能班"


def _make_link(page: Page) -> str:
    """One certificate and one class, and of each a single word; the link's address."""
    page.goto("/me/shares")
    page.get_by_role("link", name="新建分享链接").click()
    page.locator("[name=certificate]").check()
    page.locator("[name=class]").check()
    for box in page.locator("[name=field]").all():
        box.set_checked(box.get_attribute("value") in {"certificates.title", "classes.hours"})
    page.locator("[name=holder][value='holder.nameMasked']").check()
    page.get_by_test_id("share-preview").click()
    expect(page.get_by_test_id("share-certificate")).to_contain_text("电工")
    page.get_by_test_id("share-make").click()
    expect(page.get_by_test_id("share-qr")).to_be_visible()
    return page.get_by_test_id("share-url").input_value()


def _has_none_of(page: Page, *words: str) -> None:
    content = page.content()
    assert [one for one in words if one in content] == []


def test_a_stranger_sees_what_was_chosen_until_it_is_taken_back(
    saved: Session, enter: Enter
) -> None:
    now = datetime.now(UTC)
    person = make.make_person(saved, name=NAME)
    account = make.make_account(saved, Role.TRAINEE, person=person)
    owner_is = Actor(Role.TRAINEE, account_id=account.id, person_id=person.id)
    certificate: Certificate = put_on_record(saved, owner_is, now)
    learned(saved, owner_is, now, title=CLASS)
    saved.commit()

    owner, stranger = enter(account), enter(viewport=DESK)
    address = _make_link(owner)
    stranger.goto(address)
    expect(stranger.get_by_test_id("share-state")).to_have_attribute("data-status", "valid")
    expect(stranger.get_by_test_id("share-classes")).to_contain_text("40 课时")
    _has_none_of(stranger, NAME, CLASS, str(certificate.number), certificate.institution_name)

    owner.goto("/me/shares")
    card = owner.get_by_test_id("share-link")
    expect(card).to_contain_text("被看过 1 次")
    card.get_by_test_id("share-revoke").click()
    owner.get_by_test_id("share-revoke-yes").click()
    expect(owner.get_by_role("status")).to_contain_text("已经收回")

    stranger.reload()
    expect(stranger.get_by_test_id("share-gone")).to_have_attribute("data-outcome", "revoked")
    _has_none_of(stranger, "电工", "40 课时")
