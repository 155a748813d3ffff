"""Draws every page at both sizes into docs/screenshots: ``make screenshots``.

The demo is served from a folder of its own, so that the pictures hold nobody's data.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from portal.settings import ROOT
from tests.support.chromium import FLAGS, installed
from tests.support.portal import Portal

FOLDER = ROOT / "docs" / "screenshots"
SIZES = ((360, 740), (1280, 800))
PASSWORD = "Demo-2026!"  # noqa: S105 - printed in the README
TRAINEE, MANAGER, OFFICER, AUDITOR = (
    "13900000001",
    "13900000101",
    "13900000201",
    "13900000202",
)
# (who is signed in, path). A path that ends in * means: open the page and follow its first link
# that begins so.
PAGES: tuple[tuple[str, str], ...] = (
    ("", "/"),
    ("", "/classes"),
    ("", "/classes/*"),
    ("", "/institutions"),
    ("", "/institutions/*"),
    ("", "/catalogues"),
    ("", "/policies"),
    ("", "/policies/*"),
    ("", "/login"),
    ("", "/register"),
    ("", "/verify"),
    (TRAINEE, "/"),
    (TRAINEE, "/me"),
    (TRAINEE, "/me/enrolments"),
    (TRAINEE, "/me/enrolments/*"),
    (TRAINEE, "/me/pass"),
    (TRAINEE, "/scan"),
    (TRAINEE, "/me/archive"),
    (TRAINEE, "/me/certificates"),
    (TRAINEE, "/verify/*"),
    (TRAINEE, "/me/subsidies"),
    (TRAINEE, "/me/messages"),
    (TRAINEE, "/me/data"),
    (MANAGER, "/teach"),
    (MANAGER, "/teach/classes/*"),
    (MANAGER, "/teach/sessions/*"),
    (MANAGER, "/teach/sessions/*/screen"),
    (OFFICER, "/admin"),
    (AUDITOR, "/admin"),
)
# Where the first link of a starred path is found.
FOUND_ON = {"/verify/*": "/me/certificates", "/teach/classes/*": "/teach"}


def picture_name(who: str, path: str, width: int, *, elder: bool = False) -> str:
    """A file name: the path, who is signed in where it matters, the width."""
    words = re.sub(r"[^a-z]+", "_", path.replace("*", "one")).strip("_") or "home"
    role = {TRAINEE: "", MANAGER: "", OFFICER: "_officer", AUDITOR: "_auditor"}.get(who, "")
    if path == "/" and who:
        role = "_signed_in"
    return f"{words}{role}_{width}{'_elder' if elder else ''}.png"


def log_in(context: BrowserContext, url: str, phone: str) -> None:
    """Sign a demo account in."""
    page = context.new_page()
    page.goto(f"{url}/login")
    page.fill("[data-testid=login-phone]", phone)
    page.fill("[data-testid=login-password]", PASSWORD)
    page.click("[data-testid=login-submit]")
    page.wait_for_load_state()
    page.close()


def resolve(context: BrowserContext, url: str, path: str) -> str | None:
    """The path with its star filled in from the first matching link; None when there is none."""
    if "*" not in path:
        return path
    prefix = path.split("*")[0]
    base = FOUND_ON.get(path) or ("/teach" if prefix.startswith("/teach") else prefix.rstrip("/"))
    page = context.new_page()
    page.goto(f"{url}{base}")
    ending = "screen" if path.endswith("screen") else ""
    links = page.locator(f"a[href*='{prefix}']")
    try:
        links.first.wait_for(timeout=10_000)
        hrefs = links.evaluate_all("all => all.map(a => a.getAttribute('href'))")
    except Exception:
        hrefs = []
    page.close()
    wanted = [href for href in hrefs if href.endswith("/screen") == bool(ending)]
    return wanted[0] if wanted else None


def shots(browser: Browser, url: str) -> Iterator[str]:
    """Draw everything; yields what could not be drawn."""
    for width, height in SIZES:
        contexts: dict[str, BrowserContext] = {}
        for who, path in PAGES:
            if who not in contexts:
                contexts[who] = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale="zh-CN",
                    timezone_id="Asia/Shanghai",
                )
                if who:
                    log_in(contexts[who], url, who)
            target = resolve(contexts[who], url, path)
            if target is None:
                yield f"{path}: nothing to open"
                continue
            page = contexts[who].new_page()
            page.goto(f"{url}{target}")
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1500)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                yield f"{path} at {width}: scrolls sideways ({wide} px)"
            page.screenshot(path=FOLDER / picture_name(who, path, width))
            page.close()
        for context in contexts.values():
            context.close()


def main() -> None:
    """Serve the demo, draw, report."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="portal-shots-") as folder, sync_playwright() as driver:
        portal = Portal(Path(folder))
        for command in ("init", "demo"):
            done = portal.command(command)
            if done.returncode:
                raise SystemExit(done.stderr)
        portal.start()
        browser = driver.chromium.launch(executable_path=installed(), args=FLAGS)
        try:
            problems = list(shots(browser, portal.url))
        finally:
            browser.close()
            portal.stop()
    for line in problems:
        print(line)  # noqa: T201
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}")  # noqa: T201


if __name__ == "__main__":
    main()
