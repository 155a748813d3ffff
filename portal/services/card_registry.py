"""Whose a social security card is: asked of a register that is not ours (reference B6).

A region that has access puts its own adapter behind ``CardRegistry``. Where there is none, and
where it does not answer, a card is kept as its owner declared it.
"""

from typing import Literal, Protocol

from portal.settings import get_settings

# It belongs to this ID number, or to another or none, or the register does not answer.
Answer = Literal["yes", "no", "silent"]


class CardRegistry(Protocol):
    """A register of cards. ``name`` is what people read."""

    @property
    def name(self) -> str:
        """A key of the locale."""

    def belongs(self, *, card: str, id_no: str) -> Answer:
        """Whether a card belongs to an ID number.

        Answers within two seconds or ``silent``, and never raises: somebody waits for it, and a
        transaction is open.
        """


class DemoRegistry:
    """Stands in for the register where everybody may try: the first digits decide.

    99: does not answer; 98: another person's; every other card is whoever's asks.
    """

    name = "cards.registry.demo"

    def belongs(self, *, card: str, id_no: str) -> Answer:
        """As the first two digits say."""
        answers: dict[str, Answer] = {"99": "silent", "98": "no"}
        return answers.get(card[:2], "yes")


class NoRegistry:
    """Where no register is connected: it never answers."""

    name = "cards.registry.none"

    def belongs(self, *, card: str, id_no: str) -> Answer:
        """Nobody to ask."""
        return "silent"


def registry() -> CardRegistry:
    """The register that this portal asks."""
    return DemoRegistry() if get_settings().env == "demo" else NoRegistry()
