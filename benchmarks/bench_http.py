"""Enrolments and check-ins over the HTTP API: rates against a no-op route of the same server,
and 500 people at once on one class of 30 seats.

Run as ``python -m benchmarks.bench_http``; one worker, client and server on the same machine.
"""

import asyncio
import itertools
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.http_client import Call, Outcome, run
from benchmarks.reporting import report
from benchmarks.world import World, serving
from portal.db.vault import load_vault
from portal.domain.checkin_code import Phase, code_at, session_key

CONCURRENCY = 16
ROUNDS = 3
NOOP_CALLS = 1000


def noop_calls() -> Iterator[Call]:
    """The baseline: a route that does nothing."""
    return iter([Call("GET", "/healthz")] * NOOP_CALLS)


def enrol_calls(world: World, part: int) -> Iterator[Call]:
    """Every trainee of a part takes a seat in one of many classes."""
    for token, class_id in zip(
        world.enrol_tokens[part], itertools.cycle(world.open_classes), strict=False
    ):
        yield Call("POST", "/api/v1/enrolments", token, {"class_id": str(class_id)})


def checkin_calls(world: World, part: int) -> Iterator[Call]:
    """Every enrolled trainee of a part scans the code that the room's screen shows now."""
    master = load_vault(world.key_file).subkey("checkin")
    for token, session_id in world.checkins[part]:
        code = code_at(
            session_key(master, session_id),
            session_id=session_id,
            phase=Phase.IN,
            at=datetime.now(UTC),
        )
        yield Call("POST", "/api/v1/checkins", token, {"code": code.token})


def _rate(name: str, outcome: Outcome, good: set[str]) -> float:
    bad = {label: n for label, n in outcome.counts.items() if label not in good}
    if bad:
        raise SystemExit(f"{name}: unexpected answers {bad}")
    return outcome.per_second


async def rates(world: World) -> None:
    """Alternate the acts with the baseline, so that a noisy neighbour hits both."""
    ratios: dict[str, list[float]] = {"enrolments": [], "checkins": []}
    shown: dict[str, list[float]] = {"noop": [], "enrolments": [], "checkins": []}
    await run(world.port, noop_calls(), concurrency=CONCURRENCY)
    for part in range(ROUNDS):
        for name, calls, good in (
            ("enrolments", enrol_calls(world, part), {"201"}),
            ("checkins", checkin_calls(world, part), {"200"}),
        ):
            before = _rate("noop", await run(world.port, noop_calls(), concurrency=16), {"200"})
            act = _rate(name, await run(world.port, calls, concurrency=CONCURRENCY), good)
            after = _rate("noop", await run(world.port, noop_calls(), concurrency=16), {"200"})
            baseline = (before + after) / 2
            ratios[name].append(act / baseline)
            shown[name].append(act)
            shown["noop"].append(baseline)
    report("http", "noop_per_s", statistics.median(shown["noop"]))
    for name, bar in (("enrolments", 0.25), ("checkins", 0.5)):
        report("http", f"{name}_per_s", statistics.median(shown[name]))
        report("http", f"{name}_ratio", statistics.median(ratios[name]), bar=bar, at_least=True)


async def stampede(world: World) -> None:
    """500 people want the 30 seats of one class in the same moment."""
    calls = iter(
        [
            Call(
                "POST",
                "/api/v1/enrolments",
                token,
                {"class_id": str(world.small_class), "wait": False},
            )
            for token in world.stampede_tokens
        ]
    )
    outcome = await run(world.port, calls, concurrency=len(world.stampede_tokens))
    counts = outcome.counts
    others = {k: n for k, n in counts.items() if k not in ("201", "409 seats_gone")}
    report("http", "stampede_requests", sum(counts.values()))
    report("http", "stampede_succeeded", counts["201"], bar=30, exactly=True)
    report("http", "stampede_other_errors", sum(others.values()), bar=0, exactly=True)
    report("http", "stampede_p99_ms", outcome.percentile(0.99))


def main() -> None:
    """Build a world, serve it, measure."""
    with serving() as world:
        asyncio.run(stampede(world))
        asyncio.run(rates(world))


if __name__ == "__main__":
    main()
