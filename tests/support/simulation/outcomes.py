"""What becomes of a class in the end."""

from random import Random

from portal.domain.risk.facts import ClassFacts
from tests.support.simulation.fraud import EFFORTS, Fraud

CARELESS = EFFORTS[0]


def honest_end(rng: Random, roster: int, scores: tuple[int, ...]) -> ClassFacts:
    """Some leave, some fail; now and then somebody forgot a session or a message."""
    dropped = _some(rng, roster, 0.04)
    finished = roster - dropped - _some(rng, roster - dropped, 0.06)
    examined = finished - _some(rng, finished, rng.uniform(0, 0.12))
    passed = examined - _some(rng, examined, rng.choice((0.0, 0.05, 0.15, 0.3)))
    return ClassFacts(
        roster=roster,
        session_scores=scores,
        dropped=dropped,
        finished=finished,
        examined=examined,
        passed=passed,
        certified=passed,
        appeals_upheld=_some(rng, roster, 0.006),
        denials=_some(rng, roster, 0.002),
    )


def ghost_end(rng: Random, roster: int, scores: tuple[int, ...], fraud: Fraud) -> ClassFacts:
    """Nearly everybody finishes. Of names that were bought some are asked, and say no; who
    plays along says nothing."""
    careless = fraud.effort == CARELESS
    dropped = 0 if careless else _some(rng, roster, 0.03)
    finished = roster - dropped
    unaware = {"few_phones": 0.05, "scripted": 0.04, "padded": 0.04}.get(fraud.kind, 0.004)
    avoiding = rng.uniform(0, 0.5) if careless else rng.uniform(0, 0.15)
    examined = finished - _some(rng, finished, avoiding)
    passed = examined - _some(rng, examined, 0.0 if careless else 0.05)
    return ClassFacts(
        roster=roster,
        session_scores=scores,
        dropped=dropped,
        finished=finished,
        examined=examined,
        passed=passed,
        certified=min(finished, passed + (_some(rng, finished, 0.1) if careless else 0)),
        appeals_upheld=_some(rng, roster, 0.006),
        denials=_some(rng, roster, unaware),
    )


def _some(rng: Random, count: int, share: float) -> int:
    return sum(rng.random() < share for _ in range(count))
