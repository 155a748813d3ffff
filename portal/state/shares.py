"""My share links, and whether I am in the talent pool."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import share_views, shares, talent_consent
from portal.services.share_views import Visits
from portal.services.shares import LinkView
from portal.services.talent_consent import Membership
from portal.services.times import day_of, moment_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.texts import date_text

_TONES = {"live": "good", "expired": "plain", "revoked": "plain"}


@dataclass(frozen=True)
class LinkRow:
    """A link in its owner's list; ``href`` leads to link and QR code of one that works."""

    key: str
    title: str
    tone: str
    state: str
    when: str
    fields: str
    views: str
    visits: list[str]
    href: str
    is_live: bool


def link_row(link: LinkView, visits: Visits) -> LinkRow:
    """A link as its owner reads it."""
    is_live = link.state == "live"
    moment = link.revoked_at or link.expires_at
    ended = "taken_back" if link.revoked_at else "until" if is_live else "ended"
    when = [t(f"shares.{ended}", moment=moment_text(moment))]
    if link.has_code:
        when.append(t("shares.with_code"))
    seen = t("shares.views_tried" if visits.latest else "shares.views_none")
    if visits.shown:
        seen = t("shares.views", count=visits.shown)
    return LinkRow(
        key=str(link.id),
        title=link.title,
        tone=_TONES[link.state],
        state=t(f"shares.tag.{link.state}"),
        when=" · ".join(when),
        fields=t("shares.shows") + "、".join(dict.fromkeys(link.fields)),
        views=seen,
        visits=[
            " · ".join(
                (
                    moment_text(one.at),
                    t(f"trainee.device.{one.device}"),
                    t(f"shares.outcome.{one.outcome}"),
                )
            )
            for one in visits.latest
        ],
        href=f"/me/shares/{link.id}" if is_live else "",
        is_live=is_live,
    )


class SharesState(PageState, rx.State):
    """Live and past links; the talent pool."""

    live: list[LinkRow] = []
    past: list[LinkRow] = []
    sure: str = ""
    done: str = ""
    joined: bool = False
    since: str = ""
    consent: str = ""
    _version: str = ""

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load links and membership."""
        forget(self)
        await self._reload()
        self._show(await self._run(talent_consent.my_membership))

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def ask(self, key: str) -> None:
        """Ask before a link is taken back; an empty key asks no more."""
        self.sure = str(key)[:36]
        self.done = ""

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def revoke(self, key: str) -> None:
        """Take a link back."""
        await self._run(shares.revoke, link_id=parse_id(key), now=self._now())
        await self._reload()
        self.sure, self.done = "", t("shares.revoked_done")

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def join(self) -> None:
        """Join the talent pool by the text on screen."""
        found = await self._run(talent_consent.join, version=self._version, now=self._now())
        self._show(found)
        self.done = t("talent.joined_done")

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def leave(self) -> None:
        """Leave the talent pool."""
        self._show(await self._run(talent_consent.leave, now=self._now()))
        self.done = t("talent.left_done")

    async def _reload(self) -> None:
        rows = [
            link_row(link, visits)
            for link, visits in await self._run(share_views.my_links, now=self._now())
        ]
        self.live = [row for row in rows if row.is_live]
        self.past = [row for row in rows if not row.is_live]

    def _show(self, membership: Membership) -> None:
        self.joined, self._version = membership.joined, membership.version
        self.consent = membership.text
        self.since = date_text(day_of(membership.since)) if membership.since else ""
