"""What ``make screenshots`` draws: pages of the demo, by whom they are seen, at which sizes."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

PHONE, DESK = (360, 740), (1280, 800)
BOTH = (PHONE, DESK)
NEWCOMER = "newcomer"
TRAINEE, PENSIONER, ASKED, FREE_ALL_DAY, WAITING, OFFERED = (
    "13900000001",
    "13900000004",
    "13900000011",
    "13900000014",
    "13900000019",
    "13900000020",
)
MANAGER, EMPLOYER, HELPER, OFFICER, AUDITOR = (
    "13900000101",
    "13900000103",
    "13900000104",
    "13900000201",
    "13900000202",
)
PROVINCE = "13900000208"
# Whose page it is, where the path alone does not tell.
_ROLES = {OFFICER: "officer", AUDITOR: "auditor"}


@dataclass(frozen=True)
class Picture:
    """One picture: who is signed in ("" for nobody), and the path.

    A star in the path stands for what follows ``link`` in the first link of the page ``start``
    in or beside which the words ``about`` stand. ``first`` is done on the page beforehand.
    """

    who: str
    path: str
    name: str = ""
    start: str = ""
    link: str = ""
    about: str = ""
    first: Callable[[Page], object] | None = None
    sizes: tuple[tuple[int, int], ...] = BOTH

    @property
    def stem(self) -> str:
        """The file's name without its size: the path, and who is signed in where it matters."""
        if self.name:
            return self.name
        words = re.sub(r"[^a-z]+", "_", self.path.replace("*", "one")).strip("_") or "home"
        role = "signed_in" if self.path == "/" and self.who else ""
        if self.path == "/admin":
            role = _ROLES[self.who]
        return "_".join(filter(None, (words, role)))

    @property
    def beginning(self) -> str:
        """How the link begins from which the star is filled in."""
        return self.link or self.path.split("*")[0]


def phone(who: str, path: str, name: str = "", **more: object) -> Picture:
    """A page that people open on a telephone."""
    return Picture(who, path, name, sizes=(PHONE,), **more)  # type: ignore[arg-type]


def _answer_free(page: Page) -> None:
    page.locator("select[name=region]").select_option("650400")
    page.locator("details", has=page.locator("[value=VETERAN]")).locator("summary").click()
    page.check("[name=group][value=VETERAN]")
    page.check("[name=pension][value=none]")
    page.get_by_test_id("free-submit").click()


def _see_why(page: Page) -> None:
    why = page.get_by_test_id("preflight").locator("summary")
    why.click()
    why.evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 80)")


def _enrol_unsure(page: Page) -> None:
    page.check("[name=pension][value=unknown]")
    page.get_by_test_id("commitment-agree").check()
    page.get_by_test_id("enrol-button").click()


_FITS, _REFUSED, _UNSURE = "您符合条件", "您不符合条件", "需人工审核"
_SEATS, _SEATED = "/me/enrolments", "/me/enrolments/"

PICTURES = (
    # Everybody.
    Picture("", "/"),
    Picture("", "/classes"),
    Picture("", "/classes/*"),
    Picture("", "/institutions"),
    Picture("", "/institutions/*"),
    Picture("", "/catalogues"),
    Picture("", "/catalogues/programme"),
    Picture("", "/catalogues/programme/*"),
    Picture("", "/catalogues/shortage_occupation/log/650400", "catalogue_log"),
    Picture("", "/catalogues/supplement/TLF-B05", "catalogue_ended"),
    Picture("", "/catalogues/supplement/TLF-B06", "catalogue_covered"),
    Picture("", "/classes?q=电工", "classes_shortage"),
    Picture("", "/policies"),
    Picture("", "/policies?q=岗前培训", "policies_found"),
    Picture("", "/policies/*"),
    Picture("", "/login"),
    Picture("", "/register"),
    Picture("", "/verify"),
    phone("", "/free"),
    phone("", "/free", "free_answer", first=_answer_free),
    phone("", "/confirm"),
    phone("", "/public-notices"),
    # Somebody who learns.
    Picture(TRAINEE, "/"),
    Picture(TRAINEE, "/me"),
    Picture(TRAINEE, "/me/enrolments"),
    Picture(TRAINEE, "/me/enrolments/*"),
    Picture(TRAINEE, "/me/pass"),
    Picture(TRAINEE, "/scan"),
    Picture(TRAINEE, "/me/archive"),
    Picture(TRAINEE, "/me/certificates"),
    Picture(TRAINEE, "/verify/*", start="/me/certificates"),
    Picture(TRAINEE, "/me/subsidies"),
    Picture(TRAINEE, "/me/messages"),
    Picture(TRAINEE, "/me/data"),
    Picture(TRAINEE, "/me/facts"),
    phone(TRAINEE, "/needs/new"),
    phone(TRAINEE, "/classes", "classes_badges"),
    # What the rules say before anything is signed: yes, no, and an officer must look.
    phone(FREE_ALL_DAY, "/classes/*", "preflight_yes", about=_FITS),
    phone(PENSIONER, "/classes/*", "preflight_no", about=_REFUSED),
    phone(PENSIONER, "/classes/*", "preflight_no_why", about=_REFUSED, first=_see_why),
    phone(PENSIONER, "/enrol/*", "enrol_refused", start="/classes", link="/classes/"),
    phone(NEWCOMER, "/classes/*", "preflight_review", about=_UNSURE),
    phone(NEWCOMER, "/enrol/*", "enrol_pension", start="/classes", link="/classes/", about=_UNSURE),
    phone(
        NEWCOMER,
        "/enrol/*",
        "enrol_review",
        start="/classes",
        link="/classes/",
        about=_UNSURE,
        first=_enrol_unsure,
    ),
    # The waiting list.
    phone(WAITING, "/me/enrolments/*", "waiting", about="候补"),
    phone(WAITING, "/offers/*", "waiting_place", start=_SEATS, link=_SEATED, about="候补"),
    phone(OFFERED, "/me", "offer_note"),
    phone(OFFERED, "/offers/*", "offer", start="/me"),
    # Money in somebody's name.
    phone(ASKED, "/me/claims"),
    phone(ASKED, "/me/claims/*", "claim_question"),
    phone(ASKED, "/me/messages", "messages_claim"),
    # Institutions, employers, village helpers.
    Picture(MANAGER, "/teach"),
    Picture(MANAGER, "/teach/classes/*", start="/teach"),
    Picture(MANAGER, "/teach/sessions/*", start="/teach"),
    Picture(MANAGER, "/teach/rosters"),
    Picture(MANAGER, "/teach/rosters/*"),
    Picture(MANAGER, "/teach/openings"),
    Picture(MANAGER, "/teach/openings/*"),
    Picture(MANAGER, "/teach/claims"),
    Picture(MANAGER, "/teach/claims/*"),
    Picture(EMPLOYER, "/employer"),
    Picture(EMPLOYER, "/employer/rosters/*"),
    Picture(EMPLOYER, "/employer/evaluations"),
    Picture(HELPER, "/help"),
    phone(HELPER, "/help/new"),
    phone(HELPER, "/help/people/*", start="/help", about="委托到"),
    # The authority.
    Picture(OFFICER, "/admin"),
    Picture(OFFICER, "/admin/supplements"),
    Picture(OFFICER, "/admin/supplements/new"),
    Picture(OFFICER, "/admin/evaluations"),
    Picture(OFFICER, "/admin/supplements/*", "admin_supplement_accepted", about="果酒"),
    Picture(OFFICER, "/admin/supplements/*", "admin_supplement_covered", about="刺绣"),
    Picture(PROVINCE, "/admin/supplements/*", "admin_supplement_answer", about="园艺"),
    Picture(OFFICER, "/admin/reviews"),
    Picture(OFFICER, "/admin/reviews/*"),
    Picture(OFFICER, "/admin/facts"),
    Picture(OFFICER, "/admin/facts/*", about="自己填写"),
    Picture(OFFICER, "/admin/claims"),
    Picture(OFFICER, "/admin/claims/*"),
    Picture(OFFICER, "/admin/openings"),
    Picture(OFFICER, "/admin/openings/*"),
    Picture(OFFICER, "/admin/institutions/*"),
    Picture(OFFICER, "/admin/admissions"),
    Picture(OFFICER, "/admin/admissions?show=decided", "admin_admissions_decided"),
    Picture(OFFICER, "/admin/cases/*"),
    Picture(OFFICER, "/admin/third-parties"),
    Picture(MANAGER, "/teach/listing"),
    Picture(OFFICER, "/admin/needs"),
    Picture(OFFICER, "/admin/mandates"),
    Picture(AUDITOR, "/admin"),
    Picture(OFFICER, "/admin/drilldown"),
    Picture(OFFICER, "/admin/targets"),
    Picture(OFFICER, "/admin/reports"),
    Picture(OFFICER, "/admin/reports/*", about="已冻结"),
    Picture(AUDITOR, "/admin/audit"),
    Picture("", "/funds"),
)
