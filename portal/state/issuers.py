"""Those who sign: the list of a region, one of them with its keys, and rotating a key."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import issuer_keeping, issuers
from portal.services.issuer_keeping import IssuerDetail, IssuerLine, KeyLine
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of
from portal.state.pager import page_number, pager
from portal.state.texts import date_text

_HOME = "/admin/issuers"
_TONES = {"active": "good", "retired": "plain", "compromised": "bad"}
# How a key is told from another at a glance; the whole thumbprint stands in the published page.
_SHORT = 12


@dataclass(frozen=True)
class IssuerRow:
    """One of them as its card shows it."""

    href: str = ""
    name: str = ""
    kind: str = ""
    key_count: str = ""
    since: str = ""
    seal: str = ""
    alarm: str = ""


@dataclass(frozen=True)
class KeyRow:
    """A key in the history."""

    kid: str
    state: str
    tone: str
    dates: str
    reason: str
    signed: str


def issuer_row(line: IssuerLine) -> IssuerRow:
    """One of them as the list shows it."""
    since = line.key_since
    return IssuerRow(
        href=f"{_HOME}/{line.id}",
        name=line.name,
        kind=t(f"issuers.kind.{line.kind}"),
        key_count=t("issuers.keys", count=line.keys),
        since=t("issuers.since", when=date_text(day_of(since))) if since else "",
        seal=t("issuers.has_seal" if line.has_seal else "issuers.no_seal"),
        alarm=t("issuers.was_compromised") if line.is_any_compromised else "",
    )


def key_row(line: KeyLine) -> KeyRow:
    """A key as the history shows it."""
    since = date_text(day_of(line.since))
    dates = t("issuers.key_since", when=since)
    if line.until is not None:
        dates = t("issuers.key_span", since=since, until=date_text(day_of(line.until)))
    return KeyRow(
        kid=f"{line.kid[:_SHORT]}…",
        state=t(f"issuers.state.{line.state}"),
        tone=_TONES[line.state],
        dates=dates,
        reason=t("issuers.key_reason", reason=line.reason, name=line.retired_by)
        if line.reason
        else "",
        signed=t("issuers.signed", count=line.signed),
    )


class IssuersState(PageState, rx.State):
    """The issuers of the region, a page at a time."""

    rows: list[IssuerRow] = []
    previous: str = ""
    place: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.KEEP_ISSUERS)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        number = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(issuer_keeping.issuers_in_reach, page=number)
        self.rows = [issuer_row(line) for line in found.items]
        around = pager(
            lambda n: f"{_HOME}?page={n}", page=found.page, size=found.size, total=found.total
        )
        self.previous, self.place, self.next = around.previous, around.text, around.next


class IssuerState(PageState, rx.State):
    """One issuer: its keys, its seal, a new key."""

    issuer: IssuerRow = IssuerRow()
    keys: list[KeyRow] = []
    consequence: str = ""
    seal: str = ""
    seal_picture: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_ISSUERS)
    async def load(self) -> None:
        """Open the one that the address names."""
        forget(self)
        await self._load()

    @rx.event
    @handler(Permission.KEEP_ISSUERS)
    async def rotate(self, form: dict[str, object]) -> None:
        """Retire its key and make a new one."""
        await self._rotate(text_of(form, "reason"), compromised=False)
        self.done = t("issuers.rotated")

    @rx.event
    @handler(Permission.KEEP_ISSUERS)
    async def mark_compromised(self, form: dict[str, object]) -> None:
        """The key has leaked: mark it, for ever, and make a new one."""
        if not text_of(form, "understood"):
            raise BadInput("understood", "issuers.compromise_first")
        await self._rotate(text_of(form, "reason"), compromised=True)
        self.done = t("issuers.compromised")

    async def _rotate(self, reason: str, *, compromised: bool) -> None:
        self.done = ""
        await self._run(
            issuers.rotate,
            issuer_id=self._id(),
            reason=reason,
            compromised=compromised,
            now=self._now(),
        )
        await self._load()

    async def _load(self) -> None:
        self._show(await self._run(issuer_keeping.see_issuer, issuer_id=self._id()))

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "issuer_id")

    def _show(self, found: IssuerDetail) -> None:
        self.issuer = issuer_row(found.line)
        self.keys = [key_row(line) for line in found.keys]
        signed = next((line.signed for line in found.keys if line.state == "active"), 0)
        self.consequence = t("issuers.compromise_3", count=signed)
        self.seal = f"{_HOME}/{found.line.id}/seal"
        self.seal_picture = f"{self.seal}.png" if found.line.has_seal else ""
