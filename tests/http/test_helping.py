"""The helper's plain pages, as a helper walks through them, and nobody else."""

import re
from collections.abc import Callable
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Account, Enrolment, Mandate, PersonFact, SmsMessage, TrainingNeed
from portal.db.vault import get_vault
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.services import commitment, mandate_text, needs_report, search_index
from tests.http.parts import FOREIGN, mentions, someone
from tests.support import factories as make
from tests.support import policy
from tests.support.helping import fresh_id_no, person_with, registered

Browser = Callable[..., TestClient]


@pytest.fixture
def helper(saved: Session) -> Account:
    policy.publish_packs(saved)
    return someone(saved, Role.HELPER, name="热依汗", region_code="650402").account


@pytest.fixture
def desk(browser: Browser, saved: Session, helper: Account) -> TestClient:
    """The helper's phone."""
    return phone_of(browser, saved, helper)


def phone_of(browser: Browser, session: Session, account: Account) -> TestClient:
    made = browser()
    made.cookies.set(LOGIN_COOKIE, make.log_in(session, account))
    session.commit()
    return made


def form(**fields: str) -> dict[str, str]:
    return {
        "name": "买买提·艾力",
        "id_type": "resident_id",
        "id_no": fresh_id_no(),
        "region": "650402",
        "evidence": "fingerprint",
        "days": "180",
        "agreed": "1",
        **fields,
    }


def register(desk: TestClient, **fields: str) -> str:
    """The address of somebody's page, once registered."""
    answer = desk.post("/help/new", data=form(**fields))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def mandate_of(path: str) -> UUID:
    return UUID(path.rsplit("/", 1)[1])


@pytest.fixture
def path(desk: TestClient, saved: Session) -> str:
    """Somebody who draws no pension."""
    made = register(desk)
    policy.set_fact(saved, person_with(saved, mandate_of(made)).id, "pension", draws="none")
    return made


def test_somebody_is_registered_and_the_page_says_what_can_be_done(desk: TestClient) -> None:
    answer = desk.post("/help/new", data=form())
    shown = desk.get(answer.headers["location"])
    assert shown.status_code == 200
    assert "买买提·艾力" in shown.text
    assert "登记好了" in shown.text
    assert not FOREIGN.search(shown.text)


def test_no_address_holds_anything_personal(desk: TestClient) -> None:
    answer = desk.post("/help/new", data=form())
    assert re.fullmatch(r"/help/people/[0-9a-f-]{36}\?done=registered", answer.headers["location"])


@pytest.mark.parametrize(
    ("field", "value"), [("id_no", "123"), ("evidence", ""), ("agreed", ""), ("name", "1")]
)
def test_a_refusal_keeps_what_was_typed(desk: TestClient, field: str, value: str) -> None:
    answer = desk.post("/help/new", data=form(phone="13811112222", **{field: value}))
    assert answer.status_code == 400
    assert 'value="13811112222"' in answer.text
    assert f'id="{field}-error"' in answer.text


def test_the_page_fits_a_weak_link(desk: TestClient, path: str) -> None:
    for address in ("/help/new", path, f"{path}/classes", f"{path}/facts", f"{path}/needs/new"):
        answer = desk.get(address)
        assert (answer.status_code, len(answer.content) < 40_000) == (200, True), address
        assert "<script>" not in answer.text


def test_the_text_on_the_paper_is_the_text_that_is_kept(
    desk: TestClient, saved: Session, path: str
) -> None:
    paper = desk.get(f"{path}/paper").text
    text = mandate_text.current()
    assert all(mentions(paper, line) for line in text.paragraphs)
    saved.expire_all()
    mandate = saved.get_one(Mandate, mandate_of(path))
    assert mandate.text_hash == text.text_hash
    assert text.text_hash[:16] in paper
    assert "买买提·艾力" in paper
    # Only the end of the number stands on the paper.
    assert not re.search(r"\d{15}", re.sub(r"[0-9a-f]{16}", "", paper))


def test_the_blank_paper_needs_no_login_and_names_nobody(client: TestClient) -> None:
    answer = client.get("/help/paper")
    assert answer.status_code == 200
    assert mentions(answer.text, mandate_text.current().title)


def test_a_class_is_found_and_the_person_enrolled(
    desk: TestClient, saved: Session, path: str
) -> None:
    of = policy.plan_class(saved)
    search_index.reindex_class(saved, of.id)
    saved.commit()
    found = desk.get(f"{path}/classes", params={"q": "电工"})
    assert f"{path}/classes/{of.id}" in found.text
    shown = desk.get(f"{path}/classes/{of.id}")
    assert 'data-verdict="eligible"' in shown.text
    assert all(mentions(shown.text, line) for line in commitment.current().paragraphs)
    signed = {"version": commitment.current().version, "evidence": "signature", "agreed": "1"}
    answer = desk.post(f"{path}/classes/{of.id}", data=signed)
    assert answer.headers["location"] == f"{path}?done=accepted"
    saved.expire_all()
    row = saved.scalars(select(Enrolment).filter_by(class_id=of.id)).one()
    assert (row.status, row.channel, row.mandate_id) == ("accepted", "helper", mandate_of(path))
    # A second tap of a tired finger.
    again = desk.post(f"{path}/classes/{of.id}", data=signed)
    assert (again.status_code, again.headers["location"]) == (303, path)


def test_nobody_is_enrolled_without_the_signature(
    desk: TestClient, saved: Session, path: str
) -> None:
    of = policy.plan_class(saved)
    answer = desk.post(
        f"{path}/classes/{of.id}",
        data={"version": commitment.current().version, "evidence": "signature"},
    )
    assert answer.status_code == 400
    assert "签字或按手印" in answer.text
    assert saved.scalar(select(Enrolment.id).filter_by(class_id=of.id)) is None


def test_a_refusal_leads_to_a_wish(desk: TestClient, saved: Session, path: str) -> None:
    person = person_with(saved, mandate_of(path))
    fact = saved.scalars(select(PersonFact).filter_by(person_id=person.id)).one()
    fact.value = {"draws": "employee"}
    saved.commit()
    of = policy.plan_class(saved)
    shown = desk.get(f"{path}/classes/{of.id}").text
    assert 'data-verdict="not_eligible"' in shown
    assert 'data-testid="help-enrol"' not in shown
    assert f"{path}/needs/new?occupation=6-31-01-03&amp;region=650402" in shown


def test_a_wish_is_written_down_for_somebody(desk: TestClient, saved: Session, path: str) -> None:
    filled = desk.get(f"{path}/needs/new", params={"occupation": "6-31-01-03", "region": "650402"})
    assert filled.text.count(" selected") == 3
    answer = desk.post(
        f"{path}/needs/new",
        data={"subject": "6-31-01-03", "region": "650402", "month": "2026-12"},
    )
    assert answer.status_code == 200
    need = saved.scalars(
        select(TrainingNeed).filter_by(person_id=person_with(saved, mandate_of(path)).id)
    ).one()
    assert need.channel == "helper"
    desk.post(f"{path}/needs/{need.id}/withdraw")
    saved.expire_all()
    assert need.state == "withdrawn"


def test_a_statement_is_written_down_for_somebody(
    desk: TestClient, saved: Session, path: str
) -> None:
    answer = desk.post(f"{path}/facts", data={"kind": "origin", "code": "rural"})
    assert answer.headers["location"] == f"{path}?done=stated"
    assert "户口" in desk.get(path).text
    assert desk.post(f"{path}/facts", data={"kind": "origin", "code": "moon"}).status_code == 400


def test_a_place_is_given_up(desk: TestClient, saved: Session, path: str) -> None:
    of = policy.plan_class(saved)
    signed = {"version": commitment.current().version, "evidence": "signature", "agreed": "1"}
    desk.post(f"{path}/classes/{of.id}", data=signed)
    row = saved.scalars(select(Enrolment).filter_by(class_id=of.id)).one()
    assert desk.get(f"{path}/seats/{row.id}").status_code == 200
    desk.post(f"{path}/seats/{row.id}", data={"answer": "leave"})
    saved.expire_all()
    assert row.status == "withdrawn"
    assert desk.get(f"{path}/seats/{row.id}").status_code == 404


def test_whoever_has_an_account_is_asked_for_a_code(
    desk: TestClient, browser: Browser, saved: Session
) -> None:
    _, number = registered(saved)
    path = register(desk, id_no=number, name="王小强")
    shown = desk.get(path)
    assert "等本人确认" in shown.text
    assert "王小强" not in shown.text
    assert desk.get(f"{path}/classes").status_code == 404
    wrong = desk.post(f"{path}/code", data={"code": "x"})
    assert (wrong.status_code, "还可以试" in wrong.text) == (400, True)
    saved.rollback()
    message = saved.scalars(select(SmsMessage).order_by(SmsMessage.id.desc())).first()
    assert message is not None
    code = re.search(r"\d{6}", get_vault().open("sms_body", message.body_enc))
    assert code is not None
    right = desk.post(f"{path}/code", data={"code": code[0]})
    assert right.status_code == 303
    assert "王小强" in desk.get(path).text


def test_after_the_end_the_page_is_gone(desk: TestClient, path: str) -> None:
    assert desk.post(f"{path}/end").headers["location"] == "/help"
    for address in (path, f"{path}/classes", f"{path}/facts", f"{path}/paper", f"{path}/needs/new"):
        assert desk.get(address).status_code == 404, address


def test_another_helper_finds_nothing(browser: Browser, saved: Session, path: str) -> None:
    other = phone_of(
        browser, saved, someone(saved, Role.HELPER, name="别人", region_code="650402").account
    )
    for address in (path, f"{path}/classes", f"{path}/seats/{uuid4()}"):
        assert other.get(address).status_code == 404, address


def test_a_helper_lands_on_the_own_page_after_the_login(client: TestClient, saved: Session) -> None:
    who = someone(saved, Role.HELPER, region_code="650402")
    answer = client.post("/auth/login", data={"login": who.phone, "password": "Demo-2026!"})
    assert answer.headers["location"] == "/help"


def test_the_wish_of_a_search_is_kept_through_the_login(client: TestClient) -> None:
    answer = client.get("/needs/new", params={"occupation": "6-31-01-03", "region": "650402"})
    assert answer.status_code == 303
    target = unquote(answer.headers["location"].partition("next=")[2])
    assert target == "/needs/new?occupation=6-31-01-03&region=650402"


def test_a_filled_in_wish_takes_one_tap(client: TestClient, saved: Session) -> None:
    policy.publish_packs(saved)
    who = someone(saved)
    client.cookies.set(LOGIN_COOKIE, who.token)
    shown = client.get("/needs/new", params={"occupation": "6-31-01-03", "region": "650402"}).text
    chosen = re.findall(r'<option value="([^"]+)" selected', shown)
    assert chosen == ["6-31-01-03", "650402", "2026-12"]
    answer = client.post(
        "/needs/new", data=dict(zip(("subject", "region", "month"), chosen, strict=True))
    )
    assert (answer.status_code, 'data-testid="need-done"' in answer.text) == (200, True)
    assert saved.scalar(select(TrainingNeed.state).filter_by(person_id=who.person.id)) == "open"


@pytest.mark.parametrize("address", ["?occupation=nothing&region=999999", "?region=650000", ""])
def test_a_search_that_names_nothing_leaves_the_form_open(
    client: TestClient, saved: Session, address: str
) -> None:
    client.cookies.set(LOGIN_COOKIE, someone(saved).token)
    answer = client.get(f"/needs/new{address}")
    assert answer.status_code == 200
    assert not FOREIGN.search(answer.text)


def test_an_officer_takes_the_sum_as_a_sheet(client: TestClient, saved: Session) -> None:
    officer = someone(saved, Role.OFFICER, region_code="650400")
    client.cookies.set(LOGIN_COOKIE, officer.token)
    answer = client.get("/files/needs.csv")
    assert answer.status_code == 200
    assert answer.content.decode("utf-8-sig").splitlines()[0].startswith("想学的内容,地区,人数")
    assert unquote(answer.headers["content-disposition"]).endswith("20261201.csv")


def test_no_cell_of_the_sheet_is_a_formula(
    client: TestClient, saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs_report, "export", lambda *_, **__: (("=1+1", "电工"),))
    client.cookies.set(LOGIN_COOKIE, someone(saved, Role.OFFICER, region_code="650400").token)
    assert client.get("/files/needs.csv").content.decode("utf-8-sig") == "'=1+1,电工\r\n"


def test_money_is_confirmed_by_whom_it_concerns_only(desk: TestClient, path: str) -> None:
    """A question of nobody's is no question; the page of the person stands."""
    answer = desk.post(f"{path}/claims/{uuid4()}", data={"answer": "yes"})
    assert answer.status_code == 404
