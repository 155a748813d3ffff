"""What a device recorded without a link comes in once, with its own time, or says why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.multirange import TimestamptzMultirange
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceEvent,
    AttendanceSignal,
    AuditEvent,
    Enrolment,
    Institution,
    OfflineUpload,
    Person,
    PersonalSheet,
    PersonPass,
    StaffAttendance,
    TrainingClass,
    TrainingSession,
)
from portal.domain import person_pass
from portal.domain.errors import Forbidden, TooManyAttempts
from portal.domain.permissions import Actor, Role
from portal.services import attendance, offline_lines, offline_upload
from portal.services.offline_items import milliseconds
from portal.services.offline_judging import Answer
from portal.services.passes import key_of, sheet_master
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together

START = make.NOW
END = START + timedelta(minutes=180)
MINUTE = timedelta(minutes=1)
# The link is back long after the lesson.
BACK = END + timedelta(hours=4)


@dataclass
class Course:
    """A class that met at START, its places and its instructor."""

    session: Session
    of: TrainingClass
    meeting: TrainingSession
    places: list[Enrolment]
    staff: Actor

    def item(self, index: int = 0, **fields: Any) -> dict[str, Any]:
        """A tap on the roster ten minutes before the start."""
        made: dict[str, Any] = {
            "id": str(uuid4()),
            "session": str(self.meeting.id),
            "enrolment": str(self.places[index].id),
            "phase": "in",
            "method": "manual",
            "evidence": "",
            "at": milliseconds(START - 10 * MINUTE),
        }
        return made | fields

    def upload(
        self, *items: object, now: datetime = BACK, off: timedelta = timedelta()
    ) -> tuple[Answer, ...]:
        return offline_upload.take(
            self.session, self.staff, items=items, device_now=now + off, now=now
        )

    def one(self, item: object, **when: Any) -> Answer:
        (answer,) = self.upload(item, **when)
        return answer

    def events(self) -> list[AttendanceEvent]:
        query = select(AttendanceEvent).where(AttendanceEvent.session_id == self.meeting.id)
        return list(self.session.scalars(query.order_by(AttendanceEvent.id)))

    def pass_of(self, index: int) -> tuple[PersonPass, bytes]:
        row = PersonPass(
            person_id=self.places[index].person_id, pass_id=uuid4(), generation=1, issued_at=START
        )
        self.session.add(row)
        self.session.flush()
        return row, key_of(row.pass_id, 1)


def make_course(session: Session, people: int = 3) -> Course:
    institution = make.make_institution(session)
    of = make.make_class(session, institution=institution, first_start=START, status="running")
    places = [make.enrol(session, make.make_person(session), of) for _ in range(people)]
    staff = make.make_actor(session, Role.INSTRUCTOR, institution=institution)
    return Course(session, of, make.sessions_of(session, of)[0], places, staff)


@pytest.fixture
def course(session: Session) -> Course:
    return make_course(session)


def test_a_tap_is_recorded_with_its_own_time_and_marked_offline(course: Course) -> None:
    answer = course.one(course.item())
    (event,) = course.events()
    assert answer.outcome == "accepted"
    assert "09:30" in answer.text
    assert (event.occurred_at, event.server_at) == (START - 10 * MINUTE, BACK)
    assert event.offline
    assert event.method == "manual"
    assert event.actor_account_id == course.staff.account_id


def test_the_same_upload_again_answers_the_same_and_writes_nothing(course: Course) -> None:
    items = [course.item(0), course.item(1), course.item(2, phase="mid")]
    first = course.upload(*items)
    again = course.upload(*reversed(items), now=BACK + MINUTE)
    assert first == tuple(reversed(again))
    assert [one.outcome for one in first] == ["accepted", "accepted", "refused"]
    assert len(course.events()) == 2


def test_one_id_twice_in_one_upload_counts_once(course: Course) -> None:
    item = course.item()
    assert len(set(course.upload(item, item))) == 1
    assert len(course.events()) == 1


def test_what_was_recorded_already_is_merged_and_keeps_its_time(course: Course) -> None:
    course.one(course.item())
    later = course.one(course.item(at=milliseconds(START - 4 * MINUTE)))
    assert (later.outcome, later.occurred_at) == ("merged", START - 10 * MINUTE)
    assert "09:30" in later.text
    assert len(course.events()) == 1


def test_times_too_far_apart_are_a_conflict_and_the_old_one_counts(course: Course) -> None:
    course.one(course.item())
    later = course.one(course.item(at=milliseconds(START + 1 * MINUTE)))
    assert (later.outcome, later.reason) == ("conflict", "time_differs")
    assert [event.occurred_at for event in course.events()] == [START - 10 * MINUTE]


def test_somebody_who_sat_in_another_class_then_is_a_conflict(course: Course) -> None:
    elsewhere = make_course(course.session, people=0)
    # The times of the two are said to differ, or the person could not be in both.
    elsewhere.of.meets = TimestamptzMultirange([])
    person = course.session.get_one(Person, course.places[0].person_id)
    elsewhere.places.append(make.enrol(course.session, person, elsewhere.of))
    there = elsewhere.item(0, at=milliseconds(START + 5 * MINUTE))
    assert elsewhere.one(there).outcome == "accepted"
    answer = course.one(course.item(at=milliseconds(START + 10 * MINUTE)))
    assert (answer.outcome, answer.reason) == ("conflict", "elsewhere")
    assert course.events() == []
    # Whoever has signed out there may come here.
    left = elsewhere.item(0, phase="out", at=milliseconds(END - 5 * MINUTE))
    assert elsewhere.one(left).outcome == "accepted"
    out = course.item(phase="out", at=milliseconds(END - 2 * MINUTE))
    assert course.one(out).outcome == "accepted"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"at": milliseconds(START - 31 * MINUTE)}, "outside_window"),
        ({"at": milliseconds(START + 30 * MINUTE)}, "outside_window"),
        ({"phase": "out"}, "outside_window"),
        ({"phase": "mid"}, "outside_window"),
        ({"at": milliseconds(BACK + 3 * MINUTE)}, "future"),
        ({"enrolment": str(uuid4())}, "not_on_sheet"),
        ({"session": str(uuid4())}, "not_found"),
        ({"method": "qr"}, "bad_item"),
        ({"method": "own"}, "bad_item"),
        ({"enrolment": None}, "bad_item"),
        ({"phase": "party"}, "bad_item"),
        ({"at": "yesterday"}, "bad_item"),
        ({"at": 10**30}, "bad_item"),
        ({"session": 7}, "bad_item"),
        ({"method": "pass", "evidence": "P123"}, "evidence"),
        ({"method": "pass_code", "evidence": "123456"}, "evidence"),
        ({"method": "sheet", "evidence": "S" + 39 * "A"}, "evidence"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_bad_item_is_refused_with_its_reason_and_stops_nobody(
    course: Course, fields: dict[str, Any], reason: str
) -> None:
    bad, good = course.upload(course.item(0, **fields), course.item(1))
    assert (bad.outcome, bad.reason) == ("refused", reason)
    assert bad.text
    assert good.outcome == "accepted"


@pytest.mark.parametrize("raw", [None, 7, "x", [], {}, {"id": "x"}, {"id": 5}])
def test_what_has_no_id_is_answered_and_not_kept(course: Course, raw: object) -> None:
    assert course.one(raw).reason == "bad_item"
    assert course.session.scalar(select(func.count()).select_from(OfflineUpload)) == 0


def test_the_region_says_how_late_an_upload_may_be(course: Course) -> None:
    on_time = START - 10 * MINUTE + timedelta(hours=72)
    assert course.one(course.item(0), now=on_time).outcome == "accepted"
    assert course.one(course.item(1), now=on_time + MINUTE).reason == "too_old"


def test_another_institution_s_session_is_as_unknown(course: Course) -> None:
    other = make_course(course.session)
    (answer,) = offline_upload.take(
        course.session, other.staff, items=[course.item()], device_now=None, now=BACK
    )
    assert answer.reason == "not_found"
    assert course.events() == []


def test_another_account_s_records_wait_for_their_owner(course: Course) -> None:
    with pytest.raises(Forbidden):
        offline_upload.take(
            course.session,
            course.staff,
            items=[course.item()],
            device_now=None,
            recorded_by=uuid4(),
            now=BACK,
        )


def test_an_id_of_another_account_tells_nothing(course: Course) -> None:
    item = course.item()
    course.one(item)
    other = make_course(course.session)
    (answer,) = offline_upload.take(
        course.session, other.staff, items=[item], device_now=None, now=BACK
    )
    assert (answer.reason, answer.occurred_at) == ("taken", None)


def test_a_pass_shown_in_time_is_recorded_as_one(course: Course) -> None:
    at = START - 10 * MINUTE
    row, key = course.pass_of(0)
    token = person_pass.pass_at(key, row.pass_id, at).token
    assert course.one(course.item(method="pass", evidence=token)).outcome == "accepted"
    assert course.events()[0].method == "pass"


def test_six_digits_are_judged_by_the_time_they_were_typed(course: Course) -> None:
    row, key = course.pass_of(0)
    at = START - 10 * MINUTE
    digits = person_pass.pass_at(key, row.pass_id, at).numeric
    late = milliseconds(at + 2 * MINUTE)
    assert (
        course.one(course.item(method="pass_code", evidence=digits, at=late)).reason == "evidence"
    )
    assert course.one(course.item(method="pass_code", evidence=digits)).outcome == "accepted"


def test_digits_under_another_s_name_are_refused_in_a_sentence(course: Course) -> None:
    """The device cannot know whose they are: staff choose the name, and may choose wrongly."""
    row, key = course.pass_of(0)
    course.pass_of(1)
    digits = person_pass.pass_at(key, row.pass_id, START - 10 * MINUTE).numeric
    wrong = course.one(course.item(1, method="pass_code", evidence=digits))
    assert (wrong.outcome, wrong.reason) == ("refused", "evidence")
    assert "数字" in wrong.text
    assert course.events() == []
    assert course.one(course.item(0, method="pass_code", evidence=digits)).outcome == "accepted"
    assert [event.method for event in course.events()] == ["pass_code"]


@pytest.mark.parametrize("fault", ["stale", "of_another", "renewed", "tampered"])
def test_a_pass_that_is_not_the_person_s_own_and_fresh_is_refused(
    course: Course, fault: str
) -> None:
    at = START - 10 * MINUTE
    row, key = course.pass_of(0)
    token = person_pass.pass_at(key, row.pass_id, at).token
    fields: dict[str, Any] = {"method": "pass", "evidence": token}
    if fault == "stale":
        fields["at"] = milliseconds(at + 2 * MINUTE)
    elif fault == "renewed":
        row.generation = 2
        course.session.flush()
    elif fault == "tampered":
        fields["evidence"] = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")
    index = 1 if fault == "of_another" else 0
    if fault == "of_another":
        course.pass_of(1)
    assert course.one(course.item(index, **fields)).reason == "evidence"


def test_a_printed_sheet_is_checked_here_for_the_device_could_not(course: Course) -> None:
    place = course.places[0]
    sheet = PersonalSheet(enrolment_id=place.id, printed_at=START, printed_by=uuid4())
    course.session.add(sheet)
    course.session.flush()
    token = person_pass.sheet_token(sheet_master(), place.id, 1)
    stranger = course.one(course.item(1, method="sheet", evidence=token))
    assert stranger.reason == "evidence"
    assert course.one(course.item(method="sheet", evidence=token)).outcome == "accepted"
    sheet.generation = 2
    course.session.flush()
    old = course.item(method="sheet", phase="out", at=milliseconds(END), evidence=token)
    assert course.one(old).reason == "evidence"


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_device_s_wrong_clock_is_put_right_and_noted(course: Course, hours: int) -> None:
    off = timedelta(hours=hours)
    answer = course.one(course.item(at=milliseconds(START - 10 * MINUTE + off)), off=off)
    (event,) = course.events()
    assert (answer.outcome, answer.reason) == ("accepted", "clock")
    assert event.occurred_at == START - 10 * MINUTE
    signal = course.session.get_one(AttendanceSignal, event.id)
    assert signal.clock_off == off.total_seconds()


def test_a_clock_off_by_a_second_is_left_alone(course: Course) -> None:
    answer = course.one(course.item(), off=timedelta(seconds=1))
    assert answer.reason == ""
    assert course.events()[0].occurred_at == START - 10 * MINUTE
    assert course.session.get_one(AttendanceSignal, course.events()[0].id).clock_off is None


def test_a_clock_that_was_set_after_the_record_shifts_nothing(course: Course) -> None:
    answer = course.one(course.item(jump=3600), off=timedelta(hours=1))
    assert (answer.reason, answer.occurred_at) == ("", START - 10 * MINUTE)


def test_a_device_that_slept_after_the_record_shifts_nothing(course: Course) -> None:
    answer = course.one(course.item(jump=3600), off=timedelta())
    assert (answer.reason, answer.occurred_at) == ("", START - 10 * MINUTE)


def test_the_instructor_s_own_coming_comes_in_once(course: Course) -> None:
    own = {"enrolment": None, "method": "own"}
    items = [course.item(0, **own), course.item(0, **own)]
    answers = course.upload(*items)
    assert course.upload(*items) == answers
    assert all("09:30" in one.text for one in answers)
    assert [one.outcome for one in answers] == ["accepted", "merged"]
    (row,) = course.session.scalars(select(StaffAttendance))
    assert (row.account_id, row.phase, row.offline) == (course.staff.account_id, "in", True)
    late = course.item(0, **own, phase="out", at=milliseconds(END + 61 * MINUTE))
    assert course.one(late).reason == "outside_window"
    assert course.events() == []


@pytest.mark.parametrize("method", ["manual", "sheet"])
def test_staffs_word_after_the_confirmation_is_a_correction(course: Course, method: str) -> None:
    """Else a whole class could be tapped in afterwards, past the second person."""
    if method == "sheet":
        of = course.places[0].id
        course.session.add(
            PersonalSheet(enrolment_id=of, printed_at=START, printed_by=course.staff.the_account())
        )
        course.session.flush()
        evidence = person_pass.sheet_token(sheet_master(), of, 1)
    else:
        evidence = ""
    attendance.confirm_attendance(
        course.session, course.staff, session_id=course.meeting.id, now=END
    )
    answer = course.one(course.item(method=method, evidence=evidence))
    assert (answer.outcome, answer.reason) == ("conflict", "confirmed")
    assert course.events() == []


def test_a_trainees_pass_still_comes_in_after_the_confirmation(course: Course) -> None:
    row, key = course.pass_of(0)
    attendance.confirm_attendance(
        course.session, course.staff, session_id=course.meeting.id, now=END
    )
    shown = person_pass.pass_at(key, row.pass_id, START - 10 * MINUTE)
    assert course.one(course.item(method="pass", evidence=shown.token)).outcome == "accepted"


def test_a_closed_class_promises_no_more_hours(course: Course) -> None:
    row, key = course.pass_of(0)
    course.of.status = "closed"
    course.session.flush()
    shown = person_pass.pass_at(key, row.pass_id, START - 10 * MINUTE)
    answer = course.one(course.item(method="pass", evidence=shown.token))
    assert (answer.outcome, answer.reason) == ("conflict", "class_closed")
    assert course.events() == []


def test_nobody_uploads_without_end(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer is kept for good, and says whether guessed digits are right."""
    monkeypatch.setattr(offline_upload, "MOST_A_DAY", 3)
    rubbish = [course.item(0, phase="party") for _ in range(3)]
    course.upload(*rubbish)
    with pytest.raises(TooManyAttempts):
        course.one(course.item())
    assert course.events() == []
    assert {one.reason for one in course.upload(*rubbish)} == {"bad_item"}
    colleague = make_course(course.session)
    assert colleague.one(colleague.item()).outcome == "accepted"
    assert course.one(course.item(), now=BACK + timedelta(days=1)).outcome == "accepted"


def test_an_account_may_upload_more_than_any_day_of_classes_holds() -> None:
    """A manager of the largest institution: 20 classes of 60, in, roll-call and out."""
    assert offline_upload.MOST_A_DAY >= 20 * 60 * 3


def test_every_event_and_every_upload_is_audited(course: Course) -> None:
    course.upload(course.item(0), course.item(1))
    rows = course.session.execute(select(AuditEvent.action, AuditEvent.on_behalf_of)).all()
    people = {place.person_id for place in course.places[:2]}
    assert {who for action, who in rows if action == "attendance.mark"} == people
    assert [action for action, _ in rows].count("offline.upload") == 1


def test_the_sheet_can_list_what_was_uploaded(course: Course) -> None:
    course.one(course.item(0))
    course.one(course.item(0, at=milliseconds(START + MINUTE)))
    lines = offline_lines.uploads_of(course.session, course.meeting.id)
    assert {(one.outcome, one.source, one.phase) for one in lines} == {
        ("accepted", "staff", "in"),
        ("conflict", "staff", "in"),
    }
    assert {one.counts_at for one in lines} == {START - 10 * MINUTE}
    assert all(one.name and one.text for one in lines)


def test_two_devices_at_once_write_each_event_once(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as saved:
        course = make_course(saved, people=12)
        colleague = make.make_actor(
            saved, Role.MANAGER, institution=saved.get_one(Institution, course.of.institution_id)
        )
        saved.commit()
    items = [course.item(index) for index in range(12)]
    others = [course.item(index) for index in reversed(range(12))]
    runs: list[Callable[[], tuple[Answer, ...]]] = [
        partial(_take, course.staff, items),
        partial(_take, colleague, others),
        partial(_take, course.staff, list(reversed(items))),
    ]
    results = together(runs)
    outcomes = [[one.outcome for one in answers] for answers in results]  # type: ignore[union-attr]
    assert all(set(found) <= {"accepted", "merged"} for found in outcomes)
    with Session(engine) as session:
        count = select(func.count()).where(AttendanceEvent.session_id == course.meeting.id)
        assert session.scalar(count) == 12


def _take(actor: Actor, items: list[Any]) -> tuple[Answer, ...]:
    return as_actor(offline_upload.take, actor, items=items, device_now=None, now=BACK)


PEOPLE = 6
CHUNKS = st.lists(
    st.lists(st.integers(0, 2 * PEOPLE - 1), min_size=1, max_size=8), min_size=1, max_size=8
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks=CHUNKS)
def test_any_interleaving_of_chunks_with_repeats_gives_the_same_records_once(
    session: Session, chunks: list[list[int]]
) -> None:
    with session.begin_nested() as undo:
        course = make_course(session, people=PEOPLE)
        items = [course.item(index) for index in range(PEOPLE)]
        items += [
            course.item(index, phase="out", at=milliseconds(END - 5 * MINUTE))
            for index in range(PEOPLE)
        ]
        answered: dict[str, set[Answer]] = {}
        for chunk in [*chunks, range(2 * PEOPLE)]:
            for answer in course.upload(*(items[index] for index in chunk)):
                answered.setdefault(answer.id, set()).add(answer)
        found = {(event.enrolment_id, event.phase, event.occurred_at) for event in course.events()}
        assert found == {
            (UUID(item["enrolment"]), item["phase"], _at(item["at"])) for item in items
        }
        assert len(course.events()) == 2 * PEOPLE
        assert all(len(answers) == 1 for answers in answered.values())
        undo.rollback()


def _at(ms: int) -> datetime:
    return START + timedelta(milliseconds=ms - milliseconds(START))
