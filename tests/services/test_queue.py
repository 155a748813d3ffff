"""Work is deferred with the act that asks for it, once a key, and seen by operators."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.db.engine import transaction
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.services import queue
from tests.support.tasks import forget_all, jobs


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> Iterator[None]:
    yield
    forget_all()


def test_an_act_that_rolls_back_defers_nothing(session: Session) -> None:
    queue.defer(session, "anything")
    session.rollback()
    assert jobs() == []


def test_a_committed_act_leaves_one_job_with_plain_arguments(session: Session) -> None:
    offer = UUID("0190a1b2-0000-7000-8000-000000000001")
    queue.defer(session, "expire_offer", offer_id=offer, seats=2)
    session.commit()
    [job] = jobs()
    assert (job.task_name, job.status) == ("expire_offer", "todo")
    assert job.args == {"offer_id": str(offer), "seats": 2}


def test_requests_under_one_key_become_one_job(session: Session) -> None:
    for _ in range(3):
        queue.defer(session, "sweep", key="a")
    queue.defer(session, "sweep", key="b")
    queue.defer(session, "other", key="a")
    session.commit()
    assert [job.queueing_lock for job in jobs()] == ["sweep:a", "sweep:b", "other:a"]


def test_a_request_without_key_always_becomes_a_job(session: Session) -> None:
    queue.defer(session, "send")
    queue.defer(session, "send")
    session.commit()
    assert len(jobs()) == 2


@pytest.mark.parametrize(
    ("first", "second", "expected"), [(2, 1, 1), (1, 2, 1), (2, None, None), (None, 2, None)]
)
def test_a_job_asked_for_twice_runs_at_the_earlier_time(
    session: Session, now: datetime, first: int | None, second: int | None, expected: int | None
) -> None:
    def at(hours: int | None) -> datetime | None:
        return None if hours is None else now + timedelta(hours=hours)

    queue.defer(session, "sweep", key="a", run_at=at(first))
    queue.defer(session, "sweep", key="a", run_at=at(second))
    session.commit()
    assert [job.scheduled_at for job in jobs()] == [at(expected)]


def test_a_job_that_runs_already_does_not_swallow_a_new_request(session: Session) -> None:
    queue.defer(session, "sweep", key="a")
    session.execute(text("UPDATE queue.procrastinate_jobs SET status = 'doing'"))
    queue.defer(session, "sweep", key="a")
    session.commit()
    assert [job.status for job in jobs()] == ["doing", "todo"]


def test_a_waiting_job_is_not_taken_before_the_act_that_joined_it_commits(
    session: Session, engine: Engine
) -> None:
    queue.defer(session, "sweep", key="a")
    session.commit()
    queue.defer(session, "sweep", key="a")
    take = text("SELECT id FROM queue.procrastinate_fetch_job_v2(ARRAY['portal'], NULL)")
    with engine.begin() as worker:
        assert worker.execute(take).scalar() is None
    session.commit()
    with engine.begin() as worker:
        assert worker.execute(take).scalar() is not None


def test_requests_at_the_same_instant_become_one_job(engine: Engine) -> None:
    gate = threading.Barrier(16)

    def ask() -> None:
        with transaction() as session:
            gate.wait(timeout=20)
            queue.defer(session, "sweep", key="a")

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(jobs()) == 1


def test_the_status_counts_what_waits_is_late_and_failed(session: Session, now: datetime) -> None:
    for name, at, state in (
        ("soon", now + timedelta(hours=1), "todo"),
        ("late", now - timedelta(hours=1), "todo"),
        ("broken", now, "failed"),
        ("broken", now, "failed"),
    ):
        session.execute(
            text(
                "INSERT INTO queue.procrastinate_jobs (queue_name, task_name, scheduled_at, status)"
                " VALUES ('portal', :name, :at, CAST(:state AS queue.procrastinate_job_status))"
            ),
            {"name": name, "at": at, "state": state},
        )
    found = queue.status(session, now=now)
    assert (found.waiting, found.late, found.failed, found.running) == (2, 1, 2, 0)
    assert found.failed_tasks == ("broken",)


def test_a_worker_counts_while_it_reports(session: Session, now: datetime) -> None:
    for ago in (30, 90):
        session.execute(
            text("INSERT INTO queue.procrastinate_workers (last_heartbeat) VALUES (:at)"),
            {"at": now - timedelta(seconds=ago)},
        )
    assert queue.status(session, now=now).workers == 1
    session.rollback()


def test_only_what_ended_a_week_ago_is_forgotten(session: Session) -> None:
    for name, state in (("old", "failed"), ("new", "failed"), ("waits", "todo")):
        session.execute(
            text(
                "INSERT INTO queue.procrastinate_jobs (queue_name, task_name, status)"
                " VALUES ('portal', :name, CAST(:state AS queue.procrastinate_job_status))"
            ),
            {"name": name, "state": state},
        )
    at = datetime.fromisoformat("2026-12-01T00:00:00Z")
    session.execute(
        text(
            "INSERT INTO queue.procrastinate_events (job_id, type, at)"
            " SELECT id, 'failed', CASE task_name WHEN 'new' THEN :new ELSE :old END"
            " FROM queue.procrastinate_jobs WHERE status = 'failed'"
        ),
        {"new": at - timedelta(days=6), "old": at - timedelta(days=8)},
    )
    queue.forget(session, SYSTEM, now=at)
    session.commit()
    assert {job.task_name for job in jobs()} == {"new", "waits"}


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(ANONYMOUS, Unauthenticated), (Actor(role=Role.OFFICER, account_id=UUID(int=1)), Forbidden)],
    ids=["anonymous", "officer"],
)
def test_only_the_portal_itself_forgets_jobs(
    session: Session, now: datetime, actor: Actor, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        queue.forget(session, actor, now=now)
