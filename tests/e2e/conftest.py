"""A real portal in a process of its own, and a real browser."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db import embedded
from portal.db.engine import make_engine, use_engine
from portal.db.models import Account
from portal.http.context import LOGIN_COOKIE
from tests.support import factories, town
from tests.support.chromium import FLAGS, installed
from tests.support.portal import Portal

# Opens a device for somebody (nobody: signed out) and answers its first page.
Enter = Callable[..., Page]

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 720}
# In milliseconds. The server's own worker looks every second, and starts within a few.
SOON = 20_000
# A machine that is busy with other tests draws a page late; what is wrong stays wrong.
expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal with an empty database, served as users get it."""
    made = Portal(tmp_path_factory.mktemp("portal"))
    done = made.command("init")
    assert done.returncode == 0, done.stderr
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def database(portal: Portal) -> Iterator[Engine]:
    """The running portal's own database; its keys are this process's keys too."""
    cluster = embedded.Cluster(portal.data.resolve() / "postgres")
    engine = make_engine(cluster.url(), pool_size=4)
    yield engine
    engine.dispose()


@pytest.fixture
def services_use(database: Engine) -> Iterator[Engine]:
    """Services called by the test work on the portal's database."""
    use_engine(make_engine(str(database.url.render_as_string(hide_password=False)), pool_size=4))
    yield database
    use_engine(None)


# For one module only: while it lives, its event loop runs in the thread of all tests.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    made = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
    yield made
    made.close()


def new_context(browser: Browser, viewport: dict[str, int], **options: object) -> BrowserContext:
    """A fresh device that speaks Chinese and keeps Beijing time."""
    return browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        **options,  # type: ignore[arg-type]
    )


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    made = new_context(browser, PHONE, has_touch=True, is_mobile=True)
    yield made
    made.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    made = new_context(browser, DESK)
    yield made
    made.close()


@pytest.fixture(scope="session")
def turpan(database: Engine) -> None:
    """Turpan's rules are in force in the running portal."""
    with Session(database) as session, session.begin():
        town.publish(session)


@pytest.fixture
def saved(database: Engine, turpan: None) -> Iterator[Session]:
    """The running portal's database, to put people and classes into: commit them."""
    with Session(database, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def enter(browser: Browser, portal: Portal, database: Engine) -> Iterator[Enter]:
    """Gives everybody a device of their own: ``enter(account)``, signed in, or ``enter()``."""
    devices: list[BrowserContext] = []

    def opened(account: Account | None = None, *, viewport: dict[str, int] = PHONE) -> Page:
        handheld = viewport is PHONE
        device = new_context(
            browser, viewport, base_url=portal.url, has_touch=handheld, is_mobile=handheld
        )
        devices.append(device)
        if account is not None:
            with Session(database) as session, session.begin():
                token = factories.log_in(session, account, now=datetime.now(UTC))
            device.add_cookies([{"name": LOGIN_COOKIE, "value": token, "url": portal.url}])
        return device.new_page()

    yield opened
    for device in devices:
        device.close()


def until_shown(wanted: Locator) -> None:
    """Open the page again until it shows what the server does behind it."""
    end = time.monotonic() + SOON / 1000
    while True:
        try:
            expect(wanted).to_be_visible(timeout=1000)
        except AssertionError:
            if time.monotonic() > end:
                raise
            wanted.page.reload()
        else:
            return
