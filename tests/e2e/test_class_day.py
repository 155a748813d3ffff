"""A day of a class in real browsers: the camera and the colour, the sheet, an appeal, a second
person, an officer at the door."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Account,
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceSignal,
    ClassCheckIn,
    Enrolment,
    TrainingSession,
)
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.services.attendance_rules import attendance_of
from portal.services.checkin import receipt_of
from tests.e2e.conftest import DESK, PHONE, Enter, new_context
from tests.support import factories as make
from tests.support.camera import make_y4m
from tests.support.chromium import FLAGS, installed
from tests.support.eyes import read_qr
from tests.support.portal import Portal

TITLE = "葡萄栽培一日班"
ABSENT, *THERE = ("王小强", "李雪梅", "张三丰", "赵四海", "孙五一")
SHARED, FINE = THERE[:3], THERE[3]
MINUTE = timedelta(minutes=1)
# The camera, its reader and a page of a busy machine, in milliseconds.
SLOW = 30_000


@dataclass
class Day:
    """A class of two lessons of four 课时: one is over and unconfirmed, to one people come now.

    The trainee is not on the sheet of the first, although the other four are, three of them
    with one phone. The class has had all but one of the corrections that one person may make.
    """

    over: TrainingSession
    open: TrainingSession
    place: Enrolment
    trainee: Account
    manager: Account
    second: Account
    officer: Account


@pytest.fixture(scope="module")
def day(database: Engine, turpan: None) -> Day:
    now = datetime.now(UTC)
    with Session(database, expire_on_commit=False) as session, session.begin():
        school = make.make_institution(session, name="一日示例培训学校")
        lesson = make.make_class(
            session,
            institution=school,
            title=TITLE,
            first_start=now - timedelta(hours=5),
            gap=timedelta(hours=5, minutes=10),
            status="running",
        )
        session.add(ClassCheckIn(class_id=lesson.id, relay_trap=True, updated_at=now))
        over, now_open = make.sessions_of(session, lesson)
        people = [make.make_person(session, name=name) for name in (ABSENT, *THERE)]
        places = [make.enrol(session, person, lesson) for person in people]
        for place in places[1:]:
            phone = b"one for three" if place in places[1:4] else place.id.bytes
            _sign(session, over, place, phone, {"in": over.starts_at, "out": over.ends_at + MINUTE})
        for place in places[2:]:
            _sign(session, now_open, place, place.id.bytes, {"in": now})
        manager, second = (
            make.make_account(
                session, Role.MANAGER, institution=school, person=make.make_person(session, name=n)
            )
            for n in ("古丽", "马主任")
        )
        most = attendance_of(session, lesson).second_person_above
        session.add_all(
            _correction(over, places[4], manager, over.ends_at) for _ in range(most - 1)
        )
        return Day(
            over,
            now_open,
            places[0],
            make.make_account(session, person=people[0]),
            manager,
            second,
            make.make_account(session, Role.OFFICER),
        )


def _sign(
    session: Session,
    meeting: TrainingSession,
    place: Enrolment,
    phone: bytes,
    times: dict[str, datetime],
) -> None:
    for phase, at in times.items():
        event_id = new_id()
        event = AttendanceEvent(
            id=event_id,
            session_id=meeting.id,
            enrolment_id=place.id,
            person_id=place.person_id,
            phase=phase,
            method="qr",
            occurred_at=at,
            server_at=at,
            receipt=receipt_of(event_id),
        )
        session.add(event)
        session.flush()
        session.add(AttendanceSignal(event_id=event_id, session_id=meeting.id, device=phone))


def _correction(
    meeting: TrainingSession, place: Enrolment, by: Account, at: datetime
) -> AttendanceCorrection:
    return AttendanceCorrection(
        session_id=meeting.id,
        enrolment_id=place.id,
        old_state="present",
        old_hours=4,
        new_state="present",
        new_hours=4,
        reason="手机没电，当面核对过",
        actor_account_id=by.id,
        at=at,
    )


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_test_id("attendance-row").filter(has_text=name)


def test_the_camera_reads_the_code_and_the_colour_of_the_moment_signs_in(
    portal: Portal, database: Engine, playwright: Playwright, day: Day, enter: Enter, tmp_path: Path
) -> None:
    screen = enter(day.manager, viewport=DESK)
    screen.goto(f"/teach/sessions/{day.open.id}/screen")
    shown = screen.get_by_test_id("checkin-colour")
    early = shown.get_attribute("data-colour")
    address = read_qr(screen.get_by_test_id("checkin-qr").screenshot())
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
    device = new_context(
        eyes, PHONE, base_url=portal.url, permissions=["camera"], has_touch=True, is_mobile=True
    )
    with Session(database) as session, session.begin():
        token = make.log_in(session, day.trainee, now=datetime.now(UTC))
    device.add_cookies([{"name": LOGIN_COOKIE, "value": token, "url": portal.url}])
    phone = device.new_page()
    phone.goto("/scan")
    asked = phone.locator("#trap")
    expect(asked).to_be_visible(timeout=SLOW)

    # Whoever is sent a picture of the screen taps a colour that has gone.
    if shown.get_attribute("data-colour") == early:
        next_colour(shown)
    next_colour(shown)
    phone.get_by_test_id(f"colour-{early}").tap()
    expect(asked.get_by_role("alert")).to_have_text(t("checkin.colour.wrong", left=2))
    # One that has just come stays for four seconds.
    phone.get_by_test_id(f"colour-{next_colour(shown)}").tap()
    done = phone.get_by_test_id("checkin-result")
    expect(done).to_contain_text("已签到", timeout=SLOW)
    expect(phone.get_by_text(_receipt(database, day))).to_be_visible()
    hours = phone.get_by_role("img", name=t("scan.hours", credited=0, planned=8))
    expect(hours).to_be_visible()
    expect(screen.locator("#count")).to_have_text("4")
    device.close()
    eyes.close()


def next_colour(shown: Locator) -> str:
    """Waits until the screen shows another colour than now, and names it."""
    expect(shown).not_to_have_attribute("data-colour", shown.get_attribute("data-colour") or "")
    return shown.get_attribute("data-colour") or ""


def _receipt(database: Engine, day: Day) -> str:
    with Session(database) as session:
        query = session.query(AttendanceEvent).filter_by(
            session_id=day.open.id, enrolment_id=day.place.id
        )
        return query.one().receipt


def test_the_sheet_shows_what_is_odd_first_and_is_confirmed(day: Day, enter: Enter) -> None:
    page = enter(day.manager, viewport=DESK)
    page.goto(f"/teach/sessions/{day.over.id}")
    rows = page.get_by_test_id("attendance-row")
    expect(rows).to_have_count(5)
    told = t("odd_rows.same_phone", others=2)
    for name in SHARED:
        expect(row_of(page, name)).to_contain_text(told)
    # What needs a look stands on top, and the one row that needs none below it.
    expect(rows.last).to_contain_text(FINE)
    expect(rows.last).not_to_contain_text(told)
    page.get_by_test_id("attendance-confirm").click()
    expect(page.get_by_test_id("sheet-done")).to_be_visible()


def test_a_missing_record_is_appealed_in_one_tap_and_answered(day: Day, enter: Enter) -> None:
    phone = enter(day.trainee)
    phone.goto(f"/me/enrolments/{day.place.id}")
    missing = phone.get_by_role("button", name=t("appeals.own.missing"))
    missing.tap()
    expect(phone.get_by_test_id("appeal-open")).to_be_visible()

    desk = enter(day.manager, viewport=DESK)
    desk.goto("/teach/appeals")
    card = desk.get_by_test_id("appeal-card").filter(has_text=ABSENT)
    card.get_by_text(t("appeals.desk.uphold_fold"), exact=True).click()
    card.locator("[name=reason]:visible").fill("查了课堂照片，您在场")
    card.get_by_test_id("appeal-uphold").click()
    expect(desk.get_by_text(t("appeals.desk.upheld_done"))).to_be_visible()

    phone.reload()
    expect(phone.get_by_test_id("appeal-answered")).to_contain_text("查了课堂照片，您在场")
    # Four of eight 课时, in the bar.
    bar = phone.get_by_test_id("hours-note").get_by_role("progressbar")
    expect(bar).to_have_js_property("value", 4)


def test_one_more_correction_waits_for_a_second_person(day: Day, enter: Enter) -> None:
    first = enter(day.manager, viewport=DESK)
    first.goto(f"/teach/sessions/{day.over.id}")
    row = row_of(first, FINE)
    row.get_by_title(t("teach.sheet.tap_to_correct")).click()
    row.locator("[name=state]").select_option("early_leave")
    row.locator("[name=hours]").select_option("2")
    row.locator("[name=reason]").fill("课间离开，下课才回来")
    row.get_by_test_id("correction-save").click()
    # Who proposed it cannot agree to it.
    expect(row.get_by_test_id("proposal-take-back")).to_be_visible()
    expect(row.get_by_test_id("proposal-approve")).to_be_hidden()

    second = enter(day.second, viewport=DESK)
    second.goto(f"/teach/sessions/{day.over.id}")
    row = row_of(second, FINE)
    expect(row.get_by_test_id("proposal")).to_contain_text("课间离开，下课才回来")
    row.get_by_test_id("proposal-approve").click()
    expect(row.get_by_test_id("proposal")).to_be_hidden()
    state = t("teach.sheet.badge", state=t("sheet.state_early_leave"), hours=2)
    expect(row).to_contain_text(state)


def test_an_officer_at_the_door_counts_and_sees_the_card(day: Day, enter: Enter) -> None:
    phone = enter(day.officer)
    phone.goto("/admin/inspections")
    door = phone.get_by_test_id("running-lesson").filter(has_text=TITLE)
    door.get_by_test_id("inspection-start").tap()
    # How many should be there is told after the count only.
    expect(phone.get_by_test_id("inspection-heads")).to_be_visible()
    assert t("inspection.counted", heads=2, sheet=4) not in phone.locator("main").inner_text()
    phone.get_by_test_id("inspection-heads").fill("2")
    phone.get_by_test_id("inspection-submit").tap()
    result = phone.get_by_test_id("inspection-result")
    expect(result).to_contain_text(t("inspection.counted", heads=2, sheet=4))
    expect(result).to_contain_text(t("inspection.card_red"))
