"""Draws the pages into docs/screenshots: ``make screenshots``, ``make screenshots ONLY=offer``.

The demo is served from a folder of its own, so that the pictures hold nobody's data.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from portal.settings import ROOT
from tests.support.chromium import FLAGS, installed
from tests.support.portal import Portal
from tools.class_day import CLASS_DAY
from tools.devices import new_device
from tools.papers import DOWNLOADS, PAPERS, Paper, first_page
from tools.pictures import BOTH, DESK, PICTURES, Picture
from tools.supervision import SUPERVISION

FOLDER = ROOT / "docs" / "screenshots"


def resolve(device: BrowserContext, picture: Picture) -> str | None:
    """The path with its star filled in from the first link that fits; None when there is none."""
    before, star, after = picture.path.partition("*")
    if not star:
        return before
    page = device.new_page()
    page.goto(picture.start or picture.beginning.rstrip("/"))
    # Of a session there are three links: to its sheet, its screen and its camera.
    ending = f"[href$='{after}']" if after else ":not([href$='/screen']):not([href$='/scan'])"
    wanted = f"[href^='{picture.beginning}']{ending}"
    links = page.locator(f"a{wanted}")
    if picture.about:
        links = links.filter(has_text=picture.about)
    try:
        links.first.wait_for(timeout=10_000)
        found = str(links.first.get_attribute("href"))
    except Error:
        return None
    finally:
        page.close()
    return before + found.removeprefix(picture.beginning).removesuffix(after) + after


def draw(device: BrowserContext, picture: Picture, size: tuple[int, int]) -> str:
    """Draw one page; answers what is wrong with it, or nothing."""
    target = resolve(device, picture)
    if target is None:
        return f"{picture.stem}: nothing to open"
    page = device.new_page()
    page.goto(target)
    page.wait_for_load_state("networkidle")
    if picture.first is not None:
        try:
            picture.first(page)
        except (Error, AssertionError) as error:
            page.close()
            return f"{picture.stem} at {size[0]}: {str(error).splitlines()[0]}"
        page.wait_for_load_state("networkidle")
    # Pages draw what they know first, and the rest when the server has answered.
    page.wait_for_timeout(1500)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.screenshot(path=FOLDER / f"{picture.stem}_{size[0]}.png")
    page.close()
    return f"{picture.stem} at {size[0]}: scrolls sideways ({wide} px)" if wide > size[0] else ""


def shots(browser: Browser, url: str, wanted: Sequence[Picture]) -> Iterator[str]:
    """Draw everything; yields what could not be drawn, or is too wide."""
    for size in BOTH:
        devices: dict[str, BrowserContext] = {}
        for picture in wanted:
            if size not in picture.sizes:
                continue
            if picture.who not in devices:
                devices[picture.who] = new_device(browser, url, size, picture.who)
            if problem := draw(devices[picture.who], picture, size):
                yield problem
        for device in devices.values():
            device.close()


def papers(browser: Browser, url: str, wanted: Sequence[Paper]) -> None:
    """Draw the first page of each paper, as it comes out of a printer."""
    for paper in wanted:
        device = new_device(browser, url, DESK, paper.who)
        first_page(paper.fetch(device.new_page())).save(FOLDER / f"{paper.stem}.png")
        device.close()


def main() -> None:
    """Serve the demo, draw, report. Words name the pictures wanted; without any, all."""
    words = sys.argv[1:]
    every = (*PICTURES, *CLASS_DAY, *PAPERS, *SUPERVISION)
    wanted = [one for one in every if not words or any(word in one.stem for word in words)]
    printed = [one for one in DOWNLOADS if not words or any(word in one.stem for word in words)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not words:
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
            problems = list(shots(browser, portal.url, wanted))
            papers(browser, portal.url, printed)
        finally:
            browser.close()
            portal.stop()
    for line in problems:
        print(line)  # noqa: T201
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}")  # noqa: T201


if __name__ == "__main__":
    main()
