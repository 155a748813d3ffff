"""The ghost-class score: a plain sum of named reasons, at most 100 (ADR 0020).

It refuses nobody and decides nothing. It says which sessions an officer should look at first,
and why, so that the officer can check each reason by hand.
"""

from portal.domain.risk.classes import class_reasons
from portal.domain.risk.facts import ClassFacts, SessionFacts
from portal.domain.risk.parameters import DEFAULT, Parameters
from portal.domain.risk.reasons import Score, total
from portal.domain.risk.seen import look
from portal.domain.risk.signals import SIGNALS


def score_session(facts: SessionFacts, parameters: Parameters = DEFAULT) -> Score:
    """How odd a session looks; 0 without reasons. The same facts give the same score, in
    whatever order the marks come."""
    seen = look(facts, parameters)
    return total(reason for signal in SIGNALS if (reason := signal(seen)))


def score_class(facts: ClassFacts, parameters: Parameters = DEFAULT) -> Score:
    """How odd a class looks: the scores of its sessions, and what became of its people."""
    return total(class_reasons(facts, parameters))
