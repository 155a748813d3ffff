"""One person against one class, with all rules of the packs that apply there.

``python -m benchmarks.bench_rules`` prints one JSON line a figure; issue 3 wants each evaluation
under a millisecond.
"""

import statistics
import sys
import time

from benchmarks.reporting import report
from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import Facts
from portal.domain.rules.rule import Rule, Where
from portal.policies.loader import load_packs
from tests.support.rules import (
    claim,
    education,
    employment,
    facts,
    outcome,
    past,
    person,
    rules_of,
    training,
)

ROUNDS = 2_000
BAR_US = 1_000
# The longest list that a region can have: the city's document and the national one ...
PLACES = ("turpan-2019", "rural-revitalisation-2021")
# ... and one that no place has: all five.
ALL = tuple(sorted(load_packs()))


def _whole_life() -> Facts:
    """Somebody of whom everything is known, with a long history, in a class of a plan."""
    return facts(
        person=person(
            "POOR_LABOUR", "AIDED_FAMILY", "TWO_AFTER",
            employment=employment(), education=education(), origin="rural",
        ),
        training=training("2", hours=160),
        history=tuple(past(year=year) for year in range(2010, 2026)),
        outcome=outcome(),
        claim=claim(fund="就业补助资金"),
    )  # fmt: skip


def _median_us(rules: tuple[Rule, ...], asked: Facts, where: Where) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter_ns()
        evaluate(rules, asked, where=where)
        times.append(time.perf_counter_ns() - begun)
    return statistics.median(times) / 1_000


def main() -> int:
    """Measure and print."""
    asked = _whole_life()
    for name, packs in (("region", PLACES), ("all_packs", ALL)):
        rules = rules_of(*packs)
        report("rules", f"{name}_rules", len(rules))
        for where in ("enrol", "claim", "listing"):
            median = _median_us(rules, asked, where)
            report("rules", f"{name}_{where}_median_us", median, bar=BAR_US)
    return 0


if __name__ == "__main__":
    sys.exit(main())
