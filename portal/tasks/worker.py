"""Runs background work: in each serving process, or alone by ``portal work``.

Threads do the tasks, on a few connections of their own: however much there is to do, requests
find theirs free. A worker reports every few seconds; what one held that went silent is taken up
by the others, so that no job is lost with a process that was killed.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import anyio
import anyio.to_thread
from procrastinate import App

from portal.db.engine import apart, database_url, make_engine
from portal.domain.permissions import SYSTEM
from portal.services import queue
from portal.services.unit import as_actor
from portal.settings import get_settings
from portal.tasks.jobs import make_app
from portal.tasks.retry import WAITS

logger = logging.getLogger("portal.tasks")
# It tells of every job that begins and ends; our own lines and figures say what matters.
logging.getLogger("procrastinate").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker works; times in seconds. Tests hurry it."""

    # Jobs at once, each with a thread and a connection.
    jobs_at_once: int = 2
    # How often to look for jobs whose time has come; new ones announce themselves.
    look_every: float = 1.0
    report_every: float = 10.0
    # A worker that was silent this long is gone: others take up what it held.
    gone_after: float = 60.0
    take_up_every: float = 15.0
    # What runs at the end may finish within this time.
    patience: float = 8.0
    # Pause before another start after the database went away.
    rest: float = 3.0


class Worker:
    """A worker that starts again whenever the database was away, until it is cancelled."""

    def __init__(self, url: str, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._engine = make_engine(url, pool_size=self._pace.jobs_at_once + 1)
        self._limiter = anyio.CapacityLimiter(self._pace.jobs_at_once + 1)
        self.running = False

    async def run(self) -> None:
        """Work until cancelled; what has begun may end first."""
        try:
            while True:
                try:
                    await self._work()
                except Exception as error:
                    logger.warning("background work stopped: %s", type(error).__name__)
                await asyncio.sleep(self._pace.rest)
        finally:
            self._engine.dispose()

    async def _work(self) -> None:
        """Work until something breaks."""
        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        app = make_app(url, self._job_in_thread)
        async with app.open_async():
            helper = asyncio.create_task(self._take_up_from_the_dead())
            self.running = True
            try:
                await self._run_jobs(app)
            finally:
                self.running = False
                helper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await helper

    async def _run_jobs(self, app: App) -> None:
        pace = self._pace
        await app.run_worker_async(
            queues=[queue.QUEUE],
            concurrency=pace.jobs_at_once,
            fetch_job_polling_interval=pace.look_every,
            update_heartbeat_interval=pace.report_every,
            stalled_worker_timeout=pace.gone_after,
            shutdown_graceful_timeout=pace.patience,
            # What succeeded stands where it was written; its job would only fill the table.
            delete_jobs="successful",
            install_signal_handlers=False,
        )

    async def _in_thread(self, work: Callable[[], None]) -> None:
        def on_own_connections() -> None:
            with apart(self._engine):
                work()

        thread = asyncio.create_task(
            anyio.to_thread.run_sync(on_own_connections, limiter=self._limiter)
        )
        try:
            await asyncio.shield(thread)
        except asyncio.CancelledError:
            # A thread cannot be stopped; what it does must not count as ended before it has.
            await thread
            raise

    async def _job_in_thread(self, work: Callable[[], None]) -> None:
        # A job that ran to its end although the worker should stop has succeeded.
        with contextlib.suppress(asyncio.CancelledError):
            await self._in_thread(work)

    async def _take_up_from_the_dead(self) -> None:
        gone_after = timedelta(seconds=self._pace.gone_after)

        def take_up() -> None:
            found = as_actor(
                queue.take_up, SYSTEM, gone_after=gone_after, most_tries=len(WAITS) + 1
            )
            if found:
                logger.warning("took up %s from a worker that is gone", ", ".join(found))

        while True:
            try:
                await self._in_thread(take_up)
            except Exception as error:
                logger.warning("could not look for lost jobs: %s", type(error).__name__)
            await asyncio.sleep(self._pace.take_up_every)


@contextlib.asynccontextmanager
async def working(app: object) -> AsyncIterator[None]:
    """Background work for as long as the pages are served, unless ``PORTAL_TASKS`` is off."""
    if get_settings().tasks == "off":
        yield
        return
    worker = Worker(database_url())
    queue.report_worker(lambda: worker.running)
    work = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        queue.report_worker(None)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def work_alone() -> None:
    """Background work and nothing else, until SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    work = asyncio.create_task(Worker(database_url()).run())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work
