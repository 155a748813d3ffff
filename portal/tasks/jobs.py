"""Our tasks as procrastinate runs them: in a thread, tried again later, never talkative."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from prometheus_client import Counter, Histogram

from portal.services.queue import QUEUE
from portal.tasks.registry import Task, all_tasks, run_task
from portal.tasks.retry import next_try

logger = logging.getLogger("portal.tasks")

RUNS = Counter("portal_task_runs", "Background tasks that ended here", ["task", "outcome"])
SECONDS = Histogram("portal_task_seconds", "How long background tasks took", ["task"])

# How often the end of a job is written down again when the database does not answer, and the
# pause between, in seconds.
_WRITES, _PAUSE = 5, 1.0

RunInThread = Callable[[Callable[[], None]], Awaitable[None]]


class TaskFailed(RuntimeError):
    """A task raised; says the task and the kind of error, not what it held."""


class Backoff(BaseRetryStrategy):
    """Tries again as ``tasks.retry`` says."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When, or None to give up."""
        at = next_try(job.attempts, now=datetime.now(UTC))
        return RetryDecision(retry_at=at) if at else None


class Jobs(JobManager):
    """Writes down how jobs end."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """As procrastinate does; but a task of a newer portal waits for a newer portal."""
        again = next_try(job.attempts, now=datetime.now(UTC))
        if status is Status.FAILED and again and job.task_name not in all_tasks():
            await self.retry_job(job, again)
            return
        await _surely(lambda: super(Jobs, self).finish_job(job, status, delete_job))

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back; one that was asked for anew meanwhile is done by its successor."""
        try:
            await _surely(lambda: super(Jobs, self).retry_job(job, retry_at, priority, queue, lock))
        except UniqueViolation:
            await _surely(lambda: super(Jobs, self).finish_job(job, Status.ABORTED, True))


async def _surely(write: Callable[[], Awaitable[None]]) -> None:
    """Write even if the database is away for a moment: the job would run for ever otherwise."""
    for remaining in reversed(range(_WRITES)):
        try:
            return await write()
        except UniqueViolation:
            raise
        except ConnectorException:
            if not remaining:
                raise
            await asyncio.sleep(_PAUSE)
    return None


def make_app(url: str, run_in_thread: RunInThread) -> App:
    """The queue at ``url`` (libpq's form) with all tasks; they run by ``run_in_thread``."""
    connector = PsycopgConnector(
        conninfo=url,
        min_size=1,
        max_size=3,
        kwargs={"options": "-c search_path=queue -c timezone=UTC -c statement_timeout=15000"},
    )
    app = App(connector=connector)
    app.job_manager = Jobs(connector)
    for one in all_tasks().values():
        _register(app, one, run_in_thread)
    return app


def _register(app: App, one: Task, run_in_thread: RunInThread) -> None:
    """Make a task known to procrastinate, and to its clock."""

    async def run(timestamp: int | None = None, **args: Any) -> None:
        await run_in_thread(lambda: _attempt(one.name, args))

    known = app.task(name=one.name, queue=QUEUE, retry=Backoff())(run)
    if one.every is not None:
        # Of one task the clock asks for, one runs and one waits at most, in all processes.
        only = f"{one.name}:clock"
        app.periodic(cron=one.cron, lock=only, queueing_lock=only)(known)


def _attempt(name: str, args: dict[str, Any]) -> None:
    """Run a task once. Raises TaskFailed: an error's own words may hold what people typed."""
    began = time.perf_counter()
    outcome = "failed"
    try:
        run_task(name, args, now=datetime.now(UTC))
        outcome = "succeeded"
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        kind = type(error).__name__
        logger.warning("%s: %s at %s:%s", name, kind, frame.filename, frame.lineno)
        raise TaskFailed(f"{name}: {kind}") from None
    finally:
        RUNS.labels(name, outcome).inc()
        SECONDS.labels(name).observe(time.perf_counter() - began)
