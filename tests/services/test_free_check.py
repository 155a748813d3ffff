"""Could I go free: what each kind of person is told, from the shipped packs."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.errors import BadInput
from portal.domain.permissions import ANONYMOUS
from portal.policies import reference
from portal.services import facts_terms
from portal.services.free_check import FreeAnswer, Question, could_i_go_free
from portal.services.free_form import free_form, question_from
from tests.support.factories import NOW
from tests.support.policy import plan_class, publish_packs

ELECTRICIAN = Question("650402", (), "none", (), "JOB_SKILL")


@pytest.fixture(scope="module")
def published(engine: Engine) -> None:
    """All shipped packs."""
    with Session(engine) as session:
        publish_packs(session, "*.toml")


@pytest.fixture
def session(engine: Engine, published: None) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


def ask(session: Session, **fields: Any) -> FreeAnswer:
    question = replace(ELECTRICIAN, **fields)
    return could_i_go_free(session, ANONYMOUS, question=question, now=NOW)


def test_a_veteran_in_turpan_goes_free_and_is_told_what_to_bring(session: Session) -> None:
    answer = ask(session, groups=("VETERAN",))
    assert answer.outcome == "free"
    assert "不收学费" in answer.reason
    assert (answer.basis[0].pack_id, answer.basis[0].clause != "") == ("turpan-2019", True)
    assert answer.basis[0].quote in "对就业重点群体开展免费职业技能培训"
    assert answer.papers == (facts_terms.paper_of("VETERAN"),)
    assert "0995-8510703" in answer.ask


def test_somebody_of_no_group_has_a_subsidy_where_training_and_certificate_count(
    session: Session,
) -> None:
    answer = ask(session)
    assert (answer.outcome, answer.papers) == ("subsidy", ())
    assert "不看户口" in answer.basis[0].plain


def test_an_employee_is_told_of_the_clause_for_employees(session: Session) -> None:
    answer = ask(session, groups=("EMP_ONJOB",), training_type="ON_JOB_UP")
    assert answer.outcome == "subsidy"
    assert "不一定全免" in answer.basis[0].plain or "企业职工" in answer.basis[0].quote


def test_who_draws_an_employees_pension_is_out_and_told_what_would_help(session: Session) -> None:
    answer = ask(session, groups=("VETERAN",), pension="employee")
    assert answer.outcome == "out"
    assert "养老金" in answer.reason
    assert answer.change
    assert answer.papers
    assert answer.ask


def test_the_residents_pension_excludes_nobody(session: Session) -> None:
    assert ask(session, groups=("VETERAN",), pension="resident").outcome == "free"


def test_who_does_not_know_about_a_pension_is_looked_at_by_a_person(session: Session) -> None:
    answer = ask(session, groups=("VETERAN",), pension="unknown")
    assert answer.outcome == "review"
    assert answer.change


def test_a_second_training_of_the_year_is_out_while_another_kind_is_not(session: Session) -> None:
    used = ask(session, groups=("VETERAN",), had=("vocational",))
    assert used.outcome == "out"
    assert "2027年" in used.change
    other = ask(session, groups=("VETERAN",), had=("vocational",), training_type="STARTUP")
    assert other.outcome == "free"


def test_money_to_live_on_is_announced_with_its_papers(session: Session) -> None:
    answer = ask(session, groups=("HARD_EMPLOY",))
    assert answer.outcome == "free"
    assert "生活费" in answer.allowance
    assert "就业困难人员认定表" in answer.papers


def test_an_aided_family_is_free_by_the_national_document(session: Session) -> None:
    answer = ask(session, groups=("AIDED_FAMILY",))
    assert (answer.outcome, answer.basis[0].pack_id) == ("free", "rural-revitalisation-2021")


def test_a_place_whose_document_promises_nothing_is_not_guessed_at(session: Session) -> None:
    answer = ask(session, region_code="430100")
    assert answer.outcome == "review"
    assert "没有写明" in answer.reason
    assert "12333" in answer.ask


@pytest.mark.parametrize("region", ["000000", "110100"])
def test_a_place_without_a_document_says_so(session: Session, region: str) -> None:
    answer = ask(session, region_code=region)
    assert (answer.outcome, answer.basis) == ("review", ())
    assert "12333" in answer.ask


def test_places_are_those_with_a_document_or_an_open_class(session: Session) -> None:
    plan_class(session, region_code="110105")
    form = free_form(session, ANONYMOUS, now=NOW)
    labels = {place.code: place.label for place in form.places}
    assert labels["650400"] == "新疆 吐鲁番市"
    assert labels["650000"] == "新疆其他地方"
    assert {"430000", "370200", "150000", "540000"} <= set(labels)
    assert any(code.startswith("11") for code in labels)
    assert form.places[-1].code == "000000"


def test_the_closed_channel_is_neither_offered_nor_answered(session: Session) -> None:
    form = free_form(session, ANONYMOUS, now=NOW)
    offered = {group.code for part in form.sections for group in part.groups}
    assert "JUSTICE" not in offered
    assert {"MIGRANT", "VETERAN", "AIDED_FAMILY"} <= offered
    with pytest.raises(BadInput):
        question_from(region="650402", groups=["JUSTICE"], pension="", had=[], training_type="")


@pytest.mark.parametrize(
    "change",
    [
        {"region": ""},
        {"region": "999999"},
        {"pension": "much"},
        {"training_type": "SWIMMING"},
        {"had": ["swimming"]},
        {"groups": ["NOBODY"]},
    ],
)
def test_what_no_form_offers_is_refused(change: dict[str, Any]) -> None:
    values: dict[str, Any] = {
        "region": "650402",
        "groups": [],
        "pension": "none",
        "had": [],
        "training_type": "JOB_SKILL",
    }
    assert question_from(**values).region_code == "650402"
    with pytest.raises(BadInput):
        question_from(**values | change)


GROUPS = [group.code for group in facts_terms.statable_groups()]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    region=st.sampled_from(["650402", "650000", "430100", "370200", "150100", "540100", "000000"]),
    groups=st.lists(st.sampled_from(GROUPS), unique=True, max_size=4),
    pension=st.sampled_from(["none", "resident", "employee", "unknown"]),
    had=st.lists(st.sampled_from(["vocational", "entrepreneurship"]), unique=True),
    kind=st.sampled_from(["JOB_SKILL", "ON_JOB_UP", "STARTUP", "NATIONAL_LANG"]),
)
def test_every_answer_has_a_reason_and_somewhere_to_ask(
    session: Session, region: str, groups: list[str], pension: Any, had: list[str], kind: str
) -> None:
    question = Question(region, tuple(groups), pension, tuple(had), kind)
    answer = could_i_go_free(session, ANONYMOUS, question=question, now=NOW)
    assert answer.reason
    assert answer.ask
    assert "{" not in answer.reason + answer.change
    if answer.outcome in ("out", "review"):
        assert answer.change
    if answer.outcome in ("free", "subsidy"):
        assert answer.basis
    # No group is named to whoever looks over the shoulder.
    sensitive = [g.name for g in reference.groups() if g.sensitive != "no"]
    assert not any(name in answer.reason for name in sensitive)
