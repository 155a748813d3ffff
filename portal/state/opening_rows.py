"""Applications to open a class as both sides' pages show them."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.locale import t
from portal.services.opening.check import Check
from portal.services.opening.content import STEPS
from portal.services.opening.views import Answer, OpeningCard, OpeningView
from portal.services.opening.words import Change, MeetingLine
from portal.services.times import day_of, day_text, moment_text
from portal.state.deadlines import due_text

TONES = {
    "draft": "plain",
    "submitted": "info",
    "returned": "warn",
    "rejected": "bad",
    "approved": "good",
    "withdrawn": "plain",
}
_OUTCOMES = {"pass": "good", "warn": "warn", "fail": "bad"}
_IN_ORDER = ("fail", "warn", "pass")


@dataclass(frozen=True)
class OpeningRow:
    """An application in a list; ``due`` only while it waits."""

    href: str = ""
    title: str = ""
    number: str = ""
    institution: str = ""
    facts: str = ""
    word: str = ""
    tone: str = "plain"
    due: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class CheckRow:
    """What one check answers, and where it is mended."""

    name: str
    outcome: str
    tone: str
    word: str
    sentence: str
    clause: str
    step: str
    href: str


@dataclass(frozen=True)
class FactRow:
    """One thing that a step says; the first of its step names the step."""

    step: str
    heading: str
    href: str
    label: str
    text: str


@dataclass(frozen=True)
class AnswerRow:
    """A decision on a version."""

    tone: str
    word: str
    when: str
    reason: str
    steps: str


@dataclass(frozen=True)
class MeetingRow:
    """A session; ``number`` counts from 1."""

    key: str
    number: str
    when: str
    what: str
    where: str


@dataclass(frozen=True)
class ChangeRow:
    """What is another than in the version before."""

    step: str
    label: str
    before: str
    after: str


def opening_row(card: OpeningCard, base: str, now: datetime) -> OpeningRow:
    """An application as a list shows it; ``base`` is the path of the list."""
    today = day_of(now)
    parts = [t("opening.card.updated", when=moment_text(card.updated_at))]
    if card.first_day is not None:
        parts.insert(0, t("opening.card.begins", day=day_text(card.first_day)))
    return OpeningRow(
        href=f"{base}/{card.id}",
        title=card.title or t("opening.card.untitled"),
        number=t("opening.card.number", number=card.number),
        institution=card.institution_name,
        facts=" · ".join(parts),
        word=t(f"opening.state.{card.state}"),
        tone=TONES[card.state],
        due=_due(card.due_on, today),
        is_late=card.due_on is not None and card.due_on < today,
    )


def _due(due: date | None, today: date) -> str:
    return due_text(due, today) if due is not None else ""


def check_rows(checks: tuple[Check, ...], base: str) -> list[CheckRow]:
    """The checks, what must be mended first; ``base`` is the path of the application."""
    found = sorted(checks, key=lambda one: _IN_ORDER.index(one.outcome))
    return [
        CheckRow(
            name=one.name,
            outcome=one.outcome,
            tone=_OUTCOMES[one.outcome],
            word=t(f"opening.outcome.{one.outcome}"),
            sentence=one.sentence,
            clause=one.clause,
            step=t(f"opening.step.{one.step}"),
            href=f"{base}/{one.step}",
        )
        for one in found
    ]


def fact_rows(view: OpeningView, base: str) -> list[FactRow]:
    """What the steps say, in their order."""
    rows, last = [], ""
    for one in sorted(view.lines, key=lambda line: STEPS.index(line.step)):
        heading = t(f"opening.step.{one.step}") if one.step != last else ""
        rows.append(FactRow(one.step, heading, f"{base}/{one.step}", one.label, one.text))
        last = one.step
    return rows


def answer_row(of: Answer) -> AnswerRow:
    """A decision as both sides read it."""
    steps = "、".join(t(f"opening.step.{one}") for one in of.steps)
    return AnswerRow(
        tone=TONES[of.act],
        word=t(f"opening.state.{of.act}"),
        when=moment_text(of.at),
        reason=of.reason,
        steps=t("opening.answer.steps", steps=steps) if steps else "",
    )


def meeting_rows(lines: tuple[MeetingLine, ...]) -> list[MeetingRow]:
    """The sessions, numbered."""
    return [
        MeetingRow(one.key, str(number), one.when, one.what, one.where)
        for number, one in enumerate(lines, 1)
    ]


def change_row(of: Change) -> ChangeRow:
    """A change with both sides in words."""
    none = t("opening.change.none")
    return ChangeRow(t(f"opening.step.{of.step}"), of.label, of.before or none, of.after or none)


def outlook(checks: tuple[Check, ...]) -> str:
    """How many checks there are of each outcome, in a sentence."""
    count = {name: sum(one.outcome == name for one in checks) for name in _IN_ORDER}
    return t("opening.outlook", bad=count["fail"], look=count["warn"], good=count["pass"])
