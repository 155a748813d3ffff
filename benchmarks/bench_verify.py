"""The public verification page: 500 a second asked of one worker, each for another certificate,
each from another address, the page as a browser gets it.

Run as ``python -m benchmarks.bench_verify``; client and server share two cores. The calls come
by the clock whether the server keeps up or not, and a call's time counts from when it was due.
"""

import asyncio
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from unittest import mock
from uuid import UUID

from sqlalchemy import Connection, insert

from benchmarks.bench_http import noop_calls
from benchmarks.http_client import run
from benchmarks.reporting import report
from benchmarks.world import World, serving
from portal.db.ids import new_id
from portal.db.models import Certificate, Issuer, IssuerKey, Person
from portal.db.vault import get_vault
from portal.documents import signature
from portal.domain.certificate_number import format_certificate_number
from portal.services import credentials, issuers
from portal.services.issuers import SigningKey
from portal.settings import get_settings

CERTIFICATES = 4000
PER_SECOND, SECONDS, CONNECTIONS = 500, 20, 32
LARGEST_PAGE = 20_000


def populate_certificates(connection: Connection, world: World) -> None:
    """Certificates of as many people, really signed."""
    # The key is sealed here and checked by the process that serves.
    os.environ["PORTAL_MASTER_KEY_FILE"] = str(world.key_file)
    get_settings.cache_clear()
    get_vault.cache_clear()
    now = datetime.now(UTC)
    key = signature.load_key(signature.generate_key())
    issuer_id, key_id, kid = new_id(), new_id(), str(key.thumbprint())
    issuer = {"id": issuer_id, "kind": "authority", "region_code": "650400", "name": "b"}
    connection.execute(insert(Issuer), [issuer | {"created_at": now}])
    row = {"id": key_id, "issuer_id": issuer_id, "kid": kid, "public_x": signature.public_x(key)}
    row |= {"active_from": now, "retired_at": now}
    seal = issuers.seal_of(IssuerKey(**row), Issuer(**issuer))
    connection.execute(insert(IssuerKey), [row | {"seal": seal}])
    signing = SigningKey(key_id, kid, key, issuer_id, "b")
    people = [_person(no, now) for no in range(CERTIFICATES)]
    connection.execute(insert(Person), people)
    rows = [_certificate(no, one["id"], signing, now) for no, one in enumerate(people, 1)]
    connection.execute(insert(Certificate), rows)
    world.numbers = [row["number"] for row in rows]


def _person(no: int, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "id_type": "mainland",
        "id_no_hash": no.to_bytes(32),
        "id_no_enc": b"b",
        "name": f"王小{no}",
        "name_key": str(no),
        "created_at": now,
    }


def _certificate(no: int, person_id: object, key: SigningKey, now: datetime) -> dict[str, Any]:
    assert isinstance(person_id, UUID)
    row = Certificate(
        id=new_id(), number=format_certificate_number("650400", 2026, no), version=1, printing=1,
        kind="TRAINING", person_id=person_id, institution_name="吐鲁番市职业培训学校",
        institution_uscc="91650400MA00000000", region_code="650400", issuer_key_id=key.id,
        holder_name=f"王小{no}", title="电工（初级）培训", occupation_code="6-29-03-07",
        occupation_name="电工", edition="2022", level=None, hours_planned=80, hours_credited=76,
        starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 30), result="合格",
        issued_on=date(2026, 10, 8), expires_on=None, status="issued", status_list_no=0,
        status_index=no, holder_salt=os.urandom(16), created_at=now,
    )  # fmt: skip
    row.signature = credentials.sign(row, key, id_no="990000199001010017")
    columns = Certificate.__table__.columns.keys()
    return {name: getattr(row, name) for name in columns}


class Askers:
    """Kept-alive connections that ask by the clock."""

    def __init__(self, port: int, numbers: Iterator[str]) -> None:
        self.port = port
        self.numbers = numbers
        self.late: list[float] = []
        self.answers: Counter[str] = Counter()
        self.largest = 0

    async def run(self, per_second: float, seconds: float) -> float:
        """Ask so often for so long; returns the answers a second."""
        due: asyncio.Queue[float | None] = asyncio.Queue()
        workers = [asyncio.create_task(self._ask(due)) for _ in range(CONNECTIONS)]
        begun = time.perf_counter()
        for no in range(int(per_second * seconds)):
            at = begun + no / per_second
            if (pause := at - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            due.put_nowait(at)
        for _ in workers:
            due.put_nowait(None)
        await asyncio.gather(*workers)
        return sum(self.answers.values()) / (time.perf_counter() - begun)

    async def _ask(self, due: asyncio.Queue[float | None]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while (at := await due.get()) is not None:
            number = next(self.numbers)
            spot = int(number[12:19])
            writer.write(
                f"GET /verify/{number} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\n"
                f"x-forwarded-for: 10.{spot >> 16}.{spot >> 8 & 255}.{spot & 255}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            page = await reader.readexactly(length)
            self.late.append((time.perf_counter() - at) * 1000)
            self.largest = max(self.largest, length)
            is_valid = b'data-status="valid"' in page and b'data-genuine="true"' in page
            self.answers["valid" if is_valid else head[:12].decode()] += 1
        writer.close()

    def percentile(self, share: float) -> float:
        """Milliseconds from due to answered."""
        ordered = sorted(self.late)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(world: World) -> None:
    """Warm up, then the bar, then as much as it gives."""
    numbers = itertools.cycle(world.numbers)
    await Askers(world.port, numbers).run(200, 3)
    before = await nothing_per_s(world)
    asked = Askers(world.port, numbers)
    rate = await asked.run(PER_SECOND, SECONDS)
    report("verify", "pages_per_s", rate, bar=PER_SECOND * 0.99, at_least=True)
    report("verify", "p50_ms", asked.percentile(0.5))
    report("verify", "p99_ms", asked.percentile(0.99), bar=100)
    report("verify", "not_valid", sum(asked.answers.values()) - asked.answers["valid"], bar=0)
    report("verify", "page_bytes", asked.largest, bar=LARGEST_PAGE)
    most = await Askers(world.port, numbers).run(5000, 1)
    report("verify", "most_per_s", most)
    # A machine is shared: how fast it is at this moment, told by a route that does nothing.
    nothing = (before + await nothing_per_s(world)) / 2
    report("verify", "nothing_per_s", nothing)
    report("verify", "most_to_nothing", most / nothing)


async def nothing_per_s(world: World) -> float:
    """Answers a second of the same server to a question that costs nothing."""
    outcome = await run(world.port, noop_calls(), concurrency=16)
    return outcome.per_second


def main() -> None:
    """Build a world, serve it, measure."""
    # Every call comes from an address of its own, as it would through a proxy.
    through = mock.patch.dict(os.environ, {"PORTAL_TRUSTED_PROXY": "true"})
    with through, serving(populate_certificates) as world:
        asyncio.run(measure(world))
    get_settings.cache_clear()
    get_vault.cache_clear()


if __name__ == "__main__":
    main()
