"""Officers verify what people of their region stated; every look and every decision is kept."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import AuditEvent, Notice, Person, PersonFact, PersonGroup
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import facts, facts_checks, facts_verdicts
from portal.services.facts_checks import OpenCheck, open_checks, see_check
from portal.services.facts_verdicts import (
    end_fact,
    keep_fact,
    refuse_fact,
    verify_fact,
)
from portal.services.publishing import OPERATOR
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW

WHY = "退役军人事务部门没有登记"


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def resident(session: Session, region: str | None = "650402", **kwargs: Any) -> Actor:
    actor = make.make_actor(session, **kwargs)
    make.person_of(session, actor).residence_region = region
    session.flush()
    return actor


def stated(session: Session, actor: Actor, code: str = "VETERAN", now: Any = NOW) -> PersonGroup:
    facts.declare_group(session, actor, code=code, now=now)
    query = select(PersonGroup).where(
        PersonGroup.person_id == actor.person_id,
        PersonGroup.group_code == code,
        PersonGroup.status == "declared",
    )
    return session.scalars(query).one()


def fact_row(session: Session, actor: Actor, kind: str) -> PersonFact:
    query = select(PersonFact).where(
        PersonFact.person_id == actor.person_id, PersonFact.kind == kind
    )
    return session.scalars(query.order_by(PersonFact.id.desc())).first()  # type: ignore[return-value]


def waiting(session: Session, officer: Actor, **kwargs: Any) -> list[OpenCheck]:
    return list(open_checks(session, officer, now=NOW, **kwargs).items)


def events(session: Session, actor: Actor) -> list[tuple[str, str | None]]:
    query = select(AuditEvent).where(AuditEvent.actor_account_id == actor.account_id)
    return [(one.action, one.reason) for one in session.scalars(query.order_by(AuditEvent.id))]


def notices(session: Session, actor: Actor) -> list[tuple[str, dict[str, Any]]]:
    query = select(Notice).where(Notice.person_id == actor.person_id).order_by(Notice.id)
    return [(one.kind, one.params) for one in session.scalars(query)]


# The list


def test_the_oldest_statement_stands_first_and_names_are_masked(
    session: Session, officer: Actor
) -> None:
    late, early = resident(session), resident(session)
    stated(session, late, "MIGRANT", now=NOW)
    facts.declare_pension(session, early, draws="none", now=NOW - timedelta(days=2))
    rows = waiting(session, officer)
    assert [(row.kind, row.what) for row in rows] == [("pension", "养老金"), ("group", "农民工")]
    assert [row.person_masked for row in rows] == ["王*强", "王*强"]
    assert [(line.label, line.text) for line in rows[0].lines] == [("每月领", "没有按月领养老金")]
    assert rows[0].region_name == "吐鲁番市高昌区"


def test_the_list_can_be_of_one_kind(session: Session, officer: Actor) -> None:
    me = resident(session)
    stated(session, me)
    facts.declare_pension(session, me, draws="none", now=NOW)
    assert [row.kind for row in waiting(session, officer, kind="group")] == ["group"]
    assert [row.kind for row in waiting(session, officer, kind="pension")] == ["pension"]
    assert waiting(session, officer, kind="origin") == []
    with pytest.raises(BadInput):
        open_checks(session, officer, kind="name", now=NOW)


def test_the_list_comes_in_pages(session: Session, officer: Actor) -> None:
    for _ in range(5):
        stated(session, resident(session))
    first = open_checks(session, officer, page=1, size=2, now=NOW)
    last = open_checks(session, officer, page=3, size=2, now=NOW)
    assert (first.total, len(first.items), len(last.items), last.page) == (5, 2, 1, 3)
    assert open_checks(session, officer, page=9, size=2, now=NOW).items == ()


def test_what_was_decided_or_taken_back_leaves_the_list(session: Session, officer: Actor) -> None:
    me = resident(session)
    verified, refused = stated(session, me, "VETERAN"), stated(session, me, "MIGRANT")
    stated(session, me, "YOUTH")
    verify_fact(session, officer, check_id=verified.id, now=NOW)
    refuse_fact(session, officer, check_id=refused.id, reason=WHY, now=NOW)
    facts.end_group(session, me, code="YOUTH", now=NOW)
    assert waiting(session, officer) == []


def test_a_report_of_a_verified_fact_comes_back_to_the_list(
    session: Session, officer: Actor
) -> None:
    me = resident(session)
    row = stated(session, me)
    verify_fact(session, officer, check_id=row.id, now=NOW)
    facts.report_wrong(session, me, fact_id=row.id, reason="我没有当过兵", now=NOW)
    [check] = waiting(session, officer)
    assert (check.status, check.note) == ("reported", "我没有当过兵")


def test_the_closed_channel_never_comes_to_the_list(session: Session, officer: Actor) -> None:
    me = resident(session)
    row = stated(session, me)
    row.group_code = "JUSTICE"
    session.flush()
    assert waiting(session, officer) == []
    with pytest.raises(NotFound):
        see_check(session, officer, check_id=row.id, now=NOW)
    with pytest.raises(NotFound):
        verify_fact(session, officer, check_id=row.id, now=NOW)


# Whose facts an officer may see


def test_residence_decides_whose_officer_it_is(session: Session, officer: Actor) -> None:
    here, there = resident(session, "650402"), resident(session, "650502")
    mine, theirs = stated(session, here), stated(session, there)
    make.enrol(session, make.person_of(session, there), make.make_class(session))
    assert [row.id for row in waiting(session, officer)] == [mine.id]
    for act in (see_check, verify_fact):
        with pytest.raises(NotFound):
            act(session, officer, check_id=theirs.id, now=NOW)
    assert theirs.status == "declared"


def test_without_residence_an_open_enrolment_decides(session: Session, officer: Actor) -> None:
    learner, past, nobody = (resident(session, None) for _ in range(3))
    mine = stated(session, learner)
    stated(session, past)
    stated(session, nobody)
    made = make.make_class(session)
    make.enrol(session, make.person_of(session, learner), made)
    make.enrol(session, make.person_of(session, past), made).status = "withdrawn"
    session.flush()
    assert [row.id for row in waiting(session, officer)] == [mine.id]
    elsewhere = make.make_actor(session, Role.OFFICER, region_code="370200")
    assert waiting(session, elsewhere) == []


def test_an_officer_of_the_whole_country_sees_everybody(session: Session) -> None:
    stated(session, resident(session, None))
    stated(session, resident(session, "370202"))
    assert len(waiting(session, OPERATOR)) == 2


def test_nobody_decides_on_the_own_facts(session: Session, officer: Actor) -> None:
    person = make.person_of(session, officer)
    person.residence_region = "650402"
    own = Actor(Role.TRAINEE, account_id=officer.account_id, person_id=person.id)
    row = stated(session, own)
    assert waiting(session, officer) == []
    with pytest.raises(Forbidden):
        verify_fact(session, officer, check_id=row.id, now=NOW)


@pytest.mark.parametrize(
    "role",
    [Role.TRAINEE, Role.INSTRUCTOR, Role.MANAGER, Role.AUDITOR, Role.EMPLOYER, Role.HELPER],
)
def test_nobody_but_officers_reads_or_decides_anything(session: Session, role: Role) -> None:
    row = stated(session, resident(session))
    teaches = role in (Role.INSTRUCTOR, Role.MANAGER)
    institution = make.make_institution(session) if teaches else None
    actor = make.make_actor(session, role, institution=institution)
    acts: list[Any] = [
        lambda: open_checks(session, actor, now=NOW),
        lambda: see_check(session, actor, check_id=row.id, now=NOW),
        lambda: verify_fact(session, actor, check_id=row.id, now=NOW),
        lambda: refuse_fact(session, actor, check_id=row.id, reason=WHY, now=NOW),
        lambda: end_fact(session, actor, check_id=row.id, reason=WHY, now=NOW),
        lambda: keep_fact(session, actor, check_id=row.id, reason=WHY, now=NOW),
        lambda: facts_checks.reveal_number(session, actor, check_id=row.id, reason=WHY, now=NOW),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Unauthenticated):
        open_checks(session, ANONYMOUS, now=NOW)
    assert row.status == "declared"


# One fact


def test_one_fact_shows_whose_it_is_with_masked_numbers(session: Session, officer: Actor) -> None:
    me = resident(session)
    make.person_of(session, me).phone_enc = get_vault().seal("phone", "13900000001")
    old = stated(session, me)
    refuse_fact(session, officer, check_id=old.id, reason=WHY, now=NOW)
    seen = see_check(session, officer, check_id=stated(session, me).id, now=NOW)
    assert (seen.name, seen.phone_masked) == ("王小强", "139****0001")
    assert seen.id_no_masked.startswith("**************")
    assert "退出现役证" in seen.paper
    assert seen.earlier == ((date(2026, 12, 1), "refused", WHY),)


def test_every_look_is_written_down(session: Session, officer: Actor) -> None:
    me = resident(session)
    row = stated(session, me)
    open_checks(session, officer, now=NOW)
    see_check(session, officer, check_id=row.id, now=NOW)
    facts_checks.reveal_number(session, officer, check_id=row.id, reason="到系统里比对", now=NOW)
    assert events(session, officer) == [
        ("facts.read", None),
        ("facts.read_person", None),
        ("facts.reveal", "到系统里比对"),
    ]
    query = select(AuditEvent.fields_read).where(
        AuditEvent.on_behalf_of == me.person_id, AuditEvent.fields_read.is_not(None)
    )
    assert session.scalars(query.order_by(AuditEvent.id)).all() == [
        ["name", "phone", "facts"],
        ["id_no"],
    ]


def test_the_whole_number_needs_a_reason(session: Session, officer: Actor) -> None:
    me = resident(session)
    row = stated(session, me)
    with pytest.raises(BadInput):
        facts_checks.reveal_number(session, officer, check_id=row.id, reason=" ", now=NOW)
    person = make.person_of(session, me)
    number = facts_checks.reveal_number(
        session, officer, check_id=row.id, reason="到系统里比对", now=NOW
    )
    assert number == get_vault().open("id_no", person.id_no_enc)


# Decisions


def test_a_verified_group_stands_with_its_proof_and_the_person_is_told(
    session: Session, officer: Actor
) -> None:
    me = resident(session)
    row = stated(session, me)
    settled = verify_fact(
        session,
        officer,
        check_id=row.id,
        document_ref=" 优待证  0042 ",
        valid_to=date(2027, 12, 31),
        now=NOW,
    )
    assert (settled.person_masked, settled.what, settled.status) == (
        "王*强",
        "退役军人",
        "verified",
    )
    assert (row.status, row.verified_by, row.verified_at) == (
        "verified",
        officer.account_id,
        NOW,
    )
    assert (row.evidence_ref, row.valid_to) == ("优待证 0042", date(2027, 12, 31))
    assert notices(session, me) == [("group_verified", {})]
    assert events(session, officer) == [("facts.verify", None)]


def test_a_refusal_needs_a_reason_and_tells_it(session: Session, officer: Actor) -> None:
    me = resident(session)
    row = stated(session, me)
    with pytest.raises(BadInput) as caught:
        refuse_fact(session, officer, check_id=row.id, reason="不行", now=NOW)
    assert caught.value.field == "reason"
    assert row.status == "declared"
    refuse_fact(session, officer, check_id=row.id, reason=WHY, now=NOW)
    [group] = facts.my_facts(session, me, now=NOW).groups
    assert (group.status, group.note) == ("refused", WHY)
    assert notices(session, me) == [("group_refused", {})]
    assert events(session, officer) == [("facts.refuse", WHY)]


def test_a_refused_pension_can_be_put_right_for_good(session: Session, officer: Actor) -> None:
    me = resident(session)
    facts.declare_pension(session, me, draws="none", now=NOW)
    row = fact_row(session, me, "pension")
    refuse_fact(session, officer, check_id=row.id, reason=WHY, instead="employee", now=NOW)
    fact = facts.my_facts(session, me, now=NOW).fact("pension")
    assert (fact.status, fact.value, fact.source) == (
        "verified",
        {"draws": "employee"},
        "officer",
    )
    with pytest.raises(NotReady):
        facts.declare_pension(session, me, draws="none", now=NOW)
    assert [kind for kind, _ in notices(session, me)] == ["group_refused"]


def test_what_was_verified_until_a_day_is_not_stated_anew_before_it(
    session: Session, officer: Actor
) -> None:
    actor = resident(session)
    facts.declare_pension(session, actor, draws="employee", now=NOW)
    check = fact_row(session, actor, "pension")
    until = NOW.date() + timedelta(days=365)
    verify_fact(session, officer, check_id=check.id, valid_to=until, now=NOW)
    with pytest.raises(NotReady):
        facts.declare_pension(session, actor, draws="none", now=NOW + timedelta(days=1))
    with pytest.raises(NotReady):
        facts.end_fact(session, actor, kind="pension", now=NOW + timedelta(days=1))
    after = NOW + timedelta(days=400)
    facts.declare_pension(session, actor, draws="none", now=after)
    assert fact_row(session, actor, "pension").value == {"draws": "none"}


def test_only_a_pension_can_be_put_right_and_only_differently(
    session: Session, officer: Actor
) -> None:
    me = resident(session)
    group = stated(session, me)
    facts.declare_pension(session, me, draws="none", now=NOW)
    pension = fact_row(session, me, "pension")
    for row, instead in ((group, "none"), (pension, "none"), (pension, "gold")):
        with pytest.raises(BadInput):
            refuse_fact(session, officer, check_id=row.id, reason=WHY, instead=instead, now=NOW)


@pytest.mark.parametrize("days", [-1, -400])
def test_a_group_is_not_verified_for_days_gone_by(
    session: Session, officer: Actor, days: int
) -> None:
    row = stated(session, resident(session))
    with pytest.raises(BadInput) as caught:
        verify_fact(
            session,
            officer,
            check_id=row.id,
            valid_to=date(2026, 12, 1) + timedelta(days=days),
            now=NOW,
        )
    assert caught.value.field == "valid_to"


def test_what_was_decided_is_decided(session: Session, officer: Actor) -> None:
    row = stated(session, resident(session))
    verify_fact(session, officer, check_id=row.id, now=NOW)
    for act in (
        lambda: verify_fact(session, officer, check_id=row.id, now=NOW),
        lambda: refuse_fact(session, officer, check_id=row.id, reason=WHY, now=NOW),
        lambda: end_fact(session, officer, check_id=row.id, reason=WHY, now=NOW),
        lambda: keep_fact(session, officer, check_id=row.id, reason=WHY, now=NOW),
    ):
        with pytest.raises(NotReady) as caught:
            act()
        assert caught.value.params["reason"] == "facts.decided_already"


def test_two_officers_at_once_decide_once(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as saved, saved.begin():
        row = stated(saved, resident(saved))
        officers = [make.make_actor(saved, Role.OFFICER) for _ in range(4)]
    acts: list[Any] = [
        lambda who=who: in_transaction(
            lambda session: verify_fact(session, who, check_id=row.id, now=NOW)
        )
        for who in officers[:2]
    ]
    acts += [
        lambda who=who: in_transaction(
            lambda session: refuse_fact(session, who, check_id=row.id, reason=WHY, now=NOW)
        )
        for who in officers[2:]
    ]
    answers = together(acts)
    assert sum(not isinstance(answer, NotReady) for answer in answers) == 1


def test_a_report_that_is_right_ends_the_fact_and_frees_the_person(
    session: Session, officer: Actor
) -> None:
    me = resident(session)
    row = stated(session, me)
    verify_fact(session, officer, check_id=row.id, now=NOW)
    facts.report_wrong(session, me, fact_id=row.id, reason="我没有当过兵", now=NOW)
    end_fact(session, officer, check_id=row.id, reason="名册重名", now=NOW)
    assert facts.my_facts(session, me, now=NOW).groups == ()
    assert (row.status, row.valid_to) == ("ended", date(2026, 12, 1))
    assert [kind for kind, _ in notices(session, me)] == ["group_verified", "fact_ended"]
    assert stated(session, me).status == "declared"


def test_a_report_that_is_not_right_leaves_the_fact_and_says_why(
    session: Session, officer: Actor
) -> None:
    me = resident(session)
    row = stated(session, me)
    verify_fact(session, officer, check_id=row.id, now=NOW)
    facts.report_wrong(session, me, fact_id=row.id, reason="我没有当过兵", now=NOW)
    keep_fact(session, officer, check_id=row.id, reason="名册里有您", now=NOW)
    assert (row.status, row.note) == ("verified", None)
    assert waiting(session, officer) == []
    assert notices(session, me)[-1] == ("fact_kept", {})


def test_an_unknown_fact_is_not_found(session: Session, officer: Actor) -> None:
    with pytest.raises(NotFound):
        see_check(session, officer, check_id=new_id(), now=NOW)


def test_a_group_decided_has_the_place_in_line_looked_at_anew(
    session: Session, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        facts_verdicts, "rerank", lambda session, person_id: asked.append(person_id)
    )
    me = resident(session)
    row = stated(session, me, "AIDED_FAMILY")
    facts.declare_pension(session, me, draws="none", now=NOW)
    pension = fact_row(session, me, "pension")
    verify_fact(session, officer, check_id=pension.id, now=NOW)
    assert asked == []
    verify_fact(session, officer, check_id=row.id, now=NOW)
    facts.report_wrong(session, me, fact_id=row.id, reason="已经不是了", now=NOW)
    end_fact(session, officer, check_id=row.id, reason="已经退出", now=NOW)
    person = session.get_one(Person, me.person_id)
    assert asked == [person.id] * 2
