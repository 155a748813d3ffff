"""Leave: who may ask and until when, who answers, and what it does to the sheet."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import AttendanceRecord, AuditEvent, LeaveRequest
from portal.domain.errors import BadInput, Forbidden, NotFound, PortalError, Unauthenticated
from portal.domain.leave_errors import LeaveRefused
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import attendance, leave, leave_desk
from portal.services.leave import Leave
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.meetings import END, START, School, news_of, school

BEFORE = START - timedelta(days=1)


@pytest.fixture
def here(session: Session) -> School:
    return school(session)


def ask(of: School, index: int = 0, **kwargs: object) -> Leave:
    values: dict[str, object] = {
        "session_id": of.meeting.id,
        "kind": "sick",
        "note": "要去医院",
        "now": BEFORE,
    }
    return leave.ask(of.session, of.trainees[index], **values | kwargs)  # type: ignore[arg-type]


def decide(of: School, leave_id: UUID, grant: bool, **kwargs: object) -> leave_desk.LeaveRow:
    values: dict[str, object] = {"answer": "请安排补课", "now": BEFORE, "actor": of.staff}
    actor = (values | kwargs)["actor"]
    rest = {name: value for name, value in (values | kwargs).items() if name != "actor"}
    return leave_desk.decide(of.session, actor, leave_id=leave_id, grant=grant, **rest)  # type: ignore[arg-type]


def test_a_trainee_asks_and_sees_that_an_answer_is_due(here: School) -> None:
    asked = ask(here)
    assert (asked.state, asked.kind_text, asked.note) == ("asked", "病假", "要去医院")
    assert asked.can_withdraw
    assert leave.granted(here.session, here.meeting.id) == set()


def test_asking_again_answers_the_first_request(here: School) -> None:
    assert ask(here).id == ask(here, kind="personal").id


def test_two_taps_at_once_make_one_request(here: School, engine: Engine) -> None:
    here.session.commit()
    act = partial(leave.ask, session_id=here.meeting.id, kind="sick", note="", now=BEFORE)
    answers = together([partial(as_actor, act, here.trainees[0])] * 4)
    assert not any(isinstance(answer, PortalError) for answer in answers)
    count = select(func.count()).select_from(LeaveRequest)
    assert here.session.scalar(count.where(LeaveRequest.session_id == here.meeting.id)) == 1


def test_leave_can_be_asked_for_until_the_day_is_over(here: School) -> None:
    assert ask(here, now=END + timedelta(hours=2)).state == "asked"
    with pytest.raises(LeaveRefused):
        ask(here, index=1, now=START + timedelta(days=1))


def test_not_once_the_sheet_is_confirmed(here: School) -> None:
    here.record(1)
    with pytest.raises(LeaveRefused):
        ask(here, now=END)


def test_only_a_kind_that_exists_and_a_note_that_fits(here: School) -> None:
    with pytest.raises(BadInput):
        ask(here, kind="holiday")
    with pytest.raises(BadInput):
        ask(here, kind=["sick"])
    with pytest.raises(BadInput):
        ask(here, note="长" * 201)


def test_nobody_asks_for_a_session_that_is_not_theirs(session: Session, here: School) -> None:
    other = school(session, first_start=START + timedelta(days=9))
    with pytest.raises(NotFound):
        leave.ask(session, here.trainees[0], session_id=other.meeting.id, kind="sick", now=BEFORE)
    with pytest.raises(Forbidden):
        leave.ask(session, here.staff, session_id=here.meeting.id, kind="sick", now=BEFORE)
    with pytest.raises(Unauthenticated):
        leave.ask(session, ANONYMOUS, session_id=here.meeting.id, kind="sick", now=BEFORE)


def test_a_request_is_taken_back_by_its_own_person_alone(here: School) -> None:
    asked = ask(here)
    with pytest.raises(NotFound):
        leave.withdraw(here.session, here.trainees[1], leave_id=asked.id, now=BEFORE)
    for _ in range(2):
        back = leave.withdraw(here.session, here.trainees[0], leave_id=asked.id, now=BEFORE)
        assert back.state == "withdrawn"
    assert ask(here).id != asked.id


def test_one_session_is_not_asked_about_without_end(here: School) -> None:
    for _ in range(5):
        leave.withdraw(here.session, here.trainees[0], leave_id=ask(here).id, now=BEFORE)
    with pytest.raises(LeaveRefused):
        ask(here)


def test_granted_leave_excuses_and_the_person_is_told(here: School) -> None:
    row = decide(here, ask(here).id, grant=True)
    assert (row.state, row.answer) == ("granted", "请安排补课")
    assert row.id_no_masked.count("*") > 4
    assert leave.granted(here.session, here.meeting.id) == {here.places[0].id}
    assert news_of(here.session, here.trainees[0]) == ["leave_granted"]
    # The same again tells nobody twice.
    decide(here, row.id, grant=True)
    assert news_of(here.session, here.trainees[0]) == ["leave_granted"]


def test_a_refusal_says_why(here: School) -> None:
    asked = ask(here)
    with pytest.raises(BadInput):
        decide(here, asked.id, grant=False, answer="")
    assert decide(here, asked.id, grant=False, answer="当天有考核").state == "refused"
    assert news_of(here.session, here.trainees[0]) == ["leave_refused"]
    with pytest.raises(LeaveRefused):
        decide(here, asked.id, grant=True)
    # With more to say one may ask again.
    assert ask(here).state == "asked"


def test_what_was_taken_back_is_not_decided(here: School) -> None:
    asked = ask(here)
    leave.withdraw(here.session, here.trainees[0], leave_id=asked.id, now=BEFORE)
    with pytest.raises(LeaveRefused):
        decide(here, asked.id, grant=True)


def test_a_closed_class_grants_nothing_but_still_answers(here: School) -> None:
    asked = ask(here)
    here.training_class.status = "closed"
    here.session.flush()
    with pytest.raises(LeaveRefused):
        decide(here, asked.id, grant=True)
    assert decide(here, asked.id, grant=False).state == "refused"


def test_a_decision_is_a_plain_yes_or_no(here: School) -> None:
    with pytest.raises(BadInput):
        decide(here, ask(here).id, grant="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OFFICER, Role.TRAINEE, Role.AUDITOR])
def test_nobody_outside_the_institution_decides_or_reads(
    session: Session, here: School, role: Role
) -> None:
    asked = ask(here)
    institution = make.make_institution(session) if role is Role.MANAGER else None
    stranger: Actor = make.make_actor(session, role, institution=institution)
    with pytest.raises((NotFound, Forbidden)):
        decide(here, asked.id, grant=True, actor=stranger)
    with pytest.raises((NotFound, Forbidden)):
        leave_desk.requests_of(session, stranger, session_id=here.meeting.id, now=BEFORE)


def test_the_staff_see_open_requests_first_and_where_they_wait(here: School) -> None:
    decide(here, ask(here).id, grant=True)
    ask(here, index=1)
    rows = leave_desk.requests_of(here.session, here.staff, session_id=here.meeting.id, now=BEFORE)
    assert [row.state for row in rows] == ["asked", "granted"]
    (hint,) = leave_desk.waiting(here.session, here.staff, now=BEFORE)
    assert (hint.session_id, hint.count) == (here.meeting.id, 1)


def test_acts_leave_a_trace_without_kind_and_note(here: School) -> None:
    decide(here, ask(here).id, grant=True)
    traces = here.session.scalars(
        select(AuditEvent).where(AuditEvent.action.startswith("leave."))
    ).all()
    mine = [one for one in traces if one.object_id == str(here.meeting.id)]
    assert [one.action for one in mine] == ["leave.ask", "leave.grant"]
    assert {one.on_behalf_of for one in mine} == {here.places[0].person_id}
    assert not any("sick" in str(one.detail) or "医院" in str(one.detail) for one in mine)


def test_the_confirmed_sheet_says_excused_with_no_hours(here: School) -> None:
    decide(here, ask(here).id, grant=True)
    attendance.confirm_attendance(here.session, here.staff, session_id=here.meeting.id, now=END)
    record = select(AttendanceRecord).where(AttendanceRecord.enrolment_id == here.places[0].id)
    found = here.session.scalars(record).one()
    assert (found.state, found.credited_hours) == ("excused", 0)


def test_leave_granted_after_the_confirmation_waits_to_be_confirmed(here: School) -> None:
    asked = ask(here)
    attendance.confirm_attendance(here.session, here.staff, session_id=here.meeting.id, now=END)
    decide(here, asked.id, grant=True, now=END)
    sheet = attendance.session_sheet(here.session, here.staff, session_id=here.meeting.id, now=END)
    assert sheet.can_confirm
    attendance.confirm_attendance(here.session, here.staff, session_id=here.meeting.id, now=END)
    record = select(AttendanceRecord.state).where(
        AttendanceRecord.enrolment_id == here.places[0].id
    )
    assert here.session.scalar(record) == "excused"
