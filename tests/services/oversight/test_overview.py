"""The overview: the own region only, parts and sums, periods, plans, money, and the way down."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Inspection, SessionScore, TrainingClass, TrainingProgramme
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import certificates, risk_findings
from portal.services.oversight import drilling
from portal.services.oversight.overview import overview
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.tallies import claim, money, settle

TURPAN, HOTAN, XINJIANG, COUNTRY = "650400", "653200", "650000", "000000"


def officer(session: Session, region: str = TURPAN) -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region)


def past_class(session: Session, **fields: object) -> TrainingClass:
    """A class that began a week ago and whose sessions are over."""
    return make.make_class(session, first_start=NOW - timedelta(days=7), meets=[], **fields)


def enrolled(session: Session, made: TrainingClass, number: int = 1) -> None:
    for _ in range(number):
        make.enrol(session, make.make_person(session), made)


def test_an_officer_counts_the_classes_of_the_own_region_only(session: Session) -> None:
    make.make_class(session, region_code="650402")
    past_class(session, region_code="650421")
    past_class(session, region_code="653201")
    settle(session)
    seen = overview(session, officer(session), now=NOW)
    assert [part.code for part in seen.parts] == ["650402", "650421"]
    assert (seen.total.classes, seen.total.classes_open, seen.total.classes_running) == (2, 1, 1)
    assert seen.name == "吐鲁番市"


def test_an_officer_elsewhere_sees_nothing_of_it(session: Session) -> None:
    enrolled(session, past_class(session))
    settle(session)
    seen = overview(session, officer(session, HOTAN), now=NOW)
    assert (seen.parts, seen.plans, seen.funds) == ((), (), ())
    assert (seen.total.person_times, seen.total.people, seen.total.sessions_overdue) == (0, 0, 0)


@pytest.mark.parametrize("area", [HOTAN, XINJIANG, COUNTRY, "653201"])
def test_nobody_looks_into_a_place_outside_of_their_own(session: Session, area: str) -> None:
    who = officer(session)
    for act in (overview, drilling.institutions):
        with pytest.raises(Forbidden):
            act(session, who, area=area, now=NOW)


@pytest.mark.parametrize("area", ["65", "65040x", "６５０４０２", "6504021"])
def test_what_is_no_region_is_not_found(session: Session, area: str) -> None:
    with pytest.raises(NotFound):
        overview(session, officer(session), area=area, now=NOW)


@pytest.mark.parametrize("period", ["20265", "20260", "26", "abcd", "99999", "-2026"])
def test_what_is_no_period_is_refused(session: Session, period: str) -> None:
    with pytest.raises(BadInput):
        overview(session, officer(session), period=period, now=NOW)


def test_a_province_counts_by_prefecture_and_the_country_by_province(session: Session) -> None:
    for region in ("650402", "650421", "653201", "370203"):
        make.make_class(session, region_code=region)
    settle(session)
    province = overview(session, officer(session, XINJIANG), now=NOW)
    assert [(part.code, part.figures.classes) for part in province.parts] == [
        (TURPAN, 2),
        (HOTAN, 1),
    ]
    country = overview(session, officer(session, COUNTRY), now=NOW)
    assert [part.code for part in country.parts] == ["370000", XINJIANG]
    assert country.name == "全国"
    below = overview(session, officer(session, COUNTRY), area=TURPAN, now=NOW)
    assert [name for _, name in below.way] == ["全国", "新疆维吾尔自治区", "吐鲁番市"]
    assert below.total.classes == 2


def test_one_person_in_two_counties_is_two_person_times_and_one_person(session: Session) -> None:
    person = make.make_person(session)
    for region in ("650402", "650421"):
        make.enrol(session, person, past_class(session, region_code=region))
    settle(session)
    seen = overview(session, officer(session), now=NOW)
    assert [part.figures.people for part in seen.parts] == [1, 1]
    assert (seen.total.person_times, seen.total.people) == (2, 1)


def test_one_person_in_two_quarters_is_one_person_of_the_year(session: Session) -> None:
    person = make.make_person(session)
    for days in (7, 100):
        start = NOW - timedelta(days=days)
        made = make.make_class(session, first_start=start, meets=[])
        make.enrol(session, person, made)
    settle(session)
    who = officer(session)
    people = [
        overview(session, who, period=one, now=NOW).total.people for one in ("20263", "20264")
    ]
    assert people == [1, 1]
    year = overview(session, who, period="2026", now=NOW).total
    assert (year.person_times, year.people) == (2, 1)
    assert overview(session, who, period="2025", now=NOW).total.people == 0


def test_who_left_counts_no_more_and_cancelled_classes_never_did(session: Session) -> None:
    made = past_class(session)
    make.enrol(session, make.make_person(session), made).status = "withdrawn"
    make.make_class(session, status="cancelled")
    make.make_class(session, status="draft")
    settle(session)
    total = overview(session, officer(session), now=NOW).total
    assert (total.person_times, total.classes) == (0, 1)


def test_a_session_is_overdue_when_its_sign_out_is_over_and_nobody_confirmed(
    session: Session,
) -> None:
    first, second = make.sessions_of(session, past_class(session))
    first.confirmed_at = NOW
    settle(session)
    who = officer(session)
    seen = overview(session, who, now=second.sign_out_until)
    assert (seen.total.sessions_confirmed, seen.total.sessions_overdue) == (1, 0)
    assert overview(session, who, now=NOW).total.sessions_overdue == 1


def test_a_revoked_certificate_is_counted_no_more(session: Session) -> None:
    enrolment = make.enrol(session, make.make_person(session), past_class(session))
    who = officer(session)
    issued = certificates.issue(session, who, enrolment_id=enrolment.id, hours_credited=8, now=NOW)
    settle(session)
    assert overview(session, who, now=NOW).total.certificates == 1
    certificates.revoke(session, who, number=issued.number, reason="发证有误，已核实", now=NOW)
    settle(session)
    assert overview(session, who, now=NOW).total.certificates == 0


def test_money_is_shown_by_fund_in_the_quarter_in_which_it_moved(session: Session) -> None:
    made = past_class(session)
    asked = claim(session, made, state="approved", filed_at=NOW - timedelta(days=100))
    money(session, asked, 80_000, kind="balance")
    money(session, asked, 500)
    settle(session)
    (year,) = overview(session, officer(session), now=NOW).funds
    assert (year.claimed_fen, year.paid_fen, year.recovered_fen) == (120_000, 80_000, 500)
    (last,) = overview(session, officer(session), period="20264", now=NOW).funds
    assert (last.claimed_fen, last.paid_fen) == (0, 80_000)


def test_one_plan_is_looked_at_alone(session: Session) -> None:
    one, other = past_class(session), past_class(session, region_code="650421")
    person = make.make_person(session)
    for made in (one, other):
        make.enrol(session, person, made)
    settle(session)
    who = officer(session)
    plan = session.get_one(TrainingProgramme, one.programme_id).plan_id
    whole = overview(session, who, now=NOW)
    assert [row.figures.people for row in whole.plans] == [1, 1]
    seen = overview(session, who, plan_id=plan, now=NOW)
    assert (seen.total.person_times, seen.total.people, seen.total.classes_running) == (1, 1, 1)
    assert [part.code for part in seen.parts] == ["650402"]
    assert seen.plan_name == "新生代农民工"


def test_ratios_say_nothing_before_there_is_anything(session: Session) -> None:
    make.make_class(session)
    settle(session)
    total = overview(session, officer(session), now=NOW).total
    assert (total.attendance, total.completion, total.employment) == (None, None, None)


def test_it_says_as_of_when_and_what_waits(session: Session) -> None:
    who = officer(session)
    assert overview(session, who, now=NOW).freshness.as_of is None
    made = make.make_class(session)
    settle(session)
    assert overview(session, who, now=NOW).freshness.waiting == 0
    enrolled(session, made)
    fresh = overview(session, who, now=NOW).freshness
    assert (fresh.as_of, fresh.waiting) == (NOW, 1)


def test_the_way_down_leads_to_institutions_their_classes_and_sessions(session: Session) -> None:
    school = make.make_institution(session, name="甲校")
    made = past_class(session, institution=school)
    past_class(session, institution=school, region_code="653201")
    person = make.make_person(session)
    make.enrol(session, person, made)
    make.enrol(session, person, past_class(session, institution=school))
    settle(session)
    who = officer(session)
    (row,) = drilling.institutions(session, who, now=NOW).items
    assert (row.name, row.figures.classes) == ("甲校", 2)
    assert (row.figures.person_times, row.figures.people) == (2, 1)
    seen = drilling.institution(session, who, institution_id=school.id, now=NOW)
    assert (seen.classes.total, seen.figures.people) == (2, 1)
    found = drilling.training_class(session, who, class_id=made.id, now=NOW)
    assert [one.overdue for one in found.sessions] == [True, True]
    assert found.institution_name == "甲校"


def test_a_session_leads_to_its_own_pages(session: Session) -> None:
    made = past_class(session)
    who = officer(session)
    first, second = make.sessions_of(session, made)
    session.add(
        SessionScore(session_id=first.id, stage="day", points=3, reasons=[], computed_at=NOW)
    )
    for days in (2, 1):
        counted = NOW - timedelta(days=days)
        latest = Inspection(
            session_id=second.id, officer_account_id=who.the_account(), opened_at=counted,
            counted_at=counted, head_count=1, sheet_count=1, roster_count=1, card="none",
        )  # fmt: skip
        session.add(latest)
    session.add(
        Inspection(session_id=first.id, officer_account_id=who.the_account(), opened_at=NOW)
    )
    settle(session)
    seen = drilling.training_class(session, who, class_id=made.id, now=NOW).sessions
    assert [one.scored for one in seen] == [True, False]
    # One that was opened and never counted says nothing.
    assert [one.inspection_id for one in seen] == [None, latest.id]
    assert risk_findings.one_session(session, who, session_id=first.id, now=NOW).points == 3


def test_what_lies_elsewhere_is_not_found(session: Session) -> None:
    made = past_class(session, region_code="653201")
    settle(session)
    who = officer(session)
    with pytest.raises(NotFound):
        drilling.training_class(session, who, class_id=made.id, now=NOW)
    with pytest.raises(NotFound):
        drilling.institution(session, who, institution_id=made.institution_id, now=NOW)
    with pytest.raises(NotFound):
        drilling.training_class(session, who, class_id=new_id(), now=NOW)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.INSTRUCTOR, Role.MANAGER, Role.SYSTEM_ADMIN])
def test_nobody_else_sees_figures(session: Session, role: Role) -> None:
    staff = role in (Role.INSTRUCTOR, Role.MANAGER)
    who = make.make_actor(
        session, role, institution=make.make_institution(session) if staff else None
    )
    made = make.make_class(session)
    for act, given in (
        (overview, {}),
        (drilling.institutions, {}),
        (drilling.institution, {"institution_id": made.institution_id}),
        (drilling.training_class, {"class_id": made.id}),
    ):
        with pytest.raises(Forbidden):
            act(session, who, now=NOW, **given)
        with pytest.raises(Unauthenticated):
            act(session, ANONYMOUS, now=NOW, **given)


def test_an_auditor_sees_the_figures(session: Session) -> None:
    make.make_class(session)
    settle(session)
    who = make.make_actor(session, Role.AUDITOR, region_code=TURPAN)
    assert overview(session, who, now=NOW).total.classes_open == 1
