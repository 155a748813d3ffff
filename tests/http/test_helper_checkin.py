"""A helper scans the room's code and checks in who came along."""

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Enrolment
from portal.domain.permissions import Actor, Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from tests.http.conftest import Clock
from tests.http.parts import Room, Someone, events_of, mentions, someone
from tests.support import factories as make
from tests.support import helping


@pytest.fixture
def helper(saved: Session) -> Someone:
    return someone(saved, Role.HELPER, name="热依汗", region_code="650402")


@pytest.fixture
def villager(saved: Session, room: Room, helper: Someone) -> Enrolment:
    """Somebody of the helper's, on the roster."""
    actor = Actor(
        Role.HELPER,
        account_id=helper.account.id,
        person_id=helper.person.id,
        region_code="650402",
    )
    mandate = helping.introduce(actor)
    place = make.enrol(saved, helping.person_with(saved, mandate), room.training_class)
    place.mandate_id = mandate
    saved.commit()
    return place


@pytest.fixture
def phone(client: TestClient, helper: Someone) -> TestClient:
    client.cookies.set(LOGIN_COOKIE, helper.token)
    return client


def test_the_scan_leads_the_helper_to_the_names_and_one_tap(
    phone: TestClient, saved: Session, room: Room, villager: Enrolment
) -> None:
    scanned = phone.get(f"/c/{room.code()}")
    assert 'href="/checkin/for"' in scanned.text
    page = phone.get("/checkin/for")
    assert mentions(page.text, t("helping.checkin.act_in", name="买买提·艾力"))
    assert room.trainee.person.name not in page.text
    done = phone.post("/checkin/for", data={"mandate": str(villager.mandate_id)})
    assert mentions(done.text, t("helping.checkin.done_in", name="买买提·艾力"))
    assert mentions(done.text, t("helping.checkin.already", at="09:40"))
    assert events_of(saved, room.meeting.id) == [(villager.person_id, "in")]
    again = phone.post("/checkin/for", data={"mandate": str(villager.mandate_id)})
    assert again.status_code == 200
    assert len(events_of(saved, room.meeting.id)) == 1


def test_without_a_scan_there_is_nothing_but_the_way_to_one(
    phone: TestClient, saved: Session, room: Room, villager: Enrolment
) -> None:
    for answer in (
        phone.get("/checkin/for"),
        phone.post("/checkin/for", data={"mandate": str(villager.mandate_id)}),
    ):
        assert mentions(answer.text, t("helping.checkin.again"))
        assert 'href="/scan"' in answer.text
    assert events_of(saved, room.meeting.id) == []


def test_a_scan_of_more_than_ten_minutes_ago_is_over(
    phone: TestClient, saved: Session, clock: Clock, room: Room, villager: Enrolment
) -> None:
    phone.get(f"/c/{room.code()}")
    clock.forward(minutes=10, seconds=1)
    answer = phone.post("/checkin/for", data={"mandate": str(villager.mandate_id)})
    assert mentions(answer.text, t("helping.checkin.again"))
    assert events_of(saved, room.meeting.id) == []


def test_a_ticket_carried_to_another_phone_is_worth_nothing(
    phone: TestClient, saved: Session, room: Room, villager: Enrolment
) -> None:
    phone.get(f"/c/{room.code()}")
    phone.cookies.delete("portal_device")
    answer = phone.post("/checkin/for", data={"mandate": str(villager.mandate_id)})
    assert mentions(answer.text, t("helping.checkin.again"))
    assert events_of(saved, room.meeting.id) == []


def test_a_helper_with_nobody_here_is_told_whom_to_ask(phone: TestClient, room: Room) -> None:
    phone.get(f"/c/{room.code()}")
    assert mentions(phone.get("/checkin/for").text, t("helping.checkin.nobody"))


def test_anothers_mandate_is_not_there(
    phone: TestClient, saved: Session, room: Room, villager: Enrolment
) -> None:
    other = someone(saved, Role.HELPER, name="别的", region_code="650402")
    phone.cookies.set(LOGIN_COOKIE, other.token)
    phone.get(f"/c/{room.code()}")
    answer = phone.post("/checkin/for", data={"mandate": str(villager.mandate_id)})
    assert answer.status_code == 404
    assert events_of(saved, room.meeting.id) == []
