"""An officer at the door: the count comes first, the sheet after, and nobody is warned."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Enrolment, Inspection, MakeUp, Notice
from portal.domain.checkin_code import Phase
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, Unauthenticated
from portal.domain.inspection import CardLines
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.services import inspection_counts, inspection_views, inspections
from portal.services.inspection_views import InspectionView
from tests.support import factories as make
from tests.support.sign_ins import sign

START = make.NOW
MINUTE = timedelta(minutes=1)
DURING = START + 60 * MINUTE


class Room:
    """A lesson of ten people in Turpan, its officer and the institution's manager."""

    def __init__(self, session: Session, people: int = 10, came: int = 10) -> None:
        self.session = session
        self.school = make.make_institution(session)
        self.manager = make.make_actor(session, Role.MANAGER, institution=self.school)
        self.officer = make.make_actor(session, Role.OFFICER)
        self.made = make.make_class(
            session, institution=self.school, first_start=START, sessions=1, status="running"
        )
        (self.meeting,) = make.sessions_of(session, self.made)
        self.places = [self.join() for _ in range(people)]
        for place in self.places[:came]:
            sign(session, self.meeting, place, START - 5 * MINUTE)

    def join(self) -> Enrolment:
        return make.enrol(self.session, make.make_person(self.session), self.made)

    def open(self, actor: Actor | None = None, now: datetime = DURING) -> UUID:
        return inspections.open_inspection(
            self.session, actor or self.officer, session_id=self.meeting.id, now=now
        )

    def count(
        self, heads: Any, inspection_id: UUID | None = None, now: datetime = DURING
    ) -> InspectionView:
        return inspections.count(
            self.session,
            self.officer,
            inspection_id=inspection_id or self.open(now=now),
            heads=heads,
            now=now,
        )

    def see(self, inspection_id: UUID, actor: Actor | None = None) -> InspectionView:
        return inspections.inspection(
            self.session, actor or self.officer, inspection_id=inspection_id, now=DURING
        )

    def told(self) -> list[str]:
        query = select(Notice.kind).where(Notice.person_id == self.manager.the_person())
        return list(self.session.scalars(query.order_by(Notice.created_at)))


@pytest.fixture
def room(session: Session) -> Room:
    return Room(session)


def test_before_the_count_nothing_says_how_many_should_be_there(room: Room) -> None:
    view = room.see(room.open())
    hidden = (view.heads, view.sheet_count, view.roster_count, view.percent, view.card, view.year)
    assert hidden == (None,) * 6
    assert (view.can_count, view.mine) == (True, True)
    (row,) = inspections.running(room.session, room.officer, now=DURING)
    assert all(str(getattr(row, field.name)) != "10" for field in fields(row))


@pytest.mark.parametrize(
    ("heads", "card", "kind"),
    [
        (9, "none", "inspected"),
        (8, "yellow", "inspected_yellow"),
        (7, "red", "inspected_red"),
        (11, "none", "inspected"),
    ],
)
def test_the_count_is_compared_with_the_sheet_and_the_institution_is_told(
    room: Room, heads: int, card: str, kind: str
) -> None:
    view = room.count(heads)
    assert (view.heads, view.sheet_count, view.roster_count) == (heads, 10, 10)
    assert (view.percent, view.card) == (heads * 10, card)
    assert not view.can_count
    assert room.told() == [kind]


def test_the_institution_is_not_told_before_the_count(room: Room) -> None:
    room.see(room.open())
    assert room.told() == []


def test_who_has_left_and_who_comes_later_is_not_expected_in_the_room(session: Session) -> None:
    room = Room(session, people=12, came=9)
    sign(session, room.meeting, room.places[0], DURING - MINUTE, phase=Phase.OUT)
    sign(session, room.meeting, room.places[1], DURING + MINUTE, phase=Phase.OUT)
    sign(session, room.meeting, room.places[9], DURING + MINUTE, method="manual")
    sign(session, room.meeting, room.places[10], DURING - MINUTE, phase=Phase.MID)
    view = room.count(8)
    assert (view.sheet_count, view.roster_count, view.card) == (8, 12, "none")


def test_a_guest_on_the_sheet_counts(room: Room) -> None:
    other = make.make_class(room.session, first_start=START - timedelta(days=3))
    missed = make.sessions_of(room.session, other)[0]
    guest = make.enrol(room.session, make.make_person(room.session), other)
    room.session.add(
        MakeUp(
            enrolment_id=guest.id,
            person_id=guest.person_id,
            missed_session_id=missed.id,
            at_session_id=room.meeting.id,
            state="planned",
            created_at=START,
            created_by=room.manager.the_account(),
        )
    )
    sign(room.session, room.meeting, guest, START)
    view = room.count(10)
    assert (view.sheet_count, view.roster_count) == (11, 11)


def test_a_count_cannot_be_changed_and_a_second_answers_the_first(room: Room) -> None:
    begun = room.open()
    first = room.count(7, begun)
    assert room.count(10, begun) == first
    assert room.told() == ["inspected_red"]


def test_the_same_officer_goes_on_with_what_was_begun_and_may_come_again(room: Room) -> None:
    begun = room.open()
    assert room.open() == begun
    (row,) = inspections.running(room.session, room.officer, now=DURING)
    assert row.begun == begun
    room.count(10, begun)
    assert room.open() != begun


def test_another_officer_has_an_inspection_of_their_own(room: Room) -> None:
    begun, other = room.open(), make.make_actor(room.session, Role.OFFICER)
    assert room.open(other) != begun
    assert not room.see(begun, other).can_count
    with pytest.raises(NotFound):
        inspections.count(room.session, other, inspection_id=begun, heads=1, now=DURING)
    with pytest.raises(NotFound):
        inspections.write_note(room.session, other, inspection_id=begun, note="空", now=DURING)


@pytest.mark.parametrize("region", ["653200", "650421"])
def test_an_officer_of_another_region_sees_nothing(room: Room, region: str) -> None:
    begun = room.open()
    room.count(7, begun)
    other = make.make_actor(room.session, Role.OFFICER, region_code=region)
    assert inspections.running(room.session, other, now=DURING) == ()
    assert inspection_views.past(room.session, other, now=DURING).total == 0
    for act in (
        lambda: room.open(other),
        lambda: room.see(begun, other),
        lambda: inspections.count(room.session, other, inspection_id=begun, heads=1, now=DURING),
        lambda: inspections.write_note(
            room.session, other, inspection_id=begun, note="空", now=DURING
        ),
    ):
        with pytest.raises(NotFound):
            act()


def test_an_auditor_reads_and_begins_nothing(room: Room) -> None:
    begun = room.open()
    auditor = make.make_actor(room.session, Role.AUDITOR)
    assert room.see(begun, auditor).sheet_count is None
    room.count(7, begun)
    assert room.see(begun, auditor).card == "red"
    assert inspection_views.past(room.session, auditor, now=DURING).total == 1
    for act in (
        lambda: room.open(auditor),
        lambda: inspections.running(room.session, auditor, now=DURING),
        lambda: inspections.count(room.session, auditor, inspection_id=begun, heads=1, now=DURING),
    ):
        with pytest.raises(Forbidden):
            act()


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.EMPLOYER])
def test_nobody_else_reads_inspections(room: Room, role: Role) -> None:
    begun = room.open()
    actor = room.manager if role is Role.MANAGER else make.make_actor(room.session, role)
    with pytest.raises(Forbidden):
        room.see(begun, actor)
    with pytest.raises(Unauthenticated):
        room.see(begun, ANONYMOUS)
    with pytest.raises(Forbidden):
        inspection_views.past(room.session, actor, now=DURING)


@pytest.mark.parametrize("heads", [-1, 501, "7", None, 7.0, True])
def test_heads_are_a_whole_number_of_people(room: Room, heads: Any) -> None:
    with pytest.raises(BadInput):
        room.count(heads)


@pytest.mark.parametrize("at", [-31, 180], ids=["before_sign_in_opens", "at_the_end"])
def test_only_a_running_lesson_is_inspected(room: Room, at: int) -> None:
    now = START + at * MINUTE
    assert inspections.running(room.session, room.officer, now=now) == ()
    with pytest.raises(NotReady):
        room.open(now=now)


def test_a_count_after_the_lesson_is_refused_as_people_have_left(room: Room) -> None:
    begun = room.open()
    with pytest.raises(NotReady):
        room.count(3, begun, now=START + 180 * MINUTE)
    assert room.count(3, begun, now=START + 179 * MINUTE).card == "red"


def test_a_class_that_was_called_off_is_not_inspected(room: Room) -> None:
    room.made.status = "cancelled"
    room.session.flush()
    with pytest.raises(NotFound):
        room.open()


def test_running_lessons_are_found_by_number_title_and_institution(room: Room) -> None:
    def found(q: str) -> int:
        return len(inspections.running(room.session, room.officer, q=q, now=DURING))

    assert found(room.made.class_no.lower()) == found(room.school.name[-4:]) == found("电工") == 1
    assert found("  ") == 1
    assert found("没有这个班") == found("%") == 0


def test_a_note_is_written_after_the_count(room: Room) -> None:
    begun = room.open()
    with pytest.raises(NotReady):
        inspections.write_note(
            room.session, room.officer, inspection_id=begun, note="x", now=DURING
        )
    room.count(10, begun)
    view = inspections.write_note(
        room.session, room.officer, inspection_id=begun, note=" 教师 也在 ", now=DURING
    )
    assert view.note == "教师 也在"
    with pytest.raises(BadInput):
        inspections.write_note(
            room.session, room.officer, inspection_id=begun, note="长" * 201, now=DURING
        )


def test_sign_ins_uploaded_later_are_compared_again_and_a_worse_card_is_told(
    session: Session,
) -> None:
    room = Room(session, people=10, came=0)
    view = room.count(3)
    assert (view.sheet_count, view.card, view.percent) == (0, "none", None)
    for place in room.places:
        sign(session, room.meeting, place, START - 5 * MINUTE, offline=True)
    later = START + timedelta(days=1)
    assert inspection_counts.recount(session, SYSTEM, class_id=room.made.id, now=later) == 1
    assert inspection_counts.recount(session, SYSTEM, class_id=room.made.id, now=later) == 0
    view = room.see(view.inspection_id)
    assert (view.sheet_count, view.card) == (10, "red")
    assert room.told() == ["inspected", "inspected_red"]
    with pytest.raises(Forbidden):
        inspection_counts.recount(session, room.officer, class_id=room.made.id, now=later)


def test_the_cards_of_a_year_are_counted_by_institution(room: Room) -> None:
    second = Room(room.session)
    second.made.institution_id = room.school.id
    room.count(7)
    view = second.count(7)
    assert view.year == inspection_views.YearOfCards(2026, 2, 0, 2, True)
    old = room.session.scalars(
        select(Inspection).where(Inspection.session_id == room.meeting.id)
    ).one()
    # New Year's Eve in Beijing is still the old year; the same hour in UTC is not.
    old.counted_at = datetime.fromisoformat("2025-12-31T23:59:00+08:00")
    room.session.flush()
    year = inspection_views.year_of(room.session, room.school.id, 2026, CardLines())
    assert year == replace(view.year, inspected=1, red=1, weighs=False)
    old.counted_at = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
    room.session.flush()
    assert inspection_views.year_of(room.session, room.school.id, 2026, CardLines()).red == 2
    other = Room(room.session)
    assert inspection_views.year_of(room.session, other.school.id, 2026, CardLines()).inspected == 0


def test_a_lesson_that_was_counted_twice_has_one_card_the_last(room: Room) -> None:
    room.count(7)
    again = room.count(9, now=DURING + MINUTE)
    assert again.year == inspection_views.YearOfCards(2026, 1, 0, 0, False)


def test_the_history_of_one_institution_leaves_out_the_others(room: Room) -> None:
    room.count(10)
    other = Room(room.session)
    other.count(6)
    other.open()
    everywhere = inspection_views.past(room.session, room.officer, now=DURING)
    assert (everywhere.total, everywhere.items[0].card) == (2, "red")
    mine = inspection_views.past(
        room.session, room.officer, institution_id=room.school.id, now=DURING
    )
    assert [row.card for row in mine.items] == ["none"]


def test_each_step_leaves_a_trace_and_none_names_anybody(room: Room) -> None:
    begun = room.open()
    room.count(9, begun)
    room.see(begun)
    query = select(AuditEvent).where(AuditEvent.action.startswith("inspection."))
    events = room.session.scalars(query.order_by(AuditEvent.id)).all()
    assert [one.action for one in events] == [
        "inspection.open",
        "inspection.count",
        "inspection.read",
    ]
    assert {one.object_id for one in events} == {str(room.meeting.id)}
    assert room.session.scalar(select(func.count()).select_from(Inspection)) == 1
