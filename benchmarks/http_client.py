"""A load generator that costs little: raw HTTP/1.1 over kept-alive connections.

Client and server share two cores here, so whatever the client spends is taken from the server.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """One request: method, path, bearer token and JSON body, each may be empty."""

    method: str
    path: str
    token: str = ""
    body: dict[str, object] | None = None

    def wire(self) -> bytes:
        """The request as bytes."""
        content = json.dumps(self.body).encode() if self.body is not None else b""
        lines = [f"{self.method} {self.path} HTTP/1.1", "host: localhost"]
        if self.token:
            lines.append(f"authorization: Bearer {self.token}")
        if content:
            lines += ["content-type: application/json", f"content-length: {len(content)}"]
        return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass
class Outcome:
    """What a run gave: answers by status and problem code, seconds, milliseconds each."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return sum(self.counts.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which ``share`` of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, await reader.readexactly(length) if length else b""


async def _worker(port: int, calls: Iterator[Call], outcome: Outcome) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for call in calls:
            begun = time.perf_counter()
            writer.write(call.wire())
            status, body = await _answer(reader)
            outcome.latencies.append((time.perf_counter() - begun) * 1000)
            label = str(status)
            if status >= 400:
                label += " " + str(json.loads(body).get("code", "?"))
            outcome.counts[label] += 1
    finally:
        writer.close()


async def run(port: int, calls: Iterator[Call], *, concurrency: int) -> Outcome:
    """Send all calls over ``concurrency`` connections that share one queue."""
    outcome = Outcome()
    begun = time.perf_counter()
    await asyncio.gather(*[_worker(port, calls, outcome) for _ in range(concurrency)])
    outcome.seconds = time.perf_counter() - begun
    return outcome
