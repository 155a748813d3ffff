"""Passes, cards and taps: what staff read is recorded once, or refused with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceEvent,
    AttendanceSignal,
    AuditEvent,
    Enrolment,
    MakeUp,
    PersonPass,
    SessionCall,
    TrainingClass,
    TrainingSession,
)
from portal.domain import person_pass
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import Forbidden, NotFound, OutsideWindow, Unauthenticated
from portal.domain.pass_errors import (
    NotOnThisSheet,
    PassAhead,
    PassCodeTwice,
    PassCodeUnknown,
    PassInvalid,
    PassReplaced,
    PassStale,
    SheetReplaced,
)
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import passes, personal_sheets, scan_roster, staff_scan
from portal.services.staff_scan import Reading, Taken
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.passes import shown, trainee_actor

START = make.NOW
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """A class of three that meets at START, and the instructor with a phone."""

    session: Session
    of: TrainingClass
    meeting: TrainingSession
    places: list[Enrolment]
    staff: Actor

    def take(self, now: datetime = START, **reading: object) -> Taken:
        return as_actor(
            staff_scan.take,
            self.staff,
            session_id=self.meeting.id,
            reading=Reading(**reading),  # type: ignore[arg-type]
            now=now,
        )

    def scan(self, index: int, at: datetime = START, *, now: datetime = START) -> Taken:
        """The phone of somebody is scanned; ``at`` is what its clock says."""
        return self.take(now, text=self.pass_of(index, at).token)

    def pass_of(self, index: int, at: datetime = START) -> person_pass.PassCode:
        return shown(self.session, self.places[index].person_id, at)

    def card(self, index: int, *, renew: bool = False) -> str:
        """The address on the printed card of somebody."""
        document = as_actor(
            personal_sheets.print_cards,
            self.staff,
            class_id=self.of.id,
            enrolment_ids=[self.places[index].id],
            renew=renew,
            now=START,
        )
        return document.cards[0].url

    def events(self) -> list[AttendanceEvent]:
        self.session.rollback()
        query = select(AttendanceEvent).where(AttendanceEvent.session_id == self.meeting.id)
        return list(self.session.scalars(query.order_by(AttendanceEvent.id)))

    def refused(self) -> list[str]:
        """The reasons that were written down."""
        self.session.rollback()
        query = select(AuditEvent).where(
            AuditEvent.action == "pass.refused", AuditEvent.object_id == str(self.meeting.id)
        )
        return [str((row.detail or {})["why"]) for row in self.session.scalars(query)]


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with Session(engine, expire_on_commit=False) as session:
        institution = make.make_institution(session)
        of = make.make_class(session, institution=institution, first_start=START, status="running")
        people = [make.make_person(session, name=name) for name in ("李雪", "王小强", "张三")]
        places = [make.enrol(session, person, of) for person in people]
        staff = make.make_actor(session, Role.INSTRUCTOR, institution=institution)
        session.commit()
        yield Desk(session, of, make.sessions_of(session, of)[0], places, staff)


def test_a_pass_is_recorded_at_once_with_who_read_it(desk: Desk) -> None:
    taken = desk.scan(1)
    assert (taken.refusal, taken.name, taken.phase, taken.at) == (None, "王小强", Phase.IN, START)
    (event,) = desk.events()
    assert (event.method, event.enrolment_id) == (Method.PASS, desk.places[1].id)
    assert event.actor_account_id == desk.staff.account_id
    traces = desk.session.scalars(select(AuditEvent).where(AuditEvent.action == "attendance.mark"))
    assert desk.places[1].person_id in [trace.on_behalf_of for trace in traces]


@pytest.mark.parametrize("form", ["{}", "https://portal.example/p/{}", " http://x/p/{}\n"])
def test_the_address_and_the_bare_code_say_the_same(desk: Desk, form: str) -> None:
    taken = desk.take(text=form.format(desk.pass_of(0).token))
    assert (taken.refusal, taken.name) == (None, "李雪")


def test_the_same_pass_again_answers_the_first_time(desk: Desk) -> None:
    first = desk.scan(1)
    again = desk.scan(1, now=START + 20 * SECOND)
    assert (again.repeated, again.at) == (True, first.at)
    assert len(desk.events()) == 1


def test_a_pass_scanned_by_two_phones_at_once_counts_once(desk: Desk) -> None:
    token = desk.pass_of(1).token
    answers = together([lambda: desk.take(text=token)] * 8)
    assert all(isinstance(one, Taken) and one.refusal is None for one in answers)
    assert sum(isinstance(one, Taken) and not one.repeated for one in answers) == 1
    assert len(desk.events()) == 1


@pytest.mark.parametrize("off", [-30, 30])
def test_a_phone_that_is_off_by_half_a_minute_passes_and_tells_how_far(
    desk: Desk, off: int
) -> None:
    assert desk.scan(1, START + off * SECOND).refusal is None
    signal = desk.session.get_one(AttendanceSignal, desk.events()[0].id)
    assert signal.clock_off == off


@pytest.mark.parametrize(
    ("clock", "kind", "minutes"),
    [
        (timedelta(seconds=-90), PassStale, 2),
        (timedelta(minutes=-12), PassStale, 12),
        (timedelta(days=-1), PassStale, 1440),
        (timedelta(minutes=5), PassAhead, 5),
        (timedelta(days=1), PassAhead, 1440),
    ],
)
def test_a_pass_of_another_time_is_refused_with_how_much(
    desk: Desk, clock: timedelta, kind: type[PassStale], minutes: int
) -> None:
    taken = desk.scan(1, START + clock)
    assert type(taken.refusal) is kind
    assert taken.refusal.params["minutes"] == minutes
    # Whose it is may be told, so that staff who see the person can tap the name.
    assert (taken.name, taken.enrolment_id) == ("王小强", desk.places[1].id)
    assert desk.events() == []
    assert desk.refused() == [kind.key]


def flipped(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


@pytest.mark.parametrize("place", [1, 12, 25, 30, 40])
def test_a_forged_pass_tells_nothing_about_anybody(desk: Desk, place: int) -> None:
    taken = desk.take(text=flipped(desk.pass_of(1).token, place))
    assert isinstance(taken.refusal, PassInvalid)
    assert (taken.name, taken.enrolment_id) == ("", None)
    assert desk.events() == []


def test_a_pass_signed_with_another_persons_key_is_forged(desk: Desk) -> None:
    desk.pass_of(1)
    mine = desk.session.get_one(PersonPass, desk.places[1].person_id)
    desk.pass_of(0)
    theirs = desk.session.get_one(PersonPass, desk.places[0].person_id)
    key = passes.key_of(theirs.pass_id, theirs.generation)
    taken = desk.take(text=person_pass.pass_at(key, mine.pass_id, START).token)
    assert isinstance(taken.refusal, PassInvalid)


@pytest.mark.parametrize(
    "text", ["", "P", "S", "12345", "1234567", "P" * 41, "S" * 40, "hello", "x" * 300]
)
def test_any_other_text_is_neither_pass_nor_card(desk: Desk, text: str) -> None:
    taken = desk.take(text=text)
    assert isinstance(taken.refusal, PassInvalid)
    assert desk.events() == []


def test_the_code_of_the_rooms_screen_is_no_pass(desk: Desk) -> None:
    assert isinstance(desk.take(text="https://x/c/" + "A" * 42).refusal, PassInvalid)


def test_a_renewed_pass_ends_what_a_lost_phone_shows(desk: Desk) -> None:
    lost = desk.pass_of(1)
    as_actor(passes.renew, trainee_actor(desk.places[1].person_id), now=START)
    taken = desk.take(text=lost.token)
    assert isinstance(taken.refusal, PassReplaced)
    assert isinstance(desk.take(text=lost.numeric).refusal, PassCodeUnknown)
    assert desk.events() == []
    assert desk.scan(1).refusal is None


def test_somebody_of_another_class_is_not_on_the_sheet_and_not_named(desk: Desk) -> None:
    stranger = make.make_person(desk.session, name="赵外人")
    desk.session.commit()
    taken = desk.take(text=shown(desk.session, stranger.id, START).token)
    assert isinstance(taken.refusal, NotOnThisSheet)
    assert taken.name == ""
    assert desk.events() == []


def test_who_has_left_the_class_is_not_on_the_sheet(desk: Desk) -> None:
    desk.session.get_one(Enrolment, desk.places[1].id).status = "withdrawn"
    desk.session.commit()
    assert isinstance(desk.scan(1).refusal, NotOnThisSheet)


def test_a_guest_who_makes_up_a_session_is_read_like_the_others(desk: Desk) -> None:
    elsewhere = make.make_class(desk.session, first_start=START - timedelta(days=1))
    guest = make.make_person(desk.session, name="客人")
    place = make.enrol(desk.session, guest, elsewhere)
    desk.session.add(
        MakeUp(
            enrolment_id=place.id,
            person_id=guest.id,
            missed_session_id=make.sessions_of(desk.session, elsewhere)[0].id,
            at_session_id=desk.meeting.id,
            state="planned",
            created_at=START,
            created_by=new_id(),
        )
    )
    desk.session.commit()
    taken = desk.take(text=shown(desk.session, guest.id, START).token)
    assert (taken.refusal, taken.enrolment_id) == (None, place.id)


# The six digits


@pytest.mark.parametrize("form", ["{}", " {} ", "wide", "spaced"])
def test_the_digits_that_somebody_reads_out_are_enough(desk: Desk, form: str) -> None:
    digits = desk.pass_of(2).numeric
    wide = digits.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    spaced = f"{digits[:3]} {digits[3:]}"
    text = {"wide": wide, "spaced": spaced}.get(form) or form.format(digits)
    taken = desk.take(text=text)
    assert (taken.refusal, taken.name) == (None, "张三")
    assert desk.events()[0].method == Method.PASS_CODE


def test_wrong_digits_record_nobody_and_are_counted(desk: Desk) -> None:
    shown_now = {
        desk.pass_of(n, START + 30 * k * SECOND).numeric for n in (0, 1, 2) for k in (-1, 0, 1)
    }
    wrong = [f"{n:06d}" for n in range(20) if f"{n:06d}" not in shown_now][:10]
    answers = [desk.take(text=one) for one in wrong]
    assert all(isinstance(one.refusal, PassCodeUnknown) for one in answers)
    assert all(one.name == "" for one in answers)
    assert desk.events() == []
    assert desk.refused() == [PassCodeUnknown.key] * 10


def test_digits_of_somebody_elsewhere_are_nobodys(desk: Desk) -> None:
    stranger = make.make_person(desk.session)
    desk.session.commit()
    digits = shown(desk.session, stranger.id, START).numeric
    assert isinstance(desk.take(text=digits).refusal, PassCodeUnknown)


def test_two_people_with_the_same_digits_must_be_scanned(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = desk.pass_of(0).numeric
    desk.pass_of(1)
    monkeypatch.setattr(person_pass, "numeric_is_fresh", lambda key, typed, at: True)
    taken = desk.take(text=digits)
    assert isinstance(taken.refusal, PassCodeTwice)
    assert desk.events() == []
    assert desk.scan(0).refusal is None


# Printed cards


def test_a_card_is_read_back(desk: Desk) -> None:
    taken = desk.take(text=desk.card(2))
    assert (taken.refusal, taken.name) == (None, "张三")
    assert desk.events()[0].method == Method.SHEET


def test_a_second_copy_of_a_card_leaves_the_first_good(desk: Desk) -> None:
    first, second = desk.card(2), desk.card(2)
    assert first == second
    assert desk.take(text=first).refusal is None


def test_a_card_is_worthless_once_another_was_drawn(desk: Desk) -> None:
    lost, found = desk.card(2), desk.card(2, renew=True)
    taken = desk.take(text=lost)
    assert isinstance(taken.refusal, SheetReplaced)
    assert desk.events() == []
    assert desk.take(text=found).refusal is None


def test_a_card_of_another_class_is_not_on_the_sheet(desk: Desk) -> None:
    other = make.make_class(desk.session, first_start=START)
    place = make.enrol(desk.session, make.make_person(desk.session), other)
    desk.session.commit()
    token = person_pass.sheet_token(passes.sheet_master(), place.id, 1)
    taken = desk.take(text=token)
    assert isinstance(taken.refusal, NotOnThisSheet)
    assert (taken.name, desk.events()) == ("", [])


def test_a_card_that_was_never_printed_counts_for_nobody(desk: Desk) -> None:
    token = person_pass.sheet_token(passes.sheet_master(), desk.places[0].id, 1)
    assert isinstance(desk.take(text=token).refusal, SheetReplaced)
    forged = person_pass.sheet_token(bytes(32), desk.places[0].id, 1)
    assert isinstance(desk.take(text=forged).refusal, PassInvalid)


# Taps, phases, rights


def test_a_tap_needs_nothing_of_the_person(desk: Desk) -> None:
    taken = desk.take(enrolment_id=desk.places[0].id)
    assert (taken.refusal, taken.name) == (None, "李雪")
    assert desk.events()[0].method == Method.MANUAL
    assert isinstance(desk.take(enrolment_id=new_id()).refusal, NotOnThisSheet)


def test_outside_the_windows_nothing_is_recorded(desk: Desk) -> None:
    late = desk.meeting.sign_in_until
    for reading in ({"text": desk.pass_of(0, late).token}, {"enrolment_id": desk.places[0].id}):
        assert isinstance(desk.take(late, **reading).refusal, OutsideWindow)
        assert isinstance(desk.take(late, phase=Phase.IN, **reading).refusal, OutsideWindow)
    assert desk.events() == []


def test_a_phase_that_is_not_open_is_not_recorded(desk: Desk) -> None:
    for phase in (Phase.OUT, Phase.MID):
        taken = desk.take(enrolment_id=desk.places[0].id, phase=phase)
        assert isinstance(taken.refusal, OutsideWindow)


def test_a_roll_call_is_recorded_before_anything_else(desk: Desk) -> None:
    desk.session.add(
        SessionCall(
            session_id=desk.meeting.id,
            called_at=START,
            closes_at=START + 5 * MINUTE,
            called_by=new_id(),
        )
    )
    desk.session.commit()
    assert desk.scan(0).phase is Phase.MID
    sheet = as_actor(
        scan_roster.scan_sheet, desk.staff, session_id=desk.meeting.id, now=START + SECOND
    )
    assert (sheet.phase, sheet.phases, sheet.done) == (Phase.MID, (Phase.MID, Phase.IN), 1)
    other = as_actor(
        scan_roster.scan_sheet,
        desk.staff,
        session_id=desk.meeting.id,
        phase=Phase.IN,
        now=START + SECOND,
    )
    assert (other.phase, other.done) == (Phase.IN, 0)


def test_leaving_is_read_in_its_own_window(desk: Desk) -> None:
    end = desk.meeting.ends_at
    assert desk.scan(0, end, now=end).phase is Phase.OUT


def test_nobody_else_reads_for_the_session(desk: Desk) -> None:
    token = desk.pass_of(0).token
    others = [
        (
            make.make_actor(
                desk.session, Role.INSTRUCTOR, institution=make.make_institution(desk.session)
            ),
            NotFound,
        ),
        (make.make_actor(desk.session), Forbidden),
        (make.make_actor(desk.session, Role.HELPER), Forbidden),
        (make.make_actor(desk.session, Role.OFFICER), Forbidden),
        (ANONYMOUS, Unauthenticated),
    ]
    desk.session.commit()
    for actor, refusal in others:
        for service, extra in (
            (staff_scan.take, {"reading": Reading(text=token)}),
            (scan_roster.scan_sheet, {}),
            (scan_roster.recorded, {"phase": Phase.IN}),
        ):
            with pytest.raises(refusal):
                as_actor(service, actor, session_id=desk.meeting.id, now=START, **extra)
    assert desk.events() == []


def test_the_names_tell_namesakes_apart_and_say_who_is_there(desk: Desk) -> None:
    twin = make.make_person(desk.session, name="李雪")
    make.enrol(desk.session, twin, desk.of)
    desk.session.commit()
    desk.scan(1)
    sheet = as_actor(scan_roster.scan_sheet, desk.staff, session_id=desk.meeting.id, now=START)
    rows = {row.enrolment_id: row for row in sheet.rows}
    assert [row.name for row in sheet.rows if row.id_no_masked] == ["李雪", "李雪"]
    assert rows[desk.places[1].id].at == "09:40"
    assert (sheet.done, sheet.phases) == (1, (Phase.IN,))
    done = as_actor(
        scan_roster.recorded, desk.staff, session_id=desk.meeting.id, phase=Phase.IN, now=START
    )
    assert done == {desk.places[1].id: "09:40"}
