"""A load generator on the HTTP client that the tests use; client and server share two cores."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2


@dataclass(frozen=True)
class Call:
    """One request: method, path, bearer token and JSON body, each may be empty."""

    method: str
    path: str
    token: str = ""
    body: dict[str, object] | None = None


@dataclass
class Outcome:
    """What a run gave: answers by status and problem code, seconds, milliseconds each."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return sum(self.counts.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which ``share`` of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def _worker(client: httpx2.AsyncClient, calls: Iterator[Call], outcome: Outcome) -> None:
    for call in calls:
        headers = {"authorization": f"Bearer {call.token}"} if call.token else None
        begun = time.perf_counter()
        answer = await client.request(call.method, call.path, headers=headers, json=call.body)
        outcome.latencies.append((time.perf_counter() - begun) * 1000)
        label = str(answer.status_code)
        if answer.status_code >= 400:
            label += f" {answer.json().get('code', '?')}"
        outcome.counts[label] += 1


async def run(port: int, calls: Iterator[Call], *, concurrency: int) -> Outcome:
    """Send all calls over ``concurrency`` kept-alive connections that share one queue."""
    outcome = Outcome()
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=60
    ) as client:
        begun = time.perf_counter()
        await asyncio.gather(*[_worker(client, calls, outcome) for _ in range(concurrency)])
        outcome.seconds = time.perf_counter() - begun
    return outcome
