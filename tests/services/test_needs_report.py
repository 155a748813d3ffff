"""The sum of wishes: counts of people, by what and where, and nobody to be recognised."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Person, TrainingNeed
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services import needs_report
from portal.services.needs_report import Count, NeedsReport
from tests.support import factories as make
from tests.support import policy

NOW = make.NOW
ELECTRICIAN, COOK = "6-31-01-03", "4-03-02-01"


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Rolled back after the test, so that every test counts its own."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()
        made.query(TrainingNeed).delete()
        made.commit()


def wish(
    session: Session,
    person: Person | None = None,
    *,
    skill: str = ELECTRICIAN,
    region: str = "650402",
    state: str = "open",
    ago: timedelta = timedelta(0),
) -> Person:
    person = person or make.make_person(session)
    session.add(
        TrainingNeed(
            person_id=person.id,
            skill_key=skill,
            region_code=region,
            from_month=date(2026, 12, 1),
            state=state,
            channel="web",
            created_at=NOW - ago,
        )
    )
    session.flush()
    return person


def aided(session: Session, *, verified: bool = True) -> Person:
    person = make.make_person(session)
    policy.set_group(session, person.id, "AIDED_FAMILY", verified=verified)
    return person


def officer(session: Session, region: str = "650400", role: Role = Role.OFFICER) -> Actor:
    return make.make_actor(session, role, region_code=region)


def report(session: Session, actor: Actor, within: str = "") -> NeedsReport:
    return needs_report.needs_report(session, actor, within=within, now=NOW)


def test_people_are_counted_by_what_and_where(session: Session) -> None:
    for _ in range(3):
        wish(session)
    wish(session, region="650421")
    wish(session, skill=COOK)
    found = report(session, officer(session))
    assert [part.code for part in found.parts] == ["650402", "650421"]
    assert [(row.skill_key, row.total.people) for row in found.rows] == [
        (ELECTRICIAN, 4),
        (COOK, 1),
    ]
    assert found.rows[0].cells == (Count(3, 0), Count(1, 0))
    assert found.total == Count(5, 0)


def test_somebody_with_two_wishes_is_one_person_in_every_sum(session: Session) -> None:
    person = wish(session)
    wish(session, person, region="650421")
    wish(session, person, skill=COOK)
    found = report(session, officer(session))
    assert (found.total.people, found.rows[0].total.people) == (1, 1)
    assert [part.total.people for part in found.parts] == [1, 1]


def test_what_is_met_or_withdrawn_is_no_need(session: Session) -> None:
    wish(session, state="met")
    wish(session, state="withdrawn")
    wish(session, state="told")
    assert report(session, officer(session)).total.people == 1


def test_aided_families_are_counted_by_the_authoritys_list(session: Session) -> None:
    wish(session, aided(session))
    wish(session, aided(session, verified=False))
    assert report(session, officer(session)).total == Count(2, 1)


def test_r56_willing_people_of_aided_families_without_a_seat_this_year(session: Session) -> None:
    seated, trained_before, waits, none = (aided(session) for _ in range(4))
    for person in (seated, trained_before, waits, none):
        wish(session, person)
    make.enrol(session, seated, make.make_class(session))
    earlier = make.enrol(session, trained_before, make.make_class(session))
    earlier.created_at = NOW - timedelta(days=400)
    line = make.enrol(session, waits, make.make_class(session))
    line.status, line.waiting_no, line.waiting_rank = "waitlisted", 1, 1
    session.flush()
    assert report(session, officer(session)).aided_waiting == 3


def test_an_officer_sees_the_own_region_and_what_lies_in_it(session: Session) -> None:
    wish(session)
    wish(session, region="650502")
    assert report(session, officer(session)).total.people == 1
    province = officer(session, "650000")
    found = report(session, province)
    assert [part.code for part in found.parts] == ["650400", "650500"]
    assert found.parts[0].can_open
    inside = report(session, province, within="650400")
    assert [(part.code, part.can_open) for part in inside.parts] == [("650402", False)]


@pytest.mark.parametrize("within", ["650500", "110000", "000000", "x"])
def test_a_region_elsewhere_does_not_exist(session: Session, within: str) -> None:
    with pytest.raises(NotFound):
        report(session, officer(session), within=within)


def test_a_wish_for_the_whole_city_stands_beside_its_counties(session: Session) -> None:
    wish(session, region="650400")
    wish(session)
    assert [part.name for part in report(session, officer(session)).parts] == [
        "吐鲁番市全市",
        "高昌区",
    ]


def test_the_months_are_the_last_twelve(session: Session) -> None:
    wish(session)
    wish(session, ago=timedelta(days=40), state="withdrawn")
    wish(session, ago=timedelta(days=800))
    months = report(session, officer(session)).months
    assert len(months) == 12
    assert [(one.month, one.people) for one in months[-3:]] == [
        (date(2026, 10, 1), 1),
        (date(2026, 11, 1), 0),
        (date(2026, 12, 1), 1),
    ]


def test_a_month_begins_in_beijing(session: Session) -> None:
    # 17:00 on 30 November in London is 1 December there.
    wish(session, ago=NOW - NOW.replace(month=11, day=30, hour=17, minute=0))
    assert report(session, officer(session)).months[-1].people == 1


def test_small_counts_are_told_to_officers_only(session: Session) -> None:
    for _ in range(4):
        wish(session)
    for _ in range(6):
        wish(session, region="650421")
    for _ in range(2):
        wish(session, aided(session), region="650421")
    exact = report(session, officer(session))
    hidden = report(session, officer(session, role=Role.AUDITOR))
    assert (exact.exact, hidden.exact) == (True, False)
    assert exact.rows[0].cells == (Count(4, 0), Count(8, 2))
    assert hidden.rows[0].cells == (Count(None, 0), Count(8, None))
    # 12 - 8 would give the hidden 4 away.
    assert (exact.total, hidden.total) == (Count(12, 2), Count(10, None))
    assert hidden.rows[0].total == Count(10, None)
    assert hidden.aided_waiting is None


def test_others_see_nothing(session: Session) -> None:
    for role in (Role.TRAINEE, Role.HELPER, Role.EMPLOYER):
        actor = make.make_actor(session, role)
        with pytest.raises(Forbidden):
            report(session, actor)


def test_the_sheet_is_for_officers_and_leaves_a_row(session: Session) -> None:
    for _ in range(2):
        wish(session)
    actor = officer(session)
    sheet = needs_report.export(session, actor, now=NOW)
    assert sheet == (
        ("想学的内容", "地区", "人数", "其中帮扶家庭人数"),
        ("电工", "高昌区", "2", "0"),
    )
    event = session.scalars(select(AuditEvent).filter_by(actor_account_id=actor.account_id)).one()
    assert (event.action, event.detail) == ("need.export", {"rows": 1})
    with pytest.raises(Forbidden):
        needs_report.export(session, officer(session, role=Role.AUDITOR), now=NOW)
