"""A real portal in a process of its own, and a real browser."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from sqlalchemy import Engine

from portal.db import embedded
from portal.db.engine import make_engine, use_engine
from portal.settings import ROOT, get_settings
from tests.support.chromium import FLAGS, installed

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 720}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Portal:
    """A running portal: its folder, address and process."""

    data: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        """It has the keys of this process, so that rows made by the test open in it."""
        (self.data / "keys").mkdir(mode=0o700)
        shutil.copy(get_settings().key_file, self.data / "keys" / "master.key")

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PORTAL_DATA_DIR": str(self.data),
            "PORTAL_PORT": str(self.port),
            "PORTAL_HOST": "127.0.0.1",
        }

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "portal.cli", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        log = (self.data / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "serve"],
            cwd=ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        for _ in range(300):
            assert self.process.poll() is None, (self.data / "serve.log").read_text()[-3000:]
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/readyz", timeout=2)
                return
            time.sleep(0.2)
        raise AssertionError("the portal did not become ready")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def kill(self) -> None:
        """As a power cut for every process of ours: no handler runs."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


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
