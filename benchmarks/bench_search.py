"""Search among 300,000 classes, half of them over: time in the service, one client, warm.

``python -m benchmarks.bench_search`` prints one JSON line a figure; the bar of issue 2 is a p99
of 50 ms over the mix of searches below. Loading the data takes about a minute.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks import data
from benchmarks.reporting import report
from portal.db import embedded, schema
from portal.db.engine import make_engine
from portal.domain.permissions import ANONYMOUS
from portal.services.catalogue import ClassQuery, facets, find_classes

CLASSES = 300_000
ROUNDS = 60
BAR_MS = 50
NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)

MIX = {
    "no filter": ClassQuery(),
    "no filter, page 5": ClassQuery(page=5),
    "prefecture": ClassQuery(region="650400"),
    "province": ClassQuery(region="430000"),
    "occupation": ClassQuery(occupation="6-31-01-03"),
    "initials dg": ClassQuery(q="dg"),
    "one letter d": ClassQuery(q="d"),
    "pinyin jineng, page 5": ClassQuery(q="jineng", page=5),
    "电工": ClassQuery(q="电工"),
    "电工 吐鲁番": ClassQuery(q="电工 吐鲁番"),
    "no match": ClassQuery(q="钢琴调律"),
    "province, level, seats": ClassQuery(region="430000", level=2, has_seats=True),
    "seats": ClassQuery(has_seats=True),
    "group, seats": ClassQuery(group="YOUTH", has_seats=True),
    "within 7 days": ClassQuery(starts_within_days=7),
    "within 30 days, dg": ClassQuery(q="dg", starts_within_days=30),
}


def main(classes: int = CLASSES) -> int:
    """Load, measure, print; 1 when the bar is missed."""
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        cluster = embedded.Cluster(Path(folder) / "postgres")
        with embedded.running(cluster) as url:
            engine = make_engine(url, pool_size=2)
            schema.upgrade(engine)
            started = time.perf_counter()
            data.fill(engine, classes=classes, now=NOW)
            report("search", "load_s", time.perf_counter() - started)
            times = measure(engine)
            choices = timed(partial(facets, actor=ANONYMOUS, now=NOW), engine)
            engine.dispose()
    for name, taken in times.items():
        report("search", f"p50_ms {name}", quantile(taken, 0.5))
    report("search", "facets_uncached_ms", choices)
    every = [each for taken in times.values() for each in taken]
    p99 = quantile(every, 0.99)
    report("search", "p50_ms", quantile(every, 0.5))
    report("search", "p99_ms", p99, bar=BAR_MS)
    return 0 if p99 <= BAR_MS else 1


def measure(engine: Engine) -> dict[str, list[float]]:
    """Milliseconds of each search, in random order, after two rounds to warm up."""
    times: dict[str, list[float]] = {name: [] for name in MIX}
    rng = random.Random(3)
    for number in range(ROUNDS + 2):
        for name in rng.sample(list(MIX), len(MIX)):
            act = partial(find_classes, actor=ANONYMOUS, query=MIX[name], now=NOW)
            taken = timed(act, engine)
            if number >= 2:
                times[name].append(taken)
    return times


def timed(act: Callable[[Session], object], engine: Engine) -> float:
    """Milliseconds of one act in a transaction of its own, as a request has it."""
    started = time.perf_counter()
    with Session(engine) as session, session.begin():
        act(session)
    return (time.perf_counter() - started) * 1000


def quantile(values: list[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


if __name__ == "__main__":
    # A smaller number of classes may be given, for a quick look.
    sys.exit(main(*map(int, sys.argv[1:2])))
