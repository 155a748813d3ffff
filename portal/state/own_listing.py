"""How the own institution stands, before its manager."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.listings import own
from portal.services.listings.own import OwnListing
from portal.state.admissions import PAPERS, ApplicationRow, application_row
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of
from portal.state.listing_desk import TONES


@dataclass(frozen=True)
class DecisionRow:
    """A decision in words."""

    key: str
    heading: str
    facts: str
    reason: str
    word: str


class OwnListingState(PageState, rx.State):
    """The standing, the decisions, and an application where one is possible."""

    name: str = ""
    standing: str = ""
    tone: str = "plain"
    since: str = ""
    banned: str = ""
    advice: str = ""
    may_apply: bool = False
    applications: list[ApplicationRow] = []
    decisions: list[DecisionRow] = []
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def load(self) -> None:
        """Show it."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def apply(self, form: dict[str, object]) -> None:
        """Ask to be admitted anew."""
        papers = [
            (t(f"listings.admit.paper_{name}"), text_of(form, f"paper_{name}")) for name in PAPERS
        ]
        await self._run(own.apply_anew, papers=papers, now=self._now())
        await self._show()
        self.done = t("listings.own.sent")

    async def _show(self) -> None:
        self._fill(await self._run(own.own_listing, now=self._now()))

    def _fill(self, found: OwnListing) -> None:
        self.name, self.standing = found.name, found.standing_text
        self.tone = TONES.get(found.standing, "plain")
        self.since = t("listings.own.since", day=found.since) if found.since else ""
        self.banned = t("listings.page.banned", until=found.ban) if found.ban else ""
        self.advice = _advice(found.standing)
        self.may_apply = found.may_apply
        self.applications = [application_row(found.application)] if found.application else []
        self.decisions = [
            DecisionRow(
                key=str(one.key),
                heading=one.state,
                facts=" · ".join(part for part in (one.day, one.document, one.ban) if part),
                reason=one.reason,
                word=t("listings.own.lifted") if one.is_lifted else "",
            )
            for one in found.decisions
        ]


def _advice(standing: str) -> str:
    if standing in ("listed", "warning"):
        return t("listings.own.listed")
    return t("listings.own.suspended") if standing == "suspended" else ""
