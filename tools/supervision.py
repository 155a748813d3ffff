"""What ``make screenshots`` draws of the authority's side: publication, casework, reports."""

from playwright.sync_api import Locator, Page

from portal.locale import t
from tools.pictures import AUDITOR, MANAGER, OFFICER, Picture

SYSTEM, SECURITY, REVIEWER = "13900000205", "13900000206", "13900000207"


def _bring(wanted: Locator) -> None:
    """Under the page's heading."""
    wanted.wait_for()
    wanted.evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 80)")


def _open(page: Page, title: str) -> None:
    page.locator("summary", has_text=title).first.click()


def _form(page: Page, button: str) -> Locator:
    return page.get_by_test_id(button).first.locator("xpath=ancestor::form")


def _ask_listing(page: Page) -> None:
    """What a suspension would do, before it is decided."""
    form = _form(page, "listing-ask")
    form.locator("[name=to]").select_option("suspended")
    form.locator("[name=document_no]").fill("吐人社函〔2026〕33号")
    form.locator("[name=reason]").fill("实训场地消防验收过期，整改期间暂停招生。")
    form.get_by_test_id("listing-ask").click()
    _bring(page.get_by_test_id("listing-effects").locator("xpath=.."))


def _ask_sanction(page: Page) -> None:
    _open(page, t("casework.sanction_new"))
    form = _form(page, "case-sanction")
    form.locator("[name=kind]").select_option("suspend")
    form.locator("[name=document_no]").fill("吐人社监〔2026〕21号")
    form.locator("[name=reason]").fill("三节实训课没有上，签到表照常确认，整改后再查一次仍有。")
    form.get_by_test_id("case-sanction").click()
    _bring(page.get_by_test_id("sanction-effects").locator("xpath=.."))


def _answer_complaint(page: Page) -> None:
    """Taken on, unless the picture before has done it, and the answer half written."""
    take = page.get_by_test_id("complaint-take")
    if take.count():
        take.click()
    answer = page.get_by_test_id("complaint-answer")
    answer.wait_for()
    _form(page, "complaint-answer").locator("textarea").first.fill("已经核实，三节课将在本月补上。")
    _bring(answer.locator("xpath=ancestor::form"))


def _draft_report(page: Page) -> None:
    page.get_by_test_id("report-draft").click()
    page.get_by_test_id("report-table").first.wait_for()


def _see_adjustments(page: Page) -> None:
    """What was put right in quarters that were frozen before."""
    _bring(page.get_by_role("heading", name=t("reports.table.adjustments")).last)


def _check_trail(page: Page) -> None:
    page.get_by_role("button", name=t("trail.check.start")).click()
    _bring(page.get_by_test_id("trail-checked"))


def _ask_call_off(page: Page) -> None:
    """What calling a class off would do, before it is done."""
    _open(page, t("call_off.title"))
    form = _form(page, "call-off-ask")
    form.locator("[name=reason]").fill("报名人数太少，开不了班。")
    form.get_by_test_id("call-off-ask").click()
    _bring(page.get_by_test_id("call-off-effects").locator("xpath=.."))


SUPERVISION = (
    Picture(OFFICER, "/admin/catalogues"),
    Picture(OFFICER, "/admin/catalogues/versions/*", start="/admin/catalogues", about="草稿"),
    Picture(OFFICER, "/admin/institutions/*", "admin_listing_question", first=_ask_listing),
    Picture(OFFICER, "/admin/work"),
    Picture(OFFICER, "/admin/cases"),
    Picture(OFFICER, "/admin/cases/*", "admin_sanction_question", first=_ask_sanction),
    Picture(OFFICER, "/admin/recoveries/*"),
    Picture(OFFICER, "/admin/complaints"),
    Picture(OFFICER, "/admin/complaints/*"),
    Picture(OFFICER, "/admin/complaints/*", "admin_complaint_answer", first=_answer_complaint),
    Picture(OFFICER, "/admin/third-parties/*"),
    Picture(OFFICER, "/admin/reports", "admin_report_draft", first=_draft_report),
    Picture(
        OFFICER,
        "/admin/reports/*",
        "admin_report_adjusted",
        about="已冻结",
        first=_see_adjustments,
    ),
    Picture(AUDITOR, "/admin/audit", "admin_audit_checked", first=_check_trail),
    Picture(OFFICER, "/admin/advancements"),
    Picture(
        MANAGER,
        "/teach/classes/*",
        "teach_call_off_question",
        start="/teach",
        about="待开课",
        first=_ask_call_off,
    ),
    Picture(SYSTEM, "/admin/accounts"),
    Picture(SECURITY, "/admin/security"),
    Picture(REVIEWER, "/review/*"),
    Picture(MANAGER, "/teach/staff"),
    Picture(MANAGER, "/teach/cases/*"),
    Picture("", "/complaints"),
)
