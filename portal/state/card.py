"""My social security card."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.policies.regions import NATIONAL, child_regions
from portal.services import social_cards
from portal.services.social_cards import Cards, CardView
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of
from portal.state.texts import date_text

_TONES = {"bound": "good", "reissued": "plain", "unbound": "plain"}


@dataclass(frozen=True)
class CardRow:
    """A card as the page shows it; ``vouched`` says whether a register knows it as mine."""

    number: str = ""
    region: str = ""
    status: str = ""
    tone: str = "plain"
    dates: str = ""
    vouched: str = ""
    is_vouched_for: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Place:
    """A province that issues cards."""

    code: str
    name: str


def card_row(card: CardView) -> CardRow:
    """A card in words."""
    since = date_text(card.since)
    if card.until is None:
        dates = t("cards.since", day=since)
    else:
        dates = t("cards.span", first=since, last=date_text(card.until))
    return CardRow(
        number=card.number_masked,
        region=card.region,
        status=t(f"cards.status.{card.status}"),
        tone=_TONES[card.status],
        dates=dates,
        vouched=t("cards.vouched" if card.is_vouched_for else "cards.declared"),
        is_vouched_for=card.is_vouched_for,
        reason=t("cards.reason_line", reason=card.reason) if card.reason else "",
    )


class CardState(PageState, rx.State):
    """The card that applies, those before it, and the three acts."""

    has_card: bool = False
    current: CardRow = CardRow()
    earlier: list[CardRow] = []
    provinces: list[Place] = []
    registry: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load my cards."""
        forget(self)
        self.provinces = [Place(one.code, one.name) for one in child_regions(NATIONAL)]
        self._show(await self._run(social_cards.my_cards))

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def bind(self, form: dict[str, object]) -> None:
        """Bind the first card."""
        self.done = ""
        number, region = text_of(form, "number"), text_of(form, "region")
        self._show(
            await self._run(social_cards.bind, number=number, region=region, now=self._now()),
            "bound_done",
        )

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def reissue(self, form: dict[str, object]) -> None:
        """Put a new card in the place of the old one."""
        self.done = ""
        number, region = text_of(form, "number"), text_of(form, "region")
        self._show(
            await self._run(social_cards.reissue, number=number, region=region, now=self._now()),
            "reissue_done",
        )

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def unbind(self, form: dict[str, object]) -> None:
        """Let the card carry the archive no more."""
        self.done = ""
        reason = text_of(form, "reason")
        self._show(
            await self._run(social_cards.unbind, reason=reason, now=self._now()), "unbound_done"
        )

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def recheck(self) -> None:
        """Ask the register once more."""
        self.done = ""
        self._show(await self._run(social_cards.recheck, now=self._now()), "recheck_done")

    def _show(self, found: Cards, done: str = "") -> None:
        self.has_card = found.current is not None
        self.current = card_row(found.current) if found.current else CardRow()
        self.earlier = [card_row(card) for card in found.earlier]
        self.registry = t(found.registry)
        if done and not self.current.is_vouched_for:
            # What was asked is kept all the same.
            done = "silent"
        self.done = t(f"cards.{done}") if done else ""
