"""What is in two places at once is found across institutions, each once, in the own region."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceEvent,
    AuditEvent,
    Enrolment,
    Institution,
    Person,
    StaffAttendance,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services.overlaps import Kind, Overlap, overlaps, own_overlaps
from tests.support import factories as make
from tests.support.factories import NOW

START = NOW + timedelta(days=7)
HOURS = timedelta(minutes=180)


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def a_class(session: Session, **fields: Any) -> TrainingClass:
    """A class of one session in a room of its own, unless told otherwise."""
    room = fields.pop("room", f"{new_id().hex[:8]}室")
    values: dict[str, Any] = {
        "sessions": 1,
        "first_start": START,
        "site": "",
        "address": "示范路1号",
    }
    made = make.make_class(session, **values | fields)
    meeting_of(session, made).room = room
    session.flush()
    return made


def meeting_of(session: Session, made: TrainingClass) -> TrainingSession:
    return make.sessions_of(session, made)[0]


def taught_by(session: Session, made: TrainingClass, account_id: Any) -> None:
    meeting_of(session, made).instructor_id = account_id
    session.flush()


def recorded(session: Session, made: TrainingClass, person: Person) -> None:
    """The person is recorded as having come; enrolled only on paper, as a fraud would be."""
    meeting, template = meeting_of(session, made), make.make_commitment_template(session)
    enrolment = Enrolment(
        person_id=person.id,
        person_no=person.no,
        class_id=made.id,
        busy=made.meets,
        status="completed",
        channel="self",
        commitment_version=template.version,
        commitment_text_hash=template.text_hash,
        signed_at=NOW,
        created_at=NOW,
    )
    session.add(enrolment)
    session.flush()
    for phase in ("in", "out"):
        session.add(
            AttendanceEvent(
                session_id=meeting.id,
                enrolment_id=enrolment.id,
                person_id=person.id,
                phase=phase,
                method="qr",
                occurred_at=meeting.starts_at,
                server_at=meeting.starts_at,
                receipt="",
            )
        )
    session.flush()


def found(session: Session, who: Actor, kind: Kind) -> list[Overlap]:
    since, until = START - timedelta(days=1), START + timedelta(days=3)
    all_kinds = overlaps(session, who, since=since, until=until, now=NOW)
    return [row for of in all_kinds if of.kind == kind for row in of.rows]


def two_with_one_teacher(session: Session, **second: Any) -> tuple[TrainingClass, TrainingClass]:
    school = make.make_institution(session)
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=school).id
    one, other = a_class(session, institution=school), a_class(session, **second)
    taught_by(session, one, teacher)
    taught_by(session, other, teacher)
    return one, other


def test_a_teacher_of_two_institutions_at_once_is_found_once(
    session: Session, officer: Actor
) -> None:
    one, other = two_with_one_teacher(session)
    [row] = found(session, officer, "instructor")
    assert {row.one.class_id, row.other.class_id} == {one.id, other.id}
    assert (row.subject, row.minutes, row.across) == ("王小强", 180, True)
    traces = session.scalars(select(AuditEvent.fields_read).filter_by(action="overlaps.read"))
    assert traces.all() == [["name", "attendance"]]


@pytest.mark.parametrize(
    ("shift", "minutes"),
    [(timedelta(minutes=179), 1), (HOURS, None), (-HOURS, None), (timedelta(minutes=-60), 120)],
    ids=["a minute", "right after", "right before", "two hours"],
)
def test_only_sessions_that_meet_at_the_same_time_overlap(
    session: Session, officer: Actor, shift: timedelta, minutes: int | None
) -> None:
    two_with_one_teacher(session, first_start=START + shift)
    assert [row.minutes for row in found(session, officer, "instructor")] == (
        [minutes] if minutes else []
    )


def test_of_three_in_a_row_only_neighbours_overlap(session: Session, officer: Actor) -> None:
    school = make.make_institution(session)
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=school).id
    made = [
        a_class(session, first_start=START + timedelta(hours=2) * number) for number in range(3)
    ]
    for one in made:
        taught_by(session, one, teacher)
    pairs = {
        frozenset((r.one.class_id, r.other.class_id)) for r in found(session, officer, "instructor")
    }
    assert pairs == {frozenset((made[0].id, made[1].id)), frozenset((made[1].id, made[2].id))}


def test_an_overlap_across_midnight_is_found_once(session: Session, officer: Actor) -> None:
    late = START.replace(hour=22, minute=0)
    school = make.make_institution(session)
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=school).id
    one = a_class(session, first_start=late, session_length=timedelta(hours=4))
    other = a_class(
        session, first_start=late + timedelta(hours=1), session_length=timedelta(hours=4)
    )
    taught_by(session, one, teacher)
    taught_by(session, other, teacher)
    assert [row.minutes for row in found(session, officer, "instructor")] == [180]


def test_a_cancelled_class_takes_nobody_time(session: Session, officer: Actor) -> None:
    two_with_one_teacher(session, status="cancelled")
    assert found(session, officer, "instructor") == []


def test_whoever_came_to_teach_counts_as_teaching(session: Session, officer: Actor) -> None:
    school = make.make_institution(session)
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=school)
    one, other = a_class(session, institution=school), a_class(session)
    taught_by(session, one, teacher.id)
    meeting = meeting_of(session, other)
    session.add(
        StaffAttendance(
            session_id=meeting.id,
            account_id=teacher.id,
            person_id=teacher.person_id,
            phase="in",
            method="tap",
            occurred_at=meeting.starts_at,
            server_at=meeting.starts_at,
        )
    )
    session.flush()
    assert len(found(session, officer, "instructor")) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("示范路1号", "实训楼", "101"), ("示范路1号", "实训楼", "101")),
        (("示范路1号", "实训楼", "101"), ("示范路１号", "", "实训楼101")),
        (("示范路1号", "B楼", "B楼-2"), ("示范路 1号", "b楼", "2")),
        (("示范路1号（东门）", "", "多媒体教室"), ("示范路1号(东门)", "多媒体教室", "多媒体教室")),
    ],
    ids=["alike", "full width", "blanks", "brackets"],
)
def test_one_room_is_one_room_however_it_is_written(
    session: Session, officer: Actor, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    for address, site, room in (one, other):
        a_class(session, address=address, site=site, room=room)
    [row] = found(session, officer, "room")
    assert row.across


@pytest.mark.parametrize(
    "other",
    [
        {"address": "示范路2号", "room": "101"},
        {"room": "102"},
        {"room": ""},
        {"region_code": "650102", "room": "101"},
    ],
    ids=["another house", "another room", "no room", "another town"],
)
def test_other_rooms_do_not_overlap(
    session: Session, officer: Actor, other: dict[str, Any]
) -> None:
    a_class(session, room="101")
    a_class(session, **other)
    assert found(session, officer, "room") == []


def test_an_online_session_fills_no_room(session: Session, officer: Actor) -> None:
    made = [a_class(session, room="直播间") for _ in range(2)]
    meeting_of(session, made[0]).kind = "online"
    session.flush()
    assert found(session, officer, "room") == []


def test_a_person_recorded_in_two_places_is_found(session: Session, officer: Actor) -> None:
    person = make.make_person(session, name="古丽")
    one = a_class(session)
    recorded(session, one, person)
    assert found(session, officer, "person") == []
    recorded(session, a_class(session, first_start=START + timedelta(minutes=30)), person)
    [row] = found(session, officer, "person")
    assert (row.subject, row.minutes) == ("古丽", 150)
    assert found(session, officer, "instructor") == []


def test_a_teacher_who_sits_in_another_class_is_found_among_the_people(
    session: Session, officer: Actor
) -> None:
    school = make.make_institution(session)
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=school)
    one, other = a_class(session, institution=school), a_class(session)
    meeting = meeting_of(session, one)
    session.add(
        StaffAttendance(
            session_id=meeting.id,
            account_id=teacher.id,
            person_id=teacher.person_id,
            phase="in",
            method="tap",
            occurred_at=meeting.starts_at,
            server_at=meeting.starts_at,
        )
    )
    recorded(session, other, session.get_one(Person, teacher.person_id))
    assert len(found(session, officer, "person")) == 1


def test_an_officer_sees_what_touches_the_own_region(session: Session, officer: Actor) -> None:
    one, other = two_with_one_teacher(session, region_code="370200")
    [row] = found(session, officer, "instructor")
    assert (row.one.class_id, row.one.mine) == (one.id, True)
    assert (row.other.class_id, row.other.mine) == (other.id, False)
    qingdao = make.make_actor(session, Role.OFFICER, region_code="370000")
    [row] = found(session, qingdao, "instructor")
    assert row.one.class_id == other.id
    hunan = make.make_actor(session, Role.OFFICER, region_code="430000")
    assert found(session, hunan, "instructor") == []


@pytest.mark.parametrize(
    "role", [Role.TRAINEE, Role.INSTRUCTOR, Role.MANAGER, Role.AUDITOR, Role.HELPER, Role.EMPLOYER]
)
def test_only_officers_look_for_overlaps(session: Session, role: Role) -> None:
    staff = role in (Role.INSTRUCTOR, Role.MANAGER)
    school = make.make_institution(session) if staff else None
    who = make.make_actor(session, role, institution=school)
    with pytest.raises(Forbidden):
        found(session, who, "room")
    with pytest.raises(Unauthenticated):
        found(session, ANONYMOUS, "room")


def test_more_than_the_limit_are_counted(session: Session, officer: Actor) -> None:
    for _ in range(3):
        a_class(session, room="101")
    since, until = START - timedelta(days=1), START + timedelta(days=1)
    rooms = overlaps(session, officer, since=since, until=until, now=NOW, limit=2)[1]
    assert (rooms.kind, len(rooms.rows), rooms.total) == ("room", 2, 3)


def test_two_classes_in_one_room_for_weeks_are_one_thing_to_ask_about(
    session: Session, officer: Actor
) -> None:
    first = START - timedelta(days=9)
    for _ in range(2):
        a_class(session, sessions=12, first_start=first, title="一间教室")
    for meeting in (
        session.query(TrainingSession)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .filter(TrainingClass.title == "一间教室")
    ):
        meeting.room = "101"
    session.flush()
    until = first + timedelta(days=20)
    [rooms] = [
        of
        for of in overlaps(session, officer, since=first, until=until, now=NOW)
        if of.kind == "room"
    ]
    [row] = rooms.rows
    assert (rooms.total, row.times) == (1, 12)
    # The next one to come is nearer than any before.
    assert row.begins == first + timedelta(days=2)


def test_an_institution_is_warned_of_its_own_and_of_nothing_else(session: Session) -> None:
    school, other = make.make_institution(session), make.make_institution(session)
    person = make.make_person(session, name="古丽")
    mine = a_class(session, institution=school, room="101")
    recorded(session, mine, person)
    theirs = a_class(session, institution=other, room="101", title="别家的班")
    recorded(session, theirs, person)
    room, twice = own_overlaps(session, manager(session, school), now=NOW)
    assert (room.kind, room.session_id) == ("room", meeting_of(session, mine).id)
    assert other.name in room.text
    # Where else a trainee learns is the trainee's own.
    assert "古丽" in twice.text
    assert other.name not in twice.text
    assert "别家的班" not in twice.text
    bystander = manager(session, make.make_institution(session))
    assert own_overlaps(session, bystander, now=NOW) == ()
    with pytest.raises(Forbidden):
        own_overlaps(session, make.make_actor(session, Role.TRAINEE), now=NOW)


def manager(session: Session, school: Institution) -> Actor:
    return make.make_actor(session, Role.MANAGER, institution=school)


def test_ids_of_nobody_find_nothing(session: Session) -> None:
    nobody = Actor(role=Role.MANAGER, account_id=uuid4(), institution_id=None)
    assert own_overlaps(session, nobody, now=NOW) == ()
