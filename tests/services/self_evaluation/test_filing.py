"""An enterprise files that it evaluates its own staff; the authority of the place answers."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import AuditEvent, Employer, Notice, SelfEvaluation
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import external_checks
from portal.services.self_evaluation import assessing, filing, views
from portal.services.self_evaluation.assessing import POINTS
from portal.services.self_evaluation.filing import EvaluationForm
from portal.services.times import day_of
from tests.services.test_external_certificates import add as add_external
from tests.support import factories as make
from tests.support import papers
from tests.support.acts import together
from tests.support.factories import NOW

TODAY = day_of(NOW)
LATER = NOW + timedelta(days=30)
FORM = EvaluationForm("电工", (3, 2), "依据国家职业技能标准，理论笔试、实操现场考", 60)
ACCEPTED: dict[str, Any] = {
    "points": POINTS,
    "doc_no": "吐人社函〔2026〕21号",
    "valid_until": date(2029, 11, 30),
}


@pytest.fixture
def boss(session: Session) -> Actor:
    return make.make_actor(session, Role.EMPLOYER)


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def filed(session: Session, boss: Actor, **fields: Any) -> UUID:
    return filing.file(session, boss, form=replace(FORM, **fields), now=NOW)


def accept(session: Session, officer: Actor, made: UUID, **fields: Any) -> None:
    assessing.accept(session, officer, filing_id=made, **ACCEPTED | {"now": NOW} | fields)


def row(session: Session, made: UUID) -> SelfEvaluation:
    return session.get_one(SelfEvaluation, made, populate_existing=True)


def test_what_is_filed_waits_for_the_officer_of_the_place_with_a_day(
    session: Session, boss: Actor, officer: Actor
) -> None:
    made = filed(session, boss)
    (mine,) = views.own(session, boss, now=NOW)
    found = views.desk(session, officer, now=NOW)
    assert [one.id for one in found.items] == [mine.id] == [made]
    assert mine.trade == "电工（五级/初级工、四级/中级工）"
    assert (mine.standing, mine.due_on > TODAY) == ("filed", True)
    elsewhere = make.make_actor(session, Role.OFFICER, region_code="430100")
    assert views.desk(session, elsewhere, now=NOW).total == 0
    for act in (
        lambda: accept(session, elsewhere, made),
        lambda: assessing.send_back(session, elsewhere, filing_id=made, reason="没有考场", now=NOW),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EMPLOYER])
def test_only_an_enterprise_files(session: Session, role: Role) -> None:
    if role in (Role.ANONYMOUS, Role.SYSTEM):
        actor = replace(ANONYMOUS, role=role)
    else:
        school = make.make_institution(session)
        of_school = role in (Role.MANAGER, Role.INSTRUCTOR)
        actor = make.make_actor(session, role, institution=school if of_school else None)
    with pytest.raises((Forbidden, Unauthenticated)):
        filed(session, actor)


@pytest.mark.parametrize("role", [Role.EMPLOYER, Role.AUDITOR, Role.MANAGER])
def test_only_an_officer_answers(session: Session, boss: Actor, role: Role) -> None:
    made = filed(session, boss)
    school = make.make_institution(session) if role is Role.MANAGER else None
    actor = make.make_actor(session, role, institution=school)
    with pytest.raises(Forbidden):
        accept(session, actor, made)
    with pytest.raises(Forbidden):
        views.desk(session, actor, now=NOW)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"occupation": "养龙师"}, "occupation"),
        ({"levels": ()}, "levels"),
        ({"levels": (99,)}, "levels"),
        ({"plan": "考试"}, "plan"),
        ({"staff": 0}, "staff"),
    ],
)
def test_what_cannot_be_assessed_is_not_filed(
    session: Session, boss: Actor, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        filed(session, boss, **fields)
    assert refused.value.field == field


def test_accepted_it_stands_until_its_day_and_the_enterprise_hears_of_it(
    session: Session, boss: Actor, officer: Actor
) -> None:
    made = filed(session, boss, level_linked_pay=True)
    accept(session, officer, made)
    accept(session, officer, made)
    (mine,) = views.own(session, boss, now=NOW)
    assert (mine.standing, mine.doc_no) == ("accepted", ACCEPTED["doc_no"])
    told = select(Notice.kind).where(Notice.person_id == boss.person_id)
    assert session.scalars(told).all() == ["evaluation_accepted"]
    # Pay that follows levels was looked at: its results are worth a subsidy (R14).
    assert session.get_one(Employer, boss.employer_id).level_linked_pay is True
    done = select(AuditEvent.action).where(AuditEvent.object_id == str(made))
    assert session.scalars(done).all() == ["evaluation.file", "evaluation.accept"]
    after = NOW + timedelta(days=365 * 4)
    assert views.own(session, boss, now=after)[0].standing == "lapsed"


def test_no_word_about_pay_changes_nothing_of_it(
    session: Session, boss: Actor, officer: Actor
) -> None:
    accept(session, officer, filed(session, boss))
    assert session.get_one(Employer, boss.employer_id).level_linked_pay is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"points": POINTS[:-1]}, "points"),
        ({"doc_no": ""}, "document_no"),
        ({"valid_until": TODAY}, "valid_until"),
        ({"valid_until": TODAY + timedelta(days=366 * 6)}, "valid_until"),
    ],
)
def test_it_is_accepted_only_when_all_was_looked_at(
    session: Session, boss: Actor, officer: Actor, fields: dict[str, Any], field: str
) -> None:
    made = filed(session, boss)
    with pytest.raises(BadInput) as refused:
        accept(session, officer, made, **fields)
    assert refused.value.field == field
    assert row(session, made).state == "filed"


def test_what_was_returned_may_be_filed_anew_and_what_stands_may_not(
    session: Session, boss: Actor, officer: Actor
) -> None:
    first = filed(session, boss)
    with pytest.raises(NotReady):
        filed(session, boss, levels=(4,))
    assessing.send_back(session, officer, filing_id=first, reason="没有写考评人员", now=NOW)
    second = filed(session, boss)
    assert views.own(session, boss, now=NOW)[-1].answer == "没有写考评人员"
    with pytest.raises(NotReady):
        accept(session, officer, first)
    accept(session, officer, second)
    with pytest.raises(NotReady):
        filed(session, boss)
    assert filed(session, boss, occupation="焊工")


def test_it_is_taken_back_only_by_its_enterprise_and_only_before_the_answer(
    session: Session, boss: Actor, officer: Actor
) -> None:
    made = filed(session, boss)
    other = make.make_actor(session, Role.EMPLOYER)
    with pytest.raises(NotFound):
        filing.withdraw(session, other, filing_id=made, now=NOW)
    filing.withdraw(session, boss, filing_id=made, now=NOW)
    filing.withdraw(session, boss, filing_id=made, now=NOW)
    assert row(session, made).state == "withdrawn"
    with pytest.raises(NotReady):
        accept(session, officer, made)
    again = filed(session, boss)
    accept(session, officer, again)
    with pytest.raises(NotReady):
        filing.withdraw(session, boss, filing_id=again, now=NOW)


def test_what_was_issued_before_the_end_still_counts(
    session: Session, boss: Actor, officer: Actor
) -> None:
    name = session.get_one(Employer, boss.employer_id).name
    made = filed(session, boss)

    def counts(on: date, **fields: Any) -> bool:
        values = {"name": name, "occupation_code": "6-31-01-03", "level": 3}
        return views.filed_for(session, on=on, **values | fields) is not None

    assert not counts(TODAY)
    with pytest.raises(NotReady):
        assessing.end(session, officer, filing_id=made, reason="停产一年", now=NOW)
    accept(session, officer, made)
    assert counts(TODAY)
    assert not counts(TODAY - timedelta(days=1))
    assert not counts(TODAY, level=4)
    assert not counts(TODAY, occupation_code="6-18-02-04")
    assert not counts(TODAY, name="别的公司")
    assert not counts(date(2029, 12, 1))
    assessing.end(session, officer, filing_id=made, reason="停产一年", now=LATER)
    assert counts(TODAY)
    assert not counts(day_of(LATER))


def test_two_officers_at_once_give_one_answer(engine: Engine) -> None:
    boss, officers, made = in_transaction(_prepared)
    del boss
    acts = [
        lambda: in_transaction(lambda own: accept(own, officers[0], made)),
        lambda: in_transaction(
            lambda own: assessing.send_back(
                own, officers[1], filing_id=made, reason="没有写考评人员", now=NOW
            )
        ),
    ]
    answers = together(acts)
    assert sum(isinstance(one, NotReady) for one in answers) == 1
    with Session(engine) as session:
        assert row(session, made).state in ("accepted", "returned")


def _prepared(session: Session) -> tuple[Actor, list[Actor], UUID]:
    boss = make.make_actor(session, Role.EMPLOYER)
    officers = [make.make_actor(session, Role.OFFICER) for _ in range(2)]
    return boss, officers, filed(session, boss)


def test_filing_twice_at_once_is_filing_once(engine: Engine) -> None:
    boss = in_transaction(lambda session: make.make_actor(session, Role.EMPLOYER))
    answers = together([lambda: in_transaction(lambda own: filed(own, boss)) for _ in range(4)])
    assert sum(isinstance(one, NotReady) for one in answers) == 3
    with Session(engine) as session:
        query = select(func.count()).where(SelfEvaluation.employer_id == boss.employer_id)
        assert session.scalar(query) == 1


def test_whoever_verifies_a_result_reads_whether_its_enterprise_was_filed(
    session: Session, boss: Actor, officer: Actor
) -> None:
    accept(session, officer, filed(session, boss))
    holder = papers.resident(session)
    name = session.get_one(Employer, boss.employer_id).name
    told = []
    for number, issuer in (("ZP-1", name), ("ZP-2", "别的公司")):
        made = add_external(
            session, papers.owner(session, holder), NOW, kind="ENT_SELF", number=number,
            issuer=issuer, occupation_code="6-31-01-03", level="3", issued_on=TODAY.isoformat(),
        )  # fmt: skip
        told.append(
            external_checks.see_external(session, officer, external_id=made, now=NOW).filing
        )
    assert ACCEPTED["doc_no"] in told[0]
    assert told[1].startswith("没有查到")
