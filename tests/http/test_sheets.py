"""Printing cards through the door, and scanning them back."""

from io import BytesIO
from uuid import uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.locale import t
from tests.http.parts import Room, classmate, make_room, mentions, row_counts


@pytest.fixture
def staff(client: TestClient, room: Room) -> TestClient:
    client.headers.update(room.instructor.bearer)
    return client


def path(room: Room) -> str:
    return f"/teach/classes/{room.training_class.id}/sheets"


def test_the_file_is_a_pdf_whose_name_tells_nothing(staff: TestClient, room: Room) -> None:
    answer = staff.post(path(room), data={"enrolment": [str(room.enrolment.id)]})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="checkin-cards.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"
    (page,) = PdfReader(BytesIO(answer.content)).pages
    assert "王小强" in page.extract_text()
    assert room.trainee.id_no not in page.extract_text()


def test_choosing_reads_and_prints_nothing(staff: TestClient, saved: Session, room: Room) -> None:
    classmate(saved, room, name="阿依古丽")
    before = row_counts(saved)
    page = staff.get(path(room))
    after = row_counts(saved)
    assert page.text.count('data-testid="sheet-person"') == 2
    assert mentions(page.text, t("sheets.never"))
    assert room.trainee.id_no not in page.text
    assert after.pop("audit_event") == before.pop("audit_event") + 1  # the reading
    assert after == before


def test_without_a_choice_the_page_says_what_to_do(staff: TestClient, room: Room) -> None:
    answer = staff.post(path(room))
    assert answer.status_code == 400
    assert mentions(answer.text, t("sheets.none_chosen"))


def test_cards_of_other_classes_are_not_there(
    staff: TestClient, saved: Session, room: Room
) -> None:
    other = make_room(saved)
    theirs = {"enrolment": [str(other.enrolment.id)]}
    assert staff.get(path(other)).status_code == 404
    assert staff.post(path(other), data=theirs).status_code == 404
    assert staff.post(path(room), data=theirs).status_code == 404
    for wrong in ("x", str(uuid4())):
        assert staff.post(path(room), data={"enrolment": [wrong]}).status_code == 404
