"""A scan that a phone kept comes in as its owner's, at the time when the screen showed the code."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceEvent,
    AttendanceSignal,
    ClassCheckIn,
    LoginSession,
    MakeUp,
    OfflineUpload,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain import checkin_code, person_pass
from portal.domain.checkin_code import Phase
from portal.domain.errors import TooManyAttempts
from portal.domain.permissions import Actor
from portal.services import kept_scans, offline_lines, passes
from portal.services.offline_items import milliseconds
from portal.services.offline_judging import Answer
from portal.services.passes import PhonePass
from portal.services.signals import Signals
from portal.services.unit import load_actor
from tests.support import factories as make

START = make.NOW
END = START + timedelta(minutes=180)
MINUTE = timedelta(minutes=1)
SCANNED = START - 10 * MINUTE + timedelta(seconds=7)
SHOWN = START - 10 * MINUTE
BACK = END + timedelta(hours=4)
PHONE = Signals(device=b"d" * 32, network=b"n" * 32)


@dataclass
class Scene:
    """A class that met at START, one of its trainees, and the pass on their phone."""

    session: Session
    of: TrainingClass
    meeting: TrainingSession
    me: Actor
    own: PhonePass

    def scan(
        self,
        at: datetime = SCANNED,
        *,
        phase: Phase = Phase.IN,
        phone_off: timedelta = timedelta(),
        by: PhonePass | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """A scan as the phone keeps it; ``phone_off``: by how much its clock is ahead."""
        key = checkin_code.session_key(get_vault().subkey("checkin"), self.meeting.id)
        signer = by or self.own
        made: dict[str, Any] = {
            "id": str(uuid4()),
            "code": checkin_code.code_at(key, session_id=self.meeting.id, phase=phase, at=at).token,
            "at": milliseconds(at + phone_off),
            "pass": signer.pass_id.hex,
        }
        made |= fields
        body = f"{made['id']}.{made['code']}.{made['at']}"
        return {"signature": person_pass.sign_scan(signer.key, body)} | made

    def hand_in(
        self,
        *scans: object,
        who: Actor | None = None,
        now: datetime = BACK,
        off: timedelta = timedelta(),
        seen: Signals = PHONE,
    ) -> tuple[Answer, ...]:
        return kept_scans.take(
            self.session, who or self.me, scans=scans, device_now=now + off, now=now, seen=seen
        )

    def one(self, scan: object, **when: Any) -> Answer:
        (answer,) = self.hand_in(scan, **when)
        return answer

    def events(self) -> list[AttendanceEvent]:
        query = select(AttendanceEvent).where(AttendanceEvent.session_id == self.meeting.id)
        return list(self.session.scalars(query.order_by(AttendanceEvent.id)))


@pytest.fixture
def scene(session: Session) -> Scene:
    of = make.make_class(session, first_start=START, status="running")
    me = make.make_actor(session)
    make.enrol(session, make.person_of(session, me), of)
    own = passes.my_pass(session, me, now=START)
    return Scene(session, of, make.sessions_of(session, of)[0], me, own)


def test_a_kept_scan_counts_from_when_the_screen_showed_its_code(scene: Scene) -> None:
    answer = scene.one(scene.scan())
    (event,) = scene.events()
    assert (answer.outcome, answer.occurred_at) == ("accepted", SHOWN)
    assert (event.occurred_at, event.offline, event.method) == (SHOWN, True, "qr")
    assert event.actor_account_id == scene.me.account_id


def test_the_same_scan_again_answers_the_same(scene: Scene) -> None:
    scan = scene.scan()
    assert scene.one(scan) == scene.one(scan, now=BACK + MINUTE)
    assert len(scene.events()) == 1


def test_a_second_scan_of_one_phase_is_merged(scene: Scene) -> None:
    scene.one(scene.scan())
    assert scene.one(scene.scan(SCANNED + MINUTE)).outcome == "merged"
    assert scene.one(scene.scan(SCANNED + 20 * MINUTE)).outcome == "conflict"
    assert [event.occurred_at for event in scene.events()] == [SHOWN]


def test_a_phone_whose_clock_is_a_day_wrong_signs_in_at_the_screen_s_time(scene: Scene) -> None:
    day = timedelta(days=1)
    answer = scene.one(scene.scan(phone_off=day), off=day)
    assert answer.outcome == "accepted"
    (event,) = scene.events()
    signal = scene.session.get_one(AttendanceSignal, event.id)
    assert (event.occurred_at, signal.clock_off, signal.code_age) == (SHOWN, 86400, 7)


def test_an_old_photo_shows_by_the_age_of_its_code(scene: Scene) -> None:
    assert scene.one(scene.scan(phone_off=25 * MINUTE)).outcome == "accepted"
    (event,) = scene.events()
    assert scene.session.get_one(AttendanceSignal, event.id).code_age == 7 + 25 * 60


def test_only_the_phone_of_the_scan_is_noted_not_where_it_was_uploaded(scene: Scene) -> None:
    scene.session.add(ClassCheckIn(class_id=scene.of.id, relay_trap=True, updated_at=START))
    scene.session.flush()
    scene.one(scene.scan())
    signal = scene.session.get_one(AttendanceSignal, scene.events()[0].id)
    assert (signal.device, signal.network, signal.relay) == (PHONE.device, None, "skipped")


@pytest.mark.parametrize(
    ("made_on", "seen_on", "moved"),
    [
        (b"d" * 32, PHONE, False),
        (b"x" * 32, PHONE, True),
        (b"x" * 32, Signals(), True),
        (None, PHONE, False),
    ],
    ids=["same", "another", "no_cookie", "not_known"],
)
def test_a_login_made_on_another_device_is_flagged_as_with_a_link(
    scene: Scene, made_on: bytes | None, seen_on: Signals, *, moved: bool
) -> None:
    token = make.log_in(
        scene.session, scene.session.get_one(Account, scene.me.account_id), now=START
    )
    scene.session.execute(update(LoginSession).values(device_hash=made_on))
    me = load_actor(scene.session, token, now=START)
    scene.hand_in(scene.scan(), who=me, seen=seen_on)
    (event,) = scene.events()
    assert scene.session.get_one(AttendanceSignal, event.id).moved_login is moved


def test_a_forged_signature_is_refused(scene: Scene) -> None:
    forged = scene.scan() | {"signature": "0" * 32}
    assert scene.one(forged).reason == "forged"
    assert scene.events() == []


@pytest.mark.parametrize("changed", ["id", "at", "code"])
def test_a_signature_covers_all_that_is_kept(scene: Scene, changed: str) -> None:
    other = scene.scan(SCANNED + MINUTE)
    assert scene.one(scene.scan() | {changed: other[changed]}).reason == "forged"


def test_without_a_pass_the_teacher_must_tap(scene: Scene) -> None:
    answer = scene.one(scene.scan() | {"pass": None, "signature": ""})
    assert (answer.outcome, answer.reason) == ("refused", "unsigned")
    assert "老师" in answer.text


def test_another_person_cannot_hand_in_a_scan_and_its_owner_still_can(scene: Scene) -> None:
    other = make.make_actor(scene.session)
    make.enrol(scene.session, make.person_of(scene.session, other), scene.of)
    passes.my_pass(scene.session, other, now=START)
    scan = scene.scan()
    stolen = scene.one(scan, who=other)
    assert (stolen.outcome, stolen.reason, stolen.remembered) == ("refused", "not_yours", False)
    assert scene.events() == []
    # Signed with their own key it is theirs: that is what the age of the code is noted for.
    assert scene.one(scan).outcome == "accepted"


def test_a_scan_signed_by_another_s_key_under_an_own_name_is_forged(scene: Scene) -> None:
    other = passes.my_pass(scene.session, make.make_actor(scene.session), now=START)
    assert scene.one(scene.scan(by=other) | {"pass": scene.own.pass_id.hex}).reason == "forged"


def test_a_renewed_pass_signs_no_more(scene: Scene) -> None:
    scan = scene.scan()
    passes.renew(scene.session, scene.me, now=START)
    assert scene.one(scan).reason == "forged"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"at": START - 31 * MINUTE}, "outside_window"),
        ({"at": START + 30 * MINUTE}, "outside_window"),
        ({"phase": Phase.OUT}, "outside_window"),
        ({"phase": Phase.MID}, "outside_window"),
        ({"code": "A" * 42}, "code_invalid"),
        ({"code": "123456"}, "code_invalid"),
        ({"code": ""}, "bad_item"),
        ({"at": BACK + timedelta(hours=1)}, "future"),
    ],
    ids=["early", "late", "out", "mid", "not-ours", "digits", "none", "future"],
)
def test_what_cannot_count_is_refused_with_its_reason(
    scene: Scene, fields: dict[str, Any], reason: str
) -> None:
    answer = scene.one(scene.scan(**fields))
    assert (answer.outcome, answer.reason) == ("refused", reason)
    assert answer.text
    assert scene.events() == []


def test_the_region_says_how_late_a_kept_scan_may_be(scene: Scene) -> None:
    last = SHOWN + timedelta(hours=72)
    assert scene.one(scene.scan(), now=last + MINUTE).reason == "too_old"
    assert scene.one(scene.scan(), now=last).outcome == "accepted"


def test_somebody_of_another_class_is_told_so_and_not_named_to_this_one(scene: Scene) -> None:
    stranger = make.make_actor(scene.session)
    theirs = passes.my_pass(scene.session, stranger, now=START)
    answer = scene.one(scene.scan(by=theirs), who=stranger)
    assert answer.reason == "not_on_sheet"
    (line,) = offline_lines.uploads_of(scene.session, scene.meeting.id)
    assert (line.name, line.enrolment_id) == ("", None)


def test_a_guest_who_makes_up_a_session_here_is_on_the_sheet(scene: Scene) -> None:
    home = make.make_class(scene.session, first_start=START + timedelta(days=9), status="running")
    guest = make.make_actor(scene.session)
    place = make.enrol(scene.session, make.person_of(scene.session, guest), home)
    theirs = passes.my_pass(scene.session, guest, now=START)
    scene.session.add(
        MakeUp(
            enrolment_id=place.id,
            person_id=place.person_id,
            missed_session_id=make.sessions_of(scene.session, home)[0].id,
            at_session_id=scene.meeting.id,
            state="planned",
            created_at=START,
            created_by=uuid4(),
        )
    )
    scene.session.flush()
    assert scene.one(scene.scan(by=theirs), who=guest).outcome == "accepted"
    assert scene.events()[0].enrolment_id == place.id


@pytest.mark.parametrize("raw", [None, 7, "x", [], {}, {"id": "x", "code": "y"}])
def test_rubbish_is_answered(scene: Scene, raw: object) -> None:
    assert scene.one(raw).reason == "bad_item"


def test_a_code_shown_just_before_its_window_opens_counts_from_the_opening(scene: Scene) -> None:
    scene.meeting.sign_in_from = START - 30 * MINUTE + timedelta(seconds=5)
    scene.session.flush()
    answer = scene.one(scene.scan(START - 30 * MINUTE + timedelta(seconds=9)))
    assert answer.occurred_at == scene.meeting.sign_in_from


def test_a_closed_class_promises_no_more_hours(scene: Scene) -> None:
    scene.of.status = "closed"
    scene.session.flush()
    answer = scene.one(scene.scan())
    assert (answer.outcome, answer.reason) == ("conflict", "class_closed")
    assert scene.events() == []


def test_nobody_fills_the_table_with_rubbish(scene: Scene) -> None:
    rubbish = [{"id": str(uuid4()), "code": "x", "at": 1} for _ in range(kept_scans.MOST_A_DAY)]
    scene.hand_in(*rubbish)
    with pytest.raises(TooManyAttempts):
        scene.one(scene.scan())
    again = scene.hand_in(*rubbish)
    assert {one.reason for one in again} == {"code_invalid"}
    assert scene.one(scene.scan(), now=BACK + timedelta(days=1)).outcome == "accepted"


def test_nothing_that_was_not_kept_leaves_a_row(scene: Scene) -> None:
    other = make.make_actor(scene.session)
    scene.one(scene.scan(), who=other)
    assert scene.session.scalar(select(func.count()).select_from(OfflineUpload)) == 0
