"""First visits on a phone: 1.6 Mbit/s, 150 ms round trip, a processor four times slower.

Run as ``python -m benchmarks.bench_pages``. Each visit is a new browser profile.
"""

import itertools
import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.reporting import report
from tests.support.chromium import FLAGS, installed
from tests.support.portal import Portal

VISITS = 5
PASSWORD = "Demo-2026!"
THROTTLE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def new_phone(browser: Browser) -> BrowserContext:
    """A phone that has never been here."""
    return browser.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, locale="zh-CN"
    )


def throttled(context: BrowserContext) -> tuple[Page, dict[str, float]]:
    """A page on a slow link and processor, and its running count of bytes on the wire."""
    page = context.new_page()
    wire = {"bytes": 0.0}
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", THROTTLE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    def finished(event: dict[str, float]) -> None:
        wire["bytes"] += event["encodedDataLength"]

    devtools.on("Network.loadingFinished", finished)
    return page, wire


def _watch(page: Page, selector: str) -> None:
    """Let the page itself note when an element is first drawn: asking from outside waits for
    the slowed-down main thread and would measure that."""
    page.add_init_script(
        f"""(() => {{
            const look = () => {{
                const found = document.querySelector({selector!r});
                if (found && found.getBoundingClientRect().height > 0)
                    requestAnimationFrame(() => (window.drawnAt ??= performance.now()));
                else requestAnimationFrame(look);
            }};
            look();
        }})()"""
    )


def _ready(page: Page, selector: str) -> float:
    """Milliseconds from navigation until the element was drawn."""
    page.locator(selector).first.wait_for(state="visible", timeout=60_000)
    while (drawn := page.evaluate("window.drawnAt")) is None:
        page.wait_for_timeout(50)
    return float(drawn)


def visit_classes(browser: Browser, url: str) -> tuple[float, float, float]:
    """(bytes, first paint ms, rows visible ms) of a first visit to the list of classes."""
    context = new_phone(browser)
    page, wire = throttled(context)
    _watch(page, "[data-testid=class-card]")
    page.goto(f"{url}/classes", wait_until="commit")
    rows = _ready(page, "[data-testid=class-card]")
    # The entry of the first paint is made a moment after it.
    paint = float(page.wait_for_function(PAINT).json_value())
    page.wait_for_load_state("networkidle")
    context.close()
    return wire["bytes"], paint, rows


def _log_in(context: BrowserContext, url: str, phone: str) -> None:
    page = context.new_page()
    page.goto(f"{url}/login")
    page.fill("[data-testid=login-phone]", phone)
    page.fill("[data-testid=login-password]", PASSWORD)
    page.click("[data-testid=login-submit]")
    page.wait_for_url(lambda current: urlsplit(current).path != "/login")
    page.close()


class Room:
    """A session of the demo that takes sign-ins now: its screen, and the code and colour on it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url, self.request, self.page = url, context.request, context.new_page()
        self.page.goto(f"{url}/teach")
        self.page.locator("a[href$='/screen']").first.wait_for()
        links = self.page.locator("a[href$='/screen']").evaluate_all("all => all.map(a => a.href)")
        for link in links:
            self.api = link.removesuffix("/screen").replace("/teach", "/api/v1") + "/code"
            code = self.request.get(self.api)
            if code.ok and code.json()["phase"] == "in":
                self.page.goto(link)
                return
        raise SystemExit("no session of the demo takes sign-ins now")

    def code_url(self) -> str:
        """The address in the QR code."""
        code = self.request.get(self.api).json()["url"]
        return self.url + urlsplit(str(code)).path

    def colour(self) -> str:
        """The colour on the screen."""
        shown = self.page.locator("[data-testid=checkin-colour]")
        return str(shown.get_attribute("data-colour"))


def visit_scan(browser: Browser, url: str, room: Room, phone: str) -> tuple[float, float] | None:
    """(ms until a tap can be made after a scan, ms from scan to the result), signed in.

    The moment in which the person looks up and taps is not counted. None for somebody who is
    not on the roster or has signed in before.
    """
    context = new_phone(browser)
    _log_in(context, url, phone)
    page, _ = throttled(context)
    tap = "[data-testid=checkin-submit],[data-testid^=colour-]"
    _watch(page, f"{tap},[data-testid=checkin-result]")
    page.goto(room.code_url(), wait_until="commit")
    usable = _ready(page, tap)
    if page.locator("[data-testid^=colour-]").count() == 0:
        context.close()
        return None
    page.locator(f"[data-testid=colour-{room.colour()}]").click()
    page.wait_for_url("**/checkin")
    done = _ready(page, "[data-testid=checkin-result]")
    context.close()
    return usable, usable + done


def main() -> None:
    """Serve the demo and visit it."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder, sync_playwright() as driver:
        portal = Portal(Path(folder))
        for command in ("init", "demo"):
            done = portal.command(command)
            if done.returncode:
                raise SystemExit(done.stderr)
        portal.start()
        browser = driver.chromium.launch(executable_path=installed(), args=FLAGS)
        try:
            visits = [visit_classes(browser, portal.url) for _ in range(VISITS)]
            sizes, paints, rows = (
                statistics.median(column) for column in zip(*visits, strict=True)
            )
            report("pages", "classes_wire_bytes", sizes, bar=190_000)
            report("pages", "classes_first_paint_ms", paints, bar=1000)
            report("pages", "classes_rows_visible_ms", rows, bar=2200)
            staff = browser.new_context()
            _log_in(staff, portal.url, "13900000101")
            room = Room(staff, portal.url)
            phones = (f"139000000{n:02d}" for n in range(1, 21))
            visited = (visit_scan(browser, portal.url, room, phone) for phone in phones)
            scans = list(itertools.islice((one for one in visited if one), VISITS))
            taps, ends = (statistics.median(column) for column in zip(*scans, strict=True))
            report("pages", "scan_button_usable_ms", taps, bar=1000)
            report("pages", "scan_to_signed_in_ms", ends, bar=2000)
        finally:
            browser.close()
            portal.stop()


if __name__ == "__main__":
    main()
