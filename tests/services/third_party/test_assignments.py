"""A reviewer from outside sees the drawn sample while it lasts, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, ReviewItem, TrainingSession
from portal.domain.case_errors import NotDoneYet, NothingToDraw, SaidBefore
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services.casework import (
    case_views,
    complaint_desk,
    own_cases,
    recovery_views,
    sources,
)
from portal.services.third_party import assignments, drawing, mine, oversight, reading
from portal.services.third_party.assignments import Wanted
from portal.services.times import day_of, day_text
from tests.support import factories as make

NOW = make.NOW
TODAY = day_of(NOW)
DAY = timedelta(days=1)
NAMES = ("阿依古丽·买买提", "欧阳小强")


class Outside:
    """Past sessions here and elsewhere, an officer of each, two reviewers."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.school = make.make_institution(session)
        self.made = make.make_class(
            session, institution=self.school, first_start=NOW - 10 * DAY, sessions=6,
            status="running",
        )  # fmt: skip
        self.places = [
            make.enrol(session, make.make_person(session, name=name), self.made) for name in NAMES
        ]
        for place in self.places:
            place.created_at = NOW - 20 * DAY
        session.flush()
        self.far = make.make_institution(session, region_code="430102")
        self.away = make.make_class(
            session, institution=self.far, region_code="430102", first_start=NOW - 10 * DAY,
            sessions=6, status="running",
        )  # fmt: skip
        self.officer = make.make_actor(session, Role.OFFICER)
        self.elsewhere = make.make_actor(session, Role.OFFICER, region_code="430100")
        self.reviewer = make.make_actor(session, Role.REVIEWER, region_code="650402")
        self.other = make.make_actor(session, Role.REVIEWER, region_code="650402")

    def wanted(self, **fields: Any) -> Wanted:
        values: dict[str, Any] = {
            "reviewer_account_id": self.reviewer.the_account(),
            "title": "第四季度抽查",
            "unit": "session",
            "period_from": TODAY - 30 * DAY,
            "period_to": TODAY,
            "size": 3,
            "from_on": TODAY,
            "until_on": TODAY + 14 * DAY,
        }
        return Wanted(**values | fields)

    def assign(self, actor: Actor | None = None, **fields: Any) -> UUID:
        return assignments.assign(
            self.session, actor or self.officer, wanted=self.wanted(**fields), now=NOW
        )

    def items(self, assignment_id: UUID) -> list[ReviewItem]:
        query = select(ReviewItem).where(ReviewItem.assignment_id == assignment_id)
        return list(self.session.scalars(query.order_by(ReviewItem.seq_no)))


@pytest.fixture
def outside(session: Session) -> Outside:
    return Outside(session)


def test_the_sample_is_drawn_from_the_officers_region_alone(outside: Outside) -> None:
    given = outside.assign(size=500)
    classes = {
        outside.session.get_one(TrainingSession, one.session_id).class_id
        for one in outside.items(given)
    }
    assert classes == {outside.made.id}
    assert len(outside.items(given)) == 6


@pytest.mark.parametrize("field", ["institution_ids", "class_ids"])
def test_an_assignment_about_another_region_cannot_be_made(outside: Outside, field: str) -> None:
    there = outside.far.id if field == "institution_ids" else outside.away.id
    with pytest.raises(NotFound):
        outside.assign(**{field: (there,)})
    here = outside.school.id if field == "institution_ids" else outside.made.id
    with pytest.raises(NotFound):
        outside.assign(**{field: (here, there)})
    with pytest.raises(NotFound):
        outside.assign(outside.elsewhere, **{field: (here,)})


@pytest.mark.parametrize(
    "role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.REVIEWER, Role.SECURITY_ADMIN]
)
def test_only_officers_assign(outside: Outside, role: Role) -> None:
    kwargs = {"institution": outside.school} if role is Role.MANAGER else {}
    with pytest.raises(Forbidden):
        outside.assign(make.make_actor(outside.session, role, **kwargs))


@pytest.mark.parametrize("region", ["000000", "650000", "650400", "650402"])
def test_a_reviewer_of_the_line_may_be_chosen(outside: Outside, region: str) -> None:
    one = make.make_actor(outside.session, Role.REVIEWER, region_code=region)
    seen = {who.account_id for who in assignments.reviewers(outside.session, outside.officer)}
    assert one.the_account() in seen
    assert outside.assign(reviewer_account_id=one.the_account())


# Another prefecture, another province, and a county of neither.
@pytest.mark.parametrize("region", ["653100", "430000", "430102"])
def test_a_reviewer_off_the_line_is_nobodys_to_choose(outside: Outside, region: str) -> None:
    one = make.make_actor(outside.session, Role.REVIEWER, region_code=region)
    seen = {who.account_id for who in assignments.reviewers(outside.session, outside.officer)}
    assert one.the_account() not in seen
    with pytest.raises(NotFound):
        outside.assign(reviewer_account_id=one.the_account())


def test_a_county_chooses_its_own_reviewers_and_those_above_but_no_sisters(
    outside: Outside,
) -> None:
    county = make.make_actor(outside.session, Role.OFFICER, region_code="650402")
    sister, above = (
        make.make_actor(outside.session, Role.REVIEWER, region_code=region)
        for region in ("650421", "650400")
    )
    seen = {who.account_id for who in assignments.reviewers(outside.session, county)}
    assert above.account_id in seen
    assert sister.account_id not in seen


def test_whoever_looked_here_most_often_comes_first(outside: Outside) -> None:
    for _ in range(2):
        outside.assign(reviewer_account_id=outside.other.the_account())
    outside.assign()
    idle = make.make_actor(outside.session, Role.REVIEWER)
    # What they did elsewhere does not count here.
    afar = make.make_actor(outside.session, Role.REVIEWER, region_code="000000")
    outside.assign(outside.elsewhere, reviewer_account_id=afar.the_account())
    rows = assignments.reviewers(outside.session, outside.officer)
    counted = {one.account_id: one.times for one in rows}
    assert [one.account_id for one in rows[:2]] == [
        outside.other.account_id, outside.reviewer.account_id,
    ]  # fmt: skip
    assert [one.times for one in rows[:2]] == [2, 1]
    assert (counted[idle.the_account()], counted[afar.the_account()]) == (0, 0)


def test_only_a_reviewer_is_given_a_sample(outside: Outside) -> None:
    with pytest.raises(NotFound):
        outside.assign(reviewer_account_id=outside.officer.the_account())


@pytest.mark.parametrize(
    "fields",
    [
        {"unit": "person"},
        {"size": 0},
        {"size": 501},
        {"period_to": TODAY + DAY},
        {"period_from": TODAY + DAY},
        {"until_on": TODAY - DAY},
        {"until_on": TODAY + 400 * DAY},
        {"from_on": TODAY + 20 * DAY},
    ],
)
def test_what_cannot_be_drawn_is_named(outside: Outside, fields: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        outside.assign(**fields)


def test_nothing_to_draw_is_said(outside: Outside) -> None:
    with pytest.raises(NothingToDraw):
        outside.assign(period_from=TODAY - 300 * DAY, period_to=TODAY - 200 * DAY)


@pytest.mark.parametrize("unit", ["session", "enrolment"])
def test_a_sample_can_be_drawn_again_and_proven(outside: Outside, unit: str) -> None:
    given = outside.assign(unit=unit, size=2)
    proof = drawing.prove(outside.session, outside.officer, assignment_id=given)
    assert (proof.same_population, proof.same_sample) == (True, True)
    make.enrol(outside.session, make.make_person(outside.session), outside.made)
    late = outside.session.merge(make.make_session(outside.made, 9, NOW - DAY, NOW - DAY + DAY / 8))
    outside.session.flush()
    proof = drawing.prove(outside.session, outside.officer, assignment_id=given)
    assert late.id
    # A session that was added to the past shows; whoever enrolled later was not there to draw.
    assert proof.same_population is (unit == "enrolment")
    with pytest.raises(NotFound):
        drawing.prove(outside.session, outside.elsewhere, assignment_id=given)


Read = Callable[[Session, Actor, UUID, UUID, Any], Any]
READS: dict[str, Read] = {
    "assignment": lambda s, a, g, i, n: mine.assignment(s, a, assignment_id=g, now=n),
    "item": lambda s, a, g, i, n: reading.item(s, a, item_id=i, now=n),
    "find": lambda s, a, g, i, n: mine.find(s, a, item_id=i, verdict="ok", note="", now=n),
    "report": lambda s, a, g, i, n: mine.report(
        s, a, assignment_id=g, text="样本都看过，没有问题", now=n
    ),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_reviewer_reaches_nothing_outside_an_own_running_sample(
    outside: Outside, read: Read
) -> None:
    given = outside.assign(size=1)
    (item,) = outside.items(given)
    session = outside.session
    # Another's, an unknown one, before it begins, after it ended.
    for actor, assignment, thing, moment in (
        (outside.other, given, item.id, NOW),
        (outside.reviewer, item.id, given, NOW),
        (outside.reviewer, given, item.id, NOW - 2 * DAY),
        (outside.reviewer, given, item.id, NOW + 15 * DAY),
    ):
        with pytest.raises(NotFound):
            read(session, actor, assignment, thing, moment)
    assignments.end(session, outside.officer, assignment_id=given, now=NOW)
    with pytest.raises(NotFound):
        read(session, outside.reviewer, given, item.id, NOW)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize(
    "role", [Role.TRAINEE, Role.OFFICER, Role.MANAGER, Role.AUDITOR, Role.SYSTEM_ADMIN]
)
def test_nobody_else_reads_as_a_reviewer(outside: Outside, read: Read, role: Role) -> None:
    given = outside.assign(size=1)
    (item,) = outside.items(given)
    kwargs = {"institution": outside.school} if role is Role.MANAGER else {}
    actor = make.make_actor(outside.session, role, **kwargs)
    with pytest.raises(Forbidden):
        read(outside.session, actor, given, item.id, NOW)


OFFICE: dict[str, Callable[[Session, Actor, UUID], Any]] = {
    "work": lambda s, a, i: sources.work(s, a, now=NOW),
    "cases": lambda s, a, i: case_views.listed(s, a, now=NOW),
    "case": lambda s, a, i: case_views.case_file(s, a, case_id=i, now=NOW),
    "own cases": lambda s, a, i: own_cases.own_cases(s, a, now=NOW),
    "recoveries": lambda s, a, i: recovery_views.listed(s, a, now=NOW),
    "recovery": lambda s, a, i: recovery_views.recovery(s, a, recovery_id=i, now=NOW),
    "complaints": lambda s, a, i: complaint_desk.listed(s, a, now=NOW),
    "complaint": lambda s, a, i: complaint_desk.complaint(s, a, complaint_id=i, now=NOW),
    "contact": lambda s, a, i: complaint_desk.contact(
        s, a, complaint_id=i, reason="想知道是谁", now=NOW
    ),
    "photo": lambda s, a, i: complaint_desk.photo(s, a, complaint_id=i, now=NOW),
    "assignments": lambda s, a, i: oversight.listed(s, a, now=NOW),
    "assignment": lambda s, a, i: oversight.assignment(s, a, assignment_id=i, now=NOW),
    "proof": lambda s, a, i: drawing.prove(s, a, assignment_id=i),
    "reviewers": lambda s, a, i: assignments.reviewers(s, a),
}


@pytest.mark.parametrize("ask", OFFICE.values(), ids=OFFICE)
def test_a_reviewer_reads_nothing_of_the_office(
    outside: Outside, ask: Callable[[Session, Actor, UUID], Any]
) -> None:
    given = outside.assign()
    with pytest.raises(Forbidden):
        ask(outside.session, outside.reviewer, given)


@pytest.mark.parametrize("unit", ["session", "enrolment"])
def test_names_are_masked_unless_the_assignment_says_otherwise(outside: Outside, unit: str) -> None:
    for shows in (False, True):
        given = outside.assign(unit=unit, size=2, shows_names=shows)
        shown = "".join(
            repr(reading.item(outside.session, outside.reviewer, item_id=one.id, now=NOW))
            for one in outside.items(given)
        )
        assert [name in shown for name in NAMES] == [shows, shows]


@pytest.mark.parametrize("unit", ["session", "enrolment"])
def test_every_reading_is_written_down(outside: Outside, unit: str) -> None:
    given = outside.assign(unit=unit, size=1)
    (item,) = outside.items(given)
    reading.item(outside.session, outside.reviewer, item_id=item.id, now=NOW)
    (line,) = outside.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "third_party.read")
    )
    assert line.actor_account_id == outside.reviewer.account_id
    assert line.object_id == str(item.session_id or item.enrolment_id)
    assert line.fields_read == ["name_masked", "attendance"]
    of = outside.places[0].person_id, outside.places[1].person_id
    assert (line.on_behalf_of in of) is (unit == "enrolment")


def test_a_report_comes_after_the_last_finding_and_ends_the_writing(outside: Outside) -> None:
    given = outside.assign(size=2)
    one, two = outside.items(given)
    session, who = outside.session, outside.reviewer

    def report(text: str = "样本都看过，一处有问题") -> None:
        mine.report(session, who, assignment_id=given, text=text, now=NOW)

    mine.find(session, who, item_id=one.id, verdict="ok", note="", now=NOW)
    with pytest.raises(NotDoneYet):
        report()
    with pytest.raises(BadInput):
        mine.find(session, who, item_id=two.id, verdict="fault", note="", now=NOW)
    mine.find(session, who, item_id=two.id, verdict="question", note="签到时间太齐", now=NOW)
    mine.find(session, who, item_id=two.id, verdict="fault", note="没有上课", now=NOW + DAY / 24)
    report()
    report()
    with pytest.raises(SaidBefore):
        report("换一种说法，没有问题")
    with pytest.raises(SaidBefore):
        mine.find(session, who, item_id=one.id, verdict="ok", note="", now=NOW)
    row = oversight.assignment(session, outside.officer, assignment_id=given, now=NOW)
    assert (row.row.state, row.row.faults, row.row.questions) == ("reported", 1, 0)
    assert oversight.listed(session, outside.elsewhere, now=NOW).total == 0


def test_a_reviewer_of_two_sees_each_and_what_remains(outside: Outside) -> None:
    outside.assign(until_on=TODAY)
    outside.assign()
    assert len(mine.assignments(outside.session, outside.reviewer, now=NOW)) == 2
    assert len(mine.assignments(outside.session, outside.reviewer, now=NOW + 2 * DAY)) == 1
    fresh = replace(outside.reviewer, account_id=outside.other.account_id)
    assert mine.assignments(outside.session, fresh, now=NOW) == ()


def test_a_lesson_before_eight_in_the_morning_is_on_its_own_day(outside: Outside) -> None:
    """The day in Beijing, which is not yet that of Greenwich."""
    session = outside.session
    early = make.make_class(
        session, institution=outside.school, first_start=datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
        sessions=1, status="running",
    )  # fmt: skip
    place = make.enrol(session, make.make_person(session), early)
    place.created_at = NOW - 20 * DAY
    session.flush()
    given = outside.assign(unit="enrolment", class_ids=(early.id,))
    (item,) = outside.items(given)
    seen = reading.item(session, outside.reviewer, item_id=item.id, now=NOW)
    assert [line.label for line in seen.lines] == [day_text(date(2026, 11, 23))]
