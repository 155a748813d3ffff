"""The other direction in a real browser: a pass without a link, and a camera that reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Account, AttendanceEvent, PersonPass, TrainingSession
from portal.domain import person_pass
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.services import passes
from tests.e2e.conftest import PHONE, Enter, new_context
from tests.support import factories as make
from tests.support.camera import make_y4m
from tests.support.chromium import FLAGS, installed
from tests.support.portal import Portal

PERIOD = timedelta(seconds=30)


@dataclass
class Lesson:
    """A class that meets now: trainees with phones, and who teaches them."""

    database: Engine
    meeting: TrainingSession
    trainees: list[Account]
    teacher: Account

    def pass_of(self, trainee: Account, at: datetime) -> person_pass.PassCode:
        with Session(self.database) as session:
            row = session.get_one(PersonPass, trainee.person_id)
            return person_pass.pass_at(passes.key_of(row.pass_id, row.generation), row.pass_id, at)

    def could_show(self, trainee: Account) -> set[str]:
        """The digits of this period and its neighbours, as they are grouped on the page."""
        now = datetime.now(UTC)
        codes = (self.pass_of(trainee, now + n * PERIOD).numeric for n in (-1, 0, 1))
        return {f"{code[:3]} {code[3:]}" for code in codes}

    def methods(self) -> list[str]:
        with Session(self.database) as session:
            query = select(AttendanceEvent.method).where(
                AttendanceEvent.session_id == self.meeting.id
            )
            return list(session.scalars(query.order_by(AttendanceEvent.id)))


@pytest.fixture
def lesson(database: Engine) -> Iterator[Lesson]:
    now = datetime.now(UTC)
    with Session(database, expire_on_commit=False) as session:
        institution = make.make_institution(session)
        of = make.make_class(session, institution=institution, first_start=now, status="running")
        trainees = []
        for name in ("王小强", "李雪梅", "张三丰"):
            person = make.make_person(session, name=name)
            make.enrol(session, person, of)
            trainees.append(make.make_account(session, person=person))
        teacher = make.make_account(session, Role.INSTRUCTOR, institution=institution)
        session.commit()
        yield Lesson(database, make.sessions_of(session, of)[0], trainees, teacher)


def sign_in(device: BrowserContext, portal: Portal, database: Engine, account: Account) -> None:
    with Session(database) as session, session.begin():
        token = make.log_in(session, account, now=datetime.now(UTC))
    device.add_cookies([{"name": LOGIN_COOKIE, "value": token, "url": portal.url}])


def digits(page: Page) -> str:
    shown = page.get_by_test_id("pass-digits")
    expect(shown).not_to_be_empty()
    return shown.inner_text()


def kept_for_offline(page: Page) -> None:
    """Wait until the page and all that it needs are kept."""
    page.evaluate("navigator.serviceWorker.ready")
    for path in ("/me/pass", "/pass.js", "/qr-draw.js", "/vendor/lean-qr.js"):
        for _ in range(100):
            if page.evaluate(f"caches.match('{path}').then(Boolean)"):
                break
            page.wait_for_timeout(100)
        else:
            raise AssertionError(f"{path} was not kept")


def test_after_one_visit_the_pass_works_without_a_link(enter: Enter, lesson: Lesson) -> None:
    one = lesson.trainees[0]
    page = enter(one)
    page.goto("/me/pass")
    assert digits(page) in lesson.could_show(one)
    kept_for_offline(page)
    page.context.set_offline(True)
    page.close()
    page = page.context.new_page()
    page.goto("/me/pass")
    expect(page.get_by_text(t("pass.own", name="王*强"))).to_be_visible()
    assert digits(page) in lesson.could_show(one)
    expect(page.locator("#pass-qr svg")).to_be_visible()
    expect(page.get_by_text(t("pass.offline"))).to_be_visible()


def test_a_phone_whose_clock_is_wrong_shows_the_right_pass(enter: Enter, lesson: Lesson) -> None:
    one = lesson.trainees[0]
    page = enter(one)
    page.add_init_script(
        "const real = Date.now; const ahead = 25 * 3600 * 1000; Date.now = () => real() + ahead;"
    )
    page.goto("/me/pass")
    assert digits(page) in lesson.could_show(one)
    expect(page.get_by_text(t("pass.clock_wrong", minutes=25 * 60))).to_be_visible()
    kept_for_offline(page)
    page.context.set_offline(True)
    page.reload()
    assert digits(page) in lesson.could_show(one)


def test_a_clock_that_was_set_back_without_a_link_is_told(enter: Enter, lesson: Lesson) -> None:
    page = enter(lesson.trainees[0])
    page.goto("/me/pass")
    digits(page)
    kept_for_offline(page)
    page.context.set_offline(True)
    page.add_init_script(
        "const real = Date.now; const back = 3600 * 1000; Date.now = () => real() - back;"
    )
    page.reload()
    expect(page.get_by_text(t("pass.clock_jumped"))).to_be_visible()


def test_two_siblings_keep_their_passes_on_one_phone(
    enter: Enter, lesson: Lesson, portal: Portal
) -> None:
    first, second = lesson.trainees[:2]
    page = enter(first)
    page.goto("/me/pass")
    assert digits(page) in lesson.could_show(first)
    page.context.clear_cookies()
    sign_in(page.context, portal, lesson.database, second)
    page.goto("/me/pass")
    expect(page.get_by_text(t("pass.own", name="李*梅"))).to_be_visible()
    page.get_by_role("button", name="王*强").click()
    expect(page.get_by_text(t("pass.own", name="王*强"))).to_be_visible()
    page.wait_for_timeout(300)
    assert digits(page) in lesson.could_show(first)
    # Logging out leaves both; removing one leaves the other.
    page.context.clear_cookies()
    page.goto("/me/pass")
    expect(page.get_by_role("button", name="李*梅")).to_be_visible()
    expect(page.get_by_text(t("pass.own", name="王*强"))).to_be_visible()
    page.get_by_test_id("pass-remove").click()
    expect(page.get_by_text(t("pass.own", name="李*梅"))).to_be_visible()
    page.reload()
    expect(page.get_by_text(t("pass.own", name="李*梅"))).to_be_visible()
    expect(page.get_by_role("button", name="王*强")).to_be_hidden()


def test_a_removed_pass_is_shown_while_logged_in_and_gone_with_the_login(
    enter: Enter, lesson: Lesson
) -> None:
    one = lesson.trainees[0]
    page = enter(one)
    page.goto("/me/pass")
    digits(page)
    page.get_by_test_id("pass-remove").click()
    expect(page.get_by_text(t("pass.not_kept"))).to_be_visible()
    page.reload()
    # It is not kept again unasked.
    expect(page.get_by_text(t("pass.not_kept"))).to_be_visible()
    assert digits(page) in lesson.could_show(one)
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_test_id("pass-none")).to_be_visible()
    expect(page.get_by_test_id("pass")).to_be_hidden()


def test_a_phone_without_cryptography_is_fed_by_the_server(enter: Enter, lesson: Lesson) -> None:
    one = lesson.trainees[0]
    page = enter(one)
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined });")
    page.goto("/me/pass")
    assert digits(page) in lesson.could_show(one)
    expect(page.get_by_text(t("pass.cannot_keep")).first).to_be_visible()


def test_without_a_script_the_pass_is_one_tap_away(
    playwright: Playwright, portal: Portal, lesson: Lesson, phone: BrowserContext
) -> None:
    one = lesson.trainees[0]
    assert phone.browser is not None
    plain = new_context(phone.browser, PHONE, base_url=portal.url, java_script_enabled=False)
    sign_in(plain, portal, lesson.database, one)
    page = plain.new_page()
    page.goto("/me/pass")
    page.get_by_role("link", name=t("pass.no_script_button")).click()
    assert page.get_by_test_id("pass-digits").inner_text() in lesson.could_show(one)
    plain.close()


def test_the_instructors_camera_reads_a_pass_and_the_page_stays(
    playwright: Playwright, portal: Portal, lesson: Lesson, enter: Enter, tmp_path: Path
) -> None:
    scanned, spoken, _tapped = lesson.trainees
    for trainee in (scanned, spoken):
        page = enter(trainee)
        page.goto("/me/pass")
        digits(page)
    code = lesson.pass_of(scanned, datetime.now(UTC))
    video = make_y4m(tmp_path / "pass.y4m", f"{portal.url}/p/{code.token}")
    browser = playwright.chromium.launch(
        executable_path=installed(),
        args=[
            *FLAGS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ],
    )
    device = new_context(browser, PHONE, base_url=portal.url, has_touch=True, is_mobile=True)
    sign_in(device, portal, lesson.database, lesson.teacher)
    page = device.new_page()
    page.goto(f"/teach/sessions/{lesson.meeting.id}/scan")
    # The permission stands already, so that the camera opens by itself.
    expect(page.locator("#camera")).to_be_visible()
    result = page.get_by_test_id("scan-result")
    expect(result).to_contain_text("王小强 已签到")
    row = page.get_by_test_id("scan-row").filter(has_text="王小强")
    expect(row.get_by_role("button")).to_be_hidden()
    expect(page.get_by_test_id("scan-last")).to_contain_text("王小强")
    page.get_by_test_id("scan-digits").fill(lesson.pass_of(spoken, datetime.now(UTC)).numeric)
    page.get_by_role("button", name=t("staff_scan.typed_submit")).click()
    expect(result).to_contain_text("李雪梅 已签到")
    page.get_by_test_id("scan-row").filter(has_text="张三丰").get_by_role("button").click()
    expect(result).to_contain_text("张三丰 已签到")
    expect(page.locator("#done")).to_have_text("3")
    assert sorted(lesson.methods()) == ["manual", "pass", "pass_code"]
    assert page.url.endswith("/scan")
    browser.close()


def test_a_camera_that_was_refused_leaves_the_other_ways(enter: Enter, lesson: Lesson) -> None:
    page = enter(lesson.teacher)
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('', 'NotAllowedError'));"
    )
    page.goto(f"/teach/sessions/{lesson.meeting.id}/scan")
    page.get_by_test_id("scan-start").click()
    expect(page.get_by_text(t("staff_scan.denied"))).to_be_visible()
    page.get_by_test_id("scan-row").first.get_by_role("button").click()
    expect(page.get_by_test_id("scan-result")).to_contain_text(" 已签到")
    assert lesson.methods() == ["manual"]


def test_without_a_link_the_scan_says_that_nothing_was_recorded(
    enter: Enter, lesson: Lesson
) -> None:
    page = enter(lesson.teacher)
    page.goto(f"/teach/sessions/{lesson.meeting.id}/scan")
    page.context.set_offline(True)
    page.get_by_test_id("scan-row").first.get_by_role("button").click()
    expect(page.get_by_test_id("scan-result")).to_contain_text(t("staff_scan.lost"))
    page.context.set_offline(False)
    page.get_by_test_id("scan-row").first.get_by_role("button").click()
    expect(page.get_by_test_id("scan-result")).to_contain_text(" 已签到")
    assert lesson.methods() == ["manual"]


def test_staff_who_open_the_pass_may_log_in_as_somebody_else(enter: Enter, lesson: Lesson) -> None:
    page = enter(lesson.teacher)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto("/me/pass")
    staff = page.get_by_test_id("pass-staff")
    expect(staff).to_contain_text(t("pass.not_trainee"))
    expect(page.get_by_test_id("checkin-code-input")).to_be_hidden()
    staff.get_by_role("button", name=t("pass.other_account")).click()
    expect(page.get_by_test_id("login-phone")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/login\?next=/me/pass$"))
    assert complaints == []
