"""Certificates from elsewhere: my own, and those that an officer verifies."""

from dataclasses import dataclass, field
from uuid import UUID

import reflex as rx

from portal.domain.certificate_kinds import LOOK_UP_NAMES
from portal.domain.errors import Forbidden, NotFound
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import external_certificates, external_checks
from portal.services.external_certificates import ExternalView
from portal.services.external_checks import POINTS, ExternalDetail, WaitingExternal
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of
from portal.state.pager import page_number, pager
from portal.state.texts import date_text

_HOME = "/admin/external"
_TONES = {"unverified": "warn", "verified": "good", "refused": "bad"}


@dataclass(frozen=True)
class ExternalRow:
    """One of them as a card shows it; empty texts are not shown."""

    key: str = ""
    href: str = ""
    owner: str = ""
    kind: str = ""
    title: str = ""
    facts: str = ""
    number: str = ""
    issuer: str = ""
    dates: str = ""
    state: str = ""
    tone: str = "plain"
    note: str = ""
    odd: list[str] = field(default_factory=list)
    picture: str = ""
    look_up: str = ""
    look_up_name: str = ""
    may_withdraw: bool = False


def row_of(view: ExternalView) -> ExternalRow:
    """A certificate from elsewhere as its owner sees it."""
    parts = [t("external.page.issued", when=date_text(view.issued_on))]
    if view.is_expired:
        parts.append(t("external.page.expired"))
    elif view.expires_on:
        parts.append(t("external.page.expires", when=date_text(view.expires_on)))
    if view.review_due_on and not view.is_expired:
        parts.append(t("external.page.review", when=date_text(view.review_due_on)))
    about = dict.fromkeys(part for part in (view.occupation, view.level) if part)
    about.pop(view.title, None)
    return ExternalRow(
        key=str(view.id),
        kind=view.kind_name,
        title=view.title,
        facts=" · ".join(about),
        number=t("external.page.number", number=view.number),
        issuer=t("external.page.issuer", issuer=view.issuer),
        dates=" · ".join(parts),
        state=t(f"external.state.{view.state}"),
        tone=_TONES.get(view.state, "plain"),
        note=_note(view),
        odd=list(view.odd),
        picture=f"/me/external/{view.id}/picture" if view.has_image else "",
        look_up=view.look_up,
        look_up_name=t(f"external.page.{LOOK_UP_NAMES[view.look_up]}") if view.look_up else "",
        may_withdraw=view.state != "verified",
    )


def _note(view: ExternalView) -> str:
    if view.state == "unverified":
        return t("external.page.unverified")
    return t(f"external.page.{view.state}", note=view.note)


class MyExternalState(PageState, rx.State):
    """My certificates from elsewhere."""

    rows: list[ExternalRow] = []
    count: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load them."""
        forget(self)
        await self._load()

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def withdraw(self, external_id: str) -> None:
        """Take one back."""
        await self._run(
            external_certificates.withdraw,
            external_id=parse_id(clean(external_id), "external_id"),
            now=self._now(),
        )
        self.done = t("external.page.withdrawn")
        await self._load()

    async def _load(self) -> None:
        found = await self._run(external_certificates.my_external, now=self._now())
        self.rows = [row_of(view) for view in found]
        most = external_certificates.MOST
        self.count = t("external.page.count", count=len(found), most=most) if found else ""


class ExternalQueueState(PageState, rx.State):
    """What waits to be verified, a page at a time."""

    cards: list[ExternalRow] = []
    count: str = ""
    previous: str = ""
    place: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def load(self) -> None:
        """Show the page that the address names, oldest first."""
        forget(self)
        number = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(external_checks.external_queue, page=number, now=self._now())
        self.cards = [_waiting(one) for one in found.items]
        self.count = t("facts.checks.count", total=found.total)
        around = pager(
            lambda n: f"{_HOME}?page={n}", page=found.page, size=found.size, total=found.total
        )
        self.previous, self.place, self.next = around.previous, around.text, around.next


class ExternalCheckState(PageState, rx.State):
    """One of them: whose it is, what it says, the photo, what may be decided."""

    card: ExternalRow = ExternalRow()
    number: str = ""
    owner: str = ""
    id_no: str = ""
    elsewhere: str = ""
    filing: str = ""
    stated: str = ""
    # unverified | verified | refused
    step: str = "unverified"
    done: str = ""

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def load(self) -> None:
        """Open one; what somebody has decided by now is said so."""
        forget(self)
        external_id = self._id()
        try:
            found = await self._run(
                external_checks.see_external, external_id=external_id, now=self._now()
            )
        except NotFound:
            self.done = t("external.decided_already")
        except Forbidden:
            self.done = t("external.checks.own")
        else:
            self._show(found)

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def verify(self, form: dict[str, object]) -> None:
        """It is as its owner entered it."""
        await self._run(
            external_checks.verify_external,
            external_id=self._id(),
            points=[point for point in POINTS if text_of(form, point)],
            basis=text_of(form, "basis"),
            now=self._now(),
        )
        self.done = t("external.checks.verified")

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def refuse(self, form: dict[str, object]) -> None:
        """It cannot be confirmed."""
        await self._run(
            external_checks.refuse_external,
            external_id=self._id(),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("external.checks.refused")

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def take_back(self, form: dict[str, object]) -> None:
        """It was verified, and is not right after all."""
        await self._run(
            external_checks.take_back,
            external_id=self._id(),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("external.checks.taken_back")

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "external_id")

    def _show(self, found: ExternalDetail) -> None:
        self.card, self.step = row_of(found.view), found.view.state
        self.number, self.owner, self.id_no = found.number, found.owner, found.id_no_masked
        self.stated = t("external.checks.stated", when=date_text(day_of(found.view.added_at)))
        self.filing = found.filing
        if found.elsewhere:
            self.elsewhere = t("external.checks.elsewhere", count=found.elsewhere)


def _waiting(one: WaitingExternal) -> ExternalRow:
    row = row_of(one.view)
    who = " · ".join(part for part in (one.owner_masked, one.region_name) if part)
    stated = t("external.checks.stated", when=date_text(day_of(one.view.added_at)))
    return ExternalRow(
        key=row.key,
        href=f"{_HOME}/{row.key}",
        owner=who,
        kind=row.kind,
        title=row.title,
        facts=row.facts,
        issuer=row.issuer,
        dates=stated,
        state=row.state,
        tone=row.tone,
        odd=row.odd,
    )
