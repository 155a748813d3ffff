"""Claims of an institution or an employer: the list, and one of them with its steps."""

from typing import Any

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.services.claims import claimable, filing, lists, opening, review
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.claim_cards import ClaimCard, OfferCard, claim_card, offer_card
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of
from portal.state.one_claim import OneClaim
from portal.state.pager import page_number, pager


def base_of(path: str) -> str:
    """The list that a page belongs to: /teach/claims or /employer/claims."""
    return "/employer/claims" if path_part(path, 0) == "employer" else "/teach/claims"


class ClaimsState(PageState, rx.State):
    """One page of our claims, and the classes for which there is money left to ask for."""

    cards: list[ClaimCard] = []
    offers: list[OfferCard] = []
    can_file: bool = False
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        now, base = self._now(), base_of(self.router.url.path)
        number = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(lists.own_claims, page=number, now=now)
        offers = await self._run(claimable.claimable_if_any, now=now)
        self.cards = [claim_card(row, base, day_of(now)) for row in found.items]
        self.can_file = offers is not None
        self.offers = [offer_card(one) for one in offers or ()]
        ways = pager(
            lambda n: f"{base}?page={n}", page=found.page, size=found.size, total=found.total
        )
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text

    @rx.event
    @handler(Permission.FILE_CLAIM)
    async def open_claim(self, class_key: str) -> Any:
        """Draw up a claim for a class and go to it."""
        wanted = parse_id(clean(class_key))
        made = await self._run(opening.open_claim, class_id=wanted, now=self._now())
        return rx.redirect(f"{base_of(self.router.url.path)}/{made}")


class ClaimState(OneClaim, rx.State):
    """One claim as its claimer and the institution that taught see it."""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Read the claim that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(Permission.FILE_CLAIM)
    async def refresh(self) -> None:
        """Bring the lines in line with the records."""
        await self._act(filing.refresh, "refreshed")

    @rx.event
    @handler(Permission.FILE_CLAIM)
    async def submit(self) -> None:
        """File it."""
        await self._act(filing.submit, "submitted")

    @rx.event
    @handler(Permission.FILE_CLAIM)
    async def settle(self) -> None:
        """The class is over: take the claim back with its results."""
        await self._act(filing.settle, "settled")

    @rx.event
    @handler(Permission.FILE_CLAIM)
    async def withdraw(self, form: dict[str, object]) -> None:
        """Give it up."""
        await self._act(filing.withdraw, "withdrawn", reason=text_of(form, "reason"))

    @rx.event
    @handler(Permission.FILE_CLAIM)
    async def leave_out(self, form: dict[str, object]) -> None:
        """Leave one person out."""
        line, reason = parse_id(text_of(form, "line")), text_of(form, "reason")
        await self._run(filing.leave_out, line_id=line, reason=reason, now=self._now())
        await self._say("left_out")

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def check(self) -> None:
        """The figures are those of our records."""
        await self._act(review.check, "checked")

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def send_back(self, form: dict[str, object]) -> None:
        """They are not."""
        await self._act(review.send_back, "sent_back", reason=text_of(form, "reason"))
