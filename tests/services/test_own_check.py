"""What a class means to whoever looks at it: verdict, reasons, help, money."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    SubsidyStandard,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.errors import Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services.own_check import AnswerView, OwnCheck, own_check, visit
from tests.support import acts, policy
from tests.support import factories as make
from tests.support.factories import NOW


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that commits, in a database where Turpan's pack is published."""
    with Session(engine, expire_on_commit=False) as made:
        policy.publish_packs(made)
        yield made


def somebody(session: Session, *, draws: str | None = "none") -> Actor:
    """A trainee of 56 who says what pension they draw; nothing else is known."""
    return policy.actor_of(session, policy.learner(session, draws=draws))


def check(session: Session, actor: Actor, made: TrainingClass) -> OwnCheck:
    return own_check(session, actor, class_id=made.id, now=NOW)


def rule(found: OwnCheck, rule_id: str) -> AnswerView:
    return next(one for one in found.answers if one.rule_id == rule_id)


def published(session: Session, **fields: Any) -> None:
    """1,200 yuan for whoever learns a trade in Turpan, published."""
    version = make.make_catalog(session, "subsidy_standard")
    values: dict[str, Any] = {
        "region_code": "650400",
        "training_type": "JOB_SKILL",
        "kind": "vocational_subsidy",
        "unit": "person",
        "amount_fen": 120_000,
        "fund": "就业补助资金",
        "note": "示例金额",
    }
    session.add(SubsidyStandard(catalog_version_id=version.id, **values | fields))
    session.commit()


def test_yes_says_what_is_left_and_that_no_amount_is_published(session: Session) -> None:
    found = check(session, somebody(session), policy.plan_class(session))
    assert (found.verdict, found.word) == ("eligible", "符合")
    assert (found.free, found.free_text) == (True, "这个班不收学费。")
    assert found.left[0] == "您今年还能免费学 1 次（职业培训）。"
    assert found.amounts == ()
    assert "还没有公布" in found.money[0]
    assert (found.help, found.fix_href) == ("", "")
    assert all(one.outcome == "pass" and not one.help and not one.ask for one in found.answers)
    assert all(one.source and one.quote and one.policy_href for one in found.answers)


def test_a_class_with_a_fee_is_free_to_the_groups_of_the_clause_only(session: Session) -> None:
    made = policy.plan_class(session)
    session.get_one(TrainingProgramme, made.programme_id).fee_fen = 80_000
    session.commit()
    published(session)
    paying, veteran = somebody(session), somebody(session)
    policy.set_group(session, veteran.the_person(), "VETERAN")
    found = check(session, paying, made)
    assert (found.verdict, found.free) == ("eligible", False)
    assert "申领" in found.money[0]
    found = check(session, veteran, made)
    assert found.free
    assert "不用交学费" in found.money[0]


def test_a_member_of_a_free_group_is_told_that_it_is_free(session: Session) -> None:
    actor = somebody(session)
    policy.set_group(session, actor.the_person(), "VETERAN")
    published(session)
    found = check(session, actor, policy.plan_class(session))
    assert found.free
    assert "免费" in found.headline
    assert [one.text for one in found.amounts] == ["每人 1,200 元"]
    assert found.amounts[0].note == "示例金额"
    assert "不用交学费" in found.money[0]
    # A stranger over the shoulder does not read which group.
    assert "退役" not in found.headline + found.free_text


def test_whether_it_is_free_is_said_once(session: Session) -> None:
    policy.publish_packs(session, "*.toml")
    made = policy.plan_class(session)
    veteran = somebody(session)
    policy.set_group(session, veteran.the_person(), "VETERAN")
    nobody = somebody(session)
    found = check(session, nobody, made)
    assert [answer for answer in found.answers if answer.kind == "free_training"] == []
    session.get_one(TrainingProgramme, made.programme_id).fee_fen = 80_000
    session.commit()
    for actor, outcome, says in (
        (veteran, "pass", "不收学费"),
        (nobody, "note", "目前没有您属于"),
    ):
        found = check(session, actor, made)
        (one,) = [answer for answer in found.answers if answer.kind == "free_training"]
        assert (one.outcome, says in one.message) == (outcome, True)
        assert one.policy_href == "/policies/turpan-2019"


def test_no_names_the_rule_the_help_and_where_to_ask(session: Session) -> None:
    found = check(session, somebody(session, draws="employee"), policy.plan_class(session))
    assert (found.verdict, found.word, found.can_ask) == ("not_eligible", "不符合", False)
    assert "养老金" in found.headline
    pension = found.answers[0]
    assert (pension.rule_id, pension.outcome) == ("R04", "fail")
    assert len(pension.help) == 2
    assert "养老待遇证明" in pension.papers
    assert "0995-8510703" in pension.ask
    assert pension.fix_href == found.fix_href == "/me/facts#pension"
    assert found.help == pension.help[0]
    # No money and no "once more this year" for who is refused for another reason.
    assert (found.free, found.amounts, found.money, found.left) == (False, (), (), ())


def test_paying_oneself_is_named_only_where_there_is_a_fee(session: Session) -> None:
    made, actor = policy.plan_class(session), somebody(session, draws="employee")
    assert "自费" not in check(session, actor, made).help
    session.get_one(TrainingProgramme, made.programme_id).fee_fen = 80_000
    session.commit()
    assert "自费" in check(session, actor, made).help


def test_a_year_used_up_says_on_what_and_lets_one_ask(session: Session) -> None:
    actor = somebody(session)
    policy.had_subsidy(session, actor.the_person())
    found = check(session, actor, policy.plan_class(session))
    assert (found.verdict, found.can_ask) == ("not_eligible", True)
    assert "您今年的职业培训次数已经用完了。已用在：中式烹调班。" in found.left
    assert any("2027" in sentence for sentence in rule(found, "R01").help)


def test_an_unknown_pension_asks_the_one_question(session: Session) -> None:
    found = check(session, somebody(session, draws=None), policy.plan_class(session))
    assert (found.verdict, found.asks_pension) == ("needs_review", True)
    assert rule(found, "R04").word == "说不准"
    known = check(session, somebody(session), policy.plan_class(session))
    assert not known.asks_pension


def test_what_is_held_for_this_class_does_not_count_against_it(session: Session) -> None:
    who = acts.trainee(session)
    actor = policy.actor_of(session, who)
    policy.set_fact(session, actor.the_person(), "pension", draws="none")
    made, other = policy.plan_class(session), policy.plan_class(session)
    acts.enrol(who, made.id)
    mine = check(session, actor, made)
    assert (mine.enrolled, mine.verdict, mine.left) == (True, "eligible", ())
    second = check(session, actor, other)
    assert (second.enrolled, second.verdict) == (False, "not_eligible")


def test_money_to_live_on_is_named_with_its_condition(session: Session) -> None:
    actor = somebody(session)
    policy.set_group(session, actor.the_person(), "HARD_EMPLOY", verified=False)
    made = policy.plan_class(session)
    assert any("还没有公布每天" in sentence for sentence in check(session, actor, made).money)
    published(session, kind="living_allowance", unit="day", amount_fen=3000, training_type="")
    found = check(session, actor, made)
    assert ("每人每天 30 元") in [one.text for one in found.amounts]
    assert any("核实以后" in sentence for sentence in found.money)


def test_each_visitor_is_told_only_what_is_theirs(session: Session) -> None:
    made = policy.plan_class(session)
    staff = Actor(Role.OFFICER, account_id=new_id(), person_id=new_id(), region_code="650400")
    for actor, audience in ((ANONYMOUS, "guest"), (staff, "other"), (somebody(session), "trainee")):
        found, seen = visit(session, actor, class_id=made.id, now=NOW)
        assert (found.id, seen.audience) == (str(made.id), audience)
        assert (seen.check is not None) == (audience == "trainee")
    with pytest.raises(Unauthenticated):
        own_check(session, ANONYMOUS, class_id=made.id, now=NOW)
    with pytest.raises(Forbidden):
        own_check(session, staff, class_id=made.id, now=NOW)


def test_what_the_public_may_not_see_is_not_judged(session: Session) -> None:
    actor = somebody(session)
    draft = policy.plan_class(session, status="draft")
    closed = policy.plan_class(session, group_codes=["JUSTICE"])
    for class_id in (draft.id, closed.id, UUID(int=7)):
        with pytest.raises(NotFound):
            own_check(session, actor, class_id=class_id, now=NOW)
