"""Runs background work by hand, at a moment of the test's own choosing."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from portal.db.engine import transaction
from portal.tasks.registry import all_tasks, run_task
from portal.tasks.retry import next_try

_TAKE = text("""
UPDATE queue.procrastinate_jobs SET status = 'doing' WHERE id = (
    SELECT id FROM queue.procrastinate_jobs
     WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= :now)
     ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, task_name, args, attempts
""")
_FINISH = text("SELECT queue.procrastinate_finish_job_v1(:id, 'succeeded', true)")
_FAIL = text("SELECT queue.procrastinate_finish_job_v1(:id, 'failed', false)")
_RETRY = text("SELECT queue.procrastinate_retry_job_v2(:id, :at, NULL, NULL, NULL)")
_JOBS = text(
    "SELECT task_name, args, status, scheduled_at, queueing_lock FROM"
    " queue.procrastinate_jobs ORDER BY id"
)


def run_pending(*, now: datetime, raising: bool = True) -> list[str]:
    """Run every job that is due at ``now``, and those that they defer; answers their names.

    What a test wrote must be committed. A job that fails is put back as the worker would, and
    its error raised unless the test says otherwise.
    """
    ran: list[str] = []
    while (job := _take(now)) is not None:
        ran.append(job.task_name)
        assert len(ran) < 10_000, f"{job.task_name} asks for itself without end"
        try:
            run_task(job.task_name, job.args, now=now)
        except Exception:
            _put_back(job, now)
            if raising:
                raise
        else:
            _end(_FINISH, id=job.id)
    return ran


def tick(*names: str, now: datetime) -> list[str]:
    """Run the tasks that come by the clock, all or those named, then what is due; answers the
    latter's names."""
    for one in all_tasks().values():
        if one.every is not None and (not names or one.name in names):
            run_task(one.name, {}, now=now)
    return run_pending(now=now)


def jobs() -> list[Row[Any]]:
    """The jobs in the queue: task_name, args, status, scheduled_at, queueing_lock."""
    with transaction() as session:
        return list(session.execute(_JOBS))


def forget_all() -> None:
    """Empty the queue."""
    with transaction() as session:
        session.execute(text("DELETE FROM queue.procrastinate_jobs"))


def _take(now: datetime) -> Row[Any] | None:
    with transaction() as session:
        return session.execute(_TAKE, {"now": now}).one_or_none()


def _put_back(job: Row[Any], now: datetime) -> None:
    """As the worker does: later, or given up; done by its successor when there is one."""
    again = next_try(job.attempts, now=now)
    if again is None:
        _end(_FAIL, id=job.id)
        return
    try:
        _end(_RETRY, id=job.id, at=again)
    except IntegrityError:
        _end(_FINISH, id=job.id)


def _end(statement: Any, **params: Any) -> None:
    with transaction() as session:
        session.execute(statement, params)
