"""May I take this class: the JSON answer, the page before signing, and what a refusal shows."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import (
    Enrolment,
    PersonFact,
    SubsidyStandard,
    TrainingClass,
)
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.services import commitment
from tests.http.parts import FOREIGN, Someone, mentions, row_counts, someone
from tests.support import policy
from tests.support.factories import NOW, make_catalog, make_class

LIMIT = 20_000


@pytest.fixture(scope="module", autouse=True)
def _published(engine: Engine) -> None:
    with Session(engine) as session:
        policy.publish_packs(session)


@pytest.fixture
def sign_in(saved: Session, client: TestClient) -> Callable[..., Someone]:
    """Makes somebody signed in to the client, who says what pension they draw."""

    def made(draws: str | None = "none") -> Someone:
        who = someone(saved)
        if draws:
            policy.set_fact(saved, who.person.id, "pension", draws=draws)
        client.cookies.set(LOGIN_COOKIE, who.token)
        return who

    return made


@pytest.fixture
def offered(saved: Session) -> TrainingClass:
    return policy.plan_class(saved)


def sign(client: TestClient, class_id: UUID, **fields: str) -> Any:
    form = {"version": commitment.current().version, "agreed": "1", "key": uuid4().hex}
    return client.post(f"/enrol/{class_id}", data=form | fields)


def result(answer: Any) -> str:
    found = re.search(r'data-testid="enrol-result" data-(?:status|code)="(\w+)"', answer.text)
    return found[1] if found else ""


def statuses(session: Session, class_id: UUID) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Enrolment.status).where(Enrolment.class_id == class_id)))


# For programs


def test_the_answer_has_the_shape_of_the_contract(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    sign_in()
    version = make_catalog(saved, "subsidy_standard")
    saved.add(
        SubsidyStandard(
            catalog_version_id=version.id,
            region_code="650400",
            training_type="JOB_SKILL",
            kind="vocational_subsidy",
            unit="person",
            amount_fen=120_000,
            fund="就业补助资金",
            note="示例",
        )
    )
    saved.commit()
    answer = client.get(f"/api/v1/classes/{offered.id}/eligibility")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    body = answer.json()
    assert body["outcome"] == "eligible"
    assert body["free"] is False
    by_id = {one["rule_id"]: one for one in body["results"]}
    assert {"R01", "R02", "R04", "R05"} <= set(by_id)
    for one in body["results"]:
        assert {"rule_id", "outcome", "message", "legal_basis"} <= set(one)
        assert one["outcome"] in ("pass", "fail", "unknown")
        assert one["message"]
        assert one["legal_basis"].startswith("吐政办〔2019〕53号")
    assert body["left"][0] == {"bucket": "vocational", "limit": 1, "used": 0, "left": 1}
    assert body["estimate"]["amounts"][0]["amount_fen"] == 120_000
    assert body["estimate"]["payee"] == "person"


@pytest.mark.parametrize(
    ("draws", "outcome"),
    [("none", "eligible"), ("employee", "not_eligible"), (None, "needs_review")],
)
def test_each_outcome_has_its_word(
    client: TestClient,
    sign_in: Callable[..., Someone],
    offered: TrainingClass,
    draws: str | None,
    outcome: str,
) -> None:
    sign_in(draws)
    body = client.get(f"/api/v1/classes/{offered.id}/eligibility").json()
    assert body["outcome"] == outcome
    if outcome == "not_eligible":
        refused = next(one for one in body["results"] if one["outcome"] == "fail")
        assert refused["remedy"]
        assert refused["ask"]
        assert refused["papers"]


def test_asking_writes_nothing(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    sign_in()
    before = row_counts(saved)
    client.get(f"/api/v1/classes/{offered.id}/eligibility")
    client.get(f"/enrol/{offered.id}")
    assert row_counts(saved) == before


@pytest.mark.parametrize("class_id", ["x", str(UUID(int=5)), "%00"])
def test_no_class_is_a_problem_with_a_code(
    client: TestClient, sign_in: Callable[..., Someone], class_id: str
) -> None:
    sign_in()
    answer = client.get(f"/api/v1/classes/{class_id}/eligibility")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_drafts_and_closed_channels_are_like_no_class(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone]
) -> None:
    sign_in()
    for hidden in (
        policy.plan_class(saved, status="draft"),
        policy.plan_class(saved, group_codes=["JUSTICE"]),
    ):
        assert client.get(f"/api/v1/classes/{hidden.id}/eligibility").status_code == 404


def test_only_whoever_could_enrol_may_ask(
    client: TestClient, saved: Session, offered: TrainingClass
) -> None:
    path = f"/api/v1/classes/{offered.id}/eligibility"
    assert client.get(path).json()["code"] == "unauthenticated"
    client.cookies.set(LOGIN_COOKIE, someone(saved, Role.OFFICER, region_code="650400").token)
    assert client.get(path).json()["code"] == "forbidden"


# The page before signing


def test_the_page_says_verdict_reasons_and_amounts_before_anything_is_signed(
    client: TestClient, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    sign_in()
    answer = client.get(f"/enrol/{offered.id}")
    assert 'data-verdict="eligible"' in answer.text
    assert mentions(answer.text, t("preflight.verdict.eligible"))
    assert 'data-rule="R01" data-outcome="pass"' in answer.text
    assert 'name="pension"' not in answer.text
    assert len(answer.content) < LIMIT


def test_the_missing_answer_is_asked_in_place_and_counts_at_once(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    who = sign_in(None)
    page = client.get(f"/enrol/{offered.id}")
    assert page.text.count('type="radio" name="pension"') == 4
    assert len(page.content) < LIMIT
    answer = sign(client, offered.id, pension="resident")
    assert result(answer) == "accepted"
    saved.rollback()
    fact = saved.scalars(select(PersonFact).where(PersonFact.person_id == who.person.id)).one()
    assert (fact.kind, fact.value, fact.status) == ("pension", {"draws": "resident"}, "declared")


def test_who_says_that_a_pension_is_drawn_is_refused_with_the_rule(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    sign_in(None)
    answer = sign(client, offered.id, pension="employee")
    assert (answer.status_code, result(answer)) == (409, "not_eligible")
    assert statuses(saved, offered.id) == []


@pytest.mark.parametrize("pension", ["unknown", "", "x", "public_institution\u0000"])
def test_who_does_not_know_is_sent_to_an_officer_with_a_day(
    client: TestClient,
    saved: Session,
    sign_in: Callable[..., Someone],
    offered: TrainingClass,
    pension: str,
) -> None:
    who = sign_in(None)
    answer = sign(client, offered.id, pension=pension)
    assert (answer.status_code, result(answer)) == (200, "needs_review")
    assert mentions(answer.text, t("enrol_page.done_needs_review"))
    assert re.search(r"工作人员在\d{4}年\d+月\d+日前给您答复", answer.text)
    assert statuses(saved, offered.id) == ["needs_review"]
    facts = select(PersonFact).where(PersonFact.person_id == who.person.id)
    assert saved.scalars(facts).all() == []


def test_without_the_signature_nothing_that_was_said_is_kept(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    sign_in(None)
    before = row_counts(saved)
    assert sign(client, offered.id, pension="none", agreed="").status_code == 400
    assert row_counts(saved) == before


def test_what_an_officer_verified_is_not_overwritten_by_the_form(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    who = sign_in("employee")
    fact = saved.scalars(select(PersonFact).where(PersonFact.person_id == who.person.id)).one()
    fact.status, fact.verified_at = "verified", NOW
    saved.commit()
    assert result(sign(client, offered.id, pension="none")) == "not_eligible"


# Refusals


def test_a_refused_person_finds_no_form_but_rule_help_and_a_way_on(
    client: TestClient, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    sign_in("employee")
    page = client.get(f"/enrol/{offered.id}").text
    assert 'data-verdict="not_eligible"' in page
    assert "commitment-agree" not in page
    assert 'href="/classes?has_seats=1"' in page
    assert 'data-rule="R04" data-outcome="fail"' in page


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("R01", {}, "annual cap"),
    ("R02", {"skill_key": "6-31-01-03", "year": 2019, "bucket": None}, "no repeat"),
    ("R04", {}, "pension"),
]


@pytest.mark.parametrize(("rule_id", "fields", "name"), REFUSALS)
def test_every_refusal_says_rule_reason_remedy_and_where_to_ask(
    client: TestClient,
    saved: Session,
    sign_in: Callable[..., Someone],
    offered: TrainingClass,
    rule_id: str,
    fields: dict[str, Any],
    name: str,
) -> None:
    who = sign_in("employee" if rule_id == "R04" else "none")
    if rule_id != "R04":
        blank = {"bucket_no": None, "total_no": None} if rule_id == "R02" else {}
        policy.had_subsidy(saved, who.person.id, **fields | blank)
    answer = sign(client, offered.id)
    assert (answer.status_code, result(answer)) == (409, "not_eligible"), name
    body = client.get(f"/api/v1/classes/{offered.id}/eligibility").json()
    told = next(one for one in body["results"] if one["rule_id"] == rule_id)
    assert told["outcome"] == "fail"
    block = answer.text.partition(f'data-rule="{rule_id}"')[2].partition("</li>")[0]
    for said in (told["message"], told["remedy"], told["ask"], told["quote"], told["legal_basis"]):
        assert said
        assert mentions(block, said)
    assert 'href="/me/facts"' in answer.text
    assert not FOREIGN.search(re.sub(r"<style>.*?</style>", "", answer.text, flags=re.DOTALL))


def test_a_soft_rule_may_be_put_to_an_officer_by_a_box_of_its_own(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    policy.had_subsidy(saved, sign_in().person.id)
    page = client.get(f"/enrol/{offered.id}").text
    assert 'name="ask_review"' in page
    assert result(sign(client, offered.id)) == "not_eligible"
    answer = sign(client, offered.id, ask_review="1")
    assert result(answer) == "needs_review"
    assert statuses(saved, offered.id) == ["needs_review"]


def test_a_hard_rule_cannot_be_put_to_an_officer_by_a_forged_box(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone], offered: TrainingClass
) -> None:
    sign_in("employee")
    assert result(sign(client, offered.id, ask_review="1")) == "not_eligible"
    assert statuses(saved, offered.id) == []


def test_a_region_without_rules_refuses_nobody(
    client: TestClient, saved: Session, sign_in: Callable[..., Someone]
) -> None:
    sign_in(None)
    elsewhere = make_class(saved, region_code="330100")
    saved.commit()
    body = client.get(f"/api/v1/classes/{elsewhere.id}/eligibility").json()
    assert (body["outcome"], body["results"], body["free"]) == ("eligible", [], None)
    assert client.get(f"/enrol/{elsewhere.id}").status_code == 200
