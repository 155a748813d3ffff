"""The pages about a person's situation, and those of the officers who look at it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, AuditEvent, Enrolment, Person, PersonFact, PersonGroup
from portal.db.vault import get_vault
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import facts, facts_verdicts
from portal.services.reviews import PastSubsidyRow
from portal.services.unit import token_hash
from portal.state.base import PageState
from portal.state.deadlines import due_text
from portal.state.fact_checks import FactChecksState, FactCheckState
from portal.state.facts import FactsState
from portal.state.facts_form import FactFormState
from portal.state.facts_options import places_in
from portal.state.reviews import ReviewsState, ReviewState, past_text
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol
from tests.support.factories import NOW
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


class Somebody:
    """A person with an account and a login, saved."""

    def __init__(self, session: Session, role: Role = Role.TRAINEE, **kwargs: Any) -> None:
        account: Account = make.make_account(session, role, **kwargs)
        self.session = session
        self.token = make.log_in(session, account)
        self.person = session.get_one(Person, account.person_id)
        self.person.residence_region = "650402"
        self.actor = Actor(role, account.id, account.person_id, region_code=account.region_code)
        session.commit()

    def tab(self, path: str = "/") -> Tab:
        tab = Tab()
        tab.go(path, self.token)
        return tab


@pytest.fixture
def me(session: Session) -> Somebody:
    return Somebody(session)


@pytest.fixture
def officer(session: Session) -> Somebody:
    return Somebody(session, Role.OFFICER)


def answer(tab: Tab, kind: Any, handler: str, *args: Any) -> Any:
    """What an event handler gives back: a redirect, or nothing."""
    state = tab.state(kind)
    return asyncio.run(kind.event_handlers[handler].fn(state, *args))


def leads_to(event: Any) -> str:
    """Where a redirect leads."""
    return str(event.args[0][1]).strip('"')


def open_question(who: Somebody, question: str, query: str = "") -> Tab:
    tab = who.tab(f"/me/facts/{question}{query}")
    assert tab.call(FactFormState, "load").status == "ready"
    return tab


def group_codes(who: Somebody) -> dict[str, str]:
    who.session.expire_all()
    query = select(PersonGroup).where(PersonGroup.person_id == who.person.id)
    return {row.group_code: row.status for row in who.session.scalars(query)}


def value_of(who: Somebody, kind: str) -> dict[str, Any]:
    who.session.expire_all()
    query = select(PersonFact).where(
        PersonFact.person_id == who.person.id,
        PersonFact.kind == kind,
        PersonFact.status.in_(("declared", "verified")),
    )
    return who.session.scalars(query).one().value


# My situation


def test_the_cards_say_what_stands_and_what_is_missing(session: Session, me: Somebody) -> None:
    facts.declare_group(session, me.actor, code="VETERAN", now=NOW)
    facts.declare_pension(session, me.actor, draws="none", now=NOW)
    session.commit()
    state = me.tab("/me/facts").call(FactsState, "load")
    [group] = state.groups
    assert (group.name, group.status, group.tone) == ("退役军人", "自己填写", "info")
    assert group.dates == "2026年12月1日起"
    assert "退出现役证" in group.paper
    assert state.pension.lines == ["每月领：没有按月领养老金"]
    assert (state.origin.is_missing, state.origin.status) == (True, "还没填")
    assert state.residence == "新疆 吐鲁番市 高昌区"


def test_a_refusal_says_why_and_a_verified_fact_is_fixed(session: Session, me: Somebody) -> None:
    facts.declare_group(session, me.actor, code="VETERAN", now=NOW)
    facts.declare_group(session, me.actor, code="MIGRANT", now=NOW)
    rows = {row.group_code: row for row in session.scalars(
        select(PersonGroup).where(PersonGroup.person_id == me.person.id)
    )}  # fmt: skip
    rows["VETERAN"].status, rows["VETERAN"].note = "refused", "名册里没有"
    rows["MIGRANT"].status, rows["MIGRANT"].verified_at = "verified", NOW
    session.commit()
    shown = {row.name: row for row in me.tab().call(FactsState, "load").groups}
    assert shown["退役军人"].note == "没有通过的原因：名册里没有"
    assert (shown["农民工"].is_fixed, shown["农民工"].paper) == (True, "")


def test_what_was_saved_is_said_once_and_only_for_words_of_ours(me: Somebody) -> None:
    tab = me.tab("/me/facts?saved=pension")
    assert tab.call(FactsState, "load").saved == t("facts.saved.pension")
    tab.go("/me/facts?saved=<script>", me.token)
    assert tab.call(FactsState, "load").saved == ""


def test_ticked_groups_are_stated_and_the_others_taken_back(session: Session, me: Somebody) -> None:
    facts.declare_group(session, me.actor, code="VETERAN", now=NOW)
    session.commit()
    tab = open_question(me, "group")
    state = tab.state(FactFormState)
    ticked = [o.value for section in state.sections for o in section.options if o.checked]
    assert ticked == ["VETERAN"]
    assert [section.is_open for section in state.sections].count(True) == 1
    where = leads_to(answer(tab, FactFormState, "save_groups", {"MIGRANT": "1", "JUSTICE": "1"}))
    assert where == "/me/facts?saved=group#group"
    assert group_codes(me) == {"VETERAN": "ended", "MIGRANT": "declared"}


def test_the_boxes_hold_no_group_of_the_closed_channel_and_none_that_is_verified(
    session: Session, me: Somebody
) -> None:
    facts.declare_group(session, me.actor, code="VETERAN", now=NOW)
    row = session.scalars(select(PersonGroup).where(PersonGroup.person_id == me.person.id)).one()
    row.status, row.verified_at = "verified", NOW
    session.commit()
    state = open_question(me, "group").state(FactFormState)
    offered = {option.value for section in state.sections for option in section.options}
    assert not {"JUSTICE", "VETERAN"} & offered
    assert [group.name for group in state.fixed_groups] == ["退役军人"]


ANSWERS: list[tuple[str, str, dict[str, object], dict[str, Any]]] = [
    ("pension", "save_pension", {"draws": "resident"}, {"draws": "resident"}),
    (
        "employment",
        "save_employment",
        {"employer_name": "火焰山食品厂", "hired_on": "2026-09-01", "insured": "yes",
         "wages_kept": "", "level_linked_pay": "no", "employer_kind": "enterprise"},
        {"employer_name": "火焰山食品厂", "hired_on": "2026-09-01", "insured": True,
         "level_linked_pay": False, "employer_kind": "enterprise"},
    ),
    (
        "education",
        "save_education",
        {"school_kind": "university", "school_name": "", "graduates_on": "2027-06-30"},
        {"school_kind": "university", "graduates_on": "2027-06-30"},
    ),
    ("origin", "save_origin", {"origin": "urban", "urban_dibao": "yes"},
     {"origin": "urban", "urban_dibao": True}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "handler", "form", "stored"), ANSWERS, ids=[one[0] for one in ANSWERS]
)
def test_an_answer_is_kept_and_stands_in_the_form_again(
    me: Somebody, question: str, handler: str, form: dict[str, object], stored: dict[str, Any]
) -> None:
    tab = open_question(me, question)
    where = leads_to(answer(tab, FactFormState, handler, form))
    assert where == f"/me/facts?saved={question}#{question}"
    assert value_of(me, question) == stored
    state = open_question(me, question).state(FactFormState)
    assert not state.card.is_missing
    chosen = [
        option.value
        for options in (state.draws, state.origins, state.job.kinds, state.school.kinds)
        for option in options
        if option.checked
    ]
    assert all(value in stored.values() for value in chosen)


def test_a_bad_answer_stays_on_the_page_with_its_sentence(me: Somebody) -> None:
    tab = open_question(me, "employment")
    assert answer(tab, FactFormState, "save_employment", {"hired_on": "2199-01-01"}) is None
    state = tab.state(FactFormState)
    assert (state.status, state.problem) == ("ready", t("facts.hired_on_range"))
    assert answer(tab, FactFormState, "save_employment", {"hired_on": "tomorrow"}) is None
    assert state.problem == t("facts.bad_date")
    assert answer(tab, FactFormState, "save_pension", {}) is None
    assert state.problem == t("facts.choose_one")


@pytest.mark.parametrize(
    "argument", [None, 3, [], {"draws": {"a": 1}}, {"draws": ["none"]}], ids=str
)
def test_whatever_a_client_sends_breaks_nothing(me: Somebody, argument: Any) -> None:
    tab = open_question(me, "pension")
    handlers = ("save_groups", "save_pension", "save_employment", "save_education",
                "save_origin", "save_residence", "look_into", "report")  # fmt: skip
    for handler in handlers:
        answer(tab, FactFormState, handler, argument)
        assert tab.state(FactFormState).status == "ready"
        assert tab.state(FactFormState).problem != t("error.unexpected")


def test_a_page_that_asked_gets_its_reader_back_but_no_other_site_does(me: Somebody) -> None:
    page = f"/classes/{new_id()}"
    tab = open_question(me, "pension", f"?next={page}")
    assert leads_to(answer(tab, FactFormState, "save_pension", {"draws": "none"})) == page
    for evil in ("//evil.example", "https://evil.example", "/\\evil.example", "/auth/logout"):
        tab = open_question(me, "pension", f"?next={evil}")
        where = leads_to(answer(tab, FactFormState, "save_pension", {"draws": "none"}))
        assert where == "/me/facts?saved=pension#pension"


def test_an_answer_can_be_taken_back(session: Session, me: Somebody) -> None:
    facts.declare_pension(session, me.actor, draws="none", now=NOW)
    session.commit()
    answer(open_question(me, "pension"), FactFormState, "take_back")
    assert me.tab().call(FactsState, "load").pension.is_missing


def test_a_verified_answer_is_shown_and_can_be_reported(session: Session, me: Somebody) -> None:
    facts.declare_pension(session, me.actor, draws="employee", now=NOW)
    row = session.scalars(select(PersonFact).where(PersonFact.person_id == me.person.id)).one()
    row.status, row.verified_at = "verified", NOW
    session.commit()
    tab = open_question(me, "pension")
    state = tab.state(FactFormState)
    assert state.card.is_fixed
    answer(tab, FactFormState, "save_pension", {"draws": "none"})
    assert state.problem == t("facts.verified_stands")
    form = {"fact_id": state.card.key, "reason": "我没有领养老金"}
    assert "saved=report" in leads_to(answer(tab, FactFormState, "report", form))
    assert me.tab().call(FactsState, "load").pension.status == "已报告有误"


def test_where_one_lives_is_picked_from_the_province_down(session: Session, me: Somebody) -> None:
    me.person.residence_region = None
    session.commit()
    tab = open_question(me, "residence")
    state = tab.state(FactFormState)
    assert (state.is_top, len(state.places)) == (True, 34)
    tab.call(FactFormState, "look_into", "650000")
    assert (state.place_name, state.place_up) == ("新疆", "")
    tab.call(FactFormState, "look_into", "650400")
    assert [place.name for place in state.places] == ["高昌区", "鄯善县", "托克逊县"]
    assert (state.place_up, state.places[0].is_last) == ("650000", True)
    tab.call(FactFormState, "look_into", "999999")
    assert state.is_top
    answer(tab, FactFormState, "save_residence", "650402")
    session.expire_all()
    assert me.person.residence_region == "650402"
    assert open_question(me, "residence").state(FactFormState).place_name == "新疆"


def test_every_place_can_be_reached_and_chosen(session: Session, me: Somebody) -> None:
    for place in places_in(""):
        for one in [place] if place.is_last else places_in(place.code):
            for last in [one] if one.is_last else places_in(one.code):
                assert last.is_last
                facts.declare_residence(session, me.actor, region_code=last.code, now=NOW)


def test_an_unknown_question_is_refused(me: Somebody) -> None:
    state = me.tab("/me/facts/religion").call(FactFormState, "load")
    assert (state.status, state.question) == ("refused", "")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
def test_staff_have_no_situation(session: Session, role: Role) -> None:
    who = Somebody(session, role)
    assert who.tab("/me/facts").call(FactsState, "load").status == "refused"


@pytest.mark.parametrize(
    "kind", [FactsState, FactFormState, ReviewsState, ReviewState, FactChecksState, FactCheckState]
)
def test_nobody_sees_anything_without_a_login(engine: Engine, kind: type[PageState]) -> None:
    tab = Tab()
    tab.go("/me/facts/pension" if kind is FactFormState else f"/admin/facts/{new_id()}")
    assert tab.call(kind, "load").status == "sign_in"


# Officers


@pytest.mark.parametrize("kind", [ReviewsState, ReviewState, FactChecksState, FactCheckState])
@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.EMPLOYER, Role.HELPER])
def test_nobody_but_an_officer_opens_the_officers_pages(
    session: Session, role: Role, kind: type[PageState]
) -> None:
    who = Somebody(session, role)
    path = f"/admin/facts/{new_id()}"
    assert who.tab(path).call(kind, "load").status == "refused"


def stated(session: Session, who: Somebody, code: str = "VETERAN") -> PersonGroup:
    facts.declare_group(session, who.actor, code=code, now=NOW)
    session.commit()
    query = select(PersonGroup).where(
        PersonGroup.person_id == who.person.id, PersonGroup.status == "declared"
    )
    return session.scalars(query).one()


def test_the_list_of_statements_is_filtered_by_its_address(
    session: Session, me: Somebody, officer: Somebody
) -> None:
    row = stated(session, me)
    facts.declare_pension(session, me.actor, draws="none", now=NOW)
    session.commit()
    everything = officer.tab("/admin/facts").call(FactChecksState, "load")
    assert len(everything.cards) >= 2
    groups = officer.tab("/admin/facts?kind=group").call(FactChecksState, "load")
    hrefs = [card.href for card in groups.cards]
    assert f"/admin/facts/{row.id}" in hrefs
    assert {card.what for card in groups.cards} <= {"退役军人", "农民工", "养老金"}
    assert "养老金" not in {card.what for card in groups.cards}
    assert [link.active for link in groups.links] == [False, True, False, False, False, False]
    odd = officer.tab("/admin/facts?kind=x&page=-3").call(FactChecksState, "load")
    assert (odd.status, odd.previous) == ("ready", "")


def test_one_statement_shows_the_person_and_takes_the_decision(
    session: Session, me: Somebody, officer: Somebody
) -> None:
    row = stated(session, me)
    tab = officer.tab(f"/admin/facts/{row.id}")
    state = tab.call(FactCheckState, "load")
    assert (state.status, state.name, state.step) == ("ready", "王小强", "declared")
    assert "****" in state.id_no
    assert state.instead == []
    tab.call(FactCheckState, "verify", {"document_ref": "优待证", "valid_to": "2027-12-31"})
    assert state.done == "王*强的“退役军人”：已核实。已经通知本人。"
    assert (state.name, state.id_no) == ("", "")
    session.expire_all()
    assert (row.status, row.valid_to) == ("verified", date(2027, 12, 31))
    again = tab.call(FactCheckState, "load")
    assert (again.status, again.card.status) == ("ready", "已核实")


def test_the_whole_number_is_shown_for_a_reason_and_put_away_afterwards(
    session: Session, me: Somebody, officer: Somebody
) -> None:
    row = stated(session, me)
    number = get_vault().open("id_no", me.person.id_no_enc)
    tab = officer.tab(f"/admin/facts/{row.id}")
    state = tab.call(FactCheckState, "load")
    assert number not in str(state.dict())
    tab.call(FactCheckState, "reveal", {"reason": ""})
    assert (state.problem, state.revealed) == (t("reason.too_short", shortest=4), "")
    tab.call(FactCheckState, "reveal", {"reason": "到系统里比对"})
    assert state.revealed == number
    tab.call(FactCheckState, "refuse", {"reason": "系统里没有登记"})
    assert number not in str(state.dict())


def test_a_pension_can_be_put_right_with_the_refusal(
    session: Session, me: Somebody, officer: Somebody
) -> None:
    facts.declare_pension(session, me.actor, draws="none", now=NOW)
    session.commit()
    row = session.scalars(select(PersonFact).where(PersonFact.person_id == me.person.id)).one()
    tab = officer.tab(f"/admin/facts/{row.id}")
    state = tab.call(FactCheckState, "load")
    assert [option.value for option in state.instead] == [
        "", "resident", "employee", "public_institution"
    ]  # fmt: skip
    tab.call(FactCheckState, "refuse", {"reason": "社保在发养老金", "instead": "employee"})
    assert value_of(me, "pension") == {"draws": "employee"}


def test_a_report_is_answered_by_ending_or_keeping(
    session: Session, me: Somebody, officer: Somebody
) -> None:
    row = stated(session, me)
    facts_verdicts.verify_fact(session, officer.actor, check_id=row.id, now=NOW)
    facts.report_wrong(session, me.actor, fact_id=row.id, reason="我没当过兵", now=NOW)
    session.commit()
    tab = officer.tab(f"/admin/facts/{row.id}")
    state = tab.call(FactCheckState, "load")
    assert (state.step, state.card.note) == ("reported", "本人说不对：我没当过兵")
    tab.call(FactCheckState, "verify", {})
    assert state.problem == t("facts.decided_already")
    tab.call(FactCheckState, "keep", {"reason": "名册里有"})
    assert "维持不变" in state.done
    session.expire_all()
    assert (row.status, row.note) == ("verified", None)


def test_what_somebody_else_decided_meanwhile_is_said(
    session: Session, me: Somebody, officer: Somebody
) -> None:
    row = stated(session, me)
    tab = officer.tab(f"/admin/facts/{row.id}")
    state = tab.call(FactCheckState, "load")
    facts_verdicts.verify_fact(session, officer.actor, check_id=row.id, now=NOW)
    session.commit()
    tab.call(FactCheckState, "refuse", {"reason": "系统里没有登记"})
    assert state.problem == t("facts.decided_already")
    tab.go(f"/admin/facts/{new_id()}", officer.token)
    assert tab.call(FactCheckState, "load").done == t("facts.checks.gone")


# Reviews


def under_review(session: Session) -> Enrolment:
    """Somebody of an age to draw a pension, who did not say whether."""
    policy.publish_packs(session)
    who = Somebody(session)
    who.person.birth_date = date(1970, 5, 1)
    session.commit()
    made = enrol(token_hash(who.token), policy.plan_class(session).id)
    session.expire_all()
    return session.get_one(Enrolment, made.id)


def test_the_queue_says_how_many_working_days_are_left(session: Session, officer: Somebody) -> None:
    enrolment = under_review(session)
    state = officer.tab("/admin/reviews").call(ReviewsState, "load")
    card = next(one for one in state.cards if str(enrolment.id) in one.href)
    assert (card.person, card.is_late) == ("王*强", False)
    assert card.due == "12月4日 周五前办好，还有\u00a03\u00a0个工作日"


def test_a_due_day_is_told_in_words() -> None:
    today = date(2026, 12, 1)
    assert due_text(today, today) == t("due.today")
    assert "超期" in due_text(today - timedelta(days=1), today)


def test_a_review_shows_rules_facts_and_history_without_the_name(
    session: Session, officer: Somebody
) -> None:
    enrolment = under_review(session)
    state = officer.tab(f"/admin/reviews/{enrolment.id}").call(ReviewState, "load")
    assert (state.status, state.way) == ("ready", "approve")
    assert "R04" in {row.rule_id.split("-")[0] for row in state.in_the_way}
    assert all(row.source for row in state.in_the_way)
    shown = {line.label: line.text for line in state.facts}
    assert (shown["出生日期"], shown["养老金"]) == ("1970年5月1日", "没有填写")
    assert "王小强" not in str(state.dict())


def test_a_subsidy_set_aside_is_not_called_used() -> None:
    held = PastSubsidyRow("中式面点班", None, 2026, None, "held")
    assert past_text(held) == "已报名，还没用掉 · 2026年 · 中式面点班"
    assert past_text(replace(held, state="consumed")).startswith("已用 · ")


def test_an_approval_gives_the_seat_and_leads_back_to_the_queue(
    session: Session, officer: Somebody
) -> None:
    enrolment = under_review(session)
    tab = officer.tab(f"/admin/reviews/{enrolment.id}")
    state = tab.call(ReviewState, "load")
    tab.call(ReviewState, "approve", {"reason": "x"})
    assert (state.problem, state.done) == (t("reason.too_short", shortest=2), "")
    tab.call(ReviewState, "approve", {"reason": "已电话核实"})
    assert state.done == t("facts.reviews.approved")
    session.expire_all()
    assert enrolment.status == "accepted"
    assert tab.call(ReviewState, "load").done == t("facts.reviews.gone")
    actions = session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_id == str(enrolment.id))
    ).all()
    assert "review.approve" in actions


def test_a_refusal_frees_the_seat(session: Session, officer: Somebody) -> None:
    enrolment = under_review(session)
    tab = officer.tab(f"/admin/reviews/{enrolment.id}")
    tab.call(ReviewState, "load")
    tab.call(ReviewState, "refuse", {"reason": "领职工养老金"})
    assert tab.state(ReviewState).done == t("facts.reviews.refused")
    session.expire_all()
    assert enrolment.status == "rejected"


def test_an_officer_elsewhere_does_not_find_it(session: Session) -> None:
    enrolment = under_review(session)
    other = Somebody(session, Role.OFFICER, region_code="370200")
    state = other.tab(f"/admin/reviews/{enrolment.id}").call(ReviewState, "load")
    assert (state.done, state.facts) == (t("facts.reviews.gone"), [])
