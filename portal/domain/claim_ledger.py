"""The money of one claim: what its people confirm, what was paid, what comes back. Whole fen.

Invariant, tested over generated histories: a claim that is closed has paid, less what was
recovered or given up, exactly what is due; what was paid never exceeds what was asked for;
an advance never exceeds its share (R40).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from portal.domain.rules import money

LineState = Literal["draft", "asked", "confirmed", "denied", "no_answer", "dropped"]
Kind = Literal["advance", "balance", "recovery"]


@dataclass(frozen=True, slots=True)
class Line:
    """One person's share. ``excused``: an officer decided to go on without that person's yes."""

    amount_fen: int
    state: LineState
    excused: bool = False

    @property
    def stands(self) -> bool:
        """Whether it is due: the person said yes, or an officer decided in place of an answer."""
        if self.state in ("denied", "no_answer"):
            return self.excused
        return self.state == "confirmed"

    @property
    def is_open(self) -> bool:
        """Whether an answer, or a decision in its place, is still missing."""
        return self.state != "dropped" and not self.stands


@dataclass(frozen=True, slots=True)
class Ledger:
    """What moved: the advance, the balance, and all that was taken back.

    ``written_off_fen`` did not move: two officers gave it up, so it is owed no more.
    """

    advance_fen: int = 0
    balance_fen: int = 0
    recovered_fen: int = 0
    written_off_fen: int = 0

    @property
    def paid(self) -> int:
        """All that went out."""
        return self.advance_fen + self.balance_fen

    @property
    def net(self) -> int:
        """What the payee has of it."""
        return self.paid - self.recovered_fen

    def to_pay(self, due_fen: int) -> int:
        """The balance, when this much is due."""
        return money.settle(self.net, [due_fen]).balance_fen

    def to_recover(self, due_fen: int) -> int:
        """What must come back, when this much is due."""
        return max(0, money.settle(self.net, [due_fen]).recover_fen - self.written_off_fen)

    def with_entry(self, kind: Kind, amount_fen: int) -> "Ledger":
        """The ledger after one more movement; raises ValueError for what must not happen."""
        if amount_fen <= 0:
            raise ValueError("money that moves is more than nothing")
        if kind == "recovery":
            if amount_fen > self.net:
                raise ValueError("more than was paid cannot come back")
            return replace(self, recovered_fen=self.recovered_fen + amount_fen)
        if (self.advance_fen if kind == "advance" else self.balance_fen) > 0:
            raise ValueError(f"the {kind} was paid")
        if kind == "advance":
            return replace(self, advance_fen=amount_fen)
        return replace(self, balance_fen=amount_fen)


def asked_for(lines: Iterable[Line]) -> int:
    """The sum of what is claimed: every line that was not dropped."""
    return sum(line.amount_fen for line in lines if line.state != "dropped")


def due(lines: Iterable[Line]) -> int:
    """The sum of what stands."""
    return sum(line.amount_fen for line in lines if line.stands)


def fen_of(raw: str) -> int:
    """An amount in 元 as people type it (``1,200.50``), in fen; 0 for what is none."""
    whole, _, rest = raw.replace(",", "").replace("，", "").strip().partition(".")
    digits = whole + rest
    if not (digits.isascii() and digits.isdigit()) or not whole or len(rest) > 2:
        return 0
    if len(whole) > 10:
        return 0
    return int(whole) * 100 + int(rest.ljust(2, "0"))
