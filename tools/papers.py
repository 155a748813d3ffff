"""What ``make screenshots`` draws of archives, certificates and share links, and of the papers."""

from collections.abc import Callable
from dataclasses import dataclass

import pypdfium2
from PIL import Image
from playwright.sync_api import Locator, Page

from portal.demo import seeds
from portal.demo.persons import duplicate_number, right_number
from portal.locale import t
from tools.class_day import SECOND_TRAINEE, someone_else
from tools.pictures import OFFICER, PENSIONER, TRAINEE, Picture

SHARER, SECOND_OFFICER = "13900000005", "13900000203"
# Of the papers: enough to read every word, not more than a page of a manual wants.
_DOTS_PER_POINT = 1.5
_FILE = "a[href^='/files/certificates/']"
_SHOWN_FIELDS = ("holder.nameMasked", "certificates.title", "certificates.level", "classes.hours")


@dataclass(frozen=True)
class Paper:
    """A PDF that somebody may download, named by the picture of its first page."""

    who: str
    stem: str
    fetch: Callable[[Page], bytes]


def first_page(pdf: bytes) -> Image.Image:
    """The first page as a picture."""
    made: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=_DOTS_PER_POINT).to_pil()
    return made


def _download(page: Page, path: str) -> bytes:
    answer = page.context.request.get(path)
    if not answer.ok:
        raise AssertionError(f"{path}: {answer.status}")
    return answer.body()


def _certificate_file(page: Page, extension: str) -> bytes:
    """The first certificate that may be copied, as a file."""
    page.goto("/me/certificates")
    paper = page.locator(_FILE).first.get_attribute("href")
    return _download(page, f"{str(paper).rsplit('.', 1)[0]}.{extension}")


def _archive_paper(page: Page) -> bytes:
    return _download(page, "/files/archive.pdf")


def _bring(wanted: Locator) -> None:
    """Under the page's heading."""
    wanted.wait_for()
    wanted.evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 80)")


def _totals(page: Page) -> None:
    _bring(page.get_by_role("heading", name=t("trainee.archive.sums")))


def _entry(page: Page) -> None:
    """The newest year, with its lines to be read."""
    years = page.get_by_test_id("archive-year")
    years.first.wait_for()
    if years.first.get_attribute("aria-expanded") == "false":
        years.first.click()
    page.get_by_test_id("archive-entry").first.wait_for()
    years.first.evaluate(
        "one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 80)"
    )


# Verifying.


def _look_up(who: str, status: str) -> Callable[[Page], object]:
    """The stranger's page about somebody's certificate that stands so."""

    def look_up(page: Page) -> None:
        with someone_else(page, who) as owner:
            owner.goto("/me/certificates")
            cards = owner.get_by_test_id("certificate-card").filter(has_text=status)
            link = cards.locator("a[href^='/verify/']").first.get_attribute("href")
        page.goto(str(link))
        page.get_by_test_id("verify-result").wait_for()

    return look_up


def _upload(page: Page, name: str, content: bytes) -> None:
    page.get_by_test_id("verify-file").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_test_id("verify-submit").click()
    page.get_by_test_id("verify-result").wait_for()


def _upload_good(page: Page) -> None:
    with someone_else(page, TRAINEE) as owner:
        content = _certificate_file(owner, "pdf")
    _upload(page, "certificate.pdf", content)


def _upload_forged(page: Page) -> None:
    """A real paper, one bit of which is not as it was."""
    with someone_else(page, TRAINEE) as owner:
        content = bytearray(_certificate_file(owner, "pdf"))
    content[len(content) // 2] ^= 1
    _upload(page, "certificate.pdf", bytes(content))


# Share links, as their owner makes them.


def _choose(page: Page) -> None:
    """One certificate, one class, and few words about each."""
    page.goto("/me/shares/new")
    of_level = page.locator("label", has_text=t("certificate.kind.LEVEL"))
    of_level.locator("[name=certificate]").first.check()
    page.locator("[name=class]").first.check()
    for box in page.locator("[name=field]").all():
        box.set_checked(str(box.get_attribute("value")) in _SHOWN_FIELDS)
    page.locator("[name=holder][value='holder.nameMasked']").check()
    page.locator("[name=title]").fill(t("demo.share.seen"))


def _preview(page: Page) -> None:
    _choose(page)
    page.get_by_test_id("share-preview").click()
    page.get_by_test_id("share-make").wait_for()


def _make(page: Page) -> None:
    _preview(page)
    page.get_by_test_id("share-make").click()
    page.get_by_test_id("share-qr").wait_for()


def _chosen_fields(page: Page) -> None:
    _choose(page)
    _bring(page.get_by_role("heading", name=t("shares.choose_fields")))


def _open_link(page: Page) -> None:
    """A stranger opens what the owner made a moment ago."""
    with someone_else(page, TRAINEE) as owner:
        _make(owner)
        address = owner.get_by_test_id("share-url").input_value()
    page.goto(address)


def _open_with_code(page: Page) -> None:
    with someone_else(page, SHARER) as owner:
        address = _link_of(owner, t("demo.share.with_code"))
    page.goto(address)


def _link_of(owner: Page, title: str) -> str:
    owner.goto("/me/shares")
    card = owner.get_by_test_id("share-link").filter(has_text=title)
    owner.goto(str(card.locator("a[href^='/me/shares/']").get_attribute("href")))
    return owner.get_by_test_id("share-url").input_value()


def _open_revoked(page: Page) -> None:
    with someone_else(page, TRAINEE) as owner:
        _make(owner)
        address = owner.get_by_test_id("share-url").input_value()
        owner.goto("/me/shares")
        owner.get_by_test_id("share-revoke").first.click()
        owner.get_by_test_id("share-revoke-yes").click()
        owner.get_by_role("status").wait_for()
    page.goto(address)


# The officer's desk.


def _said(key: str) -> str:
    """The example of a form's hint, as somebody would write it."""
    return t(key).split("：", 1)[1]


def _compare(page: Page) -> None:
    page.locator("[name=kept]").fill(right_number())
    page.locator("[name=merged]").fill(duplicate_number())
    page.get_by_test_id("person-compare").click()
    page.get_by_test_id("person-ask").wait_for()
    _bring(page.get_by_test_id("person-both"))


def _ask_to_merge(page: Page) -> None:
    """Once; whoever draws the other size finds it asked."""
    page.get_by_test_id("person-compare").wait_for()
    page.wait_for_timeout(1000)
    if not page.get_by_test_id("person-asked").count():
        _compare(page)
        page.locator("[name=reason]").fill(_said("persons.merge.reason_example"))
        page.get_by_test_id("person-ask").click()
        page.get_by_role("status").wait_for()
        page.goto("/admin/persons")
    page.get_by_test_id("person-asked").wait_for()


def _check_merge(page: Page) -> None:
    page.get_by_test_id("person-check").click()
    page.get_by_test_id("person-request").wait_for()


def _one_certificate(page: Page) -> None:
    with someone_else(page, TRAINEE) as owner:
        owner.goto("/me/certificates")
        cards = owner.get_by_test_id("certificate-card")
        card = cards.filter(has_text=t("certificate.kind.SPECIAL"))
        link = str(card.first.locator("a[href^='/verify/']").get_attribute("href"))
    page.get_by_test_id("revoke-number").fill(link.rsplit("/", 1)[1])
    page.get_by_test_id("revoke-number").press("Enter")
    page.get_by_test_id("paper-desk").click()
    page.get_by_role("heading", name=t("demo.papers.special")).first.wait_for()


def _look_up_archive(page: Page) -> None:
    page.locator("[name=number]").fill(seeds.trainees()[0].id_no)
    page.locator("[name=reason]").fill(_said("persons.request.confirm_example"))
    page.get_by_test_id("archive-look-up").click()
    page.get_by_test_id("archive-person").wait_for()
    page.evaluate("scrollTo(0, 0)")


_REVOKED, _AWARD = t("certificate.status.revoked"), t("demo.papers.award")

PAPERS = (
    # The owner's archive.
    Picture(TRAINEE, "/me/archive", "me_archive_entry", first=_entry),
    Picture(TRAINEE, "/me/archive", "me_archive_totals", first=_totals),
    Picture(TRAINEE, "/me/card"),
    Picture(TRAINEE, "/me/access"),
    Picture(TRAINEE, "/me/corrections"),
    Picture(SECOND_TRAINEE, "/me/external", "me_external_none"),
    Picture(TRAINEE, "/me/external"),
    Picture(TRAINEE, "/me/external/new"),
    Picture(TRAINEE, "/me/photo"),
    Picture(TRAINEE, "/me/import"),
    # Showing a part of it.
    Picture(SHARER, "/me/shares"),
    Picture(TRAINEE, "/me/shares/new", "share_fields", first=_chosen_fields),
    Picture(TRAINEE, "/me/shares/new", "share_preview", first=_preview),
    Picture(TRAINEE, "/me/shares/new", "share_made", first=_make),
    Picture("", "/verify", "share_open", first=_open_link),
    Picture("", "/verify", "share_code", first=_open_with_code),
    Picture("", "/verify", "share_revoked", first=_open_revoked),
    # Strangers who verify.
    Picture("", "/verify", "verify_revoked", first=_look_up(PENSIONER, _REVOKED)),
    Picture("", "/verify", "verify_corrected", first=_look_up(SECOND_TRAINEE, _AWARD)),
    Picture("", "/verify/file", "verify_file_good", first=_upload_good),
    Picture("", "/verify/file", "verify_file_forged", first=_upload_forged),
    # The authority.
    Picture(SECOND_OFFICER, "/admin/persons", "admin_persons_vouch"),
    Picture(OFFICER, "/admin/persons", "admin_persons_compared", first=_compare),
    Picture(OFFICER, "/admin/persons", "admin_persons_asked", first=_ask_to_merge),
    Picture(SECOND_OFFICER, "/admin/persons", "admin_persons_checked", first=_check_merge),
    Picture(OFFICER, "/admin/archives", first=_look_up_archive),
    Picture(OFFICER, "/admin/certificates"),
    Picture(OFFICER, "/admin/certificates", "admin_certificate", first=_one_certificate),
    Picture(OFFICER, "/admin/certificates/new"),
    Picture(OFFICER, "/admin/external/*"),
    Picture(OFFICER, "/admin/issuers"),
    Picture(OFFICER, "/admin/issuers/*"),
    Picture(OFFICER, "/admin/portals"),
    Picture(OFFICER, "/admin/talent"),
    Picture(OFFICER, "/admin/corrections"),
)

DOWNLOADS = (
    Paper(TRAINEE, "paper_certificate", lambda page: _certificate_file(page, "pdf")),
    Paper(TRAINEE, "paper_archive", _archive_paper),
)
