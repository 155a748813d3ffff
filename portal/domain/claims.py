"""A claim for subsidy money through its states (reference.md C2): who may do which step, and when.

Pure: the facts of a claim in, a typed refusal or the next state out. The straight way is
``draft -> submitted -> institution_checked -> county_review -> public_notice -> approved -> paid
-> closed``; aside stand ``returned``, ``rejected`` and ``recovering``.

A claim that may have an advance (R40) can be filed while its class still runs. It then waits in
``county_review`` until the class is over, is settled: the claimer gets it back, brings it in line
with the results, and it walks the way again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

from portal.domain.claim_errors import (
    AnsweredInIt,
    AnswersOpen,
    ClaimLate,
    ClaimRefused,
    ClaimStopped,
    ConfirmedTheClass,
    FiledIt,
    FourEyes,
    NoAdvance,
    NothingToClaim,
    NoticeRuns,
    NotOverYet,
    ReviewedIt,
    WrongStep,
)
from portal.domain.claim_ledger import Ledger, Line, asked_for, due

State = Literal[
    "draft", "submitted", "institution_checked", "county_review", "public_notice", "approved",
    "paid", "closed", "returned", "rejected", "recovering",
]  # fmt: skip
Act = Literal[
    "refresh", "submit", "withdraw", "check", "take_up", "settle", "publish", "approve",
    "pay_advance", "pay", "close", "recover", "write_off", "claw_back",
    "send_back", "reject", "deny", "excuse",
]  # fmt: skip
# Whoever asks for the money; staff of the institution that taught; the office; whom it is about.
Party = Literal["claimer", "institution", "office", "trainee"]

# Filed and not paid yet, so that a "no" still stops it.
STOPPABLE: Final[frozenset[State]] = frozenset(
    ("submitted", "institution_checked", "county_review", "public_notice", "approved")
)
# The claimer may still change what it says.
OPEN: Final[frozenset[State]] = frozenset(("draft", "returned"))
# It is over, and takes nobody's subsidy.
OVER: Final[frozenset[State]] = frozenset(("closed", "rejected"))


@dataclass(frozen=True, slots=True)
class Step:
    """An act: from which states, by whom, and where it leads (None: it stays where it is)."""

    sources: frozenset[State]
    parties: frozenset[Party]
    target: State | None


def _step(sources: str, parties: str, target: State | None) -> Step:
    return Step(frozenset(sources.split()), frozenset(parties.split()), target)  # type: ignore[arg-type]


STEPS: Final[Mapping[Act, Step]] = {
    "refresh": _step("draft returned", "claimer", None),
    "submit": _step("draft returned", "claimer", "submitted"),
    "withdraw": _step("draft submitted returned", "claimer", "closed"),
    "check": _step("submitted", "institution", "institution_checked"),
    "take_up": _step("institution_checked", "office", "county_review"),
    "pay_advance": _step("county_review", "office", None),
    "settle": _step("county_review", "claimer", "returned"),
    "excuse": _step("submitted institution_checked county_review", "office", None),
    "publish": _step("county_review", "office", "public_notice"),
    "approve": _step("public_notice", "office", "approved"),
    "pay": _step("approved", "office", "paid"),
    "close": _step("paid", "office", "closed"),
    "send_back": _step(
        "submitted institution_checked county_review public_notice approved",
        "institution office",
        "returned",
    ),
    "reject": _step(
        "submitted institution_checked county_review public_notice approved returned",
        "office",
        "rejected",
    ),
    "deny": _step(" ".join((*STOPPABLE, "returned")), "trainee", "returned"),
    "claw_back": _step("paid closed", "office", "recovering"),
    "recover": _step("recovering", "office", None),
    # Two officers decided it in the recovery's own ledger: the claim follows.
    "write_off": _step("recovering", "office", None),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What decides about a claim's next step.

    ``confirmers`` are the accounts that confirmed a sheet of the class, ``answerers`` those of
    officers whose word stands in place of somebody's own; ``is_over``: the class is closed, its
    results stand; ``file_by`` the last day to file (None: the class still runs).
    """

    state: State
    lines: tuple[Line, ...]
    ledger: Ledger
    today: date
    file_by: date | None = None
    filed_by: UUID | None = None
    reviewed_by: UUID | None = None
    confirmers: frozenset[UUID] = frozenset()
    answerers: frozenset[UUID] = frozenset()
    open_cases: int = 0
    is_over: bool = True
    public_until: date | None = None


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts, and on which side."""

    party: Party
    account_id: UUID | None = None


def refusal(act: Act, claim: Claim, by: Doer) -> ClaimRefused | None:
    """Why this act is not theirs or not possible now; None when it is both.

    The order is that in which a person would want to hear it: not yours, not now, not complete.
    """
    step = STEPS[act]
    if by.party not in step.parties or claim.state not in step.sources:
        return WrongStep()
    if act == "send_back" and by.party == "institution" and claim.state != "submitted":
        return WrongStep()
    return _four_eyes(act, claim, by) or _missing(act, claim)


def require(act: Act, claim: Claim, by: Doer) -> None:
    """Raise the refusal, if there is one."""
    found = refusal(act, claim, by)
    if found is not None:
        raise found


def acts_of(claim: Claim, by: Doer) -> tuple[Act, ...]:
    """What this side may do with the claim now, in the order of the way."""
    return tuple(act for act in STEPS if refusal(act, claim, by) is None)


def next_act(claim: Claim) -> Act | None:
    """The act that leads on along the way; None at its end and aside of it."""
    return _ALONG.get(claim.state)


_ALONG: Final[Mapping[State, Act]] = {
    "draft": "submit", "returned": "submit", "submitted": "check",
    "institution_checked": "take_up", "county_review": "publish", "public_notice": "approve",
    "approved": "pay", "paid": "close",
}  # fmt: skip


def after(act: Act, claim: Claim) -> State:
    """The state that an act leads to, money netted: what was paid too much is taken back first.

    For ``recover`` and ``write_off`` give the claim with the sum already in its ledger.
    """
    if act in ("recover", "write_off"):
        return "closed" if claim.ledger.to_recover(due(claim.lines)) == 0 else "recovering"
    if act in ("withdraw", "reject"):
        return "recovering" if claim.ledger.net > 0 else _target(act, claim)
    if act == "pay" and claim.ledger.to_recover(due(claim.lines)) > 0:
        return "recovering"
    return _target(act, claim)


def _target(act: Act, claim: Claim) -> State:
    return STEPS[act].target or claim.state


def _four_eyes(act: Act, claim: Claim, by: Doer) -> FourEyes | None:
    """Whoever vouched for one step does not take the next."""
    if act in ("submit", "settle", "refresh") and by.account_id in claim.confirmers:
        # D10: whoever confirmed a class does not file its claim.
        return ConfirmedTheClass()
    if act == "check" and by.account_id == claim.filed_by:
        return FiledIt()
    if act == "approve" and by.account_id == claim.reviewed_by:
        return ReviewedIt()
    if act in ("publish", "approve", "pay_advance") and by.account_id in claim.answerers:
        return AnsweredInIt()
    return None


def _missing(act: Act, claim: Claim) -> ClaimRefused | None:
    """What must be done first, or is too late."""
    if act in ("submit", "take_up", "publish", "approve", "pay") and claim.open_cases:
        return ClaimStopped(count=claim.open_cases)
    if act == "settle" and not claim.is_over:
        return NotOverYet()
    if act == "pay_advance" and claim.is_over:
        # The results are known: what is due is paid at once.
        return NoAdvance()
    if act == "submit":
        return _filing(claim)
    if act in ("publish", "approve", "pay"):
        return _deciding(act, claim)
    return None


def _filing(claim: Claim) -> ClaimRefused | None:
    # A claim in time is not made late by being sent back, nor by the wait for its class to end.
    is_first = claim.state == "draft"
    if is_first and claim.file_by is not None and claim.today > claim.file_by:
        return ClaimLate(claim.file_by)
    # With money out, even a claim of nothing must be settled: it is how the money comes back.
    if asked_for(claim.lines) == 0 and claim.ledger.net == 0:
        return NothingToClaim()
    return None


def _deciding(act: Act, claim: Claim) -> ClaimRefused | None:
    if not claim.is_over:
        return NotOverYet()
    waiting = sum(line.is_open for line in claim.lines)
    if waiting:
        return AnswersOpen(count=waiting)
    if act == "publish" and due(claim.lines) == 0 and claim.ledger.net == 0:
        return NothingToClaim()
    until = claim.public_until
    if act == "approve" and until is not None and claim.today <= until:
        return NoticeRuns(until)
    return None
