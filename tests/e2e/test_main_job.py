"""The main job, once through: a newcomer on a phone and a teacher at a projector.

Nothing is mocked; where three hours of lessons must pass, the lesson is moved and not the clock.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.db.vault import get_vault
from portal.domain.permissions import Role
from portal.locale import t
from portal.services.passwords import hash_password
from portal.services.search_index import reindex_class
from tests.e2e.conftest import DESK, PHONE, new_context
from tests.support.camera import make_y4m
from tests.support.chromium import FLAGS, installed
from tests.support.eyes import read_qr
from tests.support.factories import (
    list_institution,
    make_account,
    make_class,
    make_institution,
    make_person,
    sessions_of,
)
from tests.support.portal import Portal

PASSWORD = "Reservoir-41"
NAME = "阿不都热依木·买买提"
ID_NO = "990000199001010017"
MANAGER_PHONE = "13900000777"
TITLE = "电工上岗培训班"


@pytest.fixture(scope="module")
def lesson(database: Engine) -> UUID:
    """A listed class with one free seat whose only session starts in ten minutes; its id."""
    now = datetime.now(UTC)
    with Session(database, expire_on_commit=False) as session, session.begin():
        institution = make_institution(session, name="火洲示例职业培训学校")
        list_institution(session, institution)
        manager = make_account(
            session,
            Role.MANAGER,
            institution=institution,
            person=make_person(session, name="古丽娜尔"),
            password_hash=hash_password(PASSWORD),
        )
        manager.phone_hash = get_vault().lookup_hash("phone", MANAGER_PHONE)
        made = make_class(
            session,
            institution=institution,
            title=TITLE,
            capacity=1,
            sessions=1,
            first_start=now + timedelta(minutes=10),
            enrol_from=now - timedelta(days=1),
        )
        session.flush()
        reindex_class(session, made.id)
        return made.id


def pass_time(database: Engine, class_id: UUID, hours: float) -> None:
    """Move the lesson, and what happened in it, into the past; the append-only guard is lifted
    for the test alone."""
    shift = timedelta(hours=-hours)
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE attendance_event DISABLE TRIGGER append_only"))
        connection.execute(
            text(
                "UPDATE attendance_event SET occurred_at = occurred_at + :shift WHERE session_id IN"
                " (SELECT id FROM training_session WHERE class_id = :id)"
            ),
            {"shift": shift, "id": class_id},
        )
        connection.execute(text("ALTER TABLE attendance_event ENABLE TRIGGER append_only"))
        windows = ("sign_in_from", "late_after", "sign_in_until", "sign_out_from", "sign_out_until")
        columns = ("starts_at", "ends_at", *windows)
        moves = ", ".join(f"{column} = {column} + :shift" for column in columns)
        connection.execute(
            text(f"UPDATE training_session SET {moves} WHERE class_id = :id"),
            {"shift": shift, "id": class_id},
        )


def log_in(page: Page, login: str) -> None:
    page.get_by_test_id("login-phone").fill(login)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()


@pytest.fixture(scope="module")
def trainee(browser: object) -> Iterator[BrowserContext]:
    made = new_context(browser, PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture(scope="module")
def teacher(browser: object) -> Iterator[BrowserContext]:
    made = new_context(browser, DESK)  # type: ignore[arg-type]
    yield made
    made.close()


def test_a_newcomer_finds_a_class_registers_and_enrols(
    portal: Portal, lesson: UUID, trainee: BrowserContext
) -> None:
    page = trainee.new_page()
    page.goto(f"{portal.url}/")
    page.get_by_role("link", name="班级", exact=True).click()
    page.get_by_test_id("class-search").fill("dg")
    page.get_by_test_id("class-search").press("Enter")
    # The list of what was searched, not the one before: a tap while it is drawn anew goes nowhere.
    expect(page.get_by_role("link", name=t("public.classes.clear"))).to_be_visible()
    card = page.get_by_test_id("class-card").filter(has_text=TITLE)
    expect(card).to_be_visible()
    card.click()
    page.get_by_test_id("enrol-button").click()
    page.get_by_role("link", name="还没有账号，去注册").click()
    page.fill("[name=name]", "阿不都热依木•买买提")
    page.fill("[name=id_no]", ID_NO)
    page.fill("[name=phone]", "139 0000 0888")
    page.fill("[name=password]", PASSWORD)
    page.check("[name=agreed]")
    page.get_by_test_id("register-submit").click()
    page.get_by_test_id("commitment-agree").check()
    page.get_by_test_id("enrol-button").click()
    expect(page.get_by_test_id("enrol-result")).to_contain_text("报名成功")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_last_seat_is_gone_for_everybody_else(
    portal: Portal, lesson: UUID, phone: BrowserContext
) -> None:
    page = phone.new_page()
    page.goto(f"{portal.url}/classes/{lesson}")
    expect(page.get_by_text("剩 0 / 1 个名额")).to_be_visible()
    expect(page.get_by_test_id("enrol-button")).to_have_text("签名排候补")


def test_the_camera_reads_the_screen_and_the_trainee_is_in(
    portal: Portal,
    database: Engine,
    lesson: UUID,
    trainee: BrowserContext,
    teacher: BrowserContext,
    playwright: Playwright,
    tmp_path: Path,
) -> None:
    screen = teacher.new_page()
    screen.goto(f"{portal.url}/login")
    log_in(screen, MANAGER_PHONE)
    screen.get_by_role("link", name="打开签到屏").first.click()
    expect(screen.get_by_test_id("checkin-qr")).to_be_visible()
    assert re.fullmatch(r"\d{3} ?\d{3}", screen.get_by_test_id("checkin-code").inner_text())

    address = read_qr(screen.get_by_test_id("checkin-qr").screenshot())
    assert "/c/" in address
    video = make_y4m(tmp_path / "room.y4m", f"{portal.url}/c/{address.rsplit('/', 1)[1]}")
    eyes = playwright.chromium.launch(
        executable_path=installed(),
        args=[
            *FLAGS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ],
    )
    context = new_context(eyes, PHONE, permissions=["camera"])
    context.add_cookies(trainee.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{portal.url}/scan")
    page.get_by_test_id("checkin-submit").filter(has_text="签到").click(timeout=20_000)
    result = page.get_by_test_id("checkin-result")
    expect(result).to_contain_text("已签到")
    expect(result).to_contain_text("阿*·买*")
    context.close()
    eyes.close()
    expect(screen.locator("#count")).to_have_text("1", timeout=10_000)


def test_signing_out_with_the_typed_code(
    portal: Portal, database: Engine, lesson: UUID, trainee: BrowserContext, teacher: BrowserContext
) -> None:
    pass_time(database, lesson, 3.2)
    screen = teacher.new_page()
    with Session(database) as session:
        meeting = sessions_of(session, session.get_one(TrainingClass, lesson))[0].id
    screen.goto(f"{portal.url}/teach/sessions/{meeting}/screen")
    expect(screen.get_by_text("扫码签退")).to_be_visible()
    digits = screen.get_by_test_id("checkin-code").inner_text()
    page = trainee.new_page()
    page.goto(f"{portal.url}/scan")
    page.get_by_test_id("checkin-code-input").fill(digits)
    page.get_by_test_id("checkin-submit").click()
    expect(page.get_by_test_id("checkin-result")).to_contain_text("已签退")


def test_the_institution_confirms_and_issues(
    portal: Portal, database: Engine, lesson: UUID, teacher: BrowserContext
) -> None:
    pass_time(database, lesson, 0.5)
    with Session(database) as session:
        meeting = sessions_of(session, session.get_one(TrainingClass, lesson))[0].id
    page = teacher.new_page()
    page.goto(f"{portal.url}/teach/sessions/{meeting}")
    row = page.get_by_test_id("attendance-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(NAME)
    page.get_by_test_id("attendance-confirm").click()
    expect(page.get_by_test_id("sheet-done")).to_be_visible()
    page.goto(f"{portal.url}/teach/classes/{lesson}")
    page.get_by_test_id("result-row").get_by_role("button", name="合格", exact=True).click()
    page.get_by_test_id("finish-ask").click()
    page.get_by_test_id("finish-confirm").click()
    expect(page.get_by_test_id("finish-result")).to_be_visible()


def test_the_archive_holds_a_certificate_that_anyone_can_verify(
    portal: Portal, trainee: BrowserContext, phone: BrowserContext
) -> None:
    page = trainee.new_page()
    page.goto(f"{portal.url}/me/archive")
    expect(page.get_by_test_id("archive-entry").filter(has_text=TITLE).first).to_be_visible()
    page.goto(f"{portal.url}/me/certificates")
    card = page.get_by_test_id("certificate-card")
    expect(card).to_have_count(1)
    link = card.locator("a[href*='/verify/']").get_attribute("href")
    picture = card.locator("a[href$='.png'], img[src$='.png']").first
    source = picture.get_attribute("href") or picture.get_attribute("src")
    drawn = trainee.request.get(f"{portal.url}{source}")
    assert drawn.ok
    assert len(drawn.body()) < 300_000
    assert "/verify/" in read_qr(drawn.body())
    assert not phone.request.get(f"{portal.url}{source}").ok

    stranger = phone.new_page()
    stranger.goto(f"{portal.url}{link}")
    result = stranger.get_by_test_id("verify-result")
    expect(result).to_contain_text("真实有效")
    expect(result).to_contain_text("阿*·买*")
    expect(result).not_to_contain_text(NAME)
    number = str(link).rsplit("/", 1)[1]
    answer = stranger.request.get(
        f"{portal.url}/verify/{number}", headers={"accept": "application/json"}
    ).json()
    assert (answer["genuine"], answer["status"]) == (True, "valid")


def test_logging_out_everywhere_ends_the_phone_too(portal: Portal, trainee: BrowserContext) -> None:
    page = trainee.new_page()
    page.goto(f"{portal.url}/me")
    page.get_by_test_id("logout").click()
    page.goto(f"{portal.url}/me")
    expect(page).to_have_url(re.compile("/login"))
