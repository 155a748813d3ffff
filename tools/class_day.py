"""What ``make screenshots`` draws of a class day: room, phones, sheet, officer."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Page

from portal.locale import t
from tests.support.eyes import read_qr
from tools.devices import new_device
from tools.pictures import DESK, MANAGER, OFFICER, PHONE, TRAINEE, Picture

SECOND_TRAINEE = "13900000002"
_MEETS_NOW = re.compile("^" + t("demo.class.now", day=""))
_WEEKLY = t("demo.class.running")


@contextmanager
def someone_else(page: Page, who: str) -> Iterator[Page]:
    """A page of another person, in a browser window of their own."""
    browser = page.context.browser
    if browser is None:
        raise RuntimeError("a device without a browser")
    address = urlsplit(page.url)
    device = new_device(browser, f"{address.scheme}://{address.netloc}", DESK, who)
    yield device.new_page()
    device.close()


def _scan(page: Page) -> None:
    """The phone reads the room's code, and is asked for the colour."""
    with someone_else(page, MANAGER) as room:
        _read_code(page, room)


def _scan_and_sign_in(page: Page) -> None:
    with someone_else(page, MANAGER) as room:
        _read_code(page, room)
        if page.locator("#trap").count():
            shown = room.get_by_test_id("checkin-colour").get_attribute("data-colour")
            page.get_by_test_id(f"colour-{shown}").click()
        else:
            page.get_by_test_id("checkin-submit").click()
        page.get_by_test_id("checkin-result").wait_for()


def _read_code(page: Page, room: Page) -> None:
    _open("/screen")(room)
    address = read_qr(room.get_by_test_id("checkin-qr").screenshot())
    page.goto(f"/c/{address.rsplit('/', 1)[1]}")


def _open(further: str = "") -> Callable[[Page], object]:
    """Opens the session that can be tried at this moment: its sheet, or what lies below it."""

    def open_it(page: Page) -> None:
        page.goto("/teach")
        title = page.get_by_role("heading", name=_MEETS_NOW)
        card = page.get_by_test_id("today-session").filter(has=title)
        screen = str(card.locator("a[href$='/screen']").get_attribute("href"))
        page.goto(screen.removesuffix("/screen") + further)

    return open_it


def _lose_link(page: Page) -> None:
    """Nothing of this page comes through any more; the other pages of the browser go on."""
    _open("/screen")(page)
    page.route("**/*", lambda route: route.abort())
    page.get_by_test_id("screen-lost").wait_for()
    page.get_by_test_id("screen-lost").scroll_into_view_if_needed()


def _teach_without_link(page: Page) -> None:
    """The list of the lesson that meets now, as it is when the link is lost."""
    lessons = page.get_by_test_id("offline-session")
    of_now = lessons.locator("option").filter(has_text=_MEETS_NOW)
    lessons.select_option(of_now.first.get_attribute("value"))
    page.route("**/*", lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('offline'))")


def _go_on(further: str) -> Callable[[Page], object]:
    """Opens what lies below the address of the page."""
    return lambda page: page.goto(page.url.split("?")[0] + further)


def _follow(beginning: str) -> Callable[[Page], object]:
    """Opens the first link of the page that begins so."""

    def follow(page: Page) -> None:
        link = page.locator(f"main a[href^='{beginning}']").first
        page.goto(str(link.get_attribute("href")))

    return follow


def _odd_sheet(page: Page) -> None:
    """The sheet of the session about which the authority wonders."""
    with someone_else(page, OFFICER) as office:
        office.goto("/admin/risk")
        card = office.get_by_test_id("risk-card").first
        page.goto(f"/teach/sessions/{str(card.get_attribute('href')).rsplit('/', 1)[1]}")


def _appeal(page: Page) -> None:
    """One tap, unless it is made already."""
    page.get_by_test_id("own-record").first.wait_for()
    if not page.get_by_test_id("appeal-open").count():
        page.get_by_test_id("appeal").last.click()
        page.get_by_test_id("appeal-open").wait_for()
    page.get_by_test_id("appeal-open").first.scroll_into_view_if_needed()


def _call_roll(page: Page) -> None:
    """Calls the roll in the first lesson of today in which that is possible at this hour: from
    the end of its sign-in on, so that some hours have none."""
    page.goto("/teach")
    page.get_by_test_id("today-session").first.wait_for()
    links = page.locator("[data-testid=today-session] a[href$='/screen']").all()
    sheets = [str(link.get_attribute("href")).removesuffix("/screen") for link in links]
    button = page.get_by_test_id("call-start").or_(page.get_by_test_id("call-look"))
    for sheet in sheets:
        page.goto(sheet)
        page.get_by_test_id("call-panel").wait_for()
        if button.count():
            break
    if page.get_by_test_id("call-start").count():
        page.get_by_test_id("call-start").click()
    page.get_by_test_id("call-look").wait_for()
    page.get_by_test_id("call-panel").scroll_into_view_if_needed()


def _stand_at_the_door(page: Page) -> None:
    page.get_by_test_id("inspection-start").first.click()
    page.get_by_test_id("inspection-heads").wait_for()


def _count_heads(page: Page) -> None:
    _stand_at_the_door(page)
    page.get_by_test_id("inspection-heads").fill("6")
    page.get_by_test_id("inspection-submit").click()
    page.get_by_test_id("inspection-result").wait_for()


# Each size has a trainee of its own: nobody is asked for the colour twice.
_PHONE_AND_DESK = ((TRAINEE, (PHONE,)), (SECOND_TRAINEE, (DESK,)))

CLASS_DAY = (
    # The room.
    Picture(MANAGER, "/teach", "screen", first=_open("/screen")),
    Picture(MANAGER, "/teach", "screen_no_link", first=_lose_link),
    Picture(MANAGER, "/teach", "staff_scan", first=_open("/scan")),
    Picture(MANAGER, "/teach", "sheet_now", first=_open()),
    Picture(MANAGER, "/teach/offline"),
    Picture(MANAGER, "/teach/offline", "offline_no_link", first=_teach_without_link),
    # Phones.
    *(
        Picture(who, "/me/pass", name, sizes=sizes, first=act)
        for name, act in (("scan_colours", _scan), ("scan_done", _scan_and_sign_in))
        for who, sizes in _PHONE_AND_DESK
    ),
    Picture(TRAINEE, "/me/enrolments/*", "me_hours", about=_WEEKLY),
    Picture(TRAINEE, "/me/enrolments/*", "me_appeal", about=_WEEKLY, first=_appeal),
    Picture(
        TRAINEE, "/me/enrolments/*", "me_session", about=_WEEKLY, first=_follow("/me/sessions/")
    ),
    # The sheet.
    Picture(MANAGER, "/teach", "sheet_odd_rows", first=_odd_sheet),
    Picture(MANAGER, "/teach/appeals"),
    Picture(MANAGER, "/teach/classes/*", "class_cards", start="/teach", first=_go_on("/sheets")),
    Picture(MANAGER, "/teach/classes/*", "class_checkin", start="/teach", first=_go_on("/checkin")),
    # The authority.
    Picture(OFFICER, "/admin/risk"),
    Picture(OFFICER, "/admin/risk/*"),
    Picture(OFFICER, "/admin/inspections"),
    Picture(OFFICER, "/admin/inspections", "inspection_count", first=_stand_at_the_door),
    Picture(OFFICER, "/admin/inspections", "inspection_card", first=_count_heads),
    Picture(OFFICER, "/admin/overlaps"),
    Picture(OFFICER, "/admin/appeals"),
    Picture(MANAGER, "/teach", "roll_call", first=_call_roll),
)
