"""A place in line, an offer and classes to change to, in words."""

from dataclasses import dataclass

from portal.locale import t
from portal.services.offer_page import OfferHint
from portal.services.swaps import Swap
from portal.services.times import moment_text
from portal.services.waiting_list import WaitingPlace


@dataclass(frozen=True)
class OfferNote:
    """A seat that waits for an answer; ``href`` is empty when there is none."""

    sentence: str = ""
    until: str = ""
    href: str = ""


@dataclass(frozen=True)
class PlaceRow:
    """A place in line; ``place`` is empty for whoever does not wait."""

    place: str = ""
    of_all: str = ""
    ahead: str = ""
    first: str = ""
    closes: str = ""
    odds_word: str = ""
    odds: str = ""


@dataclass(frozen=True)
class SwapRow:
    """A class to change to."""

    title: str
    where: str
    when: str
    href: str


def offer_note(hint: OfferHint | None) -> OfferNote:
    """The hint on the first pages."""
    if hint is None:
        return OfferNote()
    return OfferNote(
        sentence=t("offer.hint", title=hint.title),
        until=t("offer.until", when=moment_text(hint.until)),
        href=f"/offers/{hint.enrolment_id}",
    )


def place_row(place: WaitingPlace) -> PlaceRow:
    """Where one stands and what to expect."""
    if not place.position or place.odds is None:
        return PlaceRow()
    odds = place.odds
    ahead = t("waiting.ahead", ahead=place.ahead) if place.ahead else t("waiting.next")
    return PlaceRow(
        place=t("waiting.place", position=place.position),
        of_all=t("waiting.of_all", total=place.waiting),
        ahead=ahead,
        first=t("waiting.first") if place.first else "",
        closes=t("waiting.closes", when=moment_text(place.closes_at)),
        odds_word=t(f"waiting.word.{odds.word}"),
        odds=t(
            f"waiting.odds.{odds.word}",
            classes=odds.classes,
            enough=odds.enough,
            position=place.position,
        ),
    )


def swap_row(swap: Swap, href: str) -> SwapRow:
    """A class to go to instead, with the page that leads there."""
    starts = t("waiting.swap.starts", day=swap.starts_text)
    seats = t("waiting.swap.seats", seats=swap.seats_left)
    return SwapRow(
        title=swap.title,
        where=f"{swap.institution_name} · {swap.region_name}（{swap.near_text}）",
        when=f"{starts} · {seats}",
        href=href,
    )
