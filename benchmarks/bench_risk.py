"""How well the ghost-class score finds ghosts among simulated sessions and classes, and how fast.

``python -m benchmarks.bench_risk`` prints one JSON line a figure. Issue 4 asks for 90 % of 200
ghosts with at most 2 % of 2,000 honest sessions above the line, on a seed that nobody tuned on.
The same in other worlds, without bars, says how far to trust that: all figures are of a
simulation (ADR 0020). Another seed: ``python -m benchmarks.bench_risk 7``.
"""

import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import replace

from benchmarks.reporting import report
from portal.domain.risk.facts import ClassFacts, SessionFacts
from portal.domain.risk.parameters import DEFAULT
from portal.domain.risk.reasons import Score
from portal.domain.risk.score import score_class, score_session
from tests.support.simulation import HELD_OUT, Truth, classes, honest_one, sessions
from tests.support.simulation.measure import Measured, measure
from tests.support.simulation.world import World

HONEST, GHOSTS = 2_000, 200
BAR_FOUND, BAR_FALSE, BAR_US = 0.9, 0.02, 1_000
# A world each that is unlike the one on which the score was calibrated; that one first, to
# compare with.
OTHER_WORLDS: dict[str, dict[str, object]] = {
    "as_calibrated": {},
    "half_of_the_ghosts_careful": {"efforts": (0.2, 0.3, 0.5)},
    "first_guess_of_efforts": {"efforts": (0.35, 0.4, 0.25)},
    "small_ghosts_as_often": {"small_ghosts": 1.0},
    "nobody_gives_a_place": {"gives_place": 0.0},
    "no_relay_trap": {"relay_trap": 0.0},
    "ages_of_people_unknown": {"knows_age": False},
    "age_of_codes_unknown": {"knows_code_age": False},
    "neither_place_nor_trap_nor_age": {
        "gives_place": 0.0, "relay_trap": 0.0, "knows_code_age": False,
    },
    "few_carrier_addresses": {"nat_pool": 3},
    "many_carrier_addresses": {"nat_pool": 1_000},
    "people_of_habit": {"noise_s": 80.0},
    "slow_links": {"slow_links": 0.6},
    "clumsy_with_colours": {"wrong_colour": 0.12},
    "young_without_phones": {"old_without_phone": 0.4},
    "many_elderly": {"elderly": 0.6, "lender": 0.3},
    "many_families": {"families": 0.8},
    "bad_projectors": {"projector": 0.12},
    "wrong_addresses": {"wrong_address": 0.06},
    "nobody_ever_missing": {"absence": (0.0, 0.02)},
}  # fmt: skip
OTHERS_HONEST, OTHERS_GHOSTS = 500, 240


def scored(
    facts: Iterable[tuple[SessionFacts, Truth]],
) -> Iterable[tuple[Score, Truth]]:
    """Sessions with the scores that they get."""
    return ((score_session(one), truth) for one, truth in facts)


def _report(measured: Measured, name: str, *, bars: bool = False) -> None:
    found = {"bar": BAR_FOUND, "at_least": True} if bars else {}
    false = {"bar": BAR_FALSE} if bars else {}
    report("risk", f"{name}_ghosts_found", measured.share("ghosts"), **found)  # type: ignore[arg-type]
    report("risk", f"{name}_honest_above", measured.share("honest"), **false)  # type: ignore[arg-type]


def _detail(measured: Measured, name: str) -> None:
    """Recall by kind and effort of ghost, false alarms by trait of honest class."""
    for group in sorted(measured.seen.keys() - {"ghosts", "honest"}):
        label = group.replace(":", "_")
        report("risk", f"{name}_{label}_above", measured.share(group))
        report("risk", f"{name}_{label}_count", measured.seen[group])


def _speed() -> float:
    """Microseconds for a session of about 50 people in a class with many others."""
    seeds = (f"speed-{number}" for number in range(400))
    facts = (honest_one(seed, World())[0] for seed in seeds)
    large = [one for one in facts if one.roster >= 47 and len(one.others) >= 8]
    times = []
    for one in large * 20:
        begun = time.perf_counter_ns()
        score_session(one)
        times.append(time.perf_counter_ns() - begun)
    return statistics.median(times) / 1_000


def _classes(seed: int) -> Iterable[tuple[Score, Truth]]:
    ended: Iterable[tuple[ClassFacts, Truth]] = classes(seed, World(), honest=300, ghosts=120)
    return ((score_class(facts), truth) for facts, truth in ended)


def main() -> int:
    """Measure and print."""
    seed = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else HELD_OUT
    world, line = World(), DEFAULT.look_at
    asked = sessions(seed, world, honest=HONEST, ghosts=GHOSTS)
    ended = measure(scored(asked), line)
    _report(ended, "sessions", bars=True)
    _detail(ended, "sessions")
    asked = sessions(seed, world, honest=HONEST // 2, ghosts=GHOSTS, on_the_day=True)
    _report(measure(scored(asked), line), "on_the_day")
    _report(measure(_classes(seed), line), "classes")
    for name, changes in OTHER_WORLDS.items():
        other = replace(world, **changes)  # type: ignore[arg-type]
        asked = sessions(seed + 1, other, honest=OTHERS_HONEST, ghosts=OTHERS_GHOSTS)
        _report(measure(scored(asked), line), f"world_{name}")
    report("risk", "session_of_50_median_us", _speed(), bar=BAR_US)
    return 0


if __name__ == "__main__":
    sys.exit(main())
