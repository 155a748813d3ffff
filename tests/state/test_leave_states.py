"""Leave, make-ups and the roll-call through the handlers, as a browser would call them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Account
from portal.domain.permissions import Actor, Role
from portal.pages.institution import sheet
from portal.services import makeups
from portal.services.attendance_lines import lines_of, worth
from portal.state.leave_hints import LeaveHintsState
from portal.state.me import MeState
from portal.state.my_session import MySessionState
from portal.state.officer_call import OfficerCallState
from portal.state.sheet_extras import SheetExtrasState
from tests.support import factories as make
from tests.support import meetings
from tests.support.meetings import END, MINUTE, START, School
from tests.support.tab import Tab

BEFORE = START - timedelta(hours=3)
NEXT = START + timedelta(days=5)
STATES = (MySessionState, SheetExtrasState, LeaveHintsState, MeState, OfficerCallState)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session whose rows the handlers can see, once committed."""
    with Session(engine, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def here(saved: Session) -> School:
    return meetings.school(saved, occupation_code=f"9-{uuid4()}")


@pytest.fixture
def there(saved: Session, here: School) -> School:
    """Another institution's class that teaches the same, five days later."""
    code = here.training_class.occupation_code
    return meetings.school(saved, first_start=NEXT, sessions=1, occupation_code=code)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    made = Clock(monkeypatch)
    made.at(BEFORE)
    return made


class Clock:
    """Sets what every state takes for now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def at(self, moment: datetime) -> None:
        for state in STATES:
            self.monkeypatch.setattr(state, "_now", staticmethod(lambda: moment))


def tab(saved: Session, actor: Actor, path: str) -> Tab:
    """A tab of somebody at a page."""
    account = saved.get_one(Account, actor.the_account())
    token = make.log_in(saved, account, now=START + timedelta(days=5))
    saved.commit()
    made = Tab(token)
    made.go(path, token)
    return made


def mine(saved: Session, of: School, index: int = 0) -> Tab:
    return tab(saved, of.trainees[index], f"/me/sessions/{of.meeting.id}")


def desk(saved: Session, of: School) -> Tab:
    return tab(saved, of.staff, f"/teach/sessions/{of.meeting.id}")


def test_leave_goes_from_the_trainee_to_the_staff_and_back(saved: Session, here: School) -> None:
    phone = mine(saved, here)
    state = phone.call(MySessionState, "load")
    assert (state.status, state.can_ask, state.leave.heading) == ("ready", True, "")
    state = phone.call(MySessionState, "ask_leave", {"kind": "personal", "note": "家里有事"})
    assert (state.leave.heading, state.leave.tone, state.can_ask) == ("事假", "info", False)
    assert state.done != ""

    day = tab(saved, here.staff, "/teach").call(LeaveHintsState, "load")
    assert [row.href for row in day.rows] == [f"/teach/sessions/{here.meeting.id}"]
    office = desk(saved, here)
    extras = office.call(SheetExtrasState, "load")
    (row,) = extras.requests
    assert row.is_open
    assert "家里有事" in row.note
    extras = office.call(SheetExtrasState, "grant", row.key)
    assert extras.open_requests == ""
    assert extras.done != ""

    state = phone.call(MySessionState, "load")
    assert (state.leave.tone, state.leave.can_withdraw) == ("good", True)


def test_a_refusal_needs_its_reason(saved: Session, here: School) -> None:
    phone = mine(saved, here)
    phone.call(MySessionState, "load")
    phone.call(MySessionState, "ask_leave", {"kind": "sick"})
    office = desk(saved, here)
    key = office.call(SheetExtrasState, "load").requests[0].key
    extras = office.call(SheetExtrasState, "refuse", {"leave_id": key, "answer": ""})
    assert extras.problem != ""
    assert extras.requests[0].is_open
    extras = office.call(SheetExtrasState, "refuse", {"leave_id": key, "answer": "当天考核"})
    assert not extras.requests[0].is_open
    state = phone.call(MySessionState, "load")
    assert "当天考核" in state.leave.answer
    assert state.can_ask


def test_a_request_can_be_taken_back(saved: Session, here: School) -> None:
    phone = mine(saved, here)
    phone.call(MySessionState, "load")
    phone.call(MySessionState, "ask_leave", {"kind": "sick"})
    state = phone.call(MySessionState, "take_leave_back")
    assert (state.leave.heading, state.can_ask) == ("", True)


def test_a_missed_session_is_made_up_elsewhere(
    saved: Session, here: School, there: School, clock: Clock
) -> None:
    here.record(0)
    saved.commit()
    clock.at(END + timedelta(hours=12))
    phone = mine(saved, here)
    state = phone.call(MySessionState, "load")
    assert (state.can_make_up, state.looked) == (True, False)
    state = phone.call(MySessionState, "find")
    (option,) = state.options
    assert option.institution == there.institution.name
    state = phone.call(MySessionState, "plan", option.key)
    assert (state.visit.tone, state.can_make_up, state.options) == ("info", False, [])

    visits = tab(saved, here.trainees[0], "/me").call(MeState, "load").visits
    assert [visit.href for visit in visits] == [f"/me/sessions/{there.meeting.id}"]
    guest = tab(saved, here.trainees[0], f"/me/sessions/{there.meeting.id}")
    seen = guest.call(MySessionState, "load")
    assert (seen.status, seen.is_guest, seen.row.can_scan) == ("ready", True, False)
    clock.at(NEXT)
    assert guest.call(MySessionState, "load").row.can_scan

    host = desk(saved, there).call(SheetExtrasState, "load")
    assert [row.name for row in host.guests] == ["学员1"]
    own = desk(saved, here).call(SheetExtrasState, "load")
    assert [row.tone for row in own.elsewhere] == ["info"]

    there.scan(here.places[0], "in", NEXT)
    there.scan(here.places[0], "out", NEXT + 180 * MINUTE)
    line = next(one for one in lines_of(saved, there.meeting) if one.guest_of)
    later = NEXT + timedelta(hours=4)
    found = worth(there.meeting, line)
    makeups.write_guest_record(saved, there.staff, line, there.meeting, found, later)
    saved.commit()
    clock.at(later)
    state = phone.call(MySessionState, "load")
    assert (state.visit.tone, state.row.tone, state.visit.can_withdraw) == ("good", "good", False)


def test_a_chair_can_be_given_back_from_either_page(
    saved: Session, here: School, there: School, clock: Clock
) -> None:
    here.record(0)
    saved.commit()
    clock.at(END + timedelta(hours=12))
    phone = mine(saved, here)
    phone.call(MySessionState, "load")
    phone.call(MySessionState, "plan", str(there.meeting.id))
    state = phone.call(MySessionState, "give_back")
    assert (state.visit.status, state.can_make_up) == ("", True)
    phone.call(MySessionState, "plan", str(there.meeting.id))
    guest = tab(saved, here.trainees[0], f"/me/sessions/{there.meeting.id}")
    guest.call(MySessionState, "load")
    assert guest.call(MySessionState, "give_back").visit.status == ""


def test_nothing_fits_is_said_in_words(saved: Session, here: School, clock: Clock) -> None:
    here.record(0)
    saved.commit()
    clock.at(END + timedelta(hours=12))
    phone = mine(saved, here)
    phone.call(MySessionState, "load")
    state = phone.call(MySessionState, "find")
    assert (state.options, state.looked) == ([], True)


def test_the_roll_is_called_and_answered(saved: Session, here: School, clock: Clock) -> None:
    here.scan(here.places[0], "in", START)
    here.scan(here.places[1], "in", START)
    saved.commit()
    office = desk(saved, here)
    clock.at(START + 10 * MINUTE)
    assert office.call(SheetExtrasState, "load").call_status == "early"
    clock.at(START + 90 * MINUTE)
    extras = office.call(SheetExtrasState, "start_call")
    assert (extras.call_status, len(extras.missing)) == ("open", 2)
    extras = office.call(SheetExtrasState, "tap", extras.missing[0].key)
    assert (len(extras.missing), len(extras.answered)) == (1, 1)
    clock.at(START + 91 * MINUTE)
    shown = {index: mine(saved, here, index).call(MySessionState, "load") for index in (0, 1)}
    assert "凭据" in shown[0].row.call
    assert "正在抽查" in shown[1].row.call
    clock.at(START + 100 * MINUTE)
    assert office.call(SheetExtrasState, "look").call_status == "over"
    extras = office.call(SheetExtrasState, "start_call")
    assert extras.problem != ""


def test_an_officer_has_the_roll_called_in_the_region_alone(
    saved: Session, here: School, clock: Clock
) -> None:
    here.scan(here.places[0], "in", START)
    officer = make.make_actor(saved, Role.OFFICER)
    stranger = make.make_actor(saved, Role.OFFICER, region_code="370200")
    key = str(here.meeting.id)
    clock.at(START + 90 * MINUTE)
    away = tab(saved, stranger, "/admin/inspections")
    away.call(OfficerCallState, "load")
    assert away.call(OfficerCallState, "call_roll", key).problem != ""
    near = tab(saved, officer, "/admin/inspections")
    near.call(OfficerCallState, "load")
    said = near.call(OfficerCallState, "call_roll", key).said
    assert "正在点名" in said
    assert "签到的" not in said
    clock.at(START + 100 * MINUTE)
    assert "已结束" in near.call(OfficerCallState, "call_roll", key).said
    clock.at(END)
    assert "签到的 1 人里应答 0 人" in near.call(OfficerCallState, "call_roll", key).said
    clock.at(START + 100 * MINUTE)
    assert desk(saved, here).call(SheetExtrasState, "load").call_status == "over"
    staff = tab(saved, here.staff, "/admin/inspections")
    assert staff.call(OfficerCallState, "call_roll", key).problem != ""


@pytest.mark.parametrize("path", ["/me/sessions/1", "/me/sessions/[session_id]", "/me"])
def test_an_address_that_names_no_session_is_refused(
    saved: Session, here: School, path: str
) -> None:
    state = tab(saved, here.trainees[0], path).call(MySessionState, "load")
    assert state.status == "refused"


def test_others_see_nothing(saved: Session, here: School, there: School) -> None:
    stranger = tab(saved, there.trainees[0], f"/me/sessions/{here.meeting.id}")
    assert stranger.call(MySessionState, "load").status == "refused"
    rival = tab(saved, there.staff, f"/teach/sessions/{here.meeting.id}")
    assert rival.call(SheetExtrasState, "load").status == "refused"
    nobody = Tab()
    nobody.go(f"/teach/sessions/{here.meeting.id}")
    assert nobody.call(SheetExtrasState, "load").status == "sign_in"


@pytest.mark.parametrize("sent", [None, 7, {"a": 1}, "x", ["y"]], ids=repr)
def test_handlers_refuse_what_is_no_id(saved: Session, here: School, sent: object) -> None:
    office = desk(saved, here)
    office.call(SheetExtrasState, "load")
    for handler in ("grant", "tap"):
        assert office.call(SheetExtrasState, handler, sent).problem != ""
    phone = mine(saved, here)
    phone.call(MySessionState, "load")
    assert phone.call(MySessionState, "plan", sent).problem != ""
    assert phone.call(MySessionState, "ask_leave", sent).problem != ""


def test_the_sheet_has_a_place_for_a_roll_call_that_runs_and_for_one_that_does_not() -> None:
    assert str(sheet.index()).count("call-panel") == 2
