"""2,000 people at once on a class of 50 seats with a waiting list, over the HTTP API; then all 50
give their seats back at once, and the first 50 in line are offered them.

Run as ``python -m benchmarks.bench_burst``; one worker, client and server on the same machine.
"""

import asyncio
import functools
import time
from collections import Counter

import httpx2

from benchmarks.http_client import Call, Outcome, at_once, run
from benchmarks.reporting import report
from benchmarks.world import World, populate_burst, serving

PEOPLE, SEATS = 2000, 50
READERS = 16
# How long the offers may take before something is wrong, in seconds.
_PATIENCE = 60


async def burst(world: World) -> Outcome:
    """Everybody asks in the same moment, each over a connection of their own."""
    wanted: dict[str, object] = {"class_id": str(world.burst_class)}
    calls = [Call("POST", "/api/v1/enrolments", token, wanted) for token in world.burst_tokens]
    return await at_once(world.port, calls)


async def own_places(world: World) -> dict[str, dict[str, object]]:
    """What each person is told of their own enrolment, by token."""
    found: dict[str, dict[str, object]] = {}
    waiting = iter(world.burst_tokens)

    async def read(client: httpx2.AsyncClient) -> None:
        for token in waiting:
            headers = {"authorization": f"Bearer {token}"}
            answer = await client.get("/api/v1/enrolments", headers=headers)
            (found[token],) = answer.json()["items"]

    address = f"http://127.0.0.1:{world.port}"
    async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
        await asyncio.gather(*[read(client) for _ in range(READERS)])
    return found


async def give_back(world: World, places: dict[str, dict[str, object]]) -> None:
    """Everybody who has a seat leaves; the first in line are offered one each."""
    seated = {token: row for token, row in places.items() if row["status"] == "accepted"}
    front = {
        token
        for token, row in places.items()
        if row["status"] == "waitlisted" and int(str(row["waitlist_position"])) <= SEATS
    }
    begun = time.perf_counter()
    leaving = iter(
        [Call("DELETE", f"/api/v1/enrolments/{row['id']}", one) for one, row in seated.items()]
    )
    await run(world.port, leaving, concurrency=READERS)
    offered: set[str] = set()
    while len(offered) < SEATS and time.perf_counter() - begun < _PATIENCE:
        await asyncio.sleep(0.2)
        now = await own_places(World(world.port, world.key_file, burst_tokens=sorted(front)))
        offered = {token for token, row in now.items() if row["status"] == "offered"}
    report("burst", "offers_s", time.perf_counter() - begun)
    after = await own_places(world)
    wrong = [one for one, row in after.items() if (row["status"] == "offered") != (one in front)]
    report("burst", "offers_to_the_wrong_person", len(wrong), bar=0, exactly=True)


def tell(outcome: Outcome, places: dict[str, dict[str, object]]) -> None:
    """The figures of the burst."""
    counts = outcome.counts
    others = {label: n for label, n in counts.items() if label not in ("201", "202")}
    states = Counter(str(row["status"]) for row in places.values())
    order = sorted(
        int(str(row["waitlist_position"]))
        for row in places.values()
        if row["waitlist_position"] is not None
    )
    is_strict = order == list(range(1, PEOPLE - SEATS + 1))
    report("burst", "requests", sum(counts.values()))
    report("burst", "accepted", states["accepted"], bar=SEATS, exactly=True)
    report("burst", "waiting", states["waitlisted"], bar=PEOPLE - SEATS, exactly=True)
    report("burst", "in_one_strict_order", float(is_strict), bar=1, exactly=True)
    report("burst", "lost", PEOPLE - len(places), bar=0, exactly=True)
    report("burst", "other_errors", sum(others.values()), bar=0, exactly=True)
    report("burst", "answers_per_s", outcome.per_second, bar=100, at_least=True)
    report("burst", "p99_ms", outcome.percentile(0.99))


async def measure(world: World) -> None:
    """The burst, what everybody sees of it, and the offers."""
    outcome = await burst(world)
    places = await own_places(world)
    tell(outcome, places)
    await give_back(world, places)


def main() -> None:
    """Build a world, serve it, measure."""
    fill = functools.partial(populate_burst, people=PEOPLE, seats=SEATS)
    with serving(fill) as world:
        asyncio.run(measure(world))


if __name__ == "__main__":
    main()
