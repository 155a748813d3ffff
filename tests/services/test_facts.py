"""What a person states: every statement a row of its own, none theirs to change once verified."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import AuditEvent, Person, PersonFact, PersonGroup
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady
from portal.domain.permissions import Actor, Role
from portal.policies import reference
from portal.services import facts, facts_terms
from portal.services.facts import Job, OwnFacts
from portal.services.facts_values import DRAWS
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW

TODAY = date(2026, 12, 1)
LATER = NOW + timedelta(days=40)


@pytest.fixture
def me(session: Session) -> Actor:
    return make.make_actor(session)


def groups(session: Session, actor: Actor) -> list[PersonGroup]:
    query = select(PersonGroup).where(PersonGroup.person_id == actor.person_id)
    return list(session.scalars(query.order_by(PersonGroup.id)))


def rows(session: Session, actor: Actor, kind: str) -> list[PersonFact]:
    query = select(PersonFact).where(
        PersonFact.person_id == actor.person_id, PersonFact.kind == kind
    )
    return list(session.scalars(query.order_by(PersonFact.id)))


def verify(row: PersonGroup | PersonFact) -> None:
    row.status, row.verified_at = "verified", NOW


def standing(view: OwnFacts) -> list[tuple[str, str]]:
    return [(group.code, group.status) for group in view.groups]


# Groups


def test_a_stated_group_stands_with_its_day_source_and_words(session: Session, me: Actor) -> None:
    view = facts.declare_group(session, me, code="VETERAN", since=date(2020, 12, 1), now=NOW)
    [group] = view.groups
    assert (group.code, group.status, group.source) == ("VETERAN", "declared", "self")
    assert (group.since, group.until) == (date(2020, 12, 1), None)
    assert group.sensitive
    assert group.plain
    assert "退出现役证" in group.paper


def test_stating_a_group_again_changes_nothing(session: Session, me: Actor) -> None:
    facts.declare_group(session, me, code="MIGRANT", now=NOW)
    facts.declare_group(session, me, code="MIGRANT", since=date(2020, 1, 1), now=LATER)
    [row] = groups(session, me)
    assert row.valid_from == TODAY
    query = select(AuditEvent.action).where(AuditEvent.on_behalf_of == me.person_id)
    assert session.scalars(query).all() == ["facts.declare_group"]


def test_many_taps_at_once_state_a_group_once(engine: Engine) -> None:
    me = in_transaction(make.make_actor)
    acts = [
        lambda: in_transaction(
            lambda session: facts.declare_group(session, me, code="MIGRANT", now=NOW)
        )
    ] * 8
    assert not any(isinstance(answer, Exception) for answer in together(acts))
    with Session(engine) as session:
        assert len(groups(session, me)) == 1


def test_a_group_taken_back_is_over_and_kept(session: Session, me: Actor) -> None:
    facts.declare_group(session, me, code="MIGRANT", since=date(2026, 1, 1), now=NOW)
    view = facts.end_group(session, me, code="MIGRANT", now=LATER)
    assert view.groups == ()
    [past] = view.past
    assert (past.text, past.status) == ("农民工", "ended")
    assert (past.since, past.until) == (date(2026, 1, 1), date(2027, 1, 10))
    assert facts.end_group(session, me, code="MIGRANT", now=LATER).past == view.past


def test_a_group_can_be_stated_again_after_it_was_taken_back(session: Session, me: Actor) -> None:
    facts.declare_group(session, me, code="MIGRANT", now=NOW)
    facts.end_group(session, me, code="MIGRANT", now=NOW)
    assert standing(facts.declare_group(session, me, code="MIGRANT", now=NOW)) == [
        ("MIGRANT", "declared")
    ]
    assert [row.status for row in groups(session, me)] == ["ended", "declared"]


def test_what_was_verified_cannot_be_taken_back(session: Session, me: Actor) -> None:
    facts.declare_group(session, me, code="AIDED_FAMILY", now=NOW)
    verify(groups(session, me)[0])
    with pytest.raises(NotReady) as caught:
        facts.end_group(session, me, code="AIDED_FAMILY", now=NOW)
    assert caught.value.params["reason"] == "facts.verified_stands"
    assert groups(session, me)[0].status == "verified"


def test_a_verified_group_that_runs_out_need_not_be_stated_beside_it(
    session: Session, me: Actor
) -> None:
    facts.declare_group(session, me, code="AIDED_FAMILY", now=NOW)
    [row] = groups(session, me)
    verify(row)
    row.valid_to = date(2026, 12, 31)
    session.flush()
    assert len(facts.declare_group(session, me, code="AIDED_FAMILY", now=NOW).groups) == 1
    after = facts.my_facts(session, me, now=LATER)
    assert (after.groups, [past.status for past in after.past]) == ((), ["over"])
    again = facts.declare_group(session, me, code="AIDED_FAMILY", now=LATER)
    assert standing(again) == [("AIDED_FAMILY", "declared")]


def test_a_refusal_is_told_with_its_reason_until_something_else_stands(
    session: Session, me: Actor
) -> None:
    facts.declare_group(session, me, code="VETERAN", now=NOW)
    row = groups(session, me)[0]
    row.status, row.note = "refused", "名册里没有"
    session.flush()
    view = facts.my_facts(session, me, now=NOW)
    assert [(group.status, group.note) for group in view.groups] == [("refused", "名册里没有")]
    view = facts.declare_group(session, me, code="VETERAN", now=NOW)
    assert standing(view) == [("VETERAN", "declared")]
    assert [past.status for past in view.past] == ["refused"]
    assert facts.end_group(session, me, code="VETERAN", now=NOW).groups == ()


@pytest.mark.parametrize("code", ["JUSTICE", "WOMEN_SUITABLE", "NO_PENSION", "", "x" * 5000])
def test_what_is_no_group_to_state_is_refused(session: Session, me: Actor, code: str) -> None:
    for act in (facts.declare_group, facts.end_group):
        with pytest.raises(BadInput) as caught:
            act(session, me, code=code, now=NOW)
        assert caught.value.field == "group"
    assert groups(session, me) == []


def test_the_closed_channel_is_shown_to_nobody_even_when_it_is_stored(
    session: Session, me: Actor
) -> None:
    session.add(
        PersonGroup(
            person_id=me.person_id,
            group_code="JUSTICE",
            valid_from=TODAY,
            status="verified",
            source="officer",
            verified_at=NOW,
            created_at=NOW,
        )
    )
    session.flush()
    row = groups(session, me)[0]
    view = facts.my_facts(session, me, now=NOW)
    assert (view.groups, view.past) == ((), ())
    row.status, row.valid_to = "ended", TODAY
    session.flush()
    assert facts.my_facts(session, me, now=NOW).past == ()
    row.status = "verified"
    with pytest.raises(NotFound):
        facts.report_wrong(session, me, fact_id=row.id, reason="不是我", now=NOW)


@pytest.mark.parametrize("since", [TODAY + timedelta(days=1), date(1939, 12, 31)])
def test_a_group_begins_neither_tomorrow_nor_before_anybody_was_born(
    session: Session, me: Actor, since: date
) -> None:
    with pytest.raises(BadInput) as caught:
        facts.declare_group(session, me, code="MIGRANT", since=since, now=NOW)
    assert caught.value.field == "since"


def test_every_group_that_can_be_stated_stands_in_one_section_of_the_page() -> None:
    listed = [code for _, codes in facts_terms.SECTIONS for code in codes]
    assert sorted(listed) == sorted(term.code for term in facts_terms.statable_groups())
    hidden = {term.code for term in reference.groups()} - set(listed)
    assert hidden == {"JUSTICE", "WOMEN_SUITABLE", "NO_PENSION"}


def test_all_groups_are_stated_at_once_and_the_verified_ones_stay(
    session: Session, me: Actor
) -> None:
    for code in ("MIGRANT", "VETERAN", "AIDED_FAMILY"):
        facts.declare_group(session, me, code=code, now=NOW)
    verify(groups(session, me)[2])
    session.flush()
    view = facts.state_groups(session, me, codes=["MIGRANT", "YOUTH", "GIG"], now=LATER)
    assert sorted(standing(view)) == [
        ("AIDED_FAMILY", "verified"),
        ("GIG", "declared"),
        ("MIGRANT", "declared"),
        ("YOUTH", "declared"),
    ]
    assert [past.text for past in view.past] == ["退役军人"]
    assert next(row for row in view.groups if row.code == "MIGRANT").since == TODAY
    count = len(groups(session, me))
    facts.state_groups(session, me, codes=["MIGRANT", "YOUTH", "GIG"], now=LATER)
    assert len(groups(session, me)) == count


def test_one_group_that_cannot_be_stated_keeps_all_as_they_were(
    session: Session, me: Actor
) -> None:
    facts.declare_group(session, me, code="MIGRANT", now=NOW)
    with pytest.raises(BadInput):
        facts.state_groups(session, me, codes=["YOUTH", "JUSTICE"], now=NOW)
    assert standing(facts.my_facts(session, me, now=NOW)) == [("MIGRANT", "declared")]


# The other facts


def test_nothing_is_known_at_first_and_each_kind_says_why_it_is_asked(
    session: Session, me: Actor
) -> None:
    view = facts.my_facts(session, me, now=NOW)
    assert [fact.kind for fact in view.facts] == ["pension", "employment", "education", "origin"]
    assert {fact.status for fact in view.facts} == {"missing"}
    assert all(fact.why and fact.paper for fact in view.facts)


def test_a_new_statement_ends_the_former_one_and_keeps_it(session: Session, me: Actor) -> None:
    facts.declare_pension(session, me, draws="none", now=NOW)
    view = facts.declare_pension(session, me, draws="resident", now=LATER)
    old, new = rows(session, me, "pension")
    assert (old.status, old.valid_to) == ("ended", date(2027, 1, 9))
    assert (new.status, new.valid_from, new.valid_to) == ("declared", date(2027, 1, 10), None)
    assert view.fact("pension").value == {"draws": "resident"}
    assert [past.text for past in view.past] == ["没有按月领养老金"]


def test_a_statement_put_right_on_the_same_day_leaves_one_that_holds(
    session: Session, me: Actor
) -> None:
    for draws in DRAWS:
        facts.declare_pension(session, me, draws=draws, now=NOW)
    stored = rows(session, me, "pension")
    assert [row.status for row in stored] == ["ended", "ended", "ended", "declared"]
    assert all(row.valid_to is None or row.valid_to >= row.valid_from for row in stored)


def test_the_same_statement_again_is_no_new_row(session: Session, me: Actor) -> None:
    facts.declare_origin(session, me, origin="urban", urban_dibao=True, now=NOW)
    facts.declare_origin(session, me, origin="urban", urban_dibao=True, now=LATER)
    assert len(rows(session, me, "origin")) == 1


def test_a_verified_fact_is_changed_only_after_an_officer_ended_it(
    session: Session, me: Actor
) -> None:
    facts.declare_pension(session, me, draws="employee", now=NOW)
    [row] = rows(session, me, "pension")
    verify(row)
    session.flush()
    with pytest.raises(NotReady):
        facts.declare_pension(session, me, draws="none", now=NOW)
    with pytest.raises(NotReady):
        facts.end_fact(session, me, kind="pension", now=NOW)
    view = facts.report_wrong(session, me, fact_id=row.id, reason="我没有领 养老金", now=NOW)
    assert (view.fact("pension").status, view.fact("pension").note) == (
        "reported",
        "我没有领 养老金",
    )
    assert row.status == "verified"
    row.status, row.valid_to = "ended", TODAY
    session.flush()
    assert facts.declare_pension(session, me, draws="none", now=NOW).fact("pension").value == {
        "draws": "none"
    }


def test_only_the_own_verified_facts_can_be_reported(session: Session, me: Actor) -> None:
    other = make.make_actor(session)
    facts.declare_group(session, other, code="MIGRANT", now=NOW)
    facts.declare_group(session, me, code="MIGRANT", now=NOW)
    theirs, mine = groups(session, other)[0], groups(session, me)[0]
    verify(theirs)
    session.flush()
    with pytest.raises(NotFound):
        facts.report_wrong(session, me, fact_id=theirs.id, reason="不是我的", now=NOW)
    with pytest.raises(NotReady):
        facts.report_wrong(session, me, fact_id=mine.id, reason="填错了呀", now=NOW)
    verify(mine)
    session.flush()
    with pytest.raises(BadInput):
        facts.report_wrong(session, me, fact_id=mine.id, reason="错", now=NOW)
    assert (theirs.note, mine.note) == (None, None)


def test_a_job_keeps_what_is_known_and_leaves_out_the_rest(session: Session, me: Actor) -> None:
    job = Job(
        employer_name=" 火焰山  食品厂 ",
        employer_kind="enterprise",
        hired_on=date(2026, 9, 1),
        insured=True,
        wages_kept=False,
    )
    fact = facts.declare_employment(session, me, job=job, now=NOW).fact("employment")
    assert fact.value == {
        "employer_name": "火焰山 食品厂",
        "employer_kind": "enterprise",
        "hired_on": "2026-09-01",
        "insured": True,
        "wages_kept": False,
    }
    assert [(line.label, line.text) for line in fact.lines] == [
        ("单位", "火焰山 食品厂"),
        ("单位类型", "企业"),
        ("进单位日期", "2026年9月1日"),
        ("单位交失业保险", "交"),
        ("培训期间发工资", "不发"),
    ]


BAD_JOBS = [
    (Job(), "employer_name"),
    (Job(employer_name="厂" * 81), "employer_name"),
    (Job(employer_name="厂\u202e"), "employer_name"),
    (Job(employer_kind="bank"), "employer_kind"),
    (Job(employer_uscc="91650402MA00000011"), "employer_uscc"),
    (Job(hired_on=TODAY + timedelta(days=1)), "hired_on"),
    (Job(hired_on=date(1900, 1, 1)), "hired_on"),
]


@pytest.mark.parametrize(("job", "field"), BAD_JOBS, ids=[str(n) for n in range(len(BAD_JOBS))])
def test_a_job_that_cannot_be_is_refused_by_its_field(
    session: Session, me: Actor, job: Job, field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        facts.declare_employment(session, me, job=job, now=NOW)
    assert caught.value.field == field
    assert rows(session, me, "employment") == []


def test_a_job_that_is_over_leaves_no_employment(session: Session, me: Actor) -> None:
    facts.declare_employment(session, me, job=Job(employer_name="某厂"), now=NOW)
    view = facts.end_fact(session, me, kind="employment", now=LATER)
    assert view.fact("employment").status == "missing"
    assert rows(session, me, "employment")[0].valid_to == date(2027, 1, 10)


def test_school_and_household_are_stated_in_the_shapes_that_rules_read(
    session: Session, me: Actor
) -> None:
    facts.declare_education(
        session, me, school_kind="university", graduates_on=date(2027, 6, 30), now=NOW
    )
    view = facts.declare_origin(session, me, origin="rural", urban_dibao=True, now=NOW)
    assert view.fact("education").value == {
        "school_kind": "university",
        "graduates_on": "2027-06-30",
    }
    assert view.fact("origin").value == {"origin": "rural"}


def test_words_that_are_no_answers_are_refused(session: Session, me: Actor) -> None:
    bad: list[Any] = ["", "unknown", None, 3, ["none"], "NONE"]
    for value in bad:
        with pytest.raises(BadInput):
            facts.declare_pension(session, me, draws=value, now=NOW)
        with pytest.raises(BadInput):
            facts.declare_origin(session, me, origin=value, now=NOW)
    for year in (1900, 2037):
        with pytest.raises(BadInput):
            facts.declare_education(
                session, me, school_kind="other", graduates_on=date(year, 1, 1), now=NOW
            )


def test_residence_is_a_place_of_today_as_narrow_as_it_can_be(session: Session, me: Actor) -> None:
    view = facts.declare_residence(session, me, region_code="650402", now=NOW)
    assert (view.residence_code, view.residence) == ("650402", "新疆 吐鲁番市 高昌区")
    for code in ("", "652100", "650400", "650000", "123456", "x"):
        with pytest.raises(BadInput):
            facts.declare_residence(session, me, region_code=code, now=NOW)
    assert make.person_of(session, me).residence_region == "650402"


def test_every_act_is_written_down_about_the_person(session: Session, me: Actor) -> None:
    facts.declare_group(session, me, code="AIDED_FAMILY", now=NOW)
    facts.declare_pension(session, me, draws="none", now=NOW)
    facts.declare_residence(session, me, region_code="650402", now=NOW)
    facts.end_group(session, me, code="AIDED_FAMILY", now=NOW)
    mine = select(AuditEvent).where(AuditEvent.on_behalf_of == me.person_id)
    events = session.scalars(mine.order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == [
        "facts.declare_group",
        "facts.declare",
        "facts.declare_residence",
        "facts.end_group",
    ]
    # The trail says that something was stated, not what.
    assert "AIDED" not in repr([(event.detail, event.object_id) for event in events])


@pytest.mark.parametrize(
    "role", [Role.INSTRUCTOR, Role.MANAGER, Role.OFFICER, Role.AUDITOR, Role.EMPLOYER, Role.HELPER]
)
def test_only_trainees_have_facts_of_their_own(session: Session, role: Role) -> None:
    teaches = role in (Role.INSTRUCTOR, Role.MANAGER)
    institution = make.make_institution(session) if teaches else None
    actor = make.make_actor(session, role, institution=institution)
    with pytest.raises(Forbidden):
        facts.my_facts(session, actor, now=NOW)
    with pytest.raises(Forbidden):
        facts.declare_group(session, actor, code="MIGRANT", now=NOW)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["state", "end", "verify", "refuse", "pension", "end_pension"]),
        st.sampled_from(["MIGRANT", "VETERAN"]),
        st.sampled_from(DRAWS),
        st.integers(0, 30),
    ),
    max_size=14,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_whatever_is_done_at_most_one_of_each_holds_and_nothing_is_lost(
    session: Session, acts: list[tuple[str, str, str, int]]
) -> None:
    person = make.make_person(session)
    me = Actor(Role.TRAINEE, account_id=None, person_id=person.id)
    now, made = NOW, 0
    for act, code, draws, days in acts:
        now += timedelta(days=days)
        try:
            match act:
                case "state":
                    facts.declare_group(session, me, code=code, now=now)
                case "end":
                    facts.end_group(session, me, code=code, now=now)
                case "pension":
                    facts.declare_pension(session, me, draws=draws, now=now)
                case "end_pension":
                    facts.end_fact(session, me, kind="pension", now=now)
                case _:
                    decide(session, person, code, act)
        except NotReady:
            pass
        stored = [*groups(session, me), *rows(session, me, "pension")]
        assert len(stored) >= made
        made = len(stored)
        open_rows = [
            getattr(row, "group_code", "pension")
            for row in stored
            if row.status in ("declared", "verified") and row.valid_to is None
        ]
        assert len(open_rows) == len(set(open_rows))
        view = facts.my_facts(session, me, now=now)
        assert len(view.groups) == len({group.code for group in view.groups})
        shown = len(view.groups) + sum(fact.status != "missing" for fact in view.facts)
        assert shown + len(view.past) == len(stored)


def decide(session: Session, person: Person, code: str, act: str) -> None:
    for row in session.scalars(
        select(PersonGroup).where(
            PersonGroup.person_id == person.id,
            PersonGroup.group_code == code,
            PersonGroup.status == "declared",
        )
    ):
        if act == "verify":
            verify(row)
        else:
            row.status = "refused"
    session.flush()
