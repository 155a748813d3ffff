"""What whoever sent a roster may read about a person, and nothing beyond it.

A roster names people who have not been asked. Whoever sent it learns what follows from the sheet
itself, and for everybody else only that the person must be asked: not whether somebody is
registered, draws a pension, belongs to a group, learns elsewhere or was trained before. Of people
whom the owner has trained or sent before it may know in addition that this year's allowance or
this skill is used up, since it has seen them use it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from portal.domain.rules.rule import Decision, Result, Verdict
from portal.locale import t

Outcome = Literal["bad", "not_eligible", "needs_review", "waiting", "eligible"]
# The order in which a list of rows is read: what must be mended first.
IN_ORDER: tuple[Outcome, ...] = ("bad", "not_eligible", "needs_review", "waiting", "eligible")
# Rows with one of these outcomes can be entered.
ENTERS: tuple[Outcome, ...] = ("eligible", "needs_review", "waiting")

_WORSE: dict[Verdict, int] = {"eligible": 0, "needs_review": 1, "not_eligible": 2}
# Kinds of rules whose answer follows from the sheet's own columns.
_FROM_THE_SHEET = frozenset({"hired_within"})
# And those that somebody may know of people trained or sent before.
_FROM_BEFORE = _FROM_THE_SHEET | {"annual_cap", "no_repeat"}


@dataclass(frozen=True, slots=True)
class Shown:
    """An outcome as its owner sees it, with reasons as ``db.models.RosterRow`` keeps them."""

    outcome: Outcome
    reasons: tuple[dict[str, Any], ...] = ()


def reason(key: str, column: str = "", **params: object) -> dict[str, Any]:
    """A reason: a key below ``roster``, the column it speaks of, what fills the sentence."""
    return {"key": f"roster.{key}", "params": params, "column": column}


def shown(by_sheet: Decision, by_record: Decision | None, *, related: bool) -> Shown:
    """What to show of a person: ``by_sheet`` is decided by the sheet's columns alone,
    ``by_record`` by what the portal knows, None when it knows nothing.

    For a stranger the worse of both is shown, so that a record never makes an answer better:
    otherwise it would tell that there is one.
    """
    if by_record is not None and related:
        return _of(by_record, _FROM_BEFORE)
    if by_record is None or _WORSE[by_sheet.verdict] >= _WORSE[by_record.verdict]:
        return _of(by_sheet, _FROM_THE_SHEET)
    return Shown(_outcome(by_record), (_hidden(by_record.verdict),))


def _of(decision: Decision, speakable: frozenset[str]) -> Shown:
    if decision.verdict == "eligible":
        return Shown("eligible")
    first = decision.first_in_the_way()
    if first is None or first.rule.kind not in speakable:
        return Shown(_outcome(decision), (_hidden(decision.verdict),))
    return Shown(_outcome(decision), (_spoken(first),))


def _outcome(decision: Decision) -> Outcome:
    return decision.verdict


def _spoken(result: Result) -> dict[str, Any]:
    return reason(f"why.{result.rule.kind}_{result.outcome}")


def _hidden(verdict: Verdict) -> dict[str, Any]:
    """The sentence that says nothing but whom to ask."""
    return reason("why.ask_person" if verdict == "not_eligible" else "why.review")


def sentences(reasons: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Reasons in words, with the column they speak of."""
    return tuple(_sentence(one) for one in reasons)


def _sentence(one: Mapping[str, Any]) -> str:
    words = t(one["key"], **one["params"])
    return t("roster.at_column", column=one["column"], text=words) if one["column"] else words


def problem_sentence(one: Mapping[str, Any]) -> str:
    """A fault of the sheet as a whole, with its row where it has one."""
    words = _sentence(one)
    row = one.get("row")
    return t("roster.at_row", row=row, text=words) if row else words
