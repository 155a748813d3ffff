"""An officer takes an institution in, on a phone: what was told is seen where the thumb is."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from portal.demo.seeds import made_uscc
from portal.domain.permissions import Role
from portal.locale import t
from tests.e2e.conftest import Enter
from tests.support import town

_NAME = "鄯善示例焊接培训中心"
_WORDS = "listings.admit"


@pytest.fixture
def office(saved: Session, enter: Enter) -> Page:
    page = enter(town.member(saved, Role.OFFICER, "古丽", region_code="650400"))
    page.goto("/admin/admissions")
    return page


def in_sight(note: Locator) -> None:
    """It is on the screen, and not under the bars at its head and foot."""
    expect(note).to_be_in_viewport(ratio=1)
    box, size = note.bounding_box(), note.page.viewport_size
    assert box is not None
    assert size is not None
    assert box["y"] >= 50
    assert box["y"] + box["height"] <= size["height"] - 60


def open_fold(scope: Page | Locator, word: str) -> None:
    scope.locator("summary", has_text=word).click()


def form_of(scope: Page | Locator, button: str) -> Locator:
    """The form that ends with the button."""
    return scope.get_by_test_id(button).locator("xpath=ancestor::form")


def test_an_institution_is_taken_in_and_stands_on_the_public_list(office: Page) -> None:
    open_fold(office, t(f"{_WORDS}.new"))
    form = form_of(office, "admission-submit")
    values = {
        "uscc": "1234",
        "name": _NAME,
        "license_no": "人社民示0000077号",
        "region_code": "650421",
        "address": "示例路1号",
        "contact_phone": "0995-0000077",
        "scope": "焊工",
        "paper_license": "证001",
    }
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("[name=kind]").select_option("PRIVATE_INST")
    form.locator("[name=ownership]").select_option("private")
    office.get_by_test_id("admission-submit").click()

    # Refused: it is said where the form is, and nothing that was typed is lost.
    refusal = office.get_by_role("alert").filter(has_text="信用代码")
    in_sight(refusal)
    expect(office.get_by_test_id("admission-submit")).to_be_in_viewport()
    expect(form.locator("[name=name]")).to_have_value(_NAME)
    form.locator("[name=uscc]").fill(made_uscc("private", 77))
    office.get_by_test_id("admission-submit").click()

    # Done: it is said, and the form is empty and out of the way.
    done = office.get_by_test_id("admission-done")
    expect(done).to_have_text(t(f"{_WORDS}.entered"))
    in_sight(done)
    expect(refusal).to_have_count(0)
    expect(office.get_by_test_id("admission-submit")).to_be_hidden()
    expect(form.locator("[name=name]")).to_have_value("")

    card = office.get_by_test_id("admission-card").filter(has_text=_NAME)
    open_fold(card, t(f"{_WORDS}.visit"))
    visit = form_of(card, "admission-visit")
    visit.locator("[name=visited_by]").fill("两位核查员")
    visit.locator("[name=reason]").fill("场地、设备和教师与材料一致。")
    visit.get_by_test_id("admission-visit").click()
    expect(done).to_have_text(t(f"{_WORDS}.visit_done"))

    open_fold(card, t(f"{_WORDS}.admit"))
    admit = form_of(card, "admission-admit")
    admit.locator("[name=document_no]").fill("吐人社函〔2026〕31号")
    admit.locator("[name=reason]").fill("材料齐全，实地核查合格。")
    admit.get_by_test_id("admission-admit").click()
    expect(done).to_have_text(t(f"{_WORDS}.admitted"))
    in_sight(done)
    office.goto("/institutions")
    expect(office.get_by_text(_NAME)).to_be_visible()
