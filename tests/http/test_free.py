"""The page "could I go free?": four questions, an answer on the same page, nothing kept."""

import logging
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.services import facts_terms
from tests.http.parts import FOREIGN, mentions, row_counts, someone
from tests.support.policy import publish_packs

# What a page behind a weak link may weigh in all.
LIMIT = 20_000
VETERAN = {"region": "650400", "group": ["VETERAN"], "pension": "none", "want": "JOB_SKILL"}


@pytest.fixture(scope="module", autouse=True)
def _published(engine: Engine) -> None:
    with Session(engine) as session:
        publish_packs(session, "*.toml")


def ask(client: TestClient, **change: Any) -> Any:
    return client.post("/free", data={**VETERAN, **change})


def outcome(answer: Any) -> str:
    found = re.search(r'data-outcome="(\w+)"', answer.text)
    return found[1] if found else ""


def test_the_page_asks_four_questions_without_a_login_or_a_script(client: TestClient) -> None:
    answer = client.get("/free")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    for key in ("where", "who", "pension_question", "had"):
        assert mentions(answer.text, t(f"free.{key}"))
    assert 'action="/free"' in answer.text
    assert 'method="post"' in answer.text
    assert outcome(answer) == ""


def test_page_and_answer_weigh_less_than_20_kb(client: TestClient) -> None:
    full = ask(client, group=[g.code for g in facts_terms.statable_groups()], had=["vocational"])
    for answer in (client.get("/free"), ask(client), full):
        assert len(answer.content) < LIMIT


def test_the_answer_stands_on_the_same_page_with_clause_papers_and_ways_on(
    client: TestClient,
) -> None:
    answer = ask(client)
    assert (answer.status_code, outcome(answer)) == (200, "free")
    assert answer.headers["cache-control"] == "no-store"
    assert str(answer.url).endswith("/free")
    for piece in ("吐政办〔2019〕53号", facts_terms.paper_of("VETERAN"), "0995-8510703"):
        assert mentions(answer.text, piece)
    assert 'href="/classes?region=650400"' in answer.text
    assert 'href="/policies/turpan-2019"' in answer.text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "free"),
        ({"group": ["none"]}, "subsidy"),
        ({"pension": "unknown"}, "review"),
        ({"pension": ""}, "review"),
        ({"pension": "employee"}, "out"),
        ({"region": "000000"}, "review"),
        ({"had": ["vocational"]}, "out"),
        ({"want": ""}, "free"),
    ],
)
def test_each_kind_of_answer_says_its_own_word(
    client: TestClient, change: dict[str, Any], expected: str
) -> None:
    answer = ask(client, **change)
    assert outcome(answer) == expected
    assert mentions(answer.text, t(f"free.outcome.{expected}"))


def test_what_was_chosen_stays_chosen(client: TestClient) -> None:
    html = ask(client, had=["entrepreneurship"]).text
    for name, value in (
        ("group", "VETERAN"),
        ("pension", "none"),
        ("had", "entrepreneurship"),
        ("want", "JOB_SKILL"),
    ):
        assert f'name="{name}" value="{value}" checked' in html
    assert '<option value="650400" selected>' in html
    assert "checked" not in client.get("/free").text


@pytest.mark.parametrize(
    "change",
    [
        {"region": ""},
        {"region": "x" * 5000},
        {"region": "\u0000"},
        {"pension": "<b>"},
        {"want": "x"},
        {"group": ["JUSTICE"]},
        {"group": ["'; DROP TABLE person"]},
        {"had": ["x"] * 500},
    ],
)
def test_nonsense_is_answered_in_chinese_with_the_form(
    client: TestClient, change: dict[str, Any]
) -> None:
    answer = ask(client, **change)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert 'action="/free"' in answer.text
    assert not FOREIGN.search(re.sub(r"<style>.*?</style>", "", answer.text, flags=re.DOTALL))
    assert "<b>" not in answer.text


def test_the_closed_channel_stands_nowhere_on_the_page(client: TestClient) -> None:
    assert "JUSTICE" not in client.get("/free").text


def test_the_page_neither_asks_nor_cares_who_is_signed_in(
    client: TestClient, saved: Session
) -> None:
    plain = ask(client).text
    client.cookies.set(LOGIN_COOKIE, someone(saved).token)
    assert ask(client).text == plain


ANSWERS = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["650400", "430000", "000000", "", "?"]),
        "group": st.lists(
            st.sampled_from(["none", "JUSTICE", *(g.code for g in facts_terms.statable_groups())]),
            max_size=5,
        ),
        "pension": st.sampled_from(["none", "resident", "employee", "unknown", "", "?"]),
        "had": st.lists(st.sampled_from(["vocational", "entrepreneurship", "?"]), max_size=3),
        "want": st.sampled_from(["JOB_SKILL", "STARTUP", "", "?"]),
    }
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(answers=ANSWERS)
def test_nothing_of_an_answer_is_stored_or_logged(
    client: TestClient,
    saved: Session,
    caplog: pytest.LogCaptureFixture,
    answers: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    before = row_counts(saved)
    answer = client.post("/free", data=answers)
    assert answer.status_code in (200, 400)
    assert row_counts(saved) == before
    assert "set-cookie" not in answer.headers
    told = [*answers["group"], answers["pension"], answers["region"]]
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert not any(word in logged for word in told if len(word) > 3)
