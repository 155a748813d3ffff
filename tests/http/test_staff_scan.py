"""The instructor's scanning page, with and without its script."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.domain.pass_errors import NotOnThisSheet, PassInvalid, PassStale
from portal.locale import t
from portal.locale.errors import sentence_for
from tests.http.conftest import Clock
from tests.http.parts import Room, classmate, events_of, make_room, mentions, someone
from tests.support.factories import NOW
from tests.support.passes import shown


def path(room: Room) -> str:
    return f"/teach/sessions/{room.meeting.id}/scan"


@pytest.fixture
def staff(client: TestClient, room: Room) -> TestClient:
    client.headers.update(room.instructor.bearer)
    return client


def token(saved: Session, room: Room, **kwargs: object) -> str:
    return shown(saved, room.trainee.person.id, NOW, **kwargs).token  # type: ignore[arg-type]


def test_the_page_names_everybody_and_works_without_a_script(
    staff: TestClient, saved: Session, room: Room
) -> None:
    classmate(saved, room, name="阿依古丽")
    page = staff.get(path(room))
    assert page.status_code == 200
    assert page.text.count('data-testid="scan-row"') == 2
    assert mentions(page.text, "阿依古丽")
    assert mentions(page.text, t("staff_scan.phase_in"))
    assert room.trainee.id_no not in page.text


def test_a_tap_without_a_script_records_and_says_so(
    staff: TestClient, saved: Session, room: Room
) -> None:
    answer = staff.post(path(room), data={"enrolment": str(room.enrolment.id), "phase": "in"})
    assert answer.status_code == 200
    assert mentions(answer.text, t("staff_scan.done_in", name="王小强", at="09:40"))
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]
    again = staff.post(path(room), data={"enrolment": str(room.enrolment.id)})
    assert mentions(again.text, t("staff_scan.again_in", name="王小强", at="09:40"))


def test_digits_without_a_script_record_too(staff: TestClient, saved: Session, room: Room) -> None:
    digits = shown(saved, room.trainee.person.id, NOW).numeric
    answer = staff.post(path(room), data={"code": f"{digits[:3]} {digits[3:]}"})
    assert mentions(answer.text, t("staff_scan.done_in", name="王小强", at="09:40"))
    assert events_of(saved, room.meeting.id) == [(room.trainee.person.id, "in")]


def test_the_script_reads_a_pass_and_gets_the_names_up_to_date(
    staff: TestClient, saved: Session, room: Room
) -> None:
    friend = classmate(saved, room)
    staff.post(path(room), data={"enrolment": str(room.enrolment.id)})
    text = f"https://any.example/p/{shown(saved, friend.person.id, NOW).token}"
    answer = staff.post(path(room) + ".json", json={"text": text, "phase": "in"})
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (told["ok"], told["repeated"], told["code"]) == (True, False, "")
    assert told["done"][str(room.enrolment.id)] == "09:40"
    assert len(told["done"]) == 2
    again = staff.post(path(room) + ".json", json={"text": text, "phase": "in"}).json()
    assert (again["ok"], again["repeated"]) == (True, True)


def test_a_stale_pass_says_by_how_much_and_offers_the_tap(
    staff: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    old = token(saved, room)
    clock.forward(minutes=7)
    told = staff.post(path(room) + ".json", json={"text": old, "phase": "in"}).json()
    assert (told["ok"], told["code"]) == (False, "code_expired")
    assert told["sentence"] == t(
        "staff_scan.refused_name", name="王小强", why=sentence_for(PassStale(minutes=7))
    )
    assert told["tap"] == t("staff_scan.tap_instead", act=t("staff_scan.in"))
    assert told["enrolment_id"] == str(room.enrolment.id)
    assert events_of(saved, room.meeting.id) == []
    page = staff.post(path(room), data={"code": old, "phase": "in"})
    assert page.status_code == 410
    assert mentions(page.text, told["tap"])
    assert f'name="enrolment" value="{room.enrolment.id}"' in page.text


def test_a_pass_of_somebody_else_names_nobody(
    staff: TestClient, saved: Session, room: Room
) -> None:
    stranger = someone(saved, name="赵外人")
    text = shown(saved, stranger.person.id, NOW).token
    told = staff.post(path(room) + ".json", json={"text": text, "phase": "in"}).json()
    assert (told["ok"], told["code"]) == (False, "not_on_roster")
    assert told["sentence"] == sentence_for(NotOnThisSheet())
    assert (told["enrolment_id"], told["tap"]) == ("", "")
    assert events_of(saved, room.meeting.id) == []


@pytest.mark.parametrize("text", ["https://weixin.qq.com/x", "", "P" + "A" * 40, "x" * 300])
def test_any_other_code_is_told_to_be_none(staff: TestClient, room: Room, text: str) -> None:
    told = staff.post(path(room) + ".json", json={"text": text}).json()
    assert (told["ok"], told["sentence"]) == (False, sentence_for(PassInvalid()))


@pytest.mark.parametrize(
    "body", [{"text": "x" * 301}, {"phase": "noon"}, {"enrolment_id": "1"}, {"text": 5}, []]
)
def test_malformed_bodies_are_bad_input_and_no_fault(
    staff: TestClient, room: Room, body: object
) -> None:
    assert staff.post(path(room) + ".json", json=body).status_code == 400


def test_outside_the_windows_the_page_says_when(
    staff: TestClient, clock: Clock, room: Room
) -> None:
    clock.at = room.meeting.sign_in_from - timedelta(hours=1)
    page = staff.get(path(room)).text
    assert re.search(r"\d+月\d+日 周. \d\d:\d\d 开始", page)
    assert 'id="scan"' not in page
    clock.at = room.meeting.sign_out_until + timedelta(minutes=1)
    assert mentions(staff.get(path(room)).text, t("staff_scan.over"))


def test_another_institutions_session_does_not_exist(
    staff: TestClient, saved: Session, room: Room
) -> None:
    other = make_room(saved)
    assert staff.get(path(other)).status_code == 404
    data = {"enrolment": str(other.enrolment.id)}
    assert staff.post(path(other), data=data).status_code == 404
    assert staff.post(path(other) + ".json", json={"text": "123456"}).status_code == 404
    told = staff.post(path(room) + ".json", json={"enrolment_id": str(other.enrolment.id)}).json()
    assert (told["ok"], told["code"]) == (False, "not_on_roster")
    assert events_of(saved, other.meeting.id) == []


def test_another_site_cannot_post_here(staff: TestClient, saved: Session, room: Room) -> None:
    evil = {"origin": "https://evil.example"}
    data = {"enrolment": str(room.enrolment.id)}
    assert staff.post(path(room), data=data, headers=evil).status_code == 403
    assert events_of(saved, room.meeting.id) == []
