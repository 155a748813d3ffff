"""The worker on a real database: it wakes, tries again, stops gently, and outlives the killed."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import Engine, text

from portal.db.engine import get_engine, transaction
from portal.services import queue
from portal.settings import ROOT
from portal.tasks import registry, retry
from portal.tasks.jobs import make_app
from portal.tasks.worker import Pace, Worker, working
from tests.support.tasks import forget_all, jobs

# Looks only when it is told to, so that a job that runs has been announced.
DEAF = Pace(look_every=300, rest=0.05, patience=10)
QUICK = Pace(
    look_every=0.1, report_every=0.2, gone_after=1.0, take_up_every=0.2, rest=0.05, patience=10
)


class Diary:
    """What tasks did, and a way to wait for it."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._changed = threading.Condition()

    def add(self, entry: Any) -> int:
        """Write; answers how many entries there were."""
        with self._changed:
            self.entries.append(entry)
            self._changed.notify_all()
            return len(self.entries) - 1

    async def reach(self, count: int, within: float = 30) -> None:
        """Wait for so many entries."""

        def wait() -> None:
            with self._changed:
                assert self._changed.wait_for(lambda: len(self.entries) >= count, within)

        await asyncio.to_thread(wait)


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture(autouse=True)
def _own_registry(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    registry.all_tasks()
    monkeypatch.setattr(registry, "_tasks", {})
    yield
    forget_all()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM queue.procrastinate_workers"))


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@asynccontextmanager
async def at_work(engine: Engine, pace: Pace) -> AsyncIterator[Worker]:
    """A worker that has begun to listen."""
    worker = Worker(url_of(engine), pace)
    running = asyncio.create_task(worker.run())
    try:
        await until(lambda: listeners(engine) > 0)
        yield worker
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until(is_so: Callable[[], Any]) -> None:
    """Wait for something that the database shows."""
    for _ in range(600):
        if await asyncio.to_thread(is_so):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to be")


def listeners(engine: Engine) -> int:
    with engine.connect() as connection:
        found = connection.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                " AND datname = current_database() AND state = 'idle'"
            )
        )
    return int(found or 0)


def defer(name: str, **options: Any) -> None:
    with transaction() as session:
        queue.defer(session, name, **options)


async def said_until_heard(diary: Diary, name: str, **options: Any) -> None:
    """Defer until it is done: a word that meets the worker just looking is not heard by it."""
    for _ in range(30):
        await asyncio.to_thread(defer, name, **options)
        with suppress(AssertionError):
            await diary.reach(1, within=1)
            return
    raise AssertionError("nobody heard")


def test_a_committed_act_wakes_the_worker(engine: Engine, diary: Diary) -> None:
    @registry.task("note")
    def note(*, what: str, now: datetime) -> None:
        diary.add(what)

    async def story() -> None:
        async with at_work(engine, DEAF):
            await said_until_heard(diary, "note", what="said")
            await until(lambda: jobs() == [])

    asyncio.run(story())
    assert diary.entries[0] == "said"


def test_a_job_pulled_forward_wakes_the_worker(engine: Engine, diary: Diary, now: datetime) -> None:
    registry.task("pull")(lambda *, now: diary.add("done"))
    defer("pull", key="a", run_at=now + timedelta(days=36500))

    async def story() -> None:
        async with at_work(engine, DEAF):
            await said_until_heard(diary, "pull", key="a")

    asyncio.run(story())
    assert diary.entries[0] == "done"


def test_tasks_work_on_connections_of_their_own(engine: Engine, diary: Diary) -> None:
    registry.task("note")(lambda *, now: diary.add(get_engine()))

    async def story() -> None:
        async with at_work(engine, QUICK):
            await asyncio.to_thread(defer, "note")
            await diary.reach(1)

    asyncio.run(story())
    [used] = diary.entries
    assert used is not engine
    assert used.pool.size() < 5
    assert get_engine() is engine


def test_a_job_that_failed_is_tried_again(
    engine: Engine, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "WAITS", (timedelta(0),) * 5)

    @registry.task("note")
    def note(*, now: datetime) -> None:
        if diary.add("try") < 2:
            raise RuntimeError("the line is busy: 13900000001")

    async def story() -> None:
        async with at_work(engine, QUICK):
            await asyncio.to_thread(defer, "note")
            await until(lambda: len(diary.entries) == 3 and jobs() == [])

    asyncio.run(story())


def test_a_job_that_never_succeeds_stays_to_be_seen_without_its_words(
    engine: Engine,
    diary: Diary,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(retry, "WAITS", (timedelta(0),) * 2)

    @registry.task("note")
    def note(*, now: datetime) -> None:
        diary.add("try")
        raise RuntimeError("the line is busy: 13900000001")

    async def story() -> None:
        async with at_work(engine, QUICK):
            await asyncio.to_thread(defer, "note")
            await until(lambda: [job.status for job in jobs()] == ["failed"])

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert len(diary.entries) == 3
    with transaction() as session:
        assert queue.status(session, now=now).failed_tasks == ("note",)
    assert "RuntimeError" in caplog.text
    assert "13900000001" not in caplog.text


def test_a_failed_job_gives_way_to_a_new_request_under_its_key(
    engine: Engine, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "WAITS", (timedelta(days=1),))

    @registry.task("note")
    def note(*, what: str, now: datetime) -> None:
        if diary.add(what) == 0:
            defer("note", key="a", what="second")
            raise RuntimeError

    async def story() -> None:
        # One at a time: the second waits while the first fails.
        async with at_work(engine, replace(QUICK, jobs_at_once=1)):
            await asyncio.to_thread(defer, "note", key="a", what="first")
            await until(lambda: len(diary.entries) == 2 and jobs() == [])

    asyncio.run(story())
    assert diary.entries == ["first", "second"]


def test_a_task_of_a_newer_portal_waits_for_it(engine: Engine) -> None:
    async def story() -> None:
        async with at_work(engine, QUICK):
            await asyncio.to_thread(defer, "of_tomorrow")
            await until(lambda: [job.scheduled_at is not None for job in jobs()] == [True])

    asyncio.run(story())
    assert [job.status for job in jobs()] == ["todo"]


@pytest.mark.parametrize("patience", [10.0, 0.05], ids=["in-time", "beyond-patience"])
def test_what_runs_may_end_when_the_worker_stops(
    engine: Engine, diary: Diary, patience: float
) -> None:
    go_on = threading.Event()

    @registry.task("note")
    def note(*, now: datetime) -> None:
        diary.add("begun")
        go_on.wait(20)
        diary.add("ended")

    async def story() -> None:
        async with at_work(engine, replace(QUICK, patience=patience)):
            await asyncio.to_thread(defer, "note")
            await diary.reach(1)
            asyncio.get_running_loop().call_later(0.3, go_on.set)

    asyncio.run(story())
    assert diary.entries == ["begun", "ended"]
    assert jobs() == []


def test_a_worker_that_loses_the_database_comes_back(engine: Engine, diary: Diary) -> None:
    registry.task("note")(lambda *, now: diary.add("done"))
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
        " current_database() AND pid <> pg_backend_pid() AND application_name = ''"
        " AND query NOT LIKE 'autovacuum%'"
    )

    def cut_all() -> None:
        engine.dispose()
        with engine.connect() as connection:
            connection.execute(cut)

    async def story() -> None:
        async with at_work(engine, QUICK) as worker:
            await asyncio.to_thread(cut_all)
            await asyncio.to_thread(defer, "note")
            await diary.reach(1)
            await until(lambda: worker.running)

    asyncio.run(story())


KILLED = """
import asyncio, sys, time
from portal.tasks import registry
from portal.tasks.worker import Pace, Worker

@registry.task("note")
def note(*, now):
    print("begun", flush=True)
    time.sleep(600)

registry.MODULES = ()
asyncio.run(Worker(sys.argv[1], Pace(report_every=0.2)).run())
"""


def test_what_a_killed_process_held_is_taken_up(engine: Engine, diary: Diary) -> None:
    registry.task("note")(lambda *, now: diary.add("done after all"))
    defer("note")
    victim = subprocess.Popen(
        [sys.executable, "-c", KILLED, url_of(engine)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"begun\n"
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait(10)
        if victim.stdout:
            victim.stdout.close()
    assert [job.status for job in jobs()] == ["doing"]

    async def story() -> None:
        async with at_work(engine, QUICK):
            await diary.reach(1)
            await until(lambda: jobs() == [])

    asyncio.run(story())
    assert diary.entries == ["done after all"]


def test_what_a_living_worker_holds_is_left_to_it(engine: Engine, diary: Diary) -> None:
    go_on = threading.Event()

    @registry.task("note")
    def note(*, now: datetime) -> None:
        diary.add("begun")
        go_on.wait(20)

    async def story() -> None:
        async with at_work(engine, QUICK), at_work(engine, QUICK):
            await asyncio.to_thread(defer, "note")
            await diary.reach(1)
            # Longer than a worker may be silent.
            await asyncio.sleep(QUICK.gone_after * 2)
            go_on.set()
            await until(lambda: jobs() == [])

    asyncio.run(story())
    assert diary.entries == ["begun"]


def test_two_processes_ask_for_a_tick_once(engine: Engine) -> None:
    registry.periodic("tick", every=timedelta(seconds=30))(lambda *, now: None)

    async def in_thread(work: Callable[[], None]) -> None:
        work()

    async def story() -> None:
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for _ in range(2):
            app = make_app(url, in_thread)
            async with app.open_async():
                deferrer = PeriodicDeferrer(app.periodic_registry)
                [known] = app.periodic_registry.periodic_tasks.values()
                await deferrer.defer_jobs([(known, 1_800_000_000)])

    asyncio.run(story())
    assert [job.task_name for job in jobs()] == ["tick"]


def test_the_serving_process_says_whether_its_worker_runs(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.tasks.worker.database_url", lambda: url_of(engine))
    assert queue.own_worker_runs()

    async def story() -> None:
        async with working(None):
            assert not queue.own_worker_runs()
            await until(queue.own_worker_runs)

    asyncio.run(story())
    assert queue.own_worker_runs()


def test_portal_work_works_alone_until_it_is_told_to_stop(engine: Engine) -> None:
    defer("of_tomorrow")
    alone = subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "work"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PORTAL_DATABASE_URL": url_of(engine)},
        stderr=subprocess.PIPE,
    )
    try:
        asyncio.run(until(lambda: [job.scheduled_at is not None for job in jobs()] == [True]))
        alone.terminate()
        _, said = alone.communicate(timeout=30)
    finally:
        alone.kill()
    assert alone.returncode == 0, said
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM queue.procrastinate_workers")) == 0
