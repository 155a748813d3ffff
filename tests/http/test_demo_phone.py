"""The demo's telephone shows the demo's messages, and nothing anywhere else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.engine import transaction
from portal.db.models import SmsMessage
from portal.services import sms
from portal.settings import get_settings
from tests.support.factories import NOW
from tests.support.tasks import forget_all, run_pending

PHONE = "13900000001"


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> Iterator[None]:
    yield
    forget_all()
    with transaction() as session:
        session.execute(delete(SmsMessage))


def send(saved: Session, phone: str, title: str) -> None:
    sms.send(saved, phone, "notice.claim_stopped.sms", {"title": title}, NOW)
    saved.commit()
    run_pending(now=NOW)


def look(client: TestClient, phone: str) -> str:
    answer = client.post("/demo/phone", data={"phone": phone})
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex"
    return answer.text


def test_a_phone_shows_what_it_received_and_nothing_of_others(
    client: TestClient, saved: Session
) -> None:
    send(saved, PHONE, "电工班")
    send(saved, "13900000002", "焊工班")
    page = look(client, " 139 0000 0001 ")
    assert "“电工班”的补贴申领已停下" in page
    assert "12月1日 周二 09:40" in page
    assert "焊工班" not in page


def test_a_phone_without_messages_says_so(client: TestClient) -> None:
    assert "还没有收到短信" in look(client, PHONE)


def test_what_was_not_sent_is_not_received(client: TestClient, saved: Session) -> None:
    sms.send(saved, PHONE, "notice.claim_stopped.sms", {"title": "电工班"}, NOW)
    saved.commit()
    assert "电工班" not in look(client, PHONE)


@pytest.mark.parametrize("phone", ["13800000001", "13900001001", "1", ""])
def test_other_phones_are_not_looked_into(client: TestClient, saved: Session, phone: str) -> None:
    if len(phone) == len(PHONE):
        send(saved, phone, "电工班")
    answer = client.post("/demo/phone", data={"phone": phone})
    assert answer.status_code == 400
    assert "电工班" not in answer.text


def test_the_form_asks_for_a_demo_phone(client: TestClient) -> None:
    answer = client.get("/demo/phone")
    assert answer.status_code == 200
    assert "noindex" in answer.text
    assert "演示手机号" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_is_no_such_phone_in_production(
    client: TestClient, saved: Session, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    send(saved, PHONE, "电工班")
    monkeypatch.setattr(get_settings(), "env", "production")
    answer = client.request(method, "/demo/phone", data={"phone": PHONE})
    assert answer.status_code == 404
    assert "电工班" not in answer.text
