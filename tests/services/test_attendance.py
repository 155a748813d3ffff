"""The institution's sheet: what it shows, corrections, the confirmation, and whose it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceRecord,
    AuditEvent,
    Enrolment,
    Institution,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import (
    BadInput,
    Forbidden,
    NotFound,
    NotReady,
    OutsideWindow,
    TooEarly,
    Unauthenticated,
)
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import t
from portal.services import attendance
from portal.services.attendance import SessionSheet, SheetRow
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together

START = make.NOW
END = START + timedelta(minutes=180)
MINUTE = timedelta(minutes=1)


@dataclass
class Course:
    """A class of four trainees that meets at START, and its institution's manager."""

    session: Session
    training_class: TrainingClass
    meeting: TrainingSession
    places: list[Enrolment]
    staff: Actor

    def sign(self, index: int, phase: str, at: datetime, method: str = "qr") -> None:
        place = self.places[index]
        event = AttendanceEvent(
            session_id=self.meeting.id,
            enrolment_id=place.id,
            person_id=place.person_id,
            phase=phase,
            method=method,
            occurred_at=at,
            server_at=at,
            receipt="AAAA-BBBB",
        )
        self.session.add(event)
        self.session.flush()

    def sheet(self, now: datetime = END) -> SessionSheet:
        return attendance.session_sheet(
            self.session, self.staff, session_id=self.meeting.id, now=now
        )

    def confirm(self, now: datetime = END) -> SessionSheet:
        return attendance.confirm_attendance(
            self.session, self.staff, session_id=self.meeting.id, now=now
        )

    def correct(self, index: int, **kwargs: Any) -> SessionSheet:
        values: dict[str, Any] = {"state": "present", "hours": 4, "reason": "核实在场", "now": END}
        return attendance.correct(
            self.session,
            kwargs.pop("actor", self.staff),
            session_id=self.meeting.id,
            enrolment_id=self.places[index].id,
            **values | kwargs,
        )

    def row(self, sheet: SessionSheet, index: int) -> SheetRow:
        (found,) = (row for row in sheet.rows if row.enrolment_id == self.places[index].id)
        return found


def make_course(session: Session) -> Course:
    institution = make.make_institution(session)
    klass = make.make_class(session, institution=institution, first_start=START, status="running")
    people = [make.make_person(session, name=name) for name in ("甲一", "乙二", "丙三", "丁四")]
    places = [make.enrol(session, person, klass) for person in people]
    staff = make.make_actor(session, Role.MANAGER, institution=institution)
    return Course(session, klass, make.sessions_of(session, klass)[0], places, staff)


@pytest.fixture
def course(session: Session) -> Course:
    return make_course(session)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Course]:
    """The same, committed, for races."""
    with Session(engine, expire_on_commit=False) as session:
        made = make_course(session)
        session.commit()
        yield made


def mark(course: Course, index: int, phase: str, now: datetime, **kwargs: Any) -> SessionSheet:
    values: dict[str, Any] = {
        "session_id": course.meeting.id,
        "enrolment_id": course.places[index].id,
    }
    actor = kwargs.pop("actor", course.staff)
    return attendance.mark_present(course.session, actor, phase=phase, now=now, **values | kwargs)


def records(course: Course) -> dict[UUID, tuple[str, int]]:
    query = select(AttendanceRecord).where(AttendanceRecord.session_id == course.meeting.id)
    found = course.session.scalars(query)
    return {record.enrolment_id: (record.state, record.credited_hours) for record in found}


def audits(course: Course, action: str) -> list[AuditEvent]:
    query = select(AuditEvent).where(
        AuditEvent.action == action, AuditEvent.object_id == str(course.meeting.id)
    )
    return list(course.session.scalars(query))


def all_present(course: Course) -> None:
    for index in range(4):
        course.sign(index, "in", START)
        course.sign(index, "out", END)


def test_odd_rows_come_first_and_say_what_is_odd(course: Course) -> None:
    course.sign(0, "in", START)
    course.sign(0, "out", END)
    course.sign(1, "in", START + 20 * MINUTE)
    course.sign(1, "out", END)
    course.sign(2, "in", START)
    sheet = course.sheet()
    assert [row.name for row in sheet.rows][-1] == "甲一"
    assert course.row(sheet, 0).odd == ()
    assert course.row(sheet, 1).odd_codes == ("late",)
    assert course.row(sheet, 2).odd_codes == ("no_sign_out",)
    assert course.row(sheet, 3).odd == ("没有签到",)
    assert [course.row(sheet, n).credited_hours for n in range(4)] == [4, 3, 0, 0]
    assert (sheet.odd_count, sheet.roster_count, sheet.waiting_out) == (3, 4, 1)
    assert (sheet.counts["present"], sheet.counts["late"], sheet.counts["absent"]) == (2, 1, 1)
    assert (sheet.status, sheet.can_confirm) == ("to_confirm", True)


def test_before_sign_in_closes_nobody_is_absent(course: Course) -> None:
    course.sign(0, "in", START)
    sheet = course.sheet(START + 10 * MINUTE)
    assert [course.row(sheet, n).state for n in range(4)] == ["present"] + ["expected"] * 3
    assert (sheet.odd_count, sheet.status, sheet.can_confirm) == (0, "running", False)
    assert [course.row(sheet, n).can_mark for n in (0, 1)] == [None, "in"]
    assert course.row(course.sheet(START + 30 * MINUTE), 1).state == "absent"


def test_names_are_full_and_id_numbers_masked(course: Course) -> None:
    row = course.row(course.sheet(), 0)
    assert row.name == "甲一"
    assert row.id_no_masked.startswith("*" * 14)
    assert len(row.id_no_masked) == 18


def test_reading_is_written_down_once_a_day(course: Course) -> None:
    for _ in range(3):
        course.sheet()
    (trace,) = audits(course, "attendance.read")
    assert trace.fields_read == ["name", "id_no_last4", "attendance"]
    course.sheet(END + timedelta(days=1))
    assert len(audits(course, "attendance.read")) == 2
    other = make.make_actor(
        course.session,
        Role.INSTRUCTOR,
        institution=make_institution_of(course),
    )
    attendance.session_sheet(course.session, other, session_id=course.meeting.id, now=END)
    assert len(audits(course, "attendance.read")) == 3


def test_whoever_gets_the_sheet_by_an_act_that_changes_nothing_has_read_it(
    course: Course,
) -> None:
    all_present(course)
    course.confirm()
    other = make.make_actor(
        course.session, Role.INSTRUCTOR, institution=make_institution_of(course)
    )
    sheet = attendance.confirm_attendance(
        course.session, other, session_id=course.meeting.id, now=END + 5 * MINUTE
    )
    assert sheet.rows
    traces = audits(course, "attendance.read")
    assert traces[-1].actor_account_id == other.account_id


def make_institution_of(course: Course) -> Institution:
    """The institution row of a course's class."""
    return course.session.get_one(Institution, course.training_class.institution_id)


def test_people_who_left_the_class_are_not_on_the_sheet(course: Course) -> None:
    course.places[0].status = "withdrawn"
    course.places[1].status = "completed"
    course.session.flush()
    assert {row.name for row in course.sheet().rows} == {"乙二", "丙三", "丁四"}


def test_confirming_writes_what_the_events_are_worth(course: Course) -> None:
    course.sign(0, "in", START)
    course.sign(0, "out", END)
    course.sign(1, "in", START + 20 * MINUTE)
    course.sign(1, "out", END)
    course.sign(2, "in", START)
    sheet = course.confirm()
    ids = [place.id for place in course.places]
    assert records(course) == {
        ids[0]: ("present", 4),
        ids[1]: ("late", 3),
        ids[2]: ("present", 0),
        ids[3]: ("absent", 0),
    }
    assert (sheet.status, sheet.can_confirm, sheet.confirmed_at) == ("confirmed", False, END)
    assert sheet.confirmed_by == "王小强"
    assert audits(course, "attendance.confirm")[0].detail == {"rows": 4, "again": False}


def test_a_sheet_cannot_be_confirmed_before_the_end(course: Course) -> None:
    with pytest.raises(TooEarly):
        course.confirm(END - timedelta(seconds=1))
    assert records(course) == {}


def test_confirming_again_changes_nothing(course: Course) -> None:
    all_present(course)
    first = course.confirm()
    again = course.confirm(END + 5 * MINUTE)
    assert again == first
    assert len(audits(course, "attendance.confirm")) == 1


def test_who_signs_out_after_the_confirmation_is_counted_by_confirming_again(
    course: Course,
) -> None:
    all_but_last_out = course.places[3].id
    for index in range(4):
        course.sign(index, "in", START)
        if index < 3:
            course.sign(index, "out", END)
    assert course.confirm().waiting_out == 1
    course.sign(3, "out", END + 10 * MINUTE)
    sheet = course.sheet(END + 11 * MINUTE)
    assert course.row(sheet, 3).odd_codes[-1] == "changed"
    assert (sheet.can_confirm, records(course)[all_but_last_out]) == (True, ("present", 0))
    sheet = course.confirm(END + 12 * MINUTE)
    assert (sheet.can_confirm, records(course)[all_but_last_out]) == (False, ("present", 4))


def test_a_correction_keeps_the_old_value_its_reason_and_its_author(course: Course) -> None:
    course.sign(0, "in", START)
    row = course.row(course.correct(0, reason=" 手机没电 "), 0)
    kept = course.session.scalars(select(AttendanceCorrection)).one()
    assert (row.state, row.credited_hours, row.corrected) == ("present", 4, True)
    assert (row.odd, row.correction_reason) == ((), "手机没电")
    assert (kept.old_state, kept.old_hours) == ("present", 0)
    assert (kept.new_state, kept.new_hours, kept.reason) == ("present", 4, "手机没电")
    assert kept.actor_account_id == course.staff.account_id
    (trace,) = audits(course, "attendance.correct")
    assert (trace.reason, trace.on_behalf_of) == ("手机没电", course.places[0].person_id)


def test_a_correction_survives_the_confirmation(course: Course) -> None:
    all_present(course)
    course.correct(0, state="early_leave", hours=2)
    course.confirm()
    course.confirm(END + MINUTE)
    assert records(course)[course.places[0].id] == ("early_leave", 2)


def test_a_confirmed_sheet_can_be_corrected_again_and_again(course: Course) -> None:
    all_present(course)
    course.confirm()
    course.correct(0, state="absent", hours=0)
    course.correct(0, state="makeup", hours=3)
    kept = course.session.scalars(
        select(AttendanceCorrection)
        .where(AttendanceCorrection.session_id == course.meeting.id)
        .order_by(AttendanceCorrection.id)
    ).all()
    assert [(one.old_state, one.old_hours) for one in kept] == [("present", 4), ("absent", 0)]
    assert records(course)[course.places[0].id] == ("makeup", 3)


def test_a_kept_correction_cannot_be_changed(course: Course) -> None:
    course.correct(0)
    kept = course.session.scalars(select(AttendanceCorrection)).one()
    kept.new_hours = 0
    with pytest.raises(DBAPIError, match="append-only"):
        course.session.flush()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"hours": 5}, "hours"),
        ({"hours": -1}, "hours"),
        ({"hours": True}, "hours"),
        ({"hours": "4"}, "hours"),
        ({"hours": 2.5}, "hours"),
        ({"state": "absent", "hours": 1}, "hours"),
        ({"state": "excused", "hours": 1}, "hours"),
        ({"state": "expected"}, "state"),
        ({"state": ["present"]}, "state"),
        ({"reason": " 无 "}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "长" * 201}, "reason"),
        ({"reason": "核实\0"}, "reason"),
    ],
)
def test_a_bad_correction_names_its_field_and_writes_nothing(
    course: Course, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        course.correct(0, **fields)
    assert refused.value.field == field
    assert t(refused.value.reason, **refused.value.params)
    assert records(course) == {}


def test_before_a_session_only_a_leave_is_known(course: Course) -> None:
    before = START - MINUTE
    with pytest.raises(TooEarly):
        course.correct(0, now=before)
    assert course.row(course.correct(0, state="excused", hours=0, now=before), 0).state == "excused"


def test_a_closed_class_is_not_corrected_and_confirming_it_changes_nothing(course: Course) -> None:
    course.sign(0, "in", START)
    course.confirm()
    course.training_class.status = "closed"
    course.sign(0, "out", END)
    with pytest.raises(NotReady):
        course.correct(0)
    assert course.confirm(END + MINUTE).confirmed_at == END
    assert records(course)[course.places[0].id] == ("present", 0)


def test_the_instructors_tap_counts_and_shows_as_such(course: Course) -> None:
    mark(course, 0, "in", START)
    sheet = mark(course, 0, "out", END)
    row = course.row(sheet, 0)
    assert (row.state, row.credited_hours, row.odd_codes) == ("present", 4, ("manual",))
    assert [trace.on_behalf_of for trace in audits(course, "attendance.mark")] == [
        course.places[0].person_id
    ] * 2


def test_a_tap_after_a_scan_changes_nothing(course: Course) -> None:
    course.sign(0, "in", START)
    row = course.row(mark(course, 0, "in", START + 20 * MINUTE), 0)
    assert (row.signed_in_at, row.odd_codes) == (START, ())
    assert audits(course, "attendance.mark") == []


@pytest.mark.parametrize(("phase", "minutes"), [("in", 60), ("out", 10), ("in", 180), ("out", 300)])
def test_a_tap_keeps_the_windows(course: Course, phase: str, minutes: int) -> None:
    with pytest.raises(OutsideWindow):
        mark(course, 0, phase, START + minutes * MINUTE)


def test_a_tap_for_nonsense_is_refused(course: Course) -> None:
    with pytest.raises(BadInput):
        mark(course, 0, "sideways", START)
    with pytest.raises(NotFound):
        mark(course, 0, "in", START, enrolment_id=new_id())
    other = make_course(course.session)
    with pytest.raises(NotFound):
        mark(course, 0, "in", START, enrolment_id=other.places[0].id)
    with pytest.raises(NotFound):
        course.correct(0, actor=other.staff)


def test_another_institution_finds_nothing(course: Course) -> None:
    foreign = make.make_actor(
        course.session, Role.MANAGER, institution=make.make_institution(course.session)
    )
    ids = {"session_id": course.meeting.id, "now": END}
    for act in (attendance.session_sheet, attendance.confirm_attendance):
        with pytest.raises(NotFound):
            act(course.session, foreign, **ids)
    with pytest.raises(NotFound):
        mark(course, 0, "in", START, actor=foreign)
    with pytest.raises(NotFound):
        attendance.roster(course.session, foreign, class_id=course.training_class.id, now=END)
    day = attendance.today_sessions(course.session, foreign, now=END)
    assert day.today == day.upcoming == day.unconfirmed == ()
    assert audits(course, "attendance.read") == []


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.OFFICER, Role.AUDITOR])
def test_only_staff_reach_a_sheet(course: Course, role: Role) -> None:
    actor = make.make_actor(course.session, role)
    with pytest.raises(Forbidden):
        attendance.session_sheet(course.session, actor, session_id=course.meeting.id, now=END)
    with pytest.raises(Forbidden):
        course.correct(0, actor=actor)
    with pytest.raises(Unauthenticated):
        attendance.today_sessions(course.session, ANONYMOUS, now=END)


def test_the_day_shows_today_what_comes_and_what_is_unconfirmed(course: Course) -> None:
    day = attendance.today_sessions(course.session, course.staff, now=START)
    (today,), (upcoming,) = day.today, day.upcoming
    assert (today.session_id, today.phase, today.roster_count) == (course.meeting.id, "in", 4)
    assert (today.status, upcoming.status, day.unconfirmed) == ("running", "upcoming", ())
    course.sign(0, "in", START)
    tomorrow = attendance.today_sessions(
        course.session, course.staff, now=START + timedelta(days=1)
    )
    assert [card.status for card in tomorrow.unconfirmed] == ["to_confirm"]
    assert tomorrow.unconfirmed[0].present_count == 1
    course.confirm()
    tomorrow = attendance.today_sessions(
        course.session, course.staff, now=START + timedelta(days=1)
    )
    assert tomorrow.unconfirmed == ()


def test_own_sessions_come_first(course: Course) -> None:
    institution = make_institution_of(course)
    mine = make.make_class(
        course.session,
        institution=institution,
        first_start=START + 60 * MINUTE,
        instructor_id=course.staff.account_id,
    )
    day = attendance.today_sessions(course.session, course.staff, now=START)
    assert [(card.class_id, card.is_mine) for card in day.today] == [
        (mine.id, True),
        (course.training_class.id, False),
    ]


def test_a_roster_lists_people_with_their_hours(course: Course) -> None:
    all_present(course)
    course.confirm()
    course.places[3].status = "withdrawn"
    course.session.flush()
    found = attendance.roster(
        course.session, course.staff, class_id=course.training_class.id, now=END
    )
    assert [(row.hours_credited, row.hours_planned) for row in found.rows] == [(4, 8)] * 3
    assert [card.seq_no for card in found.sessions] == [1, 2]
    query = select(func.count()).where(
        AuditEvent.object_type == "training_class",
        AuditEvent.object_id == str(course.training_class.id),
    )
    assert course.session.scalar(query) == 1


def test_confirming_at_once_writes_each_record_once(saved: Course) -> None:
    confirm = partial(
        as_actor,
        attendance.confirm_attendance,
        saved.staff,
        session_id=saved.meeting.id,
        now=END,
    )
    answers = together([confirm] * 8)
    assert {answer.status for answer in answers if isinstance(answer, SessionSheet)} == {
        "confirmed"
    }
    assert len(answers) == 8
    assert len(records(saved)) == 4
    assert len(audits(saved, "attendance.confirm")) == 1


def test_corrections_at_once_form_one_chain(saved: Course) -> None:
    acts = [
        partial(
            as_actor,
            attendance.correct,
            saved.staff,
            session_id=saved.meeting.id,
            enrolment_id=saved.places[0].id,
            state="present",
            hours=hours,
            reason="核实在场",
            now=END,
        )
        for hours in (1, 2, 3, 4)
    ]
    together(acts)
    kept = saved.session.scalars(
        select(AttendanceCorrection).where(AttendanceCorrection.session_id == saved.meeting.id)
    ).all()
    stands = records(saved)[saved.places[0].id][1]
    # Each started from what another left: one begins at 0, and no value is lost on the way.
    assert sorted(one.old_hours for one in kept) == sorted({0, 1, 2, 3, 4} - {stands})
