"""Puts background work in the queue, in the transaction of the act that asks for it.

An act that is rolled back has asked for nothing. A service names the task; the tasks themselves
stand in ``portal.tasks``, which no service knows. The queue is procrastinate's (migration 0004).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission

# What a job may carry: ids, counts, days. Its row lies open in the database and in logs.
Argument = str | int | bool | UUID | date | datetime

QUEUE = "portal"
# A worker reports every ten seconds; after this long without a word it is gone.
WORKER_IS_GONE_AFTER = timedelta(seconds=60)
# A job that should have run this long ago says that nobody works.
LATE_AFTER = timedelta(minutes=10)

# The job that waits under the same key is locked until the act commits: no worker can take it
# before it sees what the act wrote. It then runs at the earlier of both times. The trigger that
# wakes the workers knows inserted rows only, hence the word to them here.
_DEFER = text("""
WITH put AS (
    INSERT INTO queue.procrastinate_jobs AS job
           (queue_name, task_name, queueing_lock, args, scheduled_at)
    VALUES (:queue, :task, :key, CAST(:args AS jsonb), CAST(:run_at AS timestamptz))
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE
       SET scheduled_at = CASE WHEN job.scheduled_at IS NULL OR excluded.scheduled_at IS NULL
                               THEN NULL
                               ELSE least(job.scheduled_at, excluded.scheduled_at) END
    RETURNING id, xmax <> 0 AS waited
)
SELECT pg_notify('procrastinate_queue_v1#' || :queue,
                 json_build_object('type', 'job_inserted', 'job_id', id)::text)
  FROM put WHERE waited
""")


def defer(
    session: Session,
    task_name: str,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    **args: Argument,
) -> None:
    """Ask for a task in this transaction: as soon as it commits, or at ``run_at``.

    Several requests with one ``key`` that wait at the same time become one job, with the
    arguments of the first: put into the key whatever must not be lost (``key=str(class_id)``).
    A task may run twice, and at the same time as another of its kind: it must bear that. Hot
    acts do not defer: commits that wake a worker go one after the other.
    """
    session.execute(
        _DEFER,
        {
            "queue": QUEUE,
            "task": task_name,
            "key": None if key is None else f"{task_name}:{key}",
            "args": json.dumps({name: _plain(value) for name, value in args.items()}),
            "run_at": run_at,
        },
    )


def _plain(value: Argument) -> str | int:
    """The value as JSON has it: ids as text, days and moments in ISO form."""
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | str) else str(value)


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How many jobs there are in each state, and how many workers live.

    ``late`` are those of ``waiting`` that were due ten minutes ago; ``failed`` gave up after all
    their tries, and ``failed_tasks`` names them.
    """

    waiting: int
    late: int
    running: int
    failed: int
    failed_tasks: tuple[str, ...]
    workers: int


_STATUS = text("""
SELECT count(*) FILTER (WHERE status = 'todo') AS waiting,
       count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, (
              SELECT min(at) FROM queue.procrastinate_events e WHERE e.job_id = j.id
       )) < :late) AS late,
       count(*) FILTER (WHERE status = 'doing') AS running,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       coalesce(array_agg(DISTINCT task_name) FILTER (WHERE status = 'failed'), '{}')
           AS failed_tasks,
       (SELECT count(*) FROM queue.procrastinate_workers WHERE last_heartbeat > :alive) AS workers
  FROM queue.procrastinate_jobs j
""")


def status(session: Session, *, now: datetime) -> QueueStatus:
    """The queue at a glance, for operators."""
    moments: dict[str, Any] = {"late": now - LATE_AFTER, "alive": now - WORKER_IS_GONE_AFTER}
    row = session.execute(_STATUS, moments).one()
    return QueueStatus(
        row.waiting, row.late, row.running, row.failed, tuple(row.failed_tasks), row.workers
    )


_KEYS = text("""
SELECT queueing_lock FROM queue.procrastinate_jobs
 WHERE task_name = :task AND status IN ('todo', 'doing') AND queueing_lock IS NOT NULL
""")


def pending(session: Session, task_name: str) -> set[str]:
    """The keys under which a task waits or runs."""
    found = session.scalars(_KEYS, {"task": task_name})
    return {key.removeprefix(f"{task_name}:") for key in found}


_own_worker: Callable[[], bool] | None = None


def report_worker(is_running: Callable[[], bool] | None) -> None:
    """Tell this process how to ask after its own worker; None when it has none."""
    global _own_worker
    _own_worker = is_running


def own_worker_runs() -> bool:
    """Whether the worker of this process runs; true in a process that should have none."""
    return _own_worker is None or _own_worker()


# Those that succeeded are deleted at once: what they did stands where they wrote it.
KEPT_FOR = timedelta(days=7)
_FORGET = text("""
DELETE FROM queue.procrastinate_jobs j
 WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted')
   AND NOT EXISTS (
       SELECT FROM queue.procrastinate_events e WHERE e.job_id = j.id AND e.at > :before)
""")


def forget(session: Session, actor: Actor, *, now: datetime) -> None:
    """Delete jobs that ended, for good or ill, more than a week ago."""
    actor.require(Permission.RUN_TASKS)
    session.execute(_FORGET, {"before": now - KEPT_FOR})


# No task takes an hour: one that does has lost the word of its end.
LONGEST = timedelta(hours=1)

# One of several that wait under one key goes on; the others would do the same again. A job that
# took its process with it each time gives up, too. The clock is the database's: workers report
# by it.
_TAKE_UP = text("""
WITH gone AS MATERIALIZED (
    SELECT j.id
      FROM queue.procrastinate_jobs j
      LEFT JOIN queue.procrastinate_workers w ON w.id = j.worker_id
     WHERE j.status = 'doing'
       AND (w.id IS NULL OR w.last_heartbeat < now() - :gone_after
            OR (SELECT max(e.at) FROM queue.procrastinate_events e
                 WHERE e.job_id = j.id AND e.type = 'started') < now() - :longest)
       FOR UPDATE OF j SKIP LOCKED
), ranked AS (
    SELECT j.id, j.attempts + 1 >= :most AS tired,
           j.queueing_lock IS NOT NULL AND (
               row_number() OVER (PARTITION BY j.queueing_lock ORDER BY j.id DESC) > 1
               OR EXISTS (SELECT FROM queue.procrastinate_jobs o
                           WHERE o.status = 'todo' AND o.queueing_lock = j.queueing_lock)
           ) AS superseded
      FROM queue.procrastinate_jobs j JOIN gone USING (id)
)
UPDATE queue.procrastinate_jobs j
   SET status = CAST(CASE WHEN superseded THEN 'aborted' WHEN tired THEN 'failed' ELSE 'todo' END
                     AS queue.procrastinate_job_status),
       attempts = attempts + 1, scheduled_at = NULL, worker_id = NULL
  FROM ranked WHERE j.id = ranked.id
RETURNING j.task_name
""")


def take_up(
    session: Session, actor: Actor, *, gone_after: timedelta, most_tries: int
) -> tuple[str, ...]:
    """Put back what workers held that have not reported for ``gone_after``; answers the tasks."""
    actor.require(Permission.RUN_TASKS)
    limits = {"gone_after": gone_after, "longest": LONGEST, "most": most_tries}
    found = session.execute(_TAKE_UP, limits)
    return tuple(found.scalars())
