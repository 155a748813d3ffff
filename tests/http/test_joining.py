"""From an empty portal to an officer who works: two links from the machine, two administrators."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from portal import cli
from portal.db.models import SmsMessage
from portal.db.vault import get_vault
from portal.http.context import LOGIN_COOKIE
from portal.state.admins import AccountsState, SecurityState
from portal.state.base import PageState
from portal.state.work import WorkState
from tests.http.parts import PASSWORD, numbers
from tests.support.factories import NOW
from tests.support.tab import Tab

Browser = Callable[..., TestClient]
REGION = "650400"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command and the pages read the same clock as the routes of these tests."""
    monkeypatch.setattr(cli, "_now", lambda: NOW)
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


def first(role: str, name: str, phone: str) -> str:
    """What whoever installs the portal reads: the link for the first of a kind."""
    words = ["first-administrator", role, "--name", name, "--phone", phone, "--region", REGION]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, done.output
    return done.output.strip()


def sent(session: Session) -> list[str]:
    """Every text message, the oldest first."""
    rows = session.scalars(select(SmsMessage).order_by(SmsMessage.id))
    return [get_vault().open("sms_body", row.body_enc) for row in rows]


def join(client: TestClient, link: str, name: str, phone: str, id_no: str) -> str:
    """Accept the invitation of a link and log in; the token of the login."""
    path = f"/join/{link.split('/join/')[1].split(' ')[0]}"
    assert 'data-testid="join-submit"' in client.get(path).text
    form = {"name": name, "id_type": "resident_id", "id_no": id_no, "phone": phone}
    done = client.post(path, data=form | {"password": PASSWORD, "agreed": "1"})
    assert (done.status_code, done.headers.get("location")) == (303, "/login?registered=1")
    logged_in = client.post("/auth/login", data={"login": phone, "password": PASSWORD})
    assert logged_in.status_code == 303
    return client.cookies[LOGIN_COOKIE]


def test_an_empty_portal_gets_its_first_officer(browser: Browser, saved: Session) -> None:
    tokens = {}
    for role, name in (("system_admin", "王小强"), ("security_admin", "李小梅")):
        phone, id_no = numbers()
        tokens[role] = join(browser(), first(role, name, phone), name, phone, id_no)
    phone, id_no = numbers()
    accounts = Tab(tokens["system_admin"])
    form = {
        "role": "officer", "name": "阿依古丽", "phone": phone, "region_code": REGION,
        "reason": "第一位经办",
    }  # fmt: skip
    proposed = accounts.call(AccountsState, "invite", form)
    assert (proposed.problem, proposed.invited[0].state) == ("", "待同意")
    # Whoever proposed has nothing to send on: the link does not exist yet.
    assert [text for text in sent(saved) if "/join/" in text] == []
    security = Tab(tokens["security_admin"])
    waiting = security.call(SecurityState, "load")
    security.call(SecurityState, "agree", waiting.proposed[0].key)
    saved.rollback()
    token = join(browser(), sent(saved)[-1], "阿依古丽", phone, id_no)
    assert Tab(token).call(WorkState, "load").status == "ready"
