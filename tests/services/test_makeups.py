"""Making up a missed session: what fits, the last chair, whose it is, and what it counts."""

import itertools
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import AttendanceRecord, AuditEvent, MakeUp
from portal.domain.errors import Forbidden, NotFound, PortalError, Unauthenticated
from portal.domain.leave_errors import ChairsGone, MakeUpRefused
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import attendance, makeup_options, makeup_results, makeups
from portal.services.attendance_lines import lines_of, worth
from portal.services.makeups import Plan
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import meetings
from tests.support.acts import together
from tests.support.meetings import END, MINUTE, START, School, news_of

NEXT = START + timedelta(days=5)
NOW = END + timedelta(days=1)
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def skill(monkeypatch: pytest.MonkeyPatch) -> str:
    """A skill that no other test's classes teach: each test sees its own classes alone."""
    code = f"9-99-99-{next(_numbers)}"
    monkeypatch.setitem(_usual, "occupation_code", code)
    return code


_usual: dict[str, Any] = {}


def school(session: Session, **fields: Any) -> School:
    return meetings.school(session, **_usual | fields)


@pytest.fixture
def here(session: Session) -> School:
    """Whose first trainee was absent."""
    made = school(session)
    made.record(0)
    return made


@pytest.fixture
def there(session: Session, here: School) -> School:
    return school(session, first_start=NEXT, sessions=1)


def plan(of: School, at: School, index: int = 0, now: datetime = NOW) -> Plan:
    return makeups.plan(
        of.session,
        of.trainees[index],
        missed_session_id=of.meeting.id,
        at_session_id=at.meeting.id,
        now=now,
    )


def offered(of: School, now: datetime = NOW) -> set[UUID]:
    found = makeup_options.options(
        of.session, of.trainees[0], missed_session_id=of.meeting.id, now=now
    )
    return {one.session_id for one in found}


def confirm_guest(of: School, at: School, now: datetime) -> bool:
    """What confirming the other sheet does for its guest."""
    line = next(one for one in lines_of(at.session, at.meeting) if one.guest_of)
    found = worth(at.meeting, line)
    return makeups.write_guest_record(at.session, at.staff, line, at.meeting, found, now)


def record_of(of: School) -> AttendanceRecord:
    of.session.expire_all()
    query = select(AttendanceRecord).where(AttendanceRecord.session_id == of.meeting.id)
    return of.session.scalars(query).one()


def test_a_session_of_the_same_skill_at_another_institution_fits(
    here: School, there: School
) -> None:
    assert offered(here) == {there.meeting.id}
    (option,) = makeup_options.options(
        here.session, here.trainees[0], missed_session_id=here.meeting.id, now=NOW
    )
    assert not option.is_own_institution
    assert (option.hours, option.chairs) == (4, 28)


@pytest.mark.parametrize(
    "fields",
    [
        {"occupation_code": "4-03-02-01"},
        {"level": 3},
        {"first_start": START - timedelta(days=1)},
        {"first_start": NOW + timedelta(days=90)},
        {"capacity": 2},
        # While the own class meets.
        {"first_start": START + timedelta(days=1, minutes=60)},
    ],
    ids=["skill", "level", "past", "far", "full", "busy"],
)
def test_what_does_not_fit_is_not_offered(
    session: Session, here: School, fields: dict[str, Any]
) -> None:
    now = END + timedelta(minutes=5)
    other = school(session, **{"first_start": NEXT, "sessions": 1} | fields)
    assert other.meeting.id not in offered(here, now)
    with pytest.raises((MakeUpRefused, ChairsGone)):
        plan(here, other, now=now)


def test_another_kind_of_session_and_a_cancelled_class_do_not_fit(
    session: Session, here: School, there: School
) -> None:
    there.meeting.kind = "theory"
    session.flush()
    assert offered(here) == set()
    there.meeting.kind = "practice"
    there.training_class.status = "cancelled"
    session.flush()
    assert offered(here) == set()


def test_a_class_that_one_is_in_already_does_not_fit(
    session: Session, here: School, there: School
) -> None:
    make.enrol(session, make.person_of(session, here.trainees[0]), there.training_class)
    assert offered(here) == set()


def test_two_make_ups_never_overlap(session: Session, here: School, there: School) -> None:
    second = school(session, first_start=START + timedelta(days=2), sessions=1)
    session.add(
        MakeUp(
            enrolment_id=here.places[0].id,
            person_id=here.places[0].person_id,
            missed_session_id=second.meeting.id,
            at_session_id=school(session, first_start=NEXT + 60 * MINUTE, sessions=1).meeting.id,
            state="planned",
            created_at=NOW,
            created_by=here.trainees[0].the_account(),
        )
    )
    session.flush()
    assert there.meeting.id not in offered(here)


def test_the_nearest_comes_first(session: Session, here: School, there: School) -> None:
    far = school(session, first_start=NEXT - timedelta(days=2), sessions=1, region_code="370202")
    found = makeup_options.options(
        session, here.trainees[0], missed_session_id=here.meeting.id, now=NOW
    )
    assert [one.session_id for one in found] == [there.meeting.id, far.meeting.id]


@pytest.mark.parametrize(
    ("state", "hours", "can"), [("absent", 0, True), ("excused", 0, True), ("present", 0, True),
                                ("late", 3, False), ("present", 4, False)]
)  # fmt: skip
def test_only_a_session_that_counted_nothing_is_made_up(
    session: Session, state: str, hours: int, can: bool
) -> None:
    here = school(session)
    here.record(0, state, hours)
    there = school(session, first_start=NEXT, sessions=1)
    if can:
        assert plan(here, there).state == "planned"
    else:
        assert offered(here) == set()
        with pytest.raises(MakeUpRefused):
            plan(here, there)


def test_before_the_sheet_is_confirmed_and_after_the_class_is_closed_nothing_is_made_up(
    session: Session, here: School, there: School
) -> None:
    here.training_class.status = "closed"
    session.flush()
    with pytest.raises(MakeUpRefused):
        plan(here, there)
    here.training_class.status, here.meeting.confirmed_at = "running", None
    session.flush()
    with pytest.raises(MakeUpRefused):
        plan(here, there)


def test_planning_again_answers_the_same_and_elsewhere_is_refused(
    session: Session, here: School, there: School
) -> None:
    assert plan(here, there).id == plan(here, there).id
    with pytest.raises(MakeUpRefused):
        plan(here, school(session, first_start=NEXT + timedelta(days=1), sessions=1))


def test_nobody_plans_for_somebody_else(session: Session, here: School, there: School) -> None:
    outsider = make.make_actor(session)
    arguments = {
        "missed_session_id": here.meeting.id,
        "at_session_id": there.meeting.id,
        "now": NOW,
    }
    with pytest.raises(NotFound):
        makeups.plan(session, outsider, **arguments)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        makeups.plan(session, here.staff, **arguments)  # type: ignore[arg-type]
    with pytest.raises(Unauthenticated):
        makeups.plan(session, ANONYMOUS, **arguments)  # type: ignore[arg-type]
    # On the roster, but was there.
    with pytest.raises(MakeUpRefused):
        plan(here, there, index=1)
    with pytest.raises(NotFound):
        makeups.withdraw(session, outsider, makeup_id=plan(here, there).id, now=NOW)


def test_of_many_who_want_the_last_chair_one_gets_it(session: Session, engine: Engine) -> None:
    here = school(session, trainees=6)
    for index in range(6):
        here.record(index)
    there = school(session, first_start=NEXT, sessions=1, trainees=2, capacity=3)
    session.commit()
    act = partial(
        makeups.plan,
        missed_session_id=here.meeting.id,
        at_session_id=there.meeting.id,
        now=NOW,
    )
    answers = together([partial(as_actor, act, who) for who in here.trainees])
    assert sum(isinstance(answer, Plan) for answer in answers) == 1
    assert sum(isinstance(answer, ChairsGone) for answer in answers) == 5
    count = select(func.count()).where(MakeUp.at_session_id == there.meeting.id)
    assert session.scalar(count) == 1


def test_one_person_who_taps_twice_takes_one_chair(
    session: Session, here: School, there: School, engine: Engine
) -> None:
    session.commit()
    act = partial(
        makeups.plan, missed_session_id=here.meeting.id, at_session_id=there.meeting.id, now=NOW
    )
    answers = together([partial(as_actor, act, here.trainees[0])] * 4)
    assert not any(isinstance(answer, PortalError) for answer in answers)
    count = select(func.count()).where(MakeUp.at_session_id == there.meeting.id)
    assert session.scalar(count) == 1


def test_a_chair_given_back_is_free_again(session: Session, here: School, there: School) -> None:
    there.training_class.capacity = 3
    session.flush()
    made = plan(here, there)
    assert made.can_withdraw
    for _ in range(2):
        back = makeups.withdraw(session, here.trainees[0], makeup_id=made.id, now=NOW)
        assert back.state == "withdrawn"
    assert offered(here) == {there.meeting.id}


def test_after_a_scan_the_visit_is_not_taken_back(
    session: Session, here: School, there: School
) -> None:
    made = plan(here, there)
    there.scan(here.places[0], "in", NEXT)
    with pytest.raises(MakeUpRefused):
        makeups.withdraw(session, here.trainees[0], makeup_id=made.id, now=NEXT)


def attend(here: School, there: School) -> None:
    plan(here, there)
    there.scan(here.places[0], "in", NEXT)
    there.scan(here.places[0], "out", NEXT + 180 * MINUTE)


LATER = NEXT + timedelta(hours=4)


def test_who_came_has_the_hours_on_the_missed_session_and_none_on_the_other(
    session: Session, here: School, there: School
) -> None:
    attend(here, there)
    assert confirm_guest(here, there, LATER)
    record = record_of(here)
    assert (record.state, record.credited_hours) == ("makeup", 4)
    assert record.makeup_session_id == there.meeting.id
    elsewhere = select(func.count()).where(AttendanceRecord.session_id == there.meeting.id)
    assert session.scalar(elsewhere) == 0
    kept = makeups.plan_for(session, here.trainees[0], missed_session_id=here.meeting.id, now=LATER)
    assert kept is not None
    assert kept.state == "attended"
    assert news_of(session, here.trainees[0]) == ["makeup_counted"]


def test_confirming_again_writes_and_tells_nothing_twice(
    session: Session, here: School, there: School
) -> None:
    attend(here, there)
    confirm_guest(here, there, LATER)
    assert not confirm_guest(here, there, LATER)
    assert news_of(session, here.trainees[0]) == ["makeup_counted"]
    trace = select(func.count()).where(
        AuditEvent.action == "makeup.attended", AuditEvent.object_id == str(here.meeting.id)
    )
    assert session.scalar(trace) == 1


def test_who_stayed_away_keeps_the_absence_and_may_plan_again(
    session: Session, here: School, there: School
) -> None:
    plan(here, there)
    assert not confirm_guest(here, there, LATER)
    assert record_of(here).state == "absent"
    assert news_of(session, here.trainees[0]) == ["makeup_missed"]
    again = school(session, first_start=NEXT + timedelta(days=3), sessions=1)
    assert plan(here, again, now=LATER).state == "planned"


def test_scans_that_come_late_undo_the_write_off_and_the_next_plan(
    session: Session, here: School, there: School
) -> None:
    plan(here, there)
    confirm_guest(here, there, LATER)
    again = school(session, first_start=NEXT + timedelta(days=3), sessions=1)
    plan(here, again, now=LATER)
    there.scan(here.places[0], "in", NEXT)
    there.scan(here.places[0], "out", NEXT + 180 * MINUTE)
    assert confirm_guest(here, there, LATER)
    assert record_of(here).state == "makeup"
    assert [line.guest_of for line in lines_of(session, again.meeting)] == [None, None]


def test_hours_given_by_hand_since_are_left_alone(
    session: Session, here: School, there: School
) -> None:
    attend(here, there)
    record = record_of(here)
    record.state, record.credited_hours, record.corrected = "present", 4, True
    session.flush()
    assert not confirm_guest(here, there, LATER)
    assert record_of(here).state == "present"


def test_a_class_closed_since_is_left_alone(session: Session, here: School, there: School) -> None:
    attend(here, there)
    here.training_class.status = "closed"
    session.flush()
    assert not confirm_guest(here, there, LATER)
    assert record_of(here).state == "absent"


def test_the_host_sees_its_guest_and_the_own_institution_the_result(
    session: Session, here: School, there: School
) -> None:
    attend(here, there)
    (guest,) = makeup_results.guests(session, there.staff, session_id=there.meeting.id, now=LATER)
    assert (guest.name, guest.institution_name) == ("学员1", here.institution.name)
    assert guest.id_no_masked.count("*") > 4
    confirm_guest(here, there, LATER)
    (result,) = makeup_results.made_up_elsewhere(
        session, here.staff, session_id=here.meeting.id, now=LATER
    )
    assert (result.where, result.state) == (there.institution.name, "attended")
    for staff, meeting in ((here.staff, there.meeting), (there.staff, here.meeting)):
        with pytest.raises(NotFound):
            makeup_results.guests(session, staff, session_id=meeting.id, now=LATER)
        with pytest.raises(NotFound):
            makeup_results.made_up_elsewhere(session, staff, session_id=meeting.id, now=LATER)
    officer = make.make_actor(session, Role.OFFICER)
    with pytest.raises(Forbidden):
        makeup_results.guests(session, officer, session_id=there.meeting.id, now=LATER)


def test_the_person_finds_the_visit_by_either_session(
    session: Session, here: School, there: School
) -> None:
    made = plan(here, there)
    who = here.trainees[0]
    visit = makeups.visit_to(session, who, at_session_id=there.meeting.id, now=NOW)
    assert visit is not None
    assert visit.id == made.id
    assert [one.id for one in makeups.visits_on(session, who, now=NOW)] == [made.id]
    assert (
        makeups.visit_to(session, here.trainees[1], at_session_id=there.meeting.id, now=NOW) is None
    )


def test_confirming_the_other_sheet_counts_and_the_own_one_keeps_it(
    session: Session, here: School, there: School
) -> None:
    attend(here, there)
    sheet = attendance.confirm_attendance(
        session, there.staff, session_id=there.meeting.id, now=LATER
    )
    assert sheet.status == "confirmed"
    assert not sheet.can_confirm
    assert (record_of(here).state, record_of(here).credited_hours) == ("makeup", 4)
    # A scan of the missed session that arrives now makes its sheet worth confirming again.
    here.scan(here.places[0], "in", START)
    attendance.confirm_attendance(session, here.staff, session_id=here.meeting.id, now=LATER)
    kept = select(AttendanceRecord.state).where(
        AttendanceRecord.session_id == here.meeting.id,
        AttendanceRecord.enrolment_id == here.places[0].id,
    )
    assert session.scalar(kept) == "makeup"


def test_confirming_without_the_guest_writes_the_visit_off(
    session: Session, here: School, there: School
) -> None:
    plan(here, there)
    sheet = attendance.confirm_attendance(
        session, there.staff, session_id=there.meeting.id, now=LATER
    )
    assert not sheet.can_confirm
    assert record_of(here).state == "absent"
    assert session.scalars(select(MakeUp.state).where(MakeUp.at_session_id == there.meeting.id)
                           ).all() == ["missed"]  # fmt: skip
