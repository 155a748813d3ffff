"""A trainee has a record checked: when, whose, by when, and what comes of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceAppeal,
    AttendanceCorrection,
    AttendanceRecord,
    AuditEvent,
    Notice,
    OfflineUpload,
    RelayTry,
)
from portal.domain.attendance_errors import AppealAnswered, AppealClosed
from portal.domain.errors import (
    BadInput,
    Forbidden,
    NotFound,
    NotReady,
    PortalError,
    TooEarly,
    Unauthenticated,
)
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.locale import has
from portal.locale.errors import sentence_for
from portal.services import appeals, appeals_desk, appeals_oversight, attendance, proposals
from portal.services.appeal_views import OwnAppeal
from portal.services.appeals_desk import DeskAppeal
from portal.services.own_sessions import meetings_of
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.courses import END, MINUTE, START, Course, make_course

DAY = timedelta(days=1)
# START is a Tuesday; the third working day behind it is Friday, which ends at this moment.
DUE = datetime(2026, 12, 4, 16, tzinfo=UTC)


@pytest.fixture
def course(session: Session) -> Course:
    return make_course(session)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Course]:
    with Session(engine, expire_on_commit=False) as session:
        made = make_course(session)
        session.commit()
        yield made


def appeal(course: Course, who: int = 0, **kwargs: Any) -> OwnAppeal:
    values: dict[str, Any] = {
        "session_id": course.meeting.id,
        "enrolment_id": course.places[who].id,
        "kind": "missing",
        "now": END + 10 * MINUTE,
    }
    actor = kwargs.pop("actor", course.people[who])
    return appeals.appeal(course.session, actor, **values | kwargs)


def uphold(course: Course, appeal_id: Any, **kwargs: Any) -> str:
    values: dict[str, Any] = {
        "state": "present",
        "hours": 4,
        "answer": "核实在场",
        "now": END + DAY,
    }
    actor = kwargs.pop("actor", course.manager)
    return appeals_desk.uphold(course.session, actor, appeal_id=appeal_id, **values | kwargs)


def refuse(course: Course, appeal_id: Any, **kwargs: Any) -> None:
    values: dict[str, Any] = {"answer": "查了监控没有来", "now": END + DAY}
    actor = kwargs.pop("actor", course.manager)
    appeals_desk.refuse(course.session, actor, appeal_id=appeal_id, **values | kwargs)


def row(course: Course, appeal_id: Any) -> AttendanceAppeal:
    return course.session.get_one(AttendanceAppeal, appeal_id, populate_existing=True)


def told(course: Course, actor: Actor) -> list[str]:
    query = select(Notice.kind).where(Notice.person_id == actor.person_id).order_by(Notice.id)
    return list(course.session.scalars(query))


def desk(course: Course, now: datetime = END + DAY, **kwargs: Any) -> tuple[DeskAppeal, ...]:
    return appeals_desk.desk(course.session, kwargs.get("actor", course.manager), now=now)


def test_one_tap_appeals_and_the_staff_are_told(course: Course) -> None:
    made = appeal(course, note=" 扫码 一直转圈 ")
    assert (made.kind, made.state, made.note) == ("missing", "open", "扫码 一直转圈")
    assert (made.answer_by, made.late) == ("12月4日 周五", False)
    assert row(course, made.appeal_id).due_at == DUE
    assert told(course, course.manager) == ["appeal_received"]
    trace = course.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "appeal.make")
    ).one()
    assert trace.object_id == str(course.meeting.id)


def test_a_second_tap_answers_the_first_appeal(course: Course) -> None:
    first = appeal(course)
    assert appeal(course, kind="wrong", now=END + 20 * MINUTE) == first
    assert told(course, course.manager) == ["appeal_received"]


def test_two_taps_at_once_make_one_appeal(saved: Course) -> None:
    act = partial(
        as_actor,
        appeals.appeal,
        saved.people[0],
        session_id=saved.meeting.id,
        enrolment_id=saved.places[0].id,
        kind="missing",
        now=END,
    )
    answers = together([act] * 6)
    assert len({one.appeal_id for one in answers if isinstance(one, OwnAppeal)}) == 1
    assert len(answers) == 6
    query = select(func.count()).where(AttendanceAppeal.enrolment_id == saved.places[0].id)
    assert saved.session.scalar(query) == 1
    assert told(saved, saved.manager) == ["appeal_received"]


def test_a_scan_that_fails_is_appealed_as_soon_as_the_doors_are_open(course: Course) -> None:
    with pytest.raises(TooEarly):
        appeal(course, now=START - 31 * MINUTE)
    assert appeal(course, now=START + 5 * MINUTE).state == "open"


def test_the_days_begin_with_the_confirmation_or_the_last_change(course: Course) -> None:
    assert appeal(course, 0, now=END + 30 * DAY).state == "open"
    course.confirm(END + 5 * DAY)
    last = datetime(2026, 12, 13, 15, 59, tzinfo=UTC)
    assert appeal(course, 1, now=last).state == "open"
    with pytest.raises(AppealClosed) as refused:
        appeal(course, 2, now=last + MINUTE)
    assert "12月13日" in sentence_for(refused.value)
    course.correct(2, now=END + 10 * DAY)
    assert appeal(course, 2, now=END + 16 * DAY).state == "open"
    with pytest.raises(AppealClosed):
        appeal(course, 3, now=END + 16 * DAY)


@pytest.mark.parametrize("kind", ["", "other", None, 1])
def test_nonsense_is_refused(course: Course, kind: Any) -> None:
    with pytest.raises(BadInput):
        appeal(course, kind=kind)


def test_nobody_appeals_for_another(course: Course) -> None:
    with pytest.raises(NotFound):
        appeal(course, 0, actor=course.people[1])
    with pytest.raises(NotFound):
        appeal(course, 0, session_id=new_id())
    elsewhere = make_course(course.session, people=1)
    with pytest.raises(NotFound):
        appeal(course, 0, session_id=elsewhere.meeting.id)
    with pytest.raises(Forbidden):
        appeal(course, 0, actor=course.manager)
    with pytest.raises(Unauthenticated):
        appeal(course, 0, actor=ANONYMOUS)
    made = appeal(course)
    for act in (appeals.withdraw, partial(appeals.explain, note="我在")):
        with pytest.raises(NotFound):
            act(course.session, course.people[1], appeal_id=made.appeal_id, now=END)


def test_each_change_of_an_appeals_sentence_is_written_down_once(course: Course) -> None:
    made = appeal(course)
    for note in ("坐第三排", "坐第三排", "坐第四排"):
        appeals.explain(
            course.session, course.people[0], appeal_id=made.appeal_id, note=note, now=END
        )
    course.session.flush()
    query = select(AuditEvent).where(AuditEvent.action == "appeal.explain")
    rows = course.session.scalars(query).all()
    assert [row.on_behalf_of for row in rows] == [course.people[0].person_id] * 2
    assert all("排" not in str(row.detail) for row in rows)


def test_an_appeal_cannot_be_made_and_taken_back_for_ever(course: Course) -> None:
    """Each one tells the staff."""
    for _ in range(5):
        made = appeal(course)
        appeals.withdraw(course.session, course.people[0], appeal_id=made.appeal_id, now=END)
    with pytest.raises(NotReady) as refused:
        appeal(course)
    assert has(str(refused.value.params["reason"]))


def test_a_closed_class_takes_no_appeal(course: Course) -> None:
    course.training_class.status = "closed"
    course.session.flush()
    with pytest.raises(NotReady) as refused:
        appeal(course)
    assert has(str(refused.value.params["reason"]))


def test_a_sentence_can_be_added_and_the_appeal_taken_back(course: Course) -> None:
    made = appeal(course)
    ids = {"appeal_id": made.appeal_id, "now": END + DAY}
    me = course.people[0]
    assert appeals.explain(course.session, me, note="坐第三排", **ids).note == "坐第三排"
    with pytest.raises(BadInput):
        appeals.explain(course.session, me, note="长" * 201, **ids)
    for _ in range(2):
        assert appeals.withdraw(course.session, me, **ids).state == "withdrawn"
    with pytest.raises(NotFound):
        appeals.explain(course.session, me, note="还是要", **ids)
    with pytest.raises(NotFound):
        uphold(course, made.appeal_id)
    assert desk(course) == ()
    assert appeal(course).appeal_id != made.appeal_id


def test_upheld_it_becomes_a_correction_and_the_person_is_told(course: Course) -> None:
    course.confirm()
    made = appeal(course)
    assert uphold(course, made.appeal_id) == "upheld"
    kept = course.session.scalars(select(AttendanceCorrection)).one()
    assert (kept.old_state, kept.new_state, kept.new_hours) == ("absent", "present", 4)
    assert kept.reason == "核实在场"
    found = row(course, made.appeal_id)
    assert (found.state, found.answer, found.answered_by) == (
        "upheld",
        "核实在场",
        course.manager.account_id,
    )
    assert told(course, course.people[0]) == ["appeal_upheld"]
    with pytest.raises(NotFound):
        refuse(course, made.appeal_id)


def test_refused_it_keeps_the_record_and_says_why(course: Course) -> None:
    course.confirm()
    made = appeal(course)
    with pytest.raises(BadInput):
        refuse(course, made.appeal_id, answer="")
    refuse(course, made.appeal_id)
    assert row(course, made.appeal_id).state == "refused"
    assert told(course, course.people[0]) == ["appeal_refused"]
    assert course.session.scalar(select(func.count()).select_from(AttendanceCorrection)) == 0
    with pytest.raises(AppealAnswered):
        appeal(course, now=END + 2 * DAY)
    course.correct(0, state="late", hours=2, now=END + 2 * DAY)
    assert appeal(course, kind="wrong", now=END + 2 * DAY + MINUTE).state == "open"


@pytest.mark.parametrize(
    "fields", [{"hours": 5}, {"state": "gone"}, {"answer": ""}, {"state": "absent", "hours": 1}]
)
def test_a_bad_answer_changes_nothing(course: Course, fields: dict[str, Any]) -> None:
    made = appeal(course)
    with pytest.raises(BadInput):
        uphold(course, made.appeal_id, **fields)
    assert row(course, made.appeal_id).state == "open"


def test_giving_right_without_changing_anything_is_no_answer(course: Course) -> None:
    course.attend(0)
    course.confirm()
    made = appeal(course, kind="wrong")
    with pytest.raises(BadInput):
        uphold(course, made.appeal_id)
    assert uphold(course, made.appeal_id, hours=3) == "upheld"


def test_only_the_own_institution_answers(course: Course) -> None:
    made = appeal(course)
    foreign = make.make_actor(
        course.session, Role.MANAGER, institution=make.make_institution(course.session)
    )
    for act in (uphold, refuse):
        with pytest.raises(NotFound):
            act(course, made.appeal_id, actor=foreign)
        with pytest.raises(Forbidden):
            act(course, made.appeal_id, actor=course.people[0])
        with pytest.raises(NotFound):
            act(course, new_id())
    assert desk(course, actor=foreign) == ()
    assert appeals_desk.count_open(course.session, foreign, now=END) == (0, 0)


def test_where_a_second_person_is_needed_the_appeal_waits_for_them(course: Course) -> None:
    for who in range(5):
        course.correct(who)
    made = appeal(course, 6)
    assert uphold(course, made.appeal_id) == "proposed"
    assert row(course, made.appeal_id).state == "open"
    assert desk(course)[0].proposed
    with pytest.raises(NotReady):
        refuse(course, made.appeal_id)
    with pytest.raises(NotReady):
        uphold(course, made.appeal_id)
    found = course.row(course.sheet(END + DAY), 6).proposal
    assert found is not None
    attendance.agree_to_correction(
        course.session, course.instructor, proposal_id=found.proposal_id, now=END + DAY
    )
    answered = row(course, made.appeal_id)
    assert (answered.state, answered.answer) == ("upheld", "核实在场")
    assert told(course, course.people[6]) == ["appeal_upheld"]


def test_an_appeal_taken_back_leaves_what_the_staff_found_to_the_second_person(
    course: Course,
) -> None:
    """Or whoever hears that hours are to go would take back the appeal, and keep them."""
    for who in range(5):
        course.correct(who)
    made = appeal(course, 6)
    uphold(course, made.appeal_id)
    appeals.withdraw(course.session, course.people[6], appeal_id=made.appeal_id, now=END + DAY)
    found = course.row(course.sheet(END + DAY), 6).proposal
    assert found is not None
    attendance.agree_to_correction(
        course.session, course.instructor, proposal_id=found.proposal_id, now=END + DAY
    )
    assert proposals.open_in(course.session, course.training_class.id) == 0
    query = select(AttendanceRecord.state).where(
        AttendanceRecord.enrolment_id == course.places[6].id
    )
    assert course.session.scalar(query) == "present"
    withdrawn = row(course, made.appeal_id)
    assert (withdrawn.state, withdrawn.answer) == ("withdrawn", None)
    assert told(course, course.people[6]) == []


def test_a_proposal_that_is_refused_leaves_the_appeal_open(course: Course) -> None:
    for who in range(5):
        course.correct(who)
    made = appeal(course, 6)
    uphold(course, made.appeal_id)
    found = course.row(course.sheet(END + DAY), 6).proposal
    assert found is not None
    attendance.refuse_correction(
        course.session,
        course.instructor,
        proposal_id=found.proposal_id,
        reason="没有来",
        now=END + DAY,
    )
    assert row(course, made.appeal_id).state == "open"
    refuse(course, made.appeal_id)


def test_answered_both_ways_at_once_one_answer_stands(saved: Course) -> None:
    made = appeal(saved)
    saved.session.commit()
    ids = {"appeal_id": made.appeal_id, "now": END + DAY}
    acts = [
        partial(
            as_actor,
            appeals_desk.uphold,
            saved.manager,
            state="present",
            hours=4,
            answer="核实在场",
            **ids,
        ),
        partial(as_actor, appeals_desk.refuse, saved.instructor, answer="没有来", **ids),
        partial(as_actor, appeals.withdraw, saved.people[0], **ids),
    ]
    answers = together(acts)
    assert sum(isinstance(one, PortalError) for one in answers) == 2
    saved.session.expire_all()
    corrected = saved.session.scalar(
        select(func.count()).where(AttendanceCorrection.enrolment_id == saved.places[0].id)
    )
    assert (corrected == 1) == (row(saved, made.appeal_id).state == "upheld")


def test_the_desk_sees_what_is_known_beside_the_appeal(course: Course) -> None:
    event = course.sign(0, "in", START, method="numeric", offline=True)
    person = course.places[0].person_id
    course.session.add_all(
        [
            RelayTry(
                session_id=course.meeting.id,
                person_id=person,
                phase="in",
                no=number,
                asked_at=START,
                answered_at=START + MINUTE,
                right=right,
            )
            for number, right in enumerate((False, True), 1)
        ]
    )
    course.session.add(
        OfflineUpload(
            id=new_id(),
            source="staff",
            account_id=course.manager.the_account(),
            session_id=course.meeting.id,
            enrolment_id=course.places[0].id,
            phase="out",
            method="manual",
            occurred_at=END,
            received_at=END,
            outcome="refused",
            reason="future",
        )
    )
    course.session.flush()
    course.correct(0, state="late", hours=1)
    appeal(course, kind="wrong", note="准时到的")
    (found,) = desk(course)
    assert [one.kind for one in found.evidence] == ["event", "colour", "upload", "correction"]
    texts = [one.text for one in found.evidence]
    assert event.receipt in texts[0]
    assert "输数字码（断网补传）" in texts[0]
    assert "2 次，对了 1 次" in texts[1]
    assert "出勤，0 课时" in texts[3]
    assert (found.name, found.note) == ("学员00", "准时到的")
    assert (found.stands_state, found.stands_hours) == ("late", 1)
    trace = course.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "appeals.read")
    ).one()
    assert trace.fields_read == ["name", "attendance", "devices"]


def test_the_sheet_shows_an_appealed_row_first(course: Course) -> None:
    course.attend(7)
    appeal(course, 7, kind="wrong")
    sheet = course.sheet(END + DAY)
    assert sheet.rows[0].odd_codes == ("appeal",)
    assert sheet.rows[0].name == "学员07"


def test_late_ones_come_first_and_are_told_once(course: Course) -> None:
    made = appeal(course)
    note = partial(appeals_oversight.note_overdue, course.session, SYSTEM)
    note(now=DUE - MINUTE)
    assert told(course, course.manager) == ["appeal_received"]
    assert note(now=DUE) > 0
    assert note(now=DUE + DAY) == 0
    assert told(course, course.manager) == ["appeal_received", "appeal_overdue"]
    assert row(course, made.appeal_id).overdue_told_at == DUE
    assert appeals_desk.count_open(course.session, course.manager, now=DUE) == (1, 1)
    assert desk(course, DUE)[0].late
    with pytest.raises(Forbidden):
        appeals_oversight.note_overdue(course.session, course.manager, now=DUE)


def test_the_authority_sees_its_region_with_masked_names(session: Session) -> None:
    course = make_course(session, region_code="650421")
    appeal(course)
    officer = make.make_actor(course.session, Role.OFFICER, region_code="650421")
    seen = partial(appeals_oversight.overseen, course.session, officer)
    (found,) = seen(now=DUE).items
    assert (found.person, found.institution, found.late) == ("学*0", course.school.name, True)
    assert seen(now=DUE, show="late").total == 1
    assert seen(now=DUE - MINUTE, show="late").total == 0
    assert seen(now=DUE, show="answered").total == 0
    assert seen(now=DUE, region="650421").total == 1
    assert seen(now=DUE, region="650402").total == 0
    for nonsense in ({"show": "x"}, {"region": "65%"}, {"region": "65"}):
        with pytest.raises(BadInput):
            seen(now=DUE, **nonsense)
    assert appeals_oversight.regions_with(course.session, officer)[0][0] == "650421"
    elsewhere = make.make_actor(course.session, Role.OFFICER, region_code="150000")
    assert appeals_oversight.overseen(course.session, elsewhere, now=DUE).total == 0
    for actor in (course.manager, course.people[0]):
        with pytest.raises(Forbidden):
            appeals_oversight.overseen(course.session, actor, now=DUE)


def test_nothing_is_offered_to_be_checked_while_it_can_still_be_scanned(course: Course) -> None:
    of, place = course.meeting, course.places[0]

    def offered(now: datetime) -> bool:
        return meetings_of(course.session, place, now)[0].can_appeal

    assert (offered(of.sign_in_until), offered(of.sign_in_until + MINUTE)) == (False, True)
    course.sign(0, "in", of.starts_at)
    assert not offered(of.sign_in_until + MINUTE)
    assert (offered(of.sign_out_until), offered(of.sign_out_until + MINUTE)) == (False, True)
    course.sign(0, "out", of.ends_at)
    assert offered(of.ends_at + MINUTE)


def test_the_trainee_sees_what_can_be_appealed_and_what_came_of_it(course: Course) -> None:
    place = course.places[0]
    first, second = meetings_of(course.session, place, END + MINUTE)
    assert (first.can_appeal, first.appeal_until, second.can_appeal) == (True, None, False)
    course.confirm()
    first, second = meetings_of(course.session, place, END + MINUTE)
    assert (first.can_appeal, first.appeal) == (True, None)
    assert first.appeal_until == datetime(2026, 12, 8, 16, tzinfo=UTC)
    made = appeal(course)
    first, _ = meetings_of(course.session, place, END + MINUTE)
    assert (first.can_appeal, first.appeal) == (False, made)
    refuse(course, made.appeal_id)
    first, _ = meetings_of(course.session, place, END + 2 * DAY)
    assert first.appeal is not None
    assert (first.appeal.state, first.can_appeal) == ("refused", False)
    course.training_class.status = "closed"
    assert not meetings_of(course.session, course.places[1], END + MINUTE)[0].can_appeal
