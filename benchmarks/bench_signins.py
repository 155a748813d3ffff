"""5,000 people sign in within a minute in 200 classes, as their phones do: each opens the scanned
address over a connection of its own, looks up at the screen and taps its colour.

Run as ``python -m benchmarks.bench_signins``; one worker, client and server on the same machine.
"""

import asyncio
import functools
import random
import re
import time
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from benchmarks.reporting import report
from benchmarks.world import World, populate_sign_ins, serving
from portal.db.vault import load_vault
from portal.domain.checkin_code import Phase, block_of, code_at, screen_key, session_key, step_of
from portal.domain.relay_trap import colour_at
from portal.http.context import LOGIN_COOKIE

CLASSES, SIZE = 200, 25
SECONDS = 60
# From the page to the tap.
LOOK_UP = (0.8, 3.0)
_QUESTION = re.compile(rb'name="question" value="([^"]+)"')
_COOKIE = re.compile(rb"\r\nset-cookie: ([^;=]+=[^;]+)", re.IGNORECASE)


class Crowd:
    """Everybody's phones, and what became of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.master = load_vault(world.key_file).subkey("checkin")
        self.latencies: list[float] = []
        self.ends: Counter[str] = Counter()

    async def arrive(self, token: str, session_id: UUID, delay: float) -> None:
        """One person: scan, look up, tap."""
        await asyncio.sleep(delay)
        key = session_key(self.master, session_id)
        code = code_at(key, session_id=session_id, phase=Phase.IN, at=datetime.now(UTC))
        cookies = [f"{LOGIN_COOKIE}={token}"]
        page = await self._send("GET", f"/c/{code.token}", cookies)
        question = _QUESTION.search(page)
        if question is None:
            self.ends["no question"] += 1
            return
        cookies += [found.decode() for found in _COOKIE.findall(page)]
        await asyncio.sleep(random.uniform(*LOOK_UP))
        colour = self._colour(key)
        body = f"question={question[1].decode()}&colour={colour}".encode()
        done = await self._send("POST", "/checkin", cookies, body)
        is_in = b'data-phase="in"' in done
        self.ends["signed in" if is_in else done.split(b"\r\n", 1)[0].decode()] += 1

    def _colour(self, key: bytes) -> str:
        now = datetime.now(UTC)
        return colour_at(screen_key(key, Phase.IN, block_of(step_of(now))), now)

    async def _send(self, method: str, path: str, cookies: list[str], body: bytes = b"") -> bytes:
        begun = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.world.port)
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.world.port}\r\n"
            f"cookie: {'; '.join(cookies)}\r\nconnection: close\r\n"
            "content-type: application/x-www-form-urlencoded\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        self.latencies.append((time.perf_counter() - begun) * 1000)
        return answer

    def percentile(self, share: float) -> float:
        """Milliseconds within which ``share`` of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(world: World) -> None:
    """Everybody comes within the minute, most of a class together."""
    crowd = Crowd(world)
    chance = random.Random(4)
    starts = {session_id: chance.uniform(0, SECONDS - 25) for _, session_id in world.sign_ins}
    begun = time.perf_counter()
    await asyncio.gather(
        *[
            crowd.arrive(token, session_id, starts[session_id] + chance.uniform(0, 22))
            for token, session_id in world.sign_ins
        ]
    )
    report("sign_ins", "seconds", time.perf_counter() - begun)
    report("sign_ins", "signed_in", crowd.ends["signed in"], bar=CLASSES * SIZE, exactly=True)
    report("sign_ins", "recorded", world.count_events(), bar=CLASSES * SIZE, exactly=True)
    report("sign_ins", "p50_ms", crowd.percentile(0.5))
    report("sign_ins", "p99_ms", crowd.percentile(0.99), bar=2000)
    if others := {end: n for end, n in crowd.ends.items() if end != "signed in"}:
        print(others)


def main() -> None:
    """Build a world, serve it, measure."""
    fill = functools.partial(populate_sign_ins, classes=CLASSES, size=SIZE)
    with serving(fill) as world:
        asyncio.run(measure(world))


if __name__ == "__main__":
    main()
