"""The room's screen in a real browser: without a link, after every scan, with a wrong clock."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import ClassCheckIn, TrainingSession
from portal.db.vault import get_vault
from portal.domain import checkin_code, relay_trap
from portal.domain.checkin_code import Phase, ReadCode
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from tests.e2e.conftest import DESK, Enter, new_context
from tests.support import factories as make
from tests.support.eyes import read_qr
from tests.support.portal import Portal

MINUTE = timedelta(minutes=1)
# A code lasts 15 seconds; a busy machine draws late.
NEXT_CODE = 30_000


@dataclass(frozen=True)
class Room:
    """A class that meets in ten minutes, and its instructor."""

    meeting: TrainingSession
    staff: Any
    url: str

    def key(self) -> bytes:
        return checkin_code.session_key(get_vault().subkey("checkin"), self.meeting.id)


@pytest.fixture
def room_with(portal: Portal, database: Engine) -> Callable[..., Room]:
    """Makes a class that asks for what is given; ``starts_in`` from now."""

    def made(*, starts_in: timedelta = 10 * MINUTE, **settings: bool) -> Room:
        now = datetime.now(UTC)
        with Session(database, expire_on_commit=False) as session, session.begin():
            institution = make.make_institution(session)
            of = make.make_class(
                session, institution=institution, first_start=now + starts_in, status="running"
            )
            values = {"relay_trap": False, "new_code_per_scan": False} | settings
            session.add(ClassCheckIn(class_id=of.id, updated_at=now, **values))
            staff = make.make_account(session, Role.INSTRUCTOR, institution=institution)
            meeting = make.sessions_of(session, of)[0]
        return Room(meeting, staff, f"{portal.url}/teach/sessions/{meeting.id}/screen")

    return made


def shown(page: Page) -> str:
    """The token in the code on the screen, read off its picture."""
    return read_qr(page.get_by_test_id("checkin-qr").screenshot()).rsplit("/", 1)[1]


def told(page: Page) -> ReadCode:
    """What that token says."""
    return checkin_code.read_any_token(get_vault().subkey("checkin"), shown(page))


def scan(portal: Portal, browser: Browser, token: str) -> int:
    """Somebody's phone opens the code; the answer's status."""
    phone = new_context(browser, DESK)
    status = phone.request.get(f"{portal.url}/c/{token}").status
    phone.close()
    return status


def until(holds: Callable[[], bool], page: Page) -> None:
    """Look again until it is so."""
    end = time.monotonic() + NEXT_CODE / 1000
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(200)


def drawing(page: Page) -> Locator:
    return page.locator("#qr path").last


def watch_change(place: Locator, before: str | None, attribute: str) -> None:
    expect(place).not_to_have_attribute(attribute, before or "", timeout=NEXT_CODE)


def test_a_screen_without_a_link_goes_on_and_its_codes_are_taken(
    portal: Portal, browser: Browser, enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with(new_code_per_scan=True)
    page = enter(room.staff, viewport=DESK)
    page.goto(room.url)
    expect(page.locator("#next")).to_have_text(t("screen.per_scan"))
    assert told(page).seq == 1

    page.context.set_offline(True)
    expect(page.get_by_test_id("screen-lost")).to_contain_text("签到码照常更新")
    expect(page.locator("#next")).to_contain_text("秒后换码")
    first = told(page)
    watch_change(drawing(page), drawing(page).get_attribute("d"), "d")
    second = told(page)
    # Nobody tells a screen without a link of scans: its codes change by time alone.
    assert (first.seq, second.seq) == (0, 0)
    assert second.step > first.step
    assert scan(portal, browser, shown(page)) == 200
    # And as often as somebody likes: only codes with a number are for one scan.
    assert scan(portal, browser, shown(page)) == 200
    digits = page.get_by_test_id("checkin-code").inner_text().replace(" ", "")
    code = checkin_code.code_at(
        room.key(), session_id=room.meeting.id, phase=Phase.IN, at=second.shown_from
    )
    assert digits in {code.numeric, _after(room, second).numeric}

    page.context.set_offline(False)
    expect(page.get_by_test_id("screen-lost")).to_be_hidden()
    expect(page.locator("#next")).to_have_text(t("screen.per_scan"))


def _after(room: Room, code: ReadCode) -> checkin_code.CheckInCode:
    at = code.shown_from + checkin_code.CODE_PERIOD
    return checkin_code.code_at(room.key(), session_id=room.meeting.id, phase=Phase.IN, at=at)


def test_the_screen_shows_another_code_as_soon_as_somebody_has_scanned(
    portal: Portal, browser: Browser, enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with(new_code_per_scan=True)
    page = enter(room.staff, viewport=DESK)
    page.goto(room.url)
    for number in (1, 2, 3):
        until(lambda number=number: told(page).seq == number, page)  # type: ignore[misc]
        assert scan(portal, browser, shown(page)) == 200


def test_without_a_link_for_longer_than_its_keys_the_screen_shows_no_code(
    portal: Portal, browser: Browser, enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with()
    page = enter(room.staff, viewport=DESK)
    page.clock.install()
    page.goto(room.url)
    expect(page.locator("#next")).to_contain_text("秒后换码")
    page.context.set_offline(True)
    expect(page.get_by_test_id("screen-lost")).to_be_visible()
    page.clock.fast_forward("16:00")
    expect(page.get_by_test_id("screen-lost")).to_have_text(t("screen.lost_ended"))
    expect(page.get_by_test_id("checkin-qr")).to_be_hidden()
    expect(page.get_by_test_id("checkin-code")).to_be_hidden()

    page.context.set_offline(False)
    expect(page.get_by_test_id("checkin-qr")).to_be_visible()
    expect(page.get_by_test_id("screen-lost")).to_be_hidden()
    assert scan(portal, browser, shown(page)) == 200


@pytest.mark.parametrize(("off", "said"), [(90_000, "快了 90 秒"), (-86_400_000, "慢了 24 小时")])
def test_a_screen_whose_clock_is_wrong_says_so_and_shows_the_right_code(
    portal: Portal,
    browser: Browser,
    enter: Enter,
    room_with: Callable[..., Room],
    off: int,
    said: str,
) -> None:
    room = room_with()
    page = enter(room.staff, viewport=DESK)
    page.add_init_script(f"const right = Date.now; Date.now = () => right() + {off};")
    page.goto(room.url)
    expect(page.get_by_test_id("screen-clock")).to_contain_text(said)
    assert scan(portal, browser, shown(page)) == 200


def test_a_screen_whose_clock_is_right_says_nothing(
    enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with()
    page = enter(room.staff, viewport=DESK)
    page.goto(room.url)
    expect(page.locator("#next")).to_contain_text("秒后换码")
    expect(page.get_by_test_id("screen-clock")).to_be_hidden()
    expect(page.get_by_test_id("screen-lost")).to_be_hidden()


def test_the_colour_on_the_screen_changes_as_the_server_reckons(
    enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with(relay_trap=True)
    page = enter(room.staff, viewport=DESK)
    page.goto(room.url)
    colour = page.get_by_test_id("checkin-colour")
    for _ in range(3):
        before = colour.get_attribute("data-colour")
        watch_change(colour, before, "data-colour")
        name = colour.get_attribute("data-colour")
        asked = datetime.now(UTC)
        # What was on the screen when this machine came to look: now or one colour ago.
        assert name in {_colour(room, asked), _colour(room, asked - relay_trap.COLOUR_PERIOD)}
        expect(colour.locator("#colour-name")).to_have_text(t(f"trap.{name}"))
        expect(colour.locator("#colour-of")).to_have_text(t(f"trap.shape_{name}"))
        expect(colour.locator("use")).to_have_attribute("href", f"#trap-{name}")


def _colour(room: Room, at: datetime) -> str:
    key = checkin_code.screen_key(room.key(), Phase.IN, relay_trap.block_of(at))
    return relay_trap.colour_at(key, at)


def test_the_screen_turns_by_itself_when_the_window_opens(
    database: Engine, enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with(starts_in=60 * MINUTE)
    page = enter(room.staff, viewport=DESK)
    with page.expect_response("**/pulse"):
        page.goto(room.url)
    expect(page.get_by_text(t("screen.closed"))).to_be_visible()
    _open(database, room)
    _expect_code(page)


def test_a_window_that_opens_while_the_screen_starts_is_not_missed(
    database: Engine, enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with(starts_in=60 * MINUTE)
    page = enter(room.staff, viewport=DESK)

    def opens_first(asked: Route) -> None:
        _open(database, room)
        asked.continue_()

    page.route("**/screen.json", opens_first, times=1)
    page.goto(room.url)
    _expect_code(page)


def _open(database: Engine, room: Room) -> None:
    with Session(database) as session, session.begin():
        session.get_one(TrainingSession, room.meeting.id).sign_in_from = datetime.now(UTC)


def _expect_code(page: Page) -> None:
    # The page asks every two seconds and gives each answer ten: a busy machine may miss some.
    expect(page.get_by_text(t("screen.headline_in"))).to_be_visible(timeout=NEXT_CODE)
    expect(page.locator("#next")).to_contain_text("秒后换码")
    assert told(page).phase is Phase.IN


def test_a_module_that_never_comes_holds_nothing_up(
    enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with()
    page = enter(room.staff, viewport=DESK)
    page.route("**/checkin-codes.js", lambda _: None)
    page.goto(room.url)
    expect(page.locator("#next")).to_contain_text("秒后换码", timeout=NEXT_CODE)
    assert told(page).phase is Phase.IN


def test_a_browser_without_webcrypto_is_sent_the_codes(
    portal: Portal, browser: Browser, enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with(relay_trap=True)
    page = enter(room.staff, viewport=DESK)
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    page.goto(room.url)
    expect(page.locator("#next")).to_contain_text("秒后换码")
    drawn = page.locator("#qr path").last
    watch_change(drawn, drawn.get_attribute("d"), "d")
    assert scan(portal, browser, shown(page)) == 200
    name = page.get_by_test_id("checkin-colour").get_attribute("data-colour")
    watch_change(page.get_by_test_id("checkin-colour"), name, "data-colour")


def test_without_any_script_the_page_comes_again_by_itself(
    portal: Portal, browser: Browser, database: Engine, room_with: Callable[..., Room]
) -> None:
    room = room_with()
    with Session(database) as session, session.begin():
        token = make.log_in(session, room.staff, now=datetime.now(UTC))
    device = new_context(browser, DESK, java_script_enabled=False)
    device.add_cookies([{"name": LOGIN_COOKIE, "value": token, "url": portal.url}])
    page = device.new_page()
    page.goto(room.url)
    first = page.get_by_test_id("checkin-code").inner_text()
    assert re.fullmatch(r"\d{6}", first)
    expect(page.get_by_test_id("checkin-code")).not_to_have_text(first, timeout=NEXT_CODE)
    assert scan(portal, browser, shown(page)) == 200
    device.close()


def test_a_screen_whose_login_has_ended_leads_to_the_login(
    enter: Enter, room_with: Callable[..., Room]
) -> None:
    room = room_with()
    page = enter(room.staff, viewport=DESK)
    page.goto(room.url)
    expect(page.locator("#next")).to_contain_text("秒后换码")
    page.context.clear_cookies()
    expect(
        page.locator(f"a[href^='/login?next=/teach/sessions/{room.meeting.id}']")
    ).to_be_visible()
