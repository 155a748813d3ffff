"""The whole of one claim in words."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from portal.locale import t
from portal.services.claims import texts
from portal.services.claims.shapes import CaseView, ClaimView, LineView, MoneyView, StepView
from portal.services.times import day_of, day_text, moment_text
from portal.state.claim_cards import NO_DUE, TONES
from portal.state.deadlines import due_text
from portal.state.texts import date_text

_ANSWERS = {
    "draft": "plain", "asked": "info", "confirmed": "good", "denied": "bad", "no_answer": "warn",
}  # fmt: skip


@dataclass(frozen=True)
class LineRow:
    """One person in a claim; ``answer`` is what he or she said, in words."""

    key: str
    name: str
    learned: str
    amount: str
    answer: str
    tone: str
    note: str
    open_rules: list[str]
    is_silent: bool


@dataclass(frozen=True)
class Pair:
    """A label and its text, or a name and the reason."""

    label: str
    text: str


@dataclass(frozen=True)
class StepRow:
    """Something that happened."""

    what: str
    when: str
    reason: str


@dataclass(frozen=True)
class CaseRow:
    """An objection, as the office decides it."""

    key: str
    name: str
    summary: str
    state: str
    tone: str
    due: str
    is_late: bool
    is_open: bool
    answer: str


@dataclass(frozen=True)
class ClaimPage:
    """A claim in full; ``acts`` are the words of what the reader may do now."""

    number: str = ""
    title: str = ""
    kind: str = ""
    payee: str = ""
    state: str = ""
    tone: str = "plain"
    note: str = ""
    due: str = ""
    is_late: bool = False
    stopped: str = ""
    notice: str = ""
    acts: list[str] = field(default_factory=list)
    lines: list[LineRow] = field(default_factory=list)
    lines_title: str = ""
    refused: list[Pair] = field(default_factory=list)
    refused_title: str = ""
    money: list[Pair] = field(default_factory=list)
    to_pay: str = ""
    has_balance: bool = False
    to_recover: str = ""
    advance_note: str = ""
    has_advance: bool = False
    fund: str = ""
    cases: list[CaseRow] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)


def claim_page(view: ClaimView, now: datetime) -> ClaimPage:
    """A claim in words."""
    today = day_of(now)
    recovered = view.money.to_recover
    return ClaimPage(
        number=view.claim_no,
        title=view.title,
        kind=texts.kind_name(view.kind),
        payee=view.payee or t("claims.payee.person"),
        state=texts.state_name(view.state),
        tone=TONES[view.state],
        note=view.note,
        due="" if view.state in NO_DUE else due_text(view.due_on, today),
        is_late=view.late,
        stopped=_stopped(view),
        notice=_notice(view),
        acts=list(view.acts),
        lines=[_line(line) for line in view.lines],
        lines_title=t("claims.page.lines", people=len(view.lines)),
        refused=[Pair(one.name, one.why) for one in view.refused],
        refused_title=t("claims.page.refused", people=len(view.refused)),
        money=_money(view.money),
        to_pay=_to_pay(view),
        has_balance=view.money.to_pay > 0,
        to_recover=t("claims.office.recover_what", amount=texts.money(recovered)),
        advance_note=_advance(view.money),
        has_advance=view.money.most_advance is not None,
        fund=view.money.fund,
        cases=[_case(case, today) for case in view.cases],
        steps=[_step(step) for step in view.steps],
    )


def _notice(view: ClaimView) -> str:
    if view.state != "public_notice" or view.public_until is None:
        return ""
    return t("claims.page.notice", day=date_text(view.public_until))


def _stopped(view: ClaimView) -> str:
    """Why the claim does not go on: what bars the reader's own step, or an objection."""
    if view.blocked or not view.open_cases:
        return view.blocked
    return t("claims.refused.stopped", count=view.open_cases)


def _to_pay(view: ClaimView) -> str:
    if view.money.to_pay:
        return t("claims.office.pay_what", amount=texts.money(view.money.to_pay))
    return t("claims.office.pay_nothing")


def _line(line: LineView) -> LineRow:
    state = "excused" if line.excused else line.state
    until = ""
    if line.state == "asked" and line.answer_by is not None:
        # The moment is the midnight after the last day.
        until = day_text(day_of(line.answer_by - timedelta(seconds=1)))
    via = t(f"claims.via.{line.answered_via}") if line.answered_via else ""
    return LineRow(
        key=str(line.line_id),
        name=line.name,
        learned=line.learned,
        amount=texts.money(line.amount_fen),
        answer=t(f"claims.answered.{state}", until=until, via=via),
        tone="warn" if line.excused else _ANSWERS[line.state],
        note=line.objection or line.note,
        open_rules=list(line.open_rules),
        is_silent=line.state == "no_answer" and not line.excused,
    )


def _money(money: MoneyView) -> list[Pair]:
    """The ledger, lines of nothing left out."""
    rows = [("claimed", money.claimed), ("due", money.due)]
    more = [
        ("advance", money.advance),
        ("balance", money.balance),
        ("recovered", money.recovered),
        ("written_off", money.written_off),
        ("to_recover", money.to_recover),
    ]
    rows += [(name, fen) for name, fen in more if fen]
    found = [Pair(t(f"claims.money.{name}"), texts.money(fen)) for name, fen in rows]
    return [*found, Pair(t("claims.money.fund"), money.fund)]


def _advance(money: MoneyView) -> str:
    if money.most_advance is None:
        return t("claims.page.no_advance")
    return t("claims.page.most_advance", most=texts.money(money.most_advance))


def _case(case: CaseView, today: date) -> CaseRow:
    is_open = case.state == "open"
    return CaseRow(
        key=str(case.case_id),
        name=case.name,
        summary=case.summary,
        state=t(f"claims.case.{case.state}"),
        tone="bad" if is_open else "plain",
        due=due_text(case.due_on, today) if is_open else "",
        is_late=case.late,
        is_open=is_open,
        answer=case.answer,
    )


def _step(step: StepView) -> StepRow:
    who = t(f"claims.role.{step.role}")
    return StepRow(
        what=t("claims.page.step", what=t(f"claims.step.{step.act}"), who=who),
        when=moment_text(step.at),
        reason=step.reason,
    )
