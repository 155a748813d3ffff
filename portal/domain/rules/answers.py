"""The three answers of a rule. Keys stand below ``rules.`` in the locale."""

from collections.abc import Mapping

from portal.domain.rules.rule import Result, Rule

Inputs = Mapping[str, object]


def passed(rule: Rule, reason: str, inputs: Inputs, **params: object) -> Result:
    """The rule is met."""
    return Result(rule, "pass", reason, params, inputs)


def failed(rule: Rule, reason: str, change: str, inputs: Inputs, **params: object) -> Result:
    """The rule is not met; ``change`` says what would help."""
    return Result(rule, "fail", reason, params, inputs, change)


def unsure(rule: Rule, reason: str, change: str, inputs: Inputs, **params: object) -> Result:
    """A fact is missing or unproved: a person at the office decides."""
    return Result(rule, "unknown", reason, params, inputs, change)
