"""A power cut in the middle of enrolments and check-ins loses nothing that was answered."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import embedded
from portal.db.engine import make_engine
from portal.db.models import AttendanceEvent, Enrolment, TrainingClass
from portal.db.vault import load_vault
from portal.domain.checkin_code import Phase, code_at, session_key
from portal.services.unit import token_hash
from tests.support.factories import (
    enrol,
    list_institution,
    log_in,
    make_account,
    make_class,
    make_institution,
    make_person,
    sessions_of,
)
from tests.support.portal import Portal

PEOPLE = 150


def fill(portal: Portal) -> tuple[UUID, list[str], UUID, list[str]]:
    """(open class, its would-be trainees' tokens, a session that meets now, its trainees')."""
    now = datetime.now(UTC)
    cluster = embedded.Cluster(portal.data.resolve() / "postgres")
    engine = make_engine(cluster.url(), pool_size=1)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        institution = make_institution(session)
        list_institution(session, institution)
        later = make_class(
            session,
            institution=institution,
            capacity=PEOPLE,
            first_start=now + timedelta(days=3),
            enrol_from=now - timedelta(days=1),
        )
        running = make_class(
            session, institution=institution, capacity=PEOPLE, first_start=now, sessions=1
        )
        wanting = [log_in(session, make_account(session), now=now) for _ in range(PEOPLE)]
        present = []
        for _ in range(PEOPLE):
            person = make_person(session)
            enrol(session, person, running)
            present.append(log_in(session, make_account(session, person=person), now=now))
        found = later.id, wanting, sessions_of(session, running)[0].id, present
    engine.dispose()
    return found


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    portal = Portal(tmp_path)
    assert portal.command("init").returncode == 0
    portal.start()
    cluster = embedded.Cluster(portal.data.resolve() / "postgres")
    answered: dict[str, set[bytes]] = {"enrolled": set(), "present": set()}
    lock, enough = threading.Lock(), threading.Event()
    try:
        class_id, wanting, session_id, present = fill(portal)
        key = session_key(
            load_vault(portal.data / "keys" / "master.key").subkey("checkin"), session_id
        )

        def act(kind: str, token: str) -> None:
            code = code_at(key, session_id=session_id, phase=Phase.IN, at=datetime.now(UTC)).token
            path, body = {
                "enrolled": ("/api/v1/enrolments", {"class_id": str(class_id)}),
                "present": ("/api/v1/checkins", {"code": code}),
            }[kind]
            try:
                answer = httpx2.post(
                    portal.url + path,
                    json=body,
                    headers={"authorization": f"Bearer {token}"},
                    timeout=10,
                )
            except httpx2.HTTPError:
                return
            if answer.is_success:
                with lock:
                    answered[kind].add(token_hash(token))
                    if min(map(len, answered.values())) >= 15:
                        enough.set()

        with ThreadPoolExecutor(8) as pool:
            for pair in zip(wanting, present, strict=True):
                pool.submit(act, "enrolled", pair[0])
                pool.submit(act, "present", pair[1])
            assert enough.wait(60)
            postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
            portal.kill()
            os.kill(postmaster, signal.SIGKILL)
        counted = {kind: len(found) for kind, found in answered.items()}
        assert all(15 <= count < PEOPLE for count in counted.values()), counted
        time.sleep(1)

        portal.start()  # by itself: no clean-up by hand
        engine = make_engine(cluster.url(), pool_size=1)
        with Session(engine) as session:
            enrolled = session.scalar(
                select(func.count()).select_from(Enrolment).where(Enrolment.class_id == class_id)
            )
            seats = session.get_one(TrainingClass, class_id).seats_taken
            events = session.scalar(select(func.count()).select_from(AttendanceEvent))
        engine.dispose()
        assert enrolled == seats
        assert enrolled >= counted["enrolled"]
        assert events is not None
        assert events >= counted["present"]
        again = httpx2.get(
            f"{portal.url}/api/v1/enrolments", headers={"authorization": f"Bearer {wanting[0]}"}
        )
        assert again.status_code == 200
    finally:
        portal.stop()
        embedded.stop(cluster)


pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
