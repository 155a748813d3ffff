"""What a training is worth: the closest published amount, of the class's own day and region."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SubsidyStandard
from portal.domain.rules.engine import benefits_of
from portal.domain.rules.rule import Benefits
from portal.services.standards import amount_text, amounts_for, estimate
from tests.support import factories as make
from tests.support import rules as facts

VOCATIONAL = "vocational_subsidy"


def standard(
    session: Session, amount: int = 100_000, *, version: dict[str, Any] | None = None, **fields: Any
) -> SubsidyStandard:
    """An amount of a version of its own, in force since 2026; of every subject of JOB_SKILL."""
    region = fields.setdefault("region_code", "650400")
    of = make.make_catalog(
        session, "subsidy_standard", **{"region_code": region, **(version or {})}
    )
    values: dict[str, Any] = {
        "training_type": "JOB_SKILL",
        "occupation_code": None,
        "topic_code": None,
        "level": None,
        "kind": VOCATIONAL,
        "unit": "person",
        "fund": "就业补助资金",
        "note": "",
    }
    made = SubsidyStandard(catalog_version_id=of.id, amount_fen=amount, **values | fields)
    session.add(made)
    session.flush()
    return made


def found(session: Session, kind: str = VOCATIONAL, **training: Any) -> int | None:
    amount = amounts_for(session, facts.training(**training)).get(kind)
    return amount.amount_fen if amount else None


def test_nobody_published_an_amount(session: Session) -> None:
    assert amounts_for(session, facts.training()) == {}
    made = estimate(session, facts.training(), benefits=Benefits())
    assert (made.training, made.amounts, made.payee) == (None, (), "person")


def test_the_row_that_says_most_about_the_subject_counts(session: Session) -> None:
    standard(session, 1, training_type="")
    assert found(session) == 1
    standard(session, 2)
    assert found(session) == 2
    standard(session, 3, occupation_code="6-31-01-03")
    assert found(session) == 3
    standard(session, 4, occupation_code="6-31-01-03", level=2)
    assert found(session) == 4
    assert found(session, level=3) == 3
    assert found(session, skill_key="4-10-01-06") == 2
    assert found(session, training_type="STARTUP") == 1


def test_a_topic_has_amounts_of_its_own(session: Session) -> None:
    standard(session, 2)
    standard(session, 3, topic_code="TRANSFER_BASICS")
    assert found(session, skill_key="topic:TRANSFER_BASICS", level=None) == 3
    assert found(session, skill_key="topic:SYB", level=None) == 2


def test_an_old_code_of_the_same_occupation_is_the_same_subject(session: Session) -> None:
    standard(session, 3, occupation_code="6-31-01-03")
    family = facts.training().skill_key
    assert found(session, skill_key=family) == 3


def test_the_most_local_region_counts_also_when_another_says_more(session: Session) -> None:
    standard(session, 1, region_code="000000", occupation_code="6-31-01-03", level=2)
    standard(session, 2, region_code="650000")
    assert found(session) == 2
    standard(session, 3, region_code="650402")
    assert found(session) == 3
    assert found(session, region_code="650421") == 2
    assert found(session, region_code="430102") == 1


def test_a_county_in_two_catalogues_has_the_amount_of_the_nearer_one(session: Session) -> None:
    for amount, catalogue in ((1, "650000"), (2, "650400"), (3, "650000")):
        standard(session, amount, region_code="650402", version={"region_code": catalogue})
    assert found(session) == 2


def test_the_amount_of_the_classs_first_day_counts(session: Session) -> None:
    begins = facts.STARTS
    standard(session, 1, version={"effective_to": begins - timedelta(days=1)})
    assert found(session) is None
    standard(session, 2, version={"effective_from": begins})
    assert found(session) == 2
    assert found(session, starts_on=begins - timedelta(days=1)) == 1
    later = {"effective_from": begins + timedelta(days=1)}
    standard(session, 9, occupation_code="6-31-01-03", level=2, version=later)
    assert found(session) == 2
    assert found(session, starts_on=later["effective_from"]) == 9


@pytest.mark.parametrize("status", ["draft", "scheduled"])
def test_a_version_that_is_not_in_force_says_nothing(session: Session, status: str) -> None:
    standard(session, version={"status": status})
    assert found(session) is None


def test_a_withdrawn_version_still_says_what_held_until_then(session: Session) -> None:
    begins = facts.STARTS
    standard(session, version={"status": "withdrawn", "effective_to": begins - timedelta(days=1)})
    assert found(session) is None
    assert found(session, starts_on=begins - timedelta(days=1)) is not None


def test_a_living_allowance_is_estimated_only_for_who_has_one(session: Session) -> None:
    standard(session, 3000, kind="living_allowance", unit="day", training_type="")
    rules = facts.rules_of(facts.TURPAN)

    def allowance(*groups: Any) -> tuple[int | None, bool]:
        asked = facts.facts(person=facts.person(*groups))
        made = estimate(session, asked.training, benefits=benefits_of(rules, asked))
        return made.allowance.amount_fen if made.allowance else None, made.allowance_sure

    assert allowance() == (None, False)
    assert allowance("HARD_EMPLOY") == (3000, True)
    assert allowance(facts.group("HARD_EMPLOY", verified=False)) == (3000, False)


def test_an_examination_is_paid_beside_only_where_a_rule_says_so(session: Session) -> None:
    rules = facts.rules_of("rural-revitalisation-2021")

    def assessment(training_type: str) -> bool:
        standard(session, 12_000, kind="assessment_subsidy", training_type=training_type)
        asked = facts.facts(training=facts.training(training_type=training_type))
        made = estimate(session, asked.training, benefits=benefits_of(rules, asked))
        return made.assessment is not None

    assert assessment("SPECIAL_SKILL")
    assert not assessment("JOB_SKILL")


@pytest.mark.parametrize(
    ("training_type", "kind", "payee"),
    [
        ("APPRENTICE", "apprenticeship", "employer"),
        ("WORK_AS_TRAINING", "work_as_training", "employer"),
        ("PROJECT", VOCATIONAL, "institution"),
    ],
)
def test_each_type_is_paid_in_its_own_way(
    session: Session, training_type: str, kind: str, payee: str
) -> None:
    standard(session, 7, kind=kind, training_type=training_type)
    training = facts.training(training_type=training_type)
    made = estimate(session, training, benefits=Benefits())
    assert made.training is not None
    assert (made.training.kind, made.payee) == (kind, payee)


@pytest.mark.parametrize(
    ("fen", "unit", "text"),
    [(120_000, "person", "每人 1,200 元"), (3_050, "day", "每人每天 30.50 元")],
)
def test_an_amount_is_written_in_yuan(fen: int, unit: str, text: str) -> None:
    assert amount_text(fen, unit) == text


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["000000", "650000", "650400", "650402", "430000"]),
            st.sampled_from(["", "JOB_SKILL", "STARTUP"]),
            st.sampled_from([None, "6-31-01-03", "4-10-01-06"]),
            st.sampled_from([None, 2, 3]),
        ),
        max_size=6,
        unique=True,
    ),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_rows_never_changes_the_amount(
    session: Session, rows: list[tuple[str, str, str | None, int | None]], order: Any
) -> None:
    def fill(listed: list[tuple[int, tuple[str, str, str | None, int | None]]]) -> int | None:
        with session.begin_nested() as trial:
            for number, (region, kind, occupation, level) in listed:
                standard(
                    session,
                    number + 1,
                    region_code=region,
                    training_type=kind,
                    occupation_code=occupation,
                    level=level if occupation else None,
                )
            amount = found(session)
            trial.rollback()
        return amount

    numbered = [
        (number, row)
        for number, row in enumerate(rows)
        if row[2] or row[3] is None  # a level needs an occupation
    ]
    shuffled = list(numbered)
    order.shuffle(shuffled)
    assert fill(numbered) == fill(shuffled)


def test_the_version_is_named_with_the_amount(session: Session) -> None:
    standard(session)
    session.query(CatalogVersion).filter_by(kind="subsidy_standard").update({"doc_no": "示例1号"})
    amount = amounts_for(session, facts.training())[VOCATIONAL]
    assert (amount.doc_no, amount.region_code, amount.name) == ("示例1号", "650400", "职业培训补贴")
    assert date(2026, 1, 1) <= facts.STARTS
