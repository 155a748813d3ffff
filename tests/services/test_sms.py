"""Text messages: kept encrypted with the act, sent once, never too many, never too late."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from portal.db.engine import transaction
from portal.db.models import SmsMessage
from portal.domain.errors import BadInput, Forbidden, TooManyAttempts
from portal.domain.permissions import SYSTEM
from portal.services import sms
from portal.services.unit import as_actor
from portal.settings import get_settings
from portal.tasks.messaging import GatewayIsBusy, sweep_sms
from tests.support.factories import make_actor
from tests.support.tasks import forget_all, jobs, run_pending

PHONE = "13900000001"
KEY, PARAMS = "notice.claim_stopped.sms", {"title": "电工班"}


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> Iterator[None]:
    yield
    forget_all()
    with transaction() as session:
        session.execute(delete(SmsMessage))


class Gateway:
    """A gateway on this machine that answers as it is told and keeps what it got."""

    def __init__(self) -> None:
        self.answer = 200
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                gateway.got.append((headers, json.loads(body)))
                self.send_response(gateway.answer)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *args: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    made = Gateway()
    monkeypatch.setattr(get_settings(), "sms_webhook_url", made.url)
    yield made
    made.close()


def send(now: datetime, phone: str = PHONE, **options: Any) -> UUID:
    with transaction() as session:
        return sms.send(session, phone, KEY, PARAMS, now, **options)


def row(message_id: UUID) -> SmsMessage:
    with transaction() as session:
        return session.get_one(SmsMessage, message_id)


def test_an_act_that_rolls_back_sends_nothing(session: Session, now: datetime) -> None:
    sms.send(session, PHONE, KEY, PARAMS, now)
    session.rollback()
    assert jobs() == []
    assert session.scalars(select(SmsMessage)).all() == []


def test_neither_the_row_nor_the_job_shows_phone_or_text(now: datetime) -> None:
    kept = row(send(now))
    assert PHONE.encode() not in kept.phone_enc + kept.phone_hash + kept.body_enc
    assert "电工班".encode() not in kept.body_enc
    assert [job.args for job in jobs()] == [{"message_id": str(kept.id)}]


def test_in_the_demo_a_message_counts_as_sent(now: datetime) -> None:
    message_id = send(now)
    assert row(message_id).state == "queued"
    assert run_pending(now=now) == ["send_sms"]
    assert (row(message_id).state, row(message_id).sent_at) == ("sent", now)


def test_the_gateway_gets_the_message_under_its_id(
    now: datetime, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "sms_webhook_token", "secret")
    message_id = send(now)
    run_pending(now=now)
    [(headers, body)] = gateway.got
    assert headers["idempotency-key"] == body["id"] == str(message_id)
    assert headers["authorization"] == "Bearer secret"
    assert body["phone"] == PHONE
    assert body["text"].startswith("【培训通】“电工班”")
    assert row(message_id).state == "sent"


def test_a_busy_gateway_is_asked_again_with_the_same_id(now: datetime, gateway: Gateway) -> None:
    message_id = send(now)
    gateway.answer = 503
    with pytest.raises(GatewayIsBusy):
        run_pending(now=now)
    assert (row(message_id).state, row(message_id).problem) == ("queued", sms.BUSY)
    assert run_pending(now=now) == []
    gateway.answer = 202
    assert run_pending(now=now + timedelta(minutes=1)) == ["send_sms"]
    assert {body["id"] for _, body in gateway.got} == {str(message_id)}
    assert (row(message_id).state, row(message_id).tries) == ("sent", 2)
    assert row(message_id).problem is None


@pytest.mark.parametrize("answer", [400, 403, 302])
def test_what_a_gateway_refuses_is_given_up(now: datetime, gateway: Gateway, answer: int) -> None:
    message_id = send(now)
    gateway.answer = answer
    run_pending(now=now)
    assert (row(message_id).state, row(message_id).problem) == ("failed", sms.REFUSED)
    assert len(gateway.got) == 1


def test_a_gateway_that_is_not_there_is_busy(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "sms_webhook_url", "http://127.0.0.1:1/")
    message_id = send(now)
    assert run_pending(now=now, raising=False) == ["send_sms"]
    assert (row(message_id).state, row(message_id).problem) == ("queued", sms.BUSY)


def test_without_a_gateway_production_keeps_messages_until_there_is_one(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "env", "production")
    early, late = send(now, until=now + timedelta(minutes=10)), send(now)
    run_pending(now=now)
    assert (row(late).state, row(late).problem) == ("queued", sms.NO_GATEWAY)
    sweep_sms(now=now + timedelta(minutes=11))
    assert jobs() == []
    assert (row(early).state, row(early).problem) == ("failed", sms.EXPIRED)
    monkeypatch.setattr(get_settings(), "env", "demo")
    sweep_sms(now=now + timedelta(minutes=12))
    sweep_sms(now=now + timedelta(minutes=12))
    assert run_pending(now=now + timedelta(minutes=12)) == ["send_sms"]
    assert row(late).state == "sent"


def test_a_message_is_never_sent_after_its_time(now: datetime, gateway: Gateway) -> None:
    message_id = send(now, until=now + timedelta(minutes=10))
    run_pending(now=now + timedelta(minutes=10))
    assert (row(message_id).state, row(message_id).problem) == ("failed", sms.EXPIRED)
    assert gateway.got == []


def test_a_job_that_runs_twice_sends_once(now: datetime, gateway: Gateway) -> None:
    message_id = send(now)
    run_pending(now=now)
    assert as_actor(sms.take, SYSTEM, message_id=message_id, now=now) is None
    assert len(gateway.got) == 1


def test_a_phone_gets_so_many_messages_an_hour(now: datetime) -> None:
    for minute in range(3):
        send(now + timedelta(minutes=minute), per_hour=3)
    with pytest.raises(TooManyAttempts) as refusal:
        send(now + timedelta(minutes=30), per_hour=3)
    assert refusal.value.params["seconds"] == 30 * 60 + 1
    send(now + timedelta(minutes=30), phone="13900000002", per_hour=3)
    send(now + timedelta(minutes=60, seconds=1), per_hour=3)


def test_acts_at_the_same_instant_send_no_more_than_the_limit(
    now: datetime, engine: Engine, gateway: Gateway
) -> None:
    most = get_settings().sms_per_hour
    gate = threading.Barrier(16)

    def at_once(_: int) -> bool:
        try:
            with transaction() as session:
                gate.wait(timeout=20)
                sms.send(session, PHONE, KEY, PARAMS, now)
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        passed = sum(pool.map(at_once, range(16)))
        ids = [UUID(job.args["message_id"]) for job in jobs()]
        taken = list(pool.map(lambda one: as_actor(sms.take, SYSTEM, message_id=one, now=now), ids))
    assert passed >= most
    assert sum(one is not None for one in taken) == most


def test_what_is_no_phone_is_refused(now: datetime) -> None:
    with pytest.raises(BadInput):
        send(now, phone="12345")


def test_old_messages_are_forgotten(now: datetime) -> None:
    old, new = send(now - sms.KEPT_FOR - timedelta(days=1)), send(now)
    sweep_sms(now=now)
    with transaction() as session:
        assert set(session.scalars(select(SmsMessage.id))) == {new}
    assert old != new


def test_only_the_portal_itself_takes_messages(session: Session, now: datetime) -> None:
    actor = make_actor(session)
    with pytest.raises(Forbidden):
        sms.take(session, actor, message_id=UUID(int=1), now=now)
    with pytest.raises(Forbidden):
        sms.settle(session, actor, message_id=UUID(int=1), problem="", now=now)


def test_a_code_has_six_digits_and_is_known_by_its_hash_for_its_subject() -> None:
    codes = {sms.new_code() for _ in range(200)}
    assert {len(code) for code in codes} == {6}
    assert all(code.isdecimal() for code in codes)
    assert len(codes) > 190
    kept = sms.hash_code("012345", subject=UUID(int=1))
    assert sms.code_matches("012345", kept, subject=UUID(int=1))
    assert not sms.code_matches("012346", kept, subject=UUID(int=1))
    assert not sms.code_matches("012345", kept, subject=UUID(int=2))


def test_the_log_never_shows_a_message(
    gateway: Gateway, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.answer = 500
    send(now)
    with caplog.at_level("DEBUG"):
        run_pending(now=now, raising=False)
    assert PHONE not in caplog.text
    assert "电工班" not in caplog.text
