"""What a claim looks like to its readers: plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from portal.domain.claims import Act, Party


@dataclass(frozen=True, slots=True)
class LineView:
    """One person in a claim. ``stands``: it is due as things are; ``objection`` and ``open_rules``
    are empty for all but the office."""

    line_id: UUID
    name: str
    learned: str
    amount_fen: int
    state: str
    stands: bool
    excused: bool
    answer_by: datetime | None
    answered_via: str | None
    note: str
    objection: str
    open_rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefusedView:
    """Somebody of the class who is not in the claim, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class StepView:
    """Something that happened: a word below ``claims.step``, and on which side."""

    act: str
    at: datetime
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class MoneyView:
    """The ledger in fen. ``most_advance`` None: no advance is possible."""

    claimed: int
    due: int
    advance: int
    balance: int
    recovered: int
    written_off: int
    to_pay: int
    to_recover: int
    most_advance: int | None
    fund: str
    funds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """An objection as the office sees it."""

    case_id: UUID
    line_id: UUID
    name: str
    summary: str
    state: str
    due_on: date
    late: bool
    answer: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim in full; ``acts`` is what the reader may do now, ``side`` claimer, institution or
    office. ``is_over``: the class has ended. ``open_cases`` counts objections not decided;
    ``blocked`` says why the next step is not possible yet, to the side whose step it is."""

    claim_id: UUID
    claim_no: str
    class_id: UUID
    title: str
    kind: str
    payee: str
    payee_type: str
    state: str
    note: str
    due_on: date
    late: bool
    is_over: bool
    public_until: date | None
    side: Party
    acts: tuple[Act, ...]
    lines: tuple[LineView, ...]
    refused: tuple[RefusedView, ...]
    money: MoneyView
    cases: tuple[CaseView, ...]
    open_cases: int
    blocked: str
    steps: tuple[StepView, ...]
