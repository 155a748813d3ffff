"""Rosters at the door: the form, the file, the code of a message, the desk."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Enrolment, RosterUpload, SeatOffer, SmsMessage, TrainingClass
from portal.db.vault import get_vault
from portal.domain.permissions import Actor, Role
from portal.http import uploads
from portal.http.context import LOGIN_COOKIE
from portal.http.security import LARGE_BODIES, MAX_BODY
from portal.locale import t
from portal.services import rosters
from portal.services.commitment import current
from portal.services.rosters_sheet import COLUMNS
from tests.http.parts import FOREIGN, Someone, mentions, someone
from tests.support import factories as make
from tests.support.acts import listed_class
from tests.support.rosters import line, number, send, xlsx
from tests.support.tasks import run_pending

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def log_in(client: TestClient, who: Someone) -> None:
    client.cookies.clear()
    client.cookies.set(LOGIN_COOKIE, who.token)


def manager_of(saved: Session, of: TrainingClass) -> Someone:
    institution = saved.get_one(make.Institution, of.institution_id)
    return someone(saved, Role.MANAGER, institution=institution)


def form_id(html: str) -> str:
    found = re.search(r'name="upload_id" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def upload(
    client: TestClient,
    content: bytes,
    *,
    class_id: Any = "",
    upload_id: str | None = None,
    told: str = "1",
    filename: str = "roster.xlsx",
) -> Any:
    fields = {
        "upload_id": upload_id or form_id(client.get("/rosters/new").text),
        "class_id": str(class_id),
        "told": told,
    }
    return client.post("/rosters/new", data=fields, files={"sheet": (filename, content, SHEET)})


def test_a_roster_goes_from_the_form_to_its_page(client: TestClient, saved: Session) -> None:
    of = listed_class(saved)
    log_in(client, manager_of(saved, of))
    page = client.get(f"/rosters/new?for={of.id}")
    assert f'value="{of.id}" selected' in page.text
    answer = upload(client, xlsx([line(1)]), class_id=of.id, upload_id=form_id(page.text))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/teach/rosters/{form_id(page.text)}"
    run_pending(now=make.NOW)
    saved.rollback()
    assert saved.get_one(RosterUpload, form_id(page.text)).state == "checked"


def test_an_employer_comes_to_its_own_pages(client: TestClient, saved: Session) -> None:
    of = listed_class(saved)
    log_in(client, someone(saved, Role.EMPLOYER))
    answer = upload(client, xlsx([line(1)]), class_id=of.id)
    assert answer.headers["location"].startswith("/employer/rosters/")


def test_the_form_sent_twice_makes_one_roster(client: TestClient, saved: Session) -> None:
    of = listed_class(saved)
    log_in(client, manager_of(saved, of))
    before = saved.scalar(select(func.count()).select_from(RosterUpload))
    wanted = form_id(client.get("/rosters/new").text)
    places = {
        upload(client, xlsx([line(1)]), class_id=of.id, upload_id=wanted).headers["location"]
        for _ in range(2)
    }
    saved.rollback()
    assert places == {f"/teach/rosters/{wanted}"}
    assert saved.scalar(select(func.count()).select_from(RosterUpload)) == (before or 0) + 1


def test_a_refusal_keeps_what_was_chosen(client: TestClient, saved: Session) -> None:
    of = listed_class(saved)
    log_in(client, manager_of(saved, of))
    wanted = form_id(client.get("/rosters/new").text)
    answer = upload(client, b"", class_id=of.id, upload_id=wanted)
    assert answer.status_code == 400
    assert mentions(answer.text, t("roster.upload.no_file"))
    assert f'value="{of.id}" selected' in answer.text
    assert form_id(answer.text) == wanted
    answer = upload(client, xlsx([line(1)]), class_id=of.id, told="")
    assert answer.status_code == 400
    assert mentions(answer.text, t("roster.upload.tell_first"))


def test_a_roster_may_be_larger_than_other_forms_but_not_without_end(
    client: TestClient, saved: Session
) -> None:
    log_in(client, someone(saved, Role.EMPLOYER))
    answer = upload(client, b"PK" + b"x" * (MAX_BODY + 1000))
    assert answer.status_code == 303
    answer = upload(client, b"PK" + b"x" * LARGE_BODIES["/rosters/new"])
    assert answer.status_code == 413
    assert "4 MB" in answer.text
    assert not FOREIGN.search(answer.text)


def test_no_upload_is_large_enough_for_a_temporary_file() -> None:
    """Names and numbers of people would stand on the disk in the clear."""
    assert uploads._InMemory.spool_max_size > max(LARGE_BODIES.values())


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"upload_id": "x"}},
        {"content": b"nothing", "headers": {"content-type": "multipart/form-data"}},
        {
            "content": b"--x\r\nbroken",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
        {"files": [("sheet", ("a", b"1")), ("sheet", ("b", b"2"))]},
        {"data": {f"f{n}": "1" for n in range(30)}, "files": {"sheet": ("a", b"1")}},
    ],
    ids=["a form without file", "no boundary", "broken", "two files", "many fields"],
)
def test_what_is_no_upload_is_refused_in_words(
    client: TestClient, saved: Session, sent: dict[str, Any]
) -> None:
    log_in(client, someone(saved, Role.EMPLOYER))
    answer = client.post("/rosters/new", **sent)
    assert answer.status_code in (400, 404)
    assert not FOREIGN.search(answer.text)


def test_too_many_rosters_a_day_are_refused(
    client: TestClient, saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rosters, "UPLOADS_A_DAY", 1)
    log_in(client, someone(saved, Role.EMPLOYER))
    assert upload(client, xlsx([line(1)])).status_code == 303
    answer = upload(client, xlsx([line(1)]))
    assert answer.status_code == 429
    assert not FOREIGN.search(answer.text)


def test_the_empty_sheet_can_be_filled_in_and_sent(client: TestClient, saved: Session) -> None:
    of = listed_class(saved)
    log_in(client, manager_of(saved, of))
    answer = client.get("/rosters/template.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="roster.xlsx"'
    book = load_workbook(io.BytesIO(answer.content))
    sheet, notes = book.worksheets
    assert [cell.value for cell in sheet[1]] == [column.name for column in COLUMNS]
    assert sheet["C2"].number_format == "@"
    assert of.class_no in [cell.value for cell in notes["A"]]
    sheet.append(["王小强", "", number(5), "", of.class_no, ""])
    stream = io.BytesIO()
    book.save(stream)
    upload_id = upload(client, stream.getvalue()).headers["location"].rpartition("/")[2]
    run_pending(now=make.NOW)
    saved.rollback()
    made = saved.get_one(RosterUpload, upload_id)
    assert (made.state, made.total, made.problems) == ("checked", 1, [])


def test_the_empty_text_sheet_opens_in_excel(client: TestClient, saved: Session) -> None:
    log_in(client, someone(saved, Role.EMPLOYER))
    answer = client.get("/rosters/template.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "姓名" in answer.text


def test_whoever_is_not_logged_in_is_led_to_the_log_in(client: TestClient) -> None:
    assert client.get("/rosters/new").headers["location"] == "/login?next=/rosters/new"
    assert client.get("/employer").headers["location"] == "/login?next=/employer"


def test_an_employer_lands_on_its_own_page(client: TestClient, saved: Session) -> None:
    who = someone(saved, Role.EMPLOYER)
    answer = client.post("/auth/login", data={"login": who.phone, "password": "Demo-2026!"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/employer")


def test_a_trainee_is_not_shown_an_employers_pages(client: TestClient, saved: Session) -> None:
    log_in(client, someone(saved))
    assert client.get("/employer").headers["location"] == "/me"
    assert client.get("/rosters/new").status_code == 403


# The code of a message.


@pytest.fixture
def invited(saved: Session) -> tuple[TrainingClass, str, str]:
    """A class, and phone and code of somebody to whom a seat of it is offered."""
    of = listed_class(saved)
    who = someone(saved, Role.EMPLOYER)
    actor = Actor(
        Role.EMPLOYER,
        account_id=who.account.id,
        person_id=who.person.id,
        employer_id=who.account.employer_id,
    )
    serial = 5000 + (saved.scalar(select(func.count()).select_from(SmsMessage)) or 0)
    sent = send(saved, actor, xlsx([line(serial)]), class_id=of.id, now=make.NOW)
    rosters.commit(saved, actor, upload_id=sent.id, now=make.NOW)
    saved.commit()
    run_pending(now=make.NOW)
    saved.rollback()
    message = saved.scalars(select(SmsMessage).order_by(SmsMessage.id.desc())).first()
    assert message is not None
    code = re.search(r"\d{6}", get_vault().open("sms_body", message.body_enc))
    assert code is not None
    return of, f"137{serial:08d}", code[0]


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', html))


def test_a_seat_is_confirmed_with_phone_and_code(
    client: TestClient, saved: Session, invited: tuple[TrainingClass, str, str]
) -> None:
    of, phone, code = invited
    assert client.get("/confirm").status_code == 200
    page = client.post("/confirm", data={"phone": phone, "code": code})
    assert page.status_code == 200
    assert mentions(page.text, of.title)
    assert "买买提·示例" not in page.text
    assert mentions(page.text, current().title)
    assert page.headers["cache-control"] == "no-store"
    fields = hidden(page.text) | {"agreed": "1", "answer": "accept"}
    for _ in range(2):
        done = client.post("/confirm/answer", data=fields)
        assert 'data-status="accepted"' in done.text
    saved.rollback()
    assert saved.get_one(TrainingClass, of.id).seats_taken == 1


def test_without_the_signature_no_seat_is_taken(
    client: TestClient, invited: tuple[TrainingClass, str, str]
) -> None:
    _, phone, code = invited
    page = client.post("/confirm", data={"phone": phone, "code": code})
    answer = client.post("/confirm/answer", data=hidden(page.text) | {"answer": "accept"})
    assert answer.status_code == 400
    assert 'data-code="bad_input"' in answer.text


def test_a_seat_is_declined_with_phone_and_code(
    client: TestClient, saved: Session, invited: tuple[TrainingClass, str, str]
) -> None:
    of, phone, code = invited
    page = client.post("/confirm", data={"phone": phone, "code": code})
    done = client.post("/confirm/answer", data=hidden(page.text) | {"answer": "decline"})
    assert 'data-status="withdrawn"' in done.text
    saved.rollback()
    assert saved.get_one(TrainingClass, of.id).seats_taken == 0


def test_wrong_codes_are_counted_though_the_page_is_a_refusal(
    client: TestClient, saved: Session, invited: tuple[TrainingClass, str, str]
) -> None:
    of, phone, code = invited
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    answer = client.post("/confirm", data={"phone": phone, "code": wrong})
    assert answer.status_code == 400
    assert mentions(answer.text, t("roster.confirm.wrong"))
    assert not FOREIGN.search(answer.text)
    saved.rollback()
    offer = saved.scalars(select(SeatOffer).where(SeatOffer.class_id == of.id)).one()
    assert offer.code_tries == 4


@pytest.mark.parametrize(
    "fields",
    [{}, {"phone": "1", "code": "1"}, {"phone": "13700000000", "code": "x" * 5000}],
    ids=["nothing", "short", "long"],
)
def test_nonsense_is_refused_in_words(client: TestClient, fields: dict[str, str]) -> None:
    for path in ("/confirm", "/confirm/answer"):
        answer = client.post(path, data=fields)
        assert answer.status_code in (400, 404)
        assert not FOREIGN.search(answer.text)


# The desk.


def test_the_desk_confirms_for_somebody_present(
    client: TestClient, saved: Session, invited: tuple[TrainingClass, str, str]
) -> None:
    of, _, _ = invited
    institution = saved.get_one(make.Institution, of.institution_id)
    log_in(client, someone(saved, Role.INSTRUCTOR, institution=institution))
    path = f"/teach/classes/{of.id}/confirm"
    page = client.get(path)
    assert 'data-testid="desk-person"' in page.text
    enrolment = saved.scalars(select(Enrolment).where(Enrolment.class_id == of.id)).one()
    fields = {"enrolment": str(enrolment.id), "paper": "2026-015号"}
    refused = client.post(path, data=fields)
    assert refused.status_code == 400
    assert mentions(refused.text, t("roster.desk.must_be_present"))
    assert "2026-015号" in refused.text
    done = client.post(path, data=fields | {"present": "1"})
    assert done.headers["location"] == f"{path}?done=1"
    after = client.get(f"{path}?done=1")
    assert mentions(after.text, t("roster.desk.done"))
    assert mentions(after.text, t("roster.desk.empty"))


def test_the_desk_of_another_institution_finds_nothing(
    client: TestClient,
    saved: Session,
    invited: tuple[TrainingClass, str, str],
    browser: Callable[..., TestClient],
) -> None:
    of, _, _ = invited
    enrolment = saved.scalars(select(Enrolment).where(Enrolment.class_id == of.id)).one()
    log_in(client, someone(saved, Role.MANAGER, institution=make.make_institution(saved)))
    path = f"/teach/classes/{of.id}/confirm"
    assert client.get(path).status_code == 404
    fields = {"enrolment": str(enrolment.id), "present": "1", "paper": "2026-015号"}
    assert client.post(path, data=fields).status_code == 404
    assert browser().get(path).headers["location"] == f"/login?next={path}"
    saved.rollback()
    assert saved.get_one(Enrolment, enrolment.id).status == "offered"
