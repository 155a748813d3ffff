"""A helper at the room's code: only with a mandate that covers it, and only so many people."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceEvent,
    AttendanceSignal,
    AuditEvent,
    Mandate,
    TrainingClass,
    TrainingSession,
)
from portal.domain.checkin_code import Phase, ReadCode, ScanTicket, step_of
from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeInvalid, Forbidden, NotFound, OutsideWindow, Unauthenticated
from portal.domain.pass_errors import HelperMost, MandateWithoutCheckIn, NotOnThisSheet
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.policies.parameters import default_attendance
from portal.services import helper_checkin, mandate_text, mandates
from portal.services.helper_checkin import HelperRoom
from portal.services.marks import Marked
from portal.services.signals import Signals
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import helping
from tests.support.acts import together

START = make.NOW
MOST = default_attendance().helper_most


@dataclass
class Yard:
    """A class that meets at START, and a helper whose people are on its roster."""

    session: Session
    helper: Actor
    of: TrainingClass
    meeting: TrainingSession
    mandates: list[UUID]

    def scan(self, phase: Phase = Phase.IN, at: datetime = START, **fields: bool) -> ScanTicket:
        code = ReadCode(self.meeting.id, phase, step_of(at))
        return ScanTicket(code, at, Method.QR, **fields)  # type: ignore[arg-type]

    def tap(self, mandate: UUID, scan: ScanTicket | None = None, **fields: object) -> Marked:
        return as_actor(
            helper_checkin.check_in_for,
            fields.pop("actor", self.helper),
            scan=scan or self.scan(),
            mandate_id=mandate,
            **{"now": START} | fields,
        )

    def room(self, scan: ScanTicket | None = None, now: datetime = START) -> HelperRoom:
        return as_actor(helper_checkin.people_here, self.helper, scan=scan or self.scan(), now=now)

    def events(self) -> list[AttendanceEvent]:
        self.session.rollback()
        query = select(AttendanceEvent).where(AttendanceEvent.session_id == self.meeting.id)
        return list(self.session.scalars(query))


@pytest.fixture
def yard(engine: Engine) -> Iterator[Yard]:
    with Session(engine, expire_on_commit=False) as session:
        helper = helping.make_helper(session)
        of = make.make_class(session, first_start=START, status="running")
        session.commit()
        given = [helping.introduce(helper) for _ in range(MOST + 2)]
        for mandate in given:
            make.enrol(session, helping.person_with(session, mandate), of)
        session.commit()
        yield Yard(session, helper, of, make.sessions_of(session, of)[0], given)


def test_one_tap_records_the_person_and_names_the_helper(yard: Yard) -> None:
    seen = Signals(device=b"phone", network=b"net")
    marked = yard.tap(yard.mandates[0], seen=seen, now=START + timedelta(minutes=2))
    (event,) = yard.events()
    person = helping.person_with(yard.session, yard.mandates[0])
    assert (marked.repeated, marked.occurred_at) == (False, START)
    assert (event.method, event.person_id) == (Method.HELPER, person.id)
    assert (event.actor_account_id, event.occurred_at) == (yard.helper.account_id, START)
    signal = yard.session.get_one(AttendanceSignal, event.id)
    assert (bytes(signal.device or b""), signal.relay) == (b"phone", None)
    trace = yard.session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "attendance.mark",
            AuditEvent.actor_account_id == yard.helper.account_id,
        )
    ).one()
    assert (trace.on_behalf_of, trace.actor_role) == (person.id, "helper")


def test_a_second_tap_answers_the_first(yard: Yard) -> None:
    first = yard.tap(yard.mandates[0])
    again = yard.tap(yard.mandates[0], now=START + timedelta(minutes=1))
    assert (again.repeated, again.event_id) == (True, first.event_id)


def test_that_no_colour_was_asked_is_kept(yard: Yard) -> None:
    marked = yard.tap(yard.mandates[0], yard.scan(asks_colour=True))
    assert yard.session.get_one(AttendanceSignal, marked.event_id).relay == "skipped"


def test_the_page_shows_only_the_helpers_own_people_on_this_sheet(yard: Yard) -> None:
    elsewhere = helping.introduce(yard.helper)
    make.enrol(yard.session, make.make_person(yard.session, name="别人"), yard.of)
    yard.session.commit()
    yard.tap(yard.mandates[0])
    room = yard.room()
    assert {one.mandate_id for one in room.people} == set(yard.mandates)
    assert elsewhere not in {one.mandate_id for one in room.people}
    assert [one.at for one in room.people if one.mandate_id == yard.mandates[0]] == ["09:40"]
    assert (room.most, room.left, room.phase) == (MOST, MOST - 1, Phase.IN)
    reads = yard.session.scalars(
        select(AuditEvent.on_behalf_of).where(
            AuditEvent.action == "helping.checkin_list",
            AuditEvent.actor_account_id == yard.helper.account_id,
        )
    )
    assert len(set(reads)) == len(yard.mandates)


def test_above_the_cap_the_helper_is_refused_with_the_number(yard: Yard) -> None:
    for mandate in yard.mandates[:MOST]:
        yard.tap(mandate)
    with pytest.raises(HelperMost) as refused:
        yard.tap(yard.mandates[MOST])
    assert refused.value.params == {"most": MOST}
    assert len(yard.events()) == MOST
    # Whoever is in already is answered, and signed out later, all the same.
    assert yard.tap(yard.mandates[0]).repeated
    end = yard.meeting.ends_at
    assert not yard.tap(yard.mandates[0], yard.scan(Phase.OUT, end), now=end).repeated
    with pytest.raises(HelperMost):
        yard.tap(yard.mandates[MOST], yard.scan(Phase.OUT, end), now=end)


def test_taps_at_once_stay_within_the_cap(yard: Yard) -> None:
    answers = together([lambda one=one: yard.tap(one) for one in yard.mandates])
    assert sum(isinstance(one, Marked) for one in answers) == MOST
    assert sum(isinstance(one, HelperMost) for one in answers) == 2
    assert len(yard.events()) == MOST


def test_the_last_free_place_goes_to_one_of_two_at_once(yard: Yard) -> None:
    for mandate in yard.mandates[: MOST - 1]:
        yard.tap(mandate)
    answers = together([lambda one=one: yard.tap(one) for one in yard.mandates[MOST - 1 :]])
    assert sorted(type(one).__name__ for one in answers) == ["HelperMost", "HelperMost", "Marked"]


def test_the_cap_is_counted_for_each_session_and_helper(yard: Yard) -> None:
    for mandate in yard.mandates[:MOST]:
        yard.tap(mandate)
    other = helping.make_helper(yard.session)
    number = helping.fresh_id_no()
    mine = helping.introduce(other, id_no=number)
    make.enrol(yard.session, helping.person_with(yard.session, mine), yard.of)
    yard.session.commit()
    assert not yard.tap(mine, actor=other).repeated


def test_without_a_mandate_nobody_is_checked_in(yard: Yard) -> None:
    other = helping.make_helper(yard.session)
    for mandate in (yard.mandates[0], new_id()):
        with pytest.raises(NotFound):
            yard.tap(mandate, actor=other)
    assert yard.events() == []


def test_a_mandate_that_was_given_back_or_ran_out_is_worth_nothing(yard: Yard) -> None:
    as_actor(mandates.give_back, yard.helper, mandate_id=yard.mandates[0], now=START)
    with pytest.raises(NotFound):
        yard.tap(yard.mandates[0])
    later = START + timedelta(days=400)
    with pytest.raises(NotFound):
        yard.tap(yard.mandates[1], now=later)
    assert {one.mandate_id for one in yard.room().people} == set(yard.mandates[1:])
    assert yard.events() == []


def test_a_mandate_that_waits_for_a_yes_is_worth_nothing(yard: Yard) -> None:
    account, number = helping.registered(yard.session)
    asked = helping.introduce(yard.helper, id_no=number, name="王小强", evidence="signature")
    person = helping.person_with(yard.session, asked)
    make.enrol(yard.session, person, yard.of)
    yard.session.commit()
    assert account.person_id == person.id
    with pytest.raises(NotFound):
        yard.tap(asked)
    assert asked not in {one.mandate_id for one in yard.room().people}


def test_a_mandate_of_the_former_text_does_not_cover_it(yard: Yard) -> None:
    former = yard.session.get_one(Mandate, yard.mandates[0])
    yard.session.execute(
        text(
            "INSERT INTO commitment_template (version, text_hash, text, created_at)"
            " VALUES ('mandate-2026-11', 'former', 'x', now()) ON CONFLICT DO NOTHING"
        )
    )
    former.text_version = "mandate-2026-11"
    yard.session.commit()
    with pytest.raises(MandateWithoutCheckIn):
        yard.tap(yard.mandates[0])
    assert [one.covered for one in yard.room().people].count(False) == 1
    assert yard.events() == []


def test_the_text_in_force_covers_it_and_says_so() -> None:
    text = mandate_text.current()
    assert text.version not in helper_checkin.WITHOUT_CHECK_IN
    assert any("替我签到" in paragraph for paragraph in text.paragraphs)


def test_somebody_of_the_helpers_who_is_not_on_the_sheet_is_refused(yard: Yard) -> None:
    with pytest.raises(NotOnThisSheet):
        yard.tap(helping.introduce(yard.helper))
    assert yard.events() == []


def test_the_moment_of_the_scan_is_judged(yard: Yard) -> None:
    late = yard.meeting.sign_in_until
    with pytest.raises(OutsideWindow):
        yard.tap(yard.mandates[0], yard.scan(at=late), now=late)
    last = late - timedelta(seconds=1)
    marked = yard.tap(yard.mandates[0], yard.scan(at=last), now=late + timedelta(minutes=8))
    assert marked.occurred_at == last


def test_a_scan_of_a_cancelled_class_opens_nothing(yard: Yard) -> None:
    yard.session.get_one(TrainingClass, yard.of.id).status = "cancelled"
    yard.session.commit()
    with pytest.raises(CodeInvalid):
        yard.room()
    with pytest.raises(CodeInvalid):
        yard.tap(yard.mandates[0])


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.OFFICER, Role.AUDITOR])
def test_nobody_but_helpers_acts_for_others(yard: Yard, role: Role) -> None:
    actor = make.make_actor(yard.session, role)
    yard.session.commit()
    with pytest.raises(Forbidden):
        yard.tap(yard.mandates[0], actor=actor)
    with pytest.raises(Unauthenticated):
        as_actor(helper_checkin.people_here, ANONYMOUS, scan=yard.scan(), now=START)
    assert yard.events() == []
