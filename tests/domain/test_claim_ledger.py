"""The money of a claim, over generated histories: nothing is paid that is not due or comes back."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import claims
from portal.domain.claim_errors import ClaimRefused
from portal.domain.claim_ledger import Ledger, Line, asked_for, due, fen_of
from portal.domain.claims import Claim, Doer
from portal.domain.rules import money

RATIO = Decimal("0.40")
FILER, CHECKER, FIRST, SECOND = (UUID(int=n) for n in range(1, 5))
CLAIMER = Doer("claimer", FILER)
OFFICE = Doer("office", FIRST)
OTHER_OFFICE = Doer("office", SECOND)


@dataclass
class Story:
    """A claim that things happen to. Acts that are refused do not happen."""

    claim: Claim
    ceiling_at_advance: int = 0
    most_asked: int = 0
    log: list[str] = field(default_factory=list)

    def do(self, act: claims.Act, by: Doer, change: Callable[[Claim], Claim] | None = None) -> bool:
        try:
            claims.require(act, self.claim, by)
        except ClaimRefused:
            return False
        changed = change(self.claim) if change else self.claim
        self.claim = replace(changed, state=claims.after(act, changed))
        self.log.append(act)
        return True

    def line(self, index: int, **fields: object) -> None:
        lines = list(self.claim.lines)
        index %= len(lines)
        lines[index] = replace(lines[index], **fields)  # type: ignore[arg-type]
        self.claim = replace(self.claim, lines=tuple(lines))

    def entry(self, kind: str, amount: int) -> Callable[[Claim], Claim]:
        return lambda claim: replace(
            claim,
            ledger=claim.ledger.with_entry(kind, amount) if amount else claim.ledger,  # type: ignore[arg-type]
        )

    def check(self) -> None:
        claim, ledger = self.claim, self.claim.ledger
        assert ledger.advance_fen <= self.ceiling_at_advance
        assert ledger.paid <= self.most_asked
        assert ledger.net >= 0
        if claim.state in ("paid", "closed", "rejected"):
            assert ledger.net - ledger.written_off_fen == due(claim.lines)
        if claim.state == "recovering":
            assert ledger.to_recover(due(claim.lines)) > 0
            assert ledger.to_pay(due(claim.lines)) == 0


def advance(story: Story, amount: int) -> None:
    ceiling = money.part(asked_for(story.claim.lines), RATIO)
    if 0 < amount <= ceiling and not story.claim.ledger.advance_fen:
        before = story.claim.ledger
        if story.do("pay_advance", OFFICE, story.entry("advance", amount)):
            story.ceiling_at_advance = ceiling
            assert before.advance_fen == 0


def settle_lines(story: Story, amount: int) -> None:
    """The results are known: some dropped out, days are counted, people are asked."""
    lines = tuple(
        replace(line, state="asked", amount_fen=min(line.amount_fen, amount), excused=False)
        if line.state == "draft"
        else line
        for line in story.claim.lines
    )
    story.claim = replace(story.claim, lines=lines)


def submit(story: Story, amount: int) -> None:
    story.do("settle", CLAIMER)
    if story.do("submit", CLAIMER) and story.claim.is_over:
        settle_lines(story, amount)


def answer(story: Story, index: int, state: str) -> None:
    index %= len(story.claim.lines)
    if story.claim.state not in (*claims.STOPPABLE, "returned") or story.claim.lines[
        index
    ].state not in (
        "asked",
        "confirmed",
        "no_answer",
    ):
        return
    if state == "denied":
        if story.do("deny", Doer("trainee")):
            story.line(index, state="denied", excused=False)
            story.claim = replace(story.claim, open_cases=story.claim.open_cases + 1)
    elif story.claim.lines[index].state != "confirmed":
        story.line(index, state=state)


def yes_to_all(story: Story) -> None:
    for index in range(len(story.claim.lines)):
        answer(story, index, "confirmed")


def close_cases(story: Story, *, upheld: bool) -> None:
    for index, line in enumerate(story.claim.lines):
        if line.state == "denied" and not line.excused:
            if upheld:
                story.line(index, state="dropped")
            else:
                story.line(index, excused=True)
    story.claim = replace(story.claim, open_cases=0)


def drop(story: Story, index: int) -> None:
    if story.claim.state in claims.OPEN:
        story.line(index, state="dropped", excused=False)


def excuse(story: Story, index: int) -> None:
    line = story.claim.lines[index % len(story.claim.lines)]
    if line.state == "no_answer" and story.do("excuse", OFFICE):
        story.line(index, excused=True)


def publish(story: Story) -> None:
    def noted(claim: Claim) -> Claim:
        return replace(claim, reviewed_by=FIRST, public_until=claim.today + timedelta(days=7))

    story.do("publish", OFFICE, noted)


def pay(story: Story) -> None:
    balance = story.claim.ledger.to_pay(due(story.claim.lines))
    story.do("pay", OTHER_OFFICE, story.entry("balance", balance))


def all_dropped(claim: Claim) -> Claim:
    lines = tuple(replace(line, state="dropped", excused=False) for line in claim.lines)
    return replace(claim, lines=lines)


def claw_back(story: Story, index: int) -> None:
    index %= len(story.claim.lines)
    if story.claim.state not in ("paid", "closed") or not story.claim.lines[index].stands:
        return

    def without(claim: Claim) -> Claim:
        lines = list(claim.lines)
        lines[index] = replace(lines[index], state="dropped", excused=False)
        return replace(claim, lines=tuple(lines))

    story.do("claw_back", OFFICE, without)


def recover(story: Story, amount: int) -> None:
    owed = story.claim.ledger.to_recover(due(story.claim.lines))
    if owed:
        story.do("recover", OFFICE, story.entry("recovery", min(amount, owed)))


def write_off(story: Story, amount: int) -> None:
    owed = story.claim.ledger.to_recover(due(story.claim.lines))

    def given_up(claim: Claim) -> Claim:
        ledger = claim.ledger
        more = ledger.written_off_fen + min(amount, owed)
        return replace(claim, ledger=replace(ledger, written_off_fen=more))

    if owed:
        story.do("write_off", OFFICE, given_up)


ACTS: dict[str, Callable[[Story, int, int], object]] = {
    "submit": lambda s, _, n: submit(s, n),
    "check": lambda s, *_: s.do("check", Doer("institution", CHECKER)),
    "take_up": lambda s, *_: s.do("take_up", OFFICE),
    "advance": lambda s, _, n: advance(s, n),
    "over": lambda s, *_: setattr(s, "claim", replace(s.claim, is_over=True)),
    "yes": lambda s, i, _: answer(s, i, "confirmed"),
    "yes to all": lambda s, *_: yes_to_all(s),
    "silence": lambda s, i, _: answer(s, i, "no_answer"),
    "no": lambda s, i, _: answer(s, i, "denied"),
    "upheld": lambda s, *_: close_cases(s, upheld=True),
    "dismissed": lambda s, *_: close_cases(s, upheld=False),
    "excuse": lambda s, i, _: excuse(s, i),
    "drop": lambda s, i, _: drop(s, i),
    "send_back": lambda s, *_: s.do("send_back", OFFICE),
    "publish": lambda s, *_: publish(s),
    "days": lambda s, *_: setattr(s, "claim", replace(s.claim, today=s.claim.today + timedelta(8))),
    "approve": lambda s, *_: s.do("approve", OTHER_OFFICE),
    "pay": lambda s, *_: pay(s),
    "close": lambda s, *_: s.do("close", OFFICE),
    "reject": lambda s, *_: s.do("reject", OFFICE, all_dropped),
    "withdraw": lambda s, *_: s.do("withdraw", CLAIMER, all_dropped),
    "claw_back": lambda s, i, _: claw_back(s, i),
    "recover": lambda s, _, n: recover(s, n),
    "write_off": lambda s, _, n: write_off(s, n),
}
# The straight way, so that histories reach its end; chance puts other acts between.
WAY = [
    "submit", "check", "take_up", "advance", "over", "submit", "check", "take_up",
    "yes to all", "publish", "days", "approve", "pay", "close", "claw_back", "recover",
]  # fmt: skip

amounts = st.integers(1, 400_000)
numbers = st.integers(0, 9)


@st.composite
def histories(draw: st.DrawFn) -> tuple[bool, list[int], list[tuple[str, int, int]]]:
    """Whether it is filed ahead, the amounts, and what happens."""
    lines = draw(st.lists(amounts, min_size=1, max_size=5))
    acts: list[tuple[str, int, int]] = []
    # Some rest on the way, some only wander.
    for step in WAY:
        for name in draw(st.lists(st.sampled_from(sorted(ACTS)), max_size=1)):
            acts.append((name, draw(numbers), draw(amounts)))
        acts.append((step, draw(numbers), draw(amounts)))
    return draw(st.booleans()), lines, acts


def play(ahead: bool, lines: list[int], acts: list[tuple[str, int, int]]) -> Story:
    first = tuple(Line(amount, "draft") for amount in lines)
    claim = Claim(
        state="draft", lines=first, ledger=Ledger(), today=date(2026, 9, 1), filed_by=FILER,
        is_over=not ahead,
    )  # fmt: skip
    story = Story(claim, most_asked=asked_for(first))
    for name, index, amount in acts:
        ACTS[name](story, index, amount)
        story.check()
    return story


@settings(max_examples=600, deadline=None)
@given(histories())
def test_what_was_paid_less_what_came_back_is_what_is_due(
    history: tuple[bool, list[int], list[tuple[str, int, int]]],
) -> None:
    play(*history)


def test_the_straight_way_with_an_advance_pays_the_rest() -> None:
    acts = [(name, 0, 300_000) for name in WAY if name not in ("advance", "claw_back", "recover")]
    acts.insert(3, ("advance", 0, 40_000))
    story = play(True, [60_000, 40_000], acts)
    assert story.claim.state == "closed"
    assert story.claim.ledger == Ledger(advance_fen=40_000, balance_fen=60_000)


def test_everybody_dropping_out_brings_the_whole_advance_back() -> None:
    story = play(
        True,
        [60_000, 40_000],
        [(name, 0, 40_000) for name in ("submit", "check", "take_up", "advance")],
    )
    assert story.claim.ledger.advance_fen == 40_000
    story.do("send_back", OFFICE)
    story.do("withdraw", CLAIMER, all_dropped)
    states = [story.claim.state]
    for amount in (15_000, 400_000):
        recover(story, amount)
        states.append(story.claim.state)
    assert states == ["recovering", "recovering", "closed"]
    assert story.claim.ledger == Ledger(advance_fen=40_000, recovered_fen=40_000)


def test_an_advance_above_what_is_due_is_recovered_instead_of_a_balance() -> None:
    ledger = Ledger(advance_fen=40_000)
    assert (ledger.to_pay(30_000), ledger.to_recover(30_000)) == (0, 10_000)
    assert (ledger.to_pay(40_000), ledger.to_recover(40_000)) == (0, 0)
    assert (ledger.to_pay(50_000), ledger.to_recover(50_000)) == (10_000, 0)


@pytest.mark.parametrize("kind", ["advance", "balance"])
def test_neither_an_advance_nor_a_balance_is_paid_twice(kind: str) -> None:
    ledger = Ledger().with_entry(kind, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="was paid"):
        ledger.with_entry(kind, 1)  # type: ignore[arg-type]


def test_more_than_was_paid_cannot_come_back() -> None:
    with pytest.raises(ValueError, match="more than was paid"):
        Ledger(advance_fen=5).with_entry("recovery", 6)


@pytest.mark.parametrize("amount", [0, -1])
def test_money_that_moves_is_more_than_nothing(amount: int) -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        Ledger().with_entry("advance", amount)


@pytest.mark.parametrize(
    ("line", "stands", "waits"),
    [
        (Line(1, "draft"), False, True),
        (Line(1, "asked"), False, True),
        (Line(1, "confirmed"), True, False),
        (Line(1, "denied"), False, True),
        (Line(1, "denied", excused=True), True, False),
        (Line(1, "no_answer"), False, True),
        (Line(1, "no_answer", excused=True), True, False),
        (Line(1, "dropped"), False, False),
        (Line(1, "dropped", excused=True), False, False),
        (Line(1, "asked", excused=True), False, True),
    ],
    ids=lambda value: (
        f"{value.state}{'-excused' * value.excused}" if isinstance(value, Line) else str(value)
    ),
)
def test_a_line_is_due_by_a_yes_or_an_officers_word(line: Line, stands: bool, waits: bool) -> None:
    assert (line.stands, line.is_open) == (stands, waits)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1200", 120_000), ("1,200.50", 120_050), ("1200.5", 120_050), ("0.01", 1), (" 7 ", 700),
        ("1，200", 120_000), ("", 0), ("abc", 0), ("-5", 0), ("1.234", 0), (".5", 0), ("1e5", 0),
        ("١٢", 0), ("12345678901", 0), ("1.2.3", 0), ("+5", 0),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_type_it(typed: str, fen: int) -> None:
    assert fen_of(typed) == fen
