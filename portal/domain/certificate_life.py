"""The life of a certificate (reference B5.5): which act is possible in which state."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from portal.domain.errors import NotReady


class Act(StrEnum):
    """What is done to a certificate."""

    AMEND = "amend"
    DISCARD = "discard"
    ISSUE = "issue"
    CORRECT = "correct"
    PRINT_AGAIN = "print_again"
    REVOKE = "revoke"


class State(StrEnum):
    """Where a version stands. ``EXPIRED`` is computed from its last day, never stored."""

    DRAFT = "draft"
    ISSUED = "issued"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"


# An expired one may have been given a wrong last day, and may still be revoked for what it was;
# paper of it would pass for valid.
ALLOWED: Mapping[Act, frozenset[State]] = {
    Act.AMEND: frozenset({State.DRAFT}),
    Act.DISCARD: frozenset({State.DRAFT}),
    Act.ISSUE: frozenset({State.DRAFT}),
    Act.CORRECT: frozenset({State.ISSUED, State.EXPIRED}),
    Act.PRINT_AGAIN: frozenset({State.ISSUED}),
    Act.REVOKE: frozenset({State.ISSUED, State.EXPIRED}),
}


def state_of(status: str, expires_on: date | None, *, today: date) -> State:
    """The state of a stored version on a day."""
    if status == State.ISSUED and expires_on is not None and expires_on < today:
        return State.EXPIRED
    return State(status)


def check_act(act: Act, state: State) -> None:
    """Raise NotReady, with the reason in words, for an act that is not possible in a state."""
    if state in ALLOWED[act]:
        return
    draft_only = ALLOWED[act] == frozenset({State.DRAFT})
    kind = "no_draft" if draft_only else str(state)
    raise NotReady(reason=f"certificate_life.{kind}")
