"""Browsers with somebody of the demo signed in."""

from datetime import UTC, date, datetime

from playwright.sync_api import Browser, BrowserContext, Page

from portal.domain.identity import make_demo_id
from tools.pictures import NEWCOMER, PHONE

PASSWORD = "Demo-2026!"  # noqa: S105 - printed in the README
# Old enough to draw a pension, which the rules do not know of a newcomer.
_AGE = 56


def new_device(browser: Browser, url: str, size: tuple[int, int], who: str) -> BrowserContext:
    """A browser of a size with somebody signed in, or nobody."""
    device = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        base_url=url,
        is_mobile=size == PHONE,
        has_touch=size == PHONE,
    )
    if who:
        page = device.new_page()
        if who == NEWCOMER:
            _register(page)
        else:
            page.goto("/login")
            page.fill("[data-testid=login-phone]", who)
            page.fill("[data-testid=login-password]", PASSWORD)
            page.click("[data-testid=login-submit]")
        page.wait_for_load_state()
        page.close()
    return device


def _register(page: Page) -> None:
    page.goto("/register")
    page.fill("[name=name]", "阿依夏木·示例")
    page.fill("[name=id_no]", make_demo_id(date(datetime.now(UTC).year - _AGE, 1, 1), 900))
    page.fill("[name=phone]", "13900000656")
    page.fill("[name=password]", PASSWORD)
    page.check("[name=agreed]")
    page.click("[data-testid=register-submit]")
