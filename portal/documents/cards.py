"""Personal check-in cards (签到卡) for people without a phone: four on a sheet of A4, to cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.documents import qr, typesetter
from portal.locale import t

TEMPLATE = "cards.typ"

_LABELS = ("heading", "name", "class", "institution", "how", "lost")


@dataclass(frozen=True)
class Card:
    """One person's card. ``url`` is what the code holds, ``generation`` which print it is."""

    name: str
    url: str
    generation: int


@dataclass(frozen=True)
class CardsDocument:
    """The cards of one class; ``printed_on`` becomes the date inside the file."""

    class_title: str
    institution_name: str
    cards: Sequence[Card]
    printed_on: date


def render_pdf(doc: CardsDocument) -> bytes:
    """The cards as PDF; the same document always gives the same bytes."""
    return typesetter.to_pdf(TEMPLATE, _content(doc), dated=doc.printed_on)


def render_png(doc: CardsDocument, *, ppi: float = 100) -> bytes:
    """The first page as an image."""
    return typesetter.to_png(TEMPLATE, _content(doc), ppi=ppi)


def _content(doc: CardsDocument) -> dict[str, object]:
    return {
        "title": doc.class_title,
        "institution": doc.institution_name,
        "cards": [
            {
                "name": card.name,
                "qr": qr.svg(card.url),
                "number": t("sheets.card.number", generation=card.generation),
            }
            for card in doc.cards
        ],
        "labels": {name: t(f"sheets.card.{name}") for name in _LABELS},
    }
