"""The other portals on the authority's list, and contradictions in what people brought along."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import import_conflicts, trusted_portals
from portal.services.import_conflicts import AskedLine
from portal.services.times import moment_text
from portal.services.trusted_portals import ListedKey, ListedPortal
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of

# A portal is asked every hour; two answers may be missed before it is worth a look.
_OLD = timedelta(hours=3)


@dataclass(frozen=True)
class KeyRow:
    """A key to compare: its fingerprint in groups, whose it is and how it stands."""

    spoken: str
    more: str


@dataclass(frozen=True)
class PortalRow:
    """A portal of the list in words."""

    key: str
    name: str
    url: str
    tone: str
    state: str
    facts: str
    age: str
    is_old: bool
    odd: str
    ended: str
    is_live: bool
    fingerprints: list[KeyRow]


@dataclass(frozen=True)
class AskedRow:
    """A line that waits for a decision."""

    key: str
    by: str
    title: str
    facts: str
    sentence: str
    may_take: bool


def key_row(key: ListedKey) -> KeyRow:
    """A key in words."""
    return KeyRow(key.spoken, f"{key.issuer} · {t(f'portals.key.{key.state}')}")


def portal_row(one: ListedPortal, now: datetime) -> PortalRow:
    """A portal in words; what is old says so."""
    when, passed = moment_text(one.fetched_at), now - one.fetched_at
    is_old = passed > _OLD
    hours = int(passed.total_seconds() // 3600)
    live = one.withdrawn_at is None
    ended = ""
    if one.withdrawn_at is not None:
        ended = t("portals.withdrawn", when=moment_text(one.withdrawn_at), reason=one.reason or "")
    return PortalRow(
        key=str(one.portal_id),
        name=one.name,
        url=one.url,
        tone="good" if live else "plain",
        state=t("portals.listed" if live else "portals.off"),
        facts=t(
            "portals.facts",
            issuers=one.issuers,
            keys=len(one.keys),
            lists=one.lists,
            taken=one.taken,
        ),
        age=t("portals.age_old", when=when, hours=hours) if is_old else t("portals.age", when=when),
        is_old=is_old,
        odd=t("portals.odd") if one.odd else "",
        ended=ended,
        is_live=live,
        fingerprints=[key_row(key) for key in one.keys],
    )


def asked_row(one: AskedLine) -> AskedRow:
    """A question in words."""
    return AskedRow(
        key=str(one.line_id),
        by=t(
            "portals.asked_by",
            name=one.holder_masked,
            portal=one.portal,
            when=moment_text(one.handed_in),
        ),
        title=one.title,
        facts=one.facts,
        sentence=one.sentence,
        may_take=one.may_take,
    )


class PortalsState(PageState, rx.State):
    """The list and what waits."""

    rows: list[PortalRow] = []
    asked: list[AskedRow] = []
    may_change: bool = False
    asking: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def load(self) -> None:
        """Show both."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ISSUERS)
    async def ask(self, key: str) -> None:
        """Ask for the reason before one is taken off; an empty key puts the question away."""
        self.asking, self.done = str(key), ""

    @rx.event
    @handler(Permission.KEEP_ISSUERS)
    async def withdraw(self, form: dict[str, str]) -> None:
        """Take the one off whose reason was typed."""
        await self._run(
            trusted_portals.withdraw,
            portal_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.asking, self.done = "", t("portals.ended")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def accept(self, form: dict[str, str]) -> None:
        """Take a line in spite of what we found."""
        await self._decide(form, accept=True)

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def refuse(self, form: dict[str, str]) -> None:
        """Leave it, with a reason for its owner."""
        await self._decide(form, accept=False)

    async def _decide(self, form: dict[str, str], *, accept: bool) -> None:
        await self._run(
            import_conflicts.decide,
            line_id=parse_id(text_of(form, "key")),
            accept=accept,
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("portals.accepted" if accept else "portals.refused")
        await self._show()

    async def _show(self) -> None:
        now = self._now()
        found = await self._run(trusted_portals.listed, now=now)
        waiting = await self._run(import_conflicts.asked, now=now)
        self.rows = [portal_row(one, now) for one in found]
        self.asked = [asked_row(one) for one in waiting]
        self.may_change = await self._run(trusted_portals.i_may_change, now=now)
