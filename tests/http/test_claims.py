"""The trainee's word on a plain page, and the public notice."""

import re
from uuid import UUID, uuid4

import pytest
from httpx2 import Response
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Account, CaseFile
from portal.domain.claim_errors import LineClosed
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services.claims import cases, review
from tests.http.parts import FOREIGN, mentions, row_counts, someone
from tests.support import claims
from tests.support import factories as make
from tests.support.claims import NOW, Taught, claim_of, line_of
from tests.support.policy import publish_packs


@pytest.fixture(scope="module")
def published(engine: Engine) -> None:
    with Session(engine) as session:
        publish_packs(session)
        claims.standard(session, 120_000)


@pytest.fixture
def of(saved: Session, published: None) -> Taught:
    return claims.taught(saved, claims.school(saved), people=2)


@pytest.fixture
def claim_id(saved: Session, of: Taught) -> UUID:
    made = claims.filed(saved, of)
    saved.commit()
    return made


@pytest.fixture
def me(saved: Session, client: TestClient, of: Taught) -> None:
    """The first of the class is logged in."""
    account = saved.get_one(Account, of.actors[0].account_id)
    token = make.log_in(saved, account)
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, token)


@pytest.fixture
def url(saved: Session, of: Taught, claim_id: UUID, me: None) -> str:
    return f"/me/claims/{line_of(saved, claim_id, of.people[0]).id}"


def say(client: TestClient, url: str, **form: str) -> Response:
    return client.post(url, data=form)


def state(page: Response) -> str:
    found = re.search(r'data-testid="claim-(?:question|answered)" data-state="(\w+)"', page.text)
    assert found, page.text
    return found[1]


def test_the_page_asks_in_one_sentence(client: TestClient, of: Taught, url: str) -> None:
    page = client.get(url)
    assert page.status_code == 200
    school = of.school.institution.name
    assert f"{school}报告您学习 40 课时、到课 1 天，申领 1,200 元，对吗？" in page.text
    assert "请最晚在12月8日 周二回答" in page.text
    assert "<script>" not in page.text
    assert len(page.content) < 20_000


def test_reading_the_question_changes_nothing(client: TestClient, saved: Session, url: str) -> None:
    before = row_counts(saved)
    client.get(url)
    assert row_counts(saved) == before


def test_a_yes_is_taken_and_shown(
    client: TestClient, saved: Session, of: Taught, claim_id: UUID, url: str
) -> None:
    for _ in range(2):
        answer = say(client, url, answer="yes")
        assert (answer.status_code, answer.headers["location"]) == (303, url)
    page = client.get(url)
    assert state(page) == "confirmed"
    assert mentions(page.text, t("claims.state.submitted"))
    saved.rollback()
    assert line_of(saved, claim_id, of.people[0]).state == "confirmed"


def test_a_no_stops_the_money_and_says_by_when_an_answer_comes(
    client: TestClient, saved: Session, of: Taught, claim_id: UUID, url: str
) -> None:
    answer = say(client, url, answer="no", wrong="hours", note="<b>只上了三天</b>")
    assert answer.status_code == 303
    page = client.get(url)
    assert state(page) == "stopped"
    assert "2026年12月4日" in page.text
    assert "&lt;b&gt;只上了三天" in page.text
    saved.rollback()
    assert claim_of(saved, claim_id).state == "returned"


@pytest.mark.parametrize("form", [{}, {"wrong": "other"}, {"wrong": "nonsense"}])
def test_a_no_without_a_reason_is_asked_again_and_keeps_what_was_typed(
    client: TestClient, saved: Session, claim_id: UUID, url: str, form: dict[str, str]
) -> None:
    answer = say(client, url, answer="no", **form)
    assert answer.status_code == 400
    assert state(answer) == "asked"
    assert 'role="alert"' in answer.text
    assert "<details open>" in answer.text
    if form.get("wrong") == "other":
        assert re.search(r'value="other" required checked', answer.text)
    saved.rollback()
    assert claim_of(saved, claim_id).state == "submitted"


def test_a_yes_may_still_become_a_no(client: TestClient, url: str) -> None:
    say(client, url, answer="yes")
    assert 'data-testid="claim-no-submit"' in client.get(url).text
    say(client, url, answer="no", wrong="unknown")
    page = client.get(url)
    assert state(page) == "stopped"
    assert "claim-no-submit" not in page.text


def test_the_offices_reply_is_shown(
    client: TestClient, saved: Session, of: Taught, claim_id: UUID, url: str
) -> None:
    say(client, url, answer="no", wrong="hours")
    saved.rollback()
    case = saved.scalars(select(CaseFile).where(CaseFile.claim_id == claim_id)).one()
    cases.close_case(
        saved, of.school.officer, case_id=case.id, upheld=True, answer="考勤与实际不符", now=NOW
    )
    saved.commit()
    page = client.get(url)
    assert state(page) == "upheld"
    assert "考勤与实际不符" in page.text


def test_an_answer_that_comes_too_late_is_refused_in_words(
    client: TestClient, saved: Session, of: Taught, claim_id: UUID, url: str
) -> None:
    claims.all_agree(saved, of, claim_id)
    claims.paid(saved, of, claim_id)
    saved.commit()
    answer = say(client, url, answer="no", wrong="hours")
    assert answer.status_code == 409
    assert mentions(answer.text, sentence_for(LineClosed()))
    assert "claim-no-submit" not in answer.text


@pytest.mark.parametrize("answer", ["", "maybe", "YES"])
def test_what_is_neither_yes_nor_no_is_asked_again(
    client: TestClient, saved: Session, url: str, answer: str
) -> None:
    before = row_counts(saved)
    assert state(say(client, url, answer=answer)) == "asked"
    assert row_counts(saved) == before


def test_nobody_reads_or_answers_anothers_question(
    client: TestClient, saved: Session, of: Taught, claim_id: UUID, me: None
) -> None:
    theirs = line_of(saved, claim_id, of.people[1])
    for wanted in (theirs.id, uuid4(), "x", "%00", "' OR 1=1"):
        for answer in (
            client.get(f"/me/claims/{wanted}"),
            say(client, f"/me/claims/{wanted}", answer="yes"),
        ):
            assert answer.status_code == 404
            assert not FOREIGN.search(answer.text)
    saved.rollback()
    assert line_of(saved, claim_id, of.people[1]).state == "asked"


def test_whoever_is_not_signed_in_is_led_to_the_login_and_back(
    client: TestClient, saved: Session, url: str
) -> None:
    client.cookies.clear()
    answer = client.get(url)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={url}")
    assert say(client, url, answer="yes").status_code == 401


def test_a_form_of_another_site_is_refused(client: TestClient, url: str) -> None:
    answer = client.post(url, data={"answer": "yes"}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert state(client.get(url)) == "asked"


def test_the_public_notice_is_for_anybody_and_masks_names(
    client: TestClient, saved: Session, of: Taught, claim_id: UUID
) -> None:
    claims.all_agree(saved, of, claim_id)
    claims.reviewed(saved, of, claim_id)
    review.publish(saved, of.school.officer, claim_id=claim_id, now=NOW)
    saved.commit()
    client.cookies.clear()
    page = client.get("/public-notices")
    assert page.status_code == 200
    assert claim_of(saved, claim_id).claim_no in page.text
    assert "王*强 · 1,200 元" in page.text
    assert "王小强" not in page.text
    assert not re.search(r"\d{11}|\d{17}", page.text)


def test_an_empty_board_says_so(client: TestClient, clock: object) -> None:
    clock.forward(days=400)  # type: ignore[attr-defined]
    assert mentions(client.get("/public-notices").text, t("notice_board.empty"))


def test_staff_have_no_questions_to_answer(client: TestClient, saved: Session, url: str) -> None:
    client.cookies.set(LOGIN_COOKIE, someone(saved, Role.OFFICER).token)
    assert client.get(url).status_code in (403, 303)


def test_a_login_of_long_ago_answers_nothing(client: TestClient, clock: object, url: str) -> None:
    clock.forward(days=2)  # type: ignore[attr-defined]
    assert client.get(url).status_code == 303
