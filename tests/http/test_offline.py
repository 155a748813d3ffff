"""The door for devices that were without a link: shells, the kit, uploads, kept scans."""

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import AttendanceEvent, AuditEvent, ClassCheckIn, OfflineUpload
from portal.db.vault import get_vault
from portal.domain import checkin_code, person_pass
from portal.domain.checkin_code import Phase
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.services import passes
from portal.services.offline_items import milliseconds
from portal.services.passes import PhonePass
from portal.services.times import ZONE
from portal.services.unit import as_actor, load_actor
from tests.http.conftest import Clock
from tests.http.parts import MINUTE, START, Room, Someone, classmate, events_of, make_room, someone
from tests.support import factories as make

UPLOAD, KEPT, KIT = "/teach/offline/upload", "/checkin/kept", "/teach/offline/kit.json"


def as_browser(client: TestClient, who: Someone) -> TestClient:
    client.cookies.set(LOGIN_COOKIE, who.token)
    return client


def own_pass(session: Session, who: Someone) -> PhonePass:
    return as_actor(passes.my_pass, load_actor(session, who.token, now=make.NOW), now=make.NOW)


def tap(room: Room, enrolment_id: object, **fields: Any) -> dict[str, Any]:
    made = {
        "id": str(uuid4()),
        "session": str(room.meeting.id),
        "enrolment": str(enrolment_id),
        "phase": "in",
        "method": "manual",
        "at": milliseconds(START),
    }
    return made | fields


def kept(room: Room, own: PhonePass) -> dict[str, Any]:
    made = {"id": str(uuid4()), "code": room.code(), "at": milliseconds(make.NOW)}
    body = f"{made['id']}.{made['code']}.{made['at']}"
    return made | {"pass": own.pass_id.hex, "signature": person_pass.sign_scan(own.key, body)}


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("path", ["/teach/offline", "/checkin/offline", "/no-link"])
def test_a_shell_says_nothing_about_anybody(client: TestClient, room: Room, path: str) -> None:
    shells = []
    for who in (room.instructor, room.manager):
        answer = as_browser(client, who).get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        shells.append(answer.text)
    assert shells[0] == shells[1]
    assert room.trainee.person.name not in shells[0]
    assert str(room.meeting.id) not in shells[0]


def test_the_kit_holds_today_and_reading_it_is_written_down(
    client: TestClient, room: Room, saved: Session
) -> None:
    own = own_pass(saved, room.trainee)
    saved.add(ClassCheckIn(class_id=room.training_class.id, relay_trap=True, updated_at=make.NOW))
    saved.commit()
    answer = as_browser(client, room.instructor).get(KIT)
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    (meeting,) = body["sessions"]
    assert body["made_at"] == milliseconds(make.NOW)
    assert body["account"] == str(room.instructor.account.id)
    assert meeting["id"] == str(room.meeting.id)
    assert meeting["relay_trap"] is True
    (person,) = meeting["people"]
    day_key = person_pass.day_key(own.key, person_pass.day_of(make.NOW))
    assert person["id"] == str(room.enrolment.id)
    assert person["name"] == room.trainee.person.name
    assert person["tail"] == room.trainee.id_no[-4:]
    assert person["pass"] == own.pass_id.hex
    # Whoever holds a key makes passes that nobody ever showed: no key leaves the server.
    assert set(person) == {"id", "name", "tail", "guest", "pass", "at"}
    assert b64(day_key) not in answer.text
    assert room.trainee.id_no not in answer.text
    assert b64(own.key) not in answer.text
    read = select(func.count()).where(
        AuditEvent.action == "attendance.read", AuditEvent.object_id == str(room.meeting.id)
    )
    assert saved.scalar(read) == 1


def test_the_kit_has_a_key_for_every_moment_of_the_windows(client: TestClient, room: Room) -> None:
    (meeting,) = as_browser(client, room.instructor).get(KIT).json()["sessions"]
    of_session = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    windows = {
        Phase.IN: (room.meeting.sign_in_from, room.meeting.sign_in_until),
        Phase.OUT: (room.meeting.sign_out_from, room.meeting.sign_out_until),
    }
    for phase, (start, end) in windows.items():
        at = start
        while at <= end:
            block = checkin_code.block_of(checkin_code.step_of(at))
            key = checkin_code.screen_key(of_session, phase, block)
            assert meeting["keys"][phase.value][str(block)] == b64(key)
            at += MINUTE
        assert len(meeting["keys"][phase.value]) <= (end - start) / (5 * MINUTE) + 1
    assert "mid" not in meeting["keys"]


def test_the_kit_is_small(client: TestClient, room: Room, saved: Session) -> None:
    room.training_class.capacity = 40
    for _ in range(39):
        own_pass(saved, classmate(saved, room))
    client.headers["accept-encoding"] = "gzip"
    with as_browser(client, room.instructor).stream("GET", KIT) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(raw))["sessions"][0]["people"]) == 40
    # Ids and keys are random: 40 people and 27 screen keys cannot be much less.
    assert len(raw) < 12_000


def test_an_instructor_takes_along_their_own_classes_and_a_manager_all(
    client: TestClient, room: Room, saved: Session
) -> None:
    colleague = someone(saved, Role.INSTRUCTOR, institution=room.institution)
    room.training_class.instructor_id = room.instructor.account.id
    saved.add(room.training_class)
    saved.commit()
    counts = {}
    for who in (room.instructor, colleague, room.manager):
        counts[who] = len(as_browser(client, who).get(KIT).json()["sessions"])
    assert list(counts.values()) == [1, 0, 1]


def test_another_institution_sees_nothing_of_it(
    client: TestClient, room: Room, saved: Session
) -> None:
    other = make_room(saved)
    body = as_browser(client, other.manager).get(KIT).json()
    assert [one["id"] for one in body["sessions"]] == [str(other.meeting.id)]
    item = tap(room, room.enrolment.id)
    answer = client.post(UPLOAD, json={"items": [item], "device_now": milliseconds(make.NOW)})
    assert answer.json()["results"][0]["reason"] == "not_found"
    assert events_of(saved, room.meeting.id) == []


def test_an_upload_tells_of_each_item_and_again_the_same(
    client: TestClient, room: Room, saved: Session, clock: Clock
) -> None:
    clock.forward(hours=5)
    items = [tap(room, room.enrolment.id), tap(room, uuid4()), {"id": "x"}]
    body = {
        "items": items,
        "device_now": milliseconds(clock.at),
        "account": str(room.instructor.account.id),
    }
    first = as_browser(client, room.instructor).post(UPLOAD, json=body).json()
    again = client.post(UPLOAD, json=body).json()
    assert first == again
    assert [one["outcome"] for one in first["results"]] == ["accepted", "refused", "refused"]
    assert first["results"][0]["at"] == milliseconds(START)
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_what_another_account_recorded_is_not_taken(client: TestClient, room: Room) -> None:
    body = {"items": [tap(room, room.enrolment.id)], "account": str(room.instructor.account.id)}
    assert as_browser(client, room.manager).post(UPLOAD, json=body).status_code == 403


@pytest.mark.parametrize(
    "raw",
    [b"", b"x", b"[]", b"{}", b'{"items": 7}', b"[" * 100_000, b'{"items": ' + b"[" * 50_000],
    ids=["empty", "no-json", "list", "no-items", "number", "deep", "deeper"],
)
def test_what_is_no_upload_is_refused_in_words(client: TestClient, room: Room, raw: bytes) -> None:
    headers = {"accept": "application/json", "content-type": "application/json"}
    answer = as_browser(client, room.instructor).post(UPLOAD, content=raw, headers=headers)
    assert answer.status_code == 400
    assert "重新" in answer.text or "再上传" in answer.text


def test_three_thousand_items_come_in_at_once(
    client: TestClient, room: Room, saved: Session, clock: Clock
) -> None:
    places = [room.enrolment.id]
    room.training_class.capacity = 1000
    for _ in range(9):
        person = make.make_person(saved)
        places.append(make.enrol(saved, person, room.training_class).id)
    saved.commit()
    clock.forward(hours=5)
    items = [tap(room, places[index % 10], at=milliseconds(START) + index) for index in range(3000)]
    body = {"items": items, "device_now": milliseconds(clock.at)}
    results = as_browser(client, room.instructor).post(UPLOAD, json=body).json()["results"]
    assert [one["id"] for one in results] == [item["id"] for item in items]
    outcomes = [one["outcome"] for one in results]
    assert (outcomes.count("accepted"), outcomes.count("merged")) == (10, 2990)
    assert len(events_of(saved, room.meeting.id)) == 10
    kept_rows = select(func.count()).where(OfflineUpload.session_id == room.meeting.id)
    assert saved.scalar(kept_rows) == 3000


def test_an_upload_from_another_site_is_refused(client: TestClient, room: Room) -> None:
    for path in (UPLOAD, KEPT):
        answer = as_browser(client, room.instructor).post(
            path, json={"items": [], "scans": []}, headers={"origin": "https://evil.example"}
        )
        assert answer.status_code == 403


def test_an_id_that_cannot_be_said_back_is_answered_all_the_same(
    client: TestClient, room: Room
) -> None:
    content = '{"items": [{"id": "\\ud800"}]}'
    headers = {"content-type": "application/json"}
    answer = as_browser(client, room.instructor).post(UPLOAD, content=content, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["results"][0]["reason"] == "bad_item"


def test_a_kept_scan_comes_in_as_its_owner_s(
    client: TestClient, room: Room, saved: Session, clock: Clock
) -> None:
    scan = kept(room, own_pass(saved, room.trainee))
    clock.forward(hours=5)
    body = {"scans": [scan], "device_now": milliseconds(clock.at)}
    for _ in range(2):
        answer = as_browser(client, room.trainee).post(KEPT, json=body).json()
        assert answer["results"][0]["outcome"] == "accepted"
        assert answer["note"]
    (event,) = saved.scalars(
        select(AttendanceEvent).where(AttendanceEvent.session_id == room.meeting.id)
    )
    assert (event.occurred_at, event.offline) == (make.NOW, True)


def test_a_sibling_on_the_same_phone_is_told_to_leave_it_to_its_owner(
    client: TestClient, room: Room, saved: Session, browser: Callable[..., TestClient]
) -> None:
    sibling = classmate(saved, room)
    scan = kept(room, own_pass(saved, room.trainee))
    body = {"scans": [scan], "device_now": milliseconds(make.NOW)}
    (theirs,) = as_browser(client, sibling).post(KEPT, json=body).json()["results"]
    assert (theirs["reason"], theirs["keep"]) == ("not_yours", True)
    (mine,) = as_browser(browser(), room.trainee).post(KEPT, json=body).json()["results"]
    assert (mine["outcome"], mine["keep"]) == ("accepted", False)
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_nobody_who_is_not_signed_in_hands_anything_in(client: TestClient) -> None:
    headers = {"accept": "application/json"}
    assert client.post(KEPT, json={"scans": []}, headers=headers).status_code == 401
    assert client.post(UPLOAD, json={"items": []}, headers=headers).status_code == 401
    assert client.get(KIT).status_code == 303


def test_a_kit_of_yesterday_is_not_today_s(client: TestClient, room: Room, clock: Clock) -> None:
    clock.at -= timedelta(hours=20)
    assert as_browser(client, room.instructor).get(KIT).json()["sessions"] == []


def test_a_lesson_past_midnight_is_in_the_kits_of_both_days_until_its_last_scan(
    client: TestClient, saved: Session, clock: Clock
) -> None:
    midnight = datetime(2026, 11, 30, tzinfo=ZONE)
    # Three hours from ten to one o'clock at night; signing out until two.
    room = make_room(saved, start=midnight - timedelta(hours=2))
    as_browser(client, room.instructor)
    for moment in (midnight - MINUTE, midnight + MINUTE):
        clock.at = moment
        kit = client.get(KIT).json()
        assert str(room.meeting.id) in [one["id"] for one in kit["sessions"]]
        assert kit["ends_at"] >= milliseconds(room.meeting.sign_out_until)
    clock.at = midnight + timedelta(days=1)
    assert str(room.meeting.id) not in [one["id"] for one in client.get(KIT).json()["sessions"]]
