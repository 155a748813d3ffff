"""A load generator on the HTTP client that the tests use; client and server share two cores."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
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


async def at_once(port: int, calls: Sequence[Call]) -> Outcome:
    """Send all calls in the same moment, each over a connection of its own.

    By hand: with thousands of connections the pool of the client above costs more than the
    server, and both share two cores.
    """
    outcome = Outcome()
    begun = time.perf_counter()
    await asyncio.gather(*[_send_alone(port, call, outcome) for call in calls])
    outcome.seconds = time.perf_counter() - begun
    return outcome


async def _send_alone(port: int, call: Call, outcome: Outcome) -> None:
    body = json.dumps(call.body or {}).encode()
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"{call.method} {call.path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
        f"authorization: Bearer {call.token}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    outcome.latencies.append((time.perf_counter() - begun) * 1000)
    outcome.counts[answer.split(b" ", 2)[1].decode() if answer else "nothing"] += 1
