"""A real portal in a process of its own, and a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from sqlalchemy import Engine

from portal.db import embedded
from portal.db.engine import make_engine, use_engine
from tests.support.chromium import FLAGS, installed
from tests.support.portal import Portal

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 720}


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


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
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
