"""The desk of certificates: a new one, a draft, one that is corrected or printed again."""

import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.certificate_kinds import LOOK_UP_NAMES
from portal.domain.errors import BadInput, Forbidden, NotReady
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import certificate_desk, certificate_drafts, reissue
from portal.services.certificate_desk import DeskCertificate, Version
from portal.services.certificate_drafts import DraftLine, Holder
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of, whole_number
from portal.state.pager import page_number, pager
from portal.state.paper_form import PaperFields, sent_fields
from portal.state.texts import date_text

HOME = "/admin/certificates"
_TONES = {"draft": "info", "issued": "good", "expired": "warn", "replaced": "plain"}


@dataclass(frozen=True)
class DraftRow:
    """A draft in the list."""

    href: str
    kind: str
    title: str
    holder: str
    made: str


def draft_row(line: DraftLine) -> DraftRow:
    """A draft as the list shows it."""
    made = t("papers.draft_made", when=date_text(day_of(line.made_at)))
    return DraftRow(f"{HOME}/{line.id}", line.kind_name, line.title, line.holder_masked, made)


class DraftsState(PageState, rx.State):
    """The drafts of the region, a page at a time."""

    rows: list[DraftRow] = []
    previous: str = ""
    place: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        number = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(certificate_drafts.open_drafts, page=number)
        self.rows = [draft_row(line) for line in found.items]
        around = pager(
            lambda n: f"{HOME}?page={n}", page=found.page, size=found.size, total=found.total
        )
        self.previous, self.place, self.next = around.previous, around.text, around.next


class NewPaperState(PageState, rx.State):
    """A certificate about to be drafted; what is typed stays in the browser until it is sent."""

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def load(self) -> None:
        """Open the form for an officer."""
        forget(self)
        await self._run(certificate_drafts.open_drafts, size=1)

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def save(self, form: dict[str, object]) -> Any:
        """Make the draft and go on to look at it."""
        holder = Holder(text_of(form, "id_type"), text_of(form, "id_no"), text_of(form, "name"))
        made = await self._run(
            certificate_drafts.start,
            kind=text_of(form, "kind"),
            holder=holder,
            form=sent_fields(form),
            now=self._now(),
        )
        return rx.redirect(f"{HOME}/{made.id}")


class PaperState(PageState, rx.State):
    """One certificate or draft and what may be done with it."""

    certificate_id: str = ""
    kind: str = ""
    number: str = ""
    version: str = ""
    state: str = ""
    tone: str = "plain"
    holder: str = ""
    id_no: str = ""
    issued_by: str = ""
    level: str = ""
    edition_note: str = ""
    fields: PaperFields = PaperFields()
    acts: list[str] = []
    versions: list[str] = []
    odd: list[str] = []
    look_up: str = ""
    look_up_name: str = ""
    on_record: bool = False
    present_name: str = ""
    preview: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def load(self) -> None:
        """Open the one that the address names; what was just done with it is said."""
        forget(self)
        certificate_id = self._id()
        try:
            found = await self._run(
                certificate_desk.see_certificate, certificate_id=certificate_id, now=self._now()
            )
        except Forbidden:
            raise NotReady(reason="papers.elsewhere") from None
        self._show(found)
        self.done = _done_text(query_value(self.router.url.query, "done"), found)

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def amend(self, form: dict[str, object]) -> Any:
        """Change the draft; its picture is drawn anew."""
        draft_id = self._id()
        await self._run(
            certificate_drafts.amend, draft_id=draft_id, form=sent_fields(form), now=self._now()
        )
        return _onward(draft_id, "amended")

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def put_in_force(self, form: dict[str, object]) -> Any:
        """Make the draft a certificate."""
        draft_id = self._id()
        await self._run(certificate_drafts.issue_draft, draft_id=draft_id, now=self._now())
        return _onward(draft_id, "issued")

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def discard(self, form: dict[str, object]) -> Any:
        """Throw the draft away."""
        await self._run(certificate_drafts.discard, draft_id=self._id(), now=self._now())
        return rx.redirect(HOME)

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def correct(self, form: dict[str, object]) -> Any:
        """Reissue it corrected, and go on to the new version."""
        made = await self._run(
            reissue.correct,
            number=text_of(form, "number"),
            version=_version_of(form),
            form=sent_fields(form),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        return _onward(made.id, "corrected")

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def print_again(self, form: dict[str, object]) -> Any:
        """Count another printing of it."""
        made = await self._run(
            reissue.print_again,
            number=text_of(form, "number"),
            version=_version_of(form),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        return _onward(made.id, "printed")

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "certificate_id")

    def _show(self, found: DeskCertificate) -> None:
        self.certificate_id, self.kind = str(found.id), found.kind_name
        self.number, self.version = found.number, str(found.version)
        self.state = t(f"papers.state.{found.state}")
        self.tone = _TONES.get(found.state, "bad")
        self.holder, self.id_no = found.holder, found.id_no_masked
        self.issued_by, self.level = found.issued_by, found.level_name
        self.edition_note = t("papers.desk.version", version=found.version, printing=found.printing)
        self.fields = PaperFields(number=found.number, **found.fields)
        self.acts, self.odd = list(found.acts), list(found.odd)
        self.versions = [_version_line(one) for one in found.versions]
        self.look_up = found.look_up
        self.look_up_name = (
            t(f"external.page.{LOOK_UP_NAMES[found.look_up]}") if found.look_up else ""
        )
        self.on_record = found.on_record
        self.present_name = found.present_name if found.present_name != found.holder else ""
        is_draft = found.state == "draft"
        self.preview = f"{HOME}/{found.id}/preview.png?v={_fingerprint(found)}" if is_draft else ""


def _onward(certificate_id: UUID, done: str) -> Any:
    return rx.redirect(f"{HOME}/{certificate_id}?done={done}")


def _done_text(done: str, found: DeskCertificate) -> str:
    """What was just done, as far as the certificate shows it."""
    if done == "amended" and found.state == "draft":
        return t("papers.desk.amended")
    if done == "issued" and found.state == "issued":
        return t("papers.desk.issued", number=found.number)
    if done == "corrected" and found.version > 1:
        return t("papers.desk.corrected", version=found.version)
    if done == "printed" and found.printing > 1:
        return t("papers.desk.printed", printing=found.printing)
    return ""


def _version_of(form: dict[str, object]) -> int:
    raw = text_of(form, "version")
    if not raw:
        raise BadInput("version", "reissue.meanwhile")
    return whole_number(raw, 0)


def _version_line(one: Version) -> str:
    words = {
        "version": one.version,
        "state": t(f"papers.state.{one.state}"),
        "since": date_text(day_of(one.since)),
    }
    if one.until is None:
        return t("papers.desk.version_line", **words)
    return t("papers.desk.version_until", until=date_text(day_of(one.until)), **words)


def _fingerprint(found: DeskCertificate) -> str:
    """Changes with the draft, so that a browser asks for its picture anew."""
    return str(zlib.crc32(repr(sorted(found.fields.items())).encode()))
