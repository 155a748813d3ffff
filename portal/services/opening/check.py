"""One answer of the machine about an application."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from portal.locale import t
from portal.services.opening.content import Step

Outcome = Literal["pass", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what came of it, in which step it is mended, and where it is written.

    A ``fail`` keeps an application from being sent or approved; a ``warn`` is for the officer.
    """

    name: str
    step: Step
    outcome: Outcome
    sentence: str
    clause: str = ""


def good(name: str, step: Step, clause: str = "", **params: object) -> Check:
    """Nothing stands in the way: the sentence ``opening.check.<name>.good``."""
    return _made(name, step, "pass", "good", clause, params)


def warn(name: str, step: Step, why: str, clause: str = "", **params: object) -> Check:
    """The officer is to look at it."""
    return _made(name, step, "warn", why, clause, params)


def fail(name: str, step: Step, why: str, clause: str = "", **params: object) -> Check:
    """It cannot be sent like this."""
    return _made(name, step, "fail", why, clause, params)


def said(name: str, step: Step, outcome: Outcome, sentence: str, clause: str = "") -> Check:
    """With a sentence of somebody else's: a rule's, or the planner's."""
    return Check(name, step, outcome, sentence, clause)


def kept(checks: tuple[Check, ...]) -> list[dict[str, Any]]:
    """The checks as a version or decision keeps them."""
    return [asdict(one) for one in checks]


def _made(
    name: str, step: Step, outcome: Outcome, why: str, clause: str, params: dict[str, object]
) -> Check:
    source = t(f"opening.clause.{clause}") if clause else ""
    return Check(name, step, outcome, t(f"opening.check.{name}.{why}", **params), source)
