"""What the class page and /me/subsidies say to the person who looks."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ClaimLine,
    Institution,
    Person,
    SubsidyClaim,
)
from portal.domain.permissions import Role
from portal.services import search_index
from portal.state.base import PageState
from portal.state.class_page import ClassState
from portal.state.classes import ClassesState
from portal.state.subsidies import SubsidiesState
from tests.support import factories as make
from tests.support import policy
from tests.support.factories import NOW
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        policy.publish_packs(made)
        yield made


class Somebody:
    """Who looks at a page."""

    def __init__(
        self, session: Session, role: Role = Role.TRAINEE, *, draws: str | None = "none"
    ) -> None:
        account: Account = make.make_account(session, role)
        self.token = make.log_in(session, account)
        self.person = session.get_one(Person, account.person_id)
        session.commit()
        if draws and role is Role.TRAINEE:
            policy.set_fact(session, self.person.id, "pension", draws=draws)


def opened(class_id: object, who: Somebody | None) -> ClassState:
    tab = Tab()
    tab.go(f"/classes/{class_id}/", who.token if who else None)
    return tab.call(ClassState, "load")


def test_a_visitor_is_asked_nothing_and_told_where_to_ask(session: Session) -> None:
    state = opened(policy.plan_class(session).id, None)
    assert (state.audience, state.check, state.action.kind) == ("guest", None, "enrol")


def test_nothing_free_is_held_out_to_who_is_refused(session: Session) -> None:
    made = policy.plan_class(session)
    assert "不收学费" in opened(made.id, Somebody(session)).free_heading
    refused = opened(made.id, Somebody(session, draws="employee"))
    assert refused.free_heading == ""
    assert "自费" not in "".join(refused.check.help) if refused.check else False


def test_staff_see_the_class_without_a_verdict(session: Session) -> None:
    state = opened(policy.plan_class(session).id, Somebody(session, Role.OFFICER))
    assert (state.audience, state.check) == ("other", None)


@pytest.mark.parametrize(
    ("draws", "verdict", "kind", "says"),
    [
        ("none", "eligible", "enrol", "签名"),
        ("employee", "not_eligible", "no", "为什么"),
        (None, "needs_review", "enrol", "答一个问题"),
    ],
)
def test_the_button_follows_the_verdict(
    session: Session, draws: str | None, verdict: str, kind: str, says: str
) -> None:
    state = opened(policy.plan_class(session).id, Somebody(session, draws=draws))
    assert state.check is not None
    assert (state.check.verdict, state.action.kind) == (verdict, kind)
    assert says in state.action.sentence


def test_a_soft_refusal_leads_to_the_page_that_asks_an_officer(session: Session) -> None:
    who = Somebody(session)
    policy.had_subsidy(session, who.person.id)
    made = policy.plan_class(session)
    state = opened(made.id, who)
    assert (state.action.kind, state.action.href) == ("ask", f"/enrol/{made.id}")


def test_a_full_class_offers_the_line_but_not_to_who_is_refused(session: Session) -> None:
    made = policy.plan_class(session, capacity=1, seats_taken=1)
    assert opened(made.id, Somebody(session)).action.kind == "wait"
    assert opened(made.id, Somebody(session, draws="employee")).action.kind == "no"


@pytest.mark.parametrize(
    ("status", "kind", "path"),
    [
        ("waitlisted", "place", "/offers/"),
        ("offered", "place", "/offers/"),
        ("needs_review", "enrolled", "/me/enrolments/"),
        ("accepted", "enrolled", "/me/enrolments/"),
    ],
)
def test_an_enrolment_in_any_open_state_is_led_to(
    session: Session, status: str, kind: str, path: str
) -> None:
    who, made = Somebody(session), policy.plan_class(session)
    enrolment = make.enrol(session, who.person, made)
    enrolment.status = status
    if status == "waitlisted":
        enrolment.waiting_rank, enrolment.waiting_no = 1, 1
    session.commit()
    state = opened(made.id, who)
    assert (state.action.kind, state.action.href) == (kind, f"{path}{enrolment.id}")
    assert state.check is not None
    assert state.check.enrolled


def test_a_class_that_is_gone_leaves_no_verdict_of_the_former(session: Session) -> None:
    who = Somebody(session)
    tab = Tab()
    tab.go(f"/classes/{policy.plan_class(session).id}/", who.token)
    assert tab.call(ClassState, "load").check is not None
    tab.go("/classes/01890000-0000-7000-8000-000000000000/", who.token)
    state = tab.call(ClassState, "load")
    assert (state.status, state.check) == ("refused", None)


def test_the_list_wears_verdicts_for_a_trainee_only(session: Session) -> None:
    made = policy.plan_class(session)
    search_index.reindex_class(session, made.id)
    session.commit()
    for who, fits in ((Somebody(session), {"eligible"}), (None, {""})):
        tab = Tab(who.token if who else None)
        tab.go("/classes/", who.token if who else None)
        rows = tab.call(ClassesState, "load").rows
        assert {row.fit for row in rows} == fits
    refused = Somebody(session, draws="employee")
    tab = Tab(refused.token)
    tab.go("/classes/", refused.token)
    rows = tab.call(ClassesState, "load").rows
    assert {(row.fit, row.free, row.free_text) for row in rows} == {("not_eligible", "", "")}


# My subsidies


def test_the_year_is_told_by_bucket_and_by_what_it_went_to(session: Session) -> None:
    who = Somebody(session)
    who.person.residence_region = "650402"
    made = policy.plan_class(session)
    enrolment = make.enrol(session, who.person, made)
    policy.had_subsidy(
        session, who.person.id, state="held", title=made.title, enrolment_id=enrolment.id
    )
    policy.had_subsidy(session, who.person.id, year=2025, title="焊工班", skill_key="6-18-02-04")
    state = Tab(who.token).call(SubsidiesState, "load")
    assert [(row.left, row.limit) for row in state.buckets] == [(0, 1), (1, 1), (1, 1)]
    assert state.buckets[0].sentence == "您今年的职业培训次数已经用完了。"
    assert state.buckets[0].went == f"已用在：{made.title}。"
    assert state.buckets[0].used == "每年 1 次：已用 0 次，已报名 1 次。"
    assert state.buckets[1].sentence == "您今年还能免费学 1 次（创业培训）。"
    assert [(row.title, row.status, row.href) for row in state.taken] == [
        (made.title, "已报名", f"/me/enrolments/{enrolment.id}"),
        ("焊工班", "已用", ""),
    ]
    assert (state.cap_href, state.cap_quote != "") == ("/policies/turpan-2019", True)


def test_what_was_given_back_does_not_count(session: Session) -> None:
    who = Somebody(session)
    who.person.residence_region = "650402"
    policy.had_subsidy(session, who.person.id, state="released", ended_at=NOW - timedelta(days=1))
    policy.had_subsidy(session, who.person.id, state="expired", ended_at=NOW - timedelta(days=1))
    state = Tab(who.token).call(SubsidiesState, "load")
    assert ([row.left for row in state.buckets], state.taken) == ([1, 1, 1], [])


@pytest.mark.parametrize(
    ("region", "says"), [(None, "还不知道您在哪个地区"), ("110101", "没有规定每年几次")]
)
def test_without_a_rule_no_number_is_made_up(
    session: Session, region: str | None, says: str
) -> None:
    who = Somebody(session)
    who.person.residence_region = region
    session.commit()
    state = Tab(who.token).call(SubsidiesState, "load")
    assert state.buckets == []
    assert says in state.cap


def test_a_refused_group_and_the_closed_channel_are_not_my_groups(session: Session) -> None:
    who = Somebody(session)
    policy.set_group(session, who.person.id, "VETERAN")
    policy.set_group(session, who.person.id, "JUSTICE")
    policy.set_group(session, who.person.id, "MIGRANT", verified=False)
    session.commit()
    state = Tab(who.token).call(SubsidiesState, "load")
    assert [(row.name, row.status) for row in state.groups] == [
        ("退役军人", "已核实"),
        ("农民工", "自己填写"),
    ]


def test_a_claim_that_waits_for_an_answer_stands_out(session: Session) -> None:
    who, made = Somebody(session), policy.plan_class(session)
    assert Tab(who.token).call(SubsidiesState, "load").asked == ""
    institution = session.get_one(Institution, made.institution_id)
    claim = SubsidyClaim(
        claim_no="示例1",
        class_id=made.id,
        region_code="650402",
        kind="vocational_subsidy",
        payee_type="institution",
        payee_institution_id=institution.id,
        fund="就业补助资金",
        state="submitted",
        amount_fen=240_000,
        due_on=NOW.date(),
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(claim)
    session.flush()
    for person in (who.person, Somebody(session).person):
        line = ClaimLine(
            claim_id=claim.id,
            enrolment_id=make.enrol(session, person, made).id,
            person_id=person.id,
            exclusive_group="training",
            hours=40,
            days=5,
            months=0,
            amount_fen=120_000,
            state="asked",
        )
        session.add(line)
    session.commit()
    assert "1 笔" in Tab(who.token).call(SubsidiesState, "load").asked


@pytest.mark.parametrize("draws", ["employee", "public_institution"])
def test_a_pension_is_named_before_the_counts_that_are_of_no_use(
    session: Session, draws: str
) -> None:
    who = Somebody(session, draws=draws)
    who.person.residence_region = "650402"
    session.commit()
    state = Tab(who.token).call(SubsidiesState, "load")
    assert "养老金" in state.refusal
    assert state.refusal_help
    assert all("还能免费学" not in row.sentence for row in state.buckets)
    assert [row.tone for row in state.buckets] == ["plain"] * 3


@pytest.mark.parametrize("draws", ["resident", "none", None])
def test_who_draws_no_such_pension_is_not_refused_everywhere(
    session: Session, draws: str | None
) -> None:
    who = Somebody(session, draws=draws)
    who.person.residence_region = "650402"
    session.commit()
    state = Tab(who.token).call(SubsidiesState, "load")
    assert (state.refusal, state.refusal_help) == ("", [])
    assert all("还能免费学" in row.sentence for row in state.buckets)


def test_nobody_reads_the_subsidies_of_another(session: Session) -> None:
    one, other = Somebody(session), Somebody(session)
    one.person.residence_region = other.person.residence_region = "650402"
    policy.had_subsidy(session, one.person.id)
    state = Tab(other.token).call(SubsidiesState, "load")
    assert (state.taken, state.buckets[0].left) == ([], 1)
