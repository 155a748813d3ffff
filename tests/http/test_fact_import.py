"""The page where an officer sends a list: checked first, every fault in a table, all or nothing."""

import io
from typing import Any

import pytest
from httpx2 import Response
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import FactImport, Person, PersonGroup
from portal.domain.permissions import Role
from portal.http import fact_import
from portal.http.security import MAX_BODY
from portal.locale import t
from tests.http.parts import FOREIGN, Someone, numbers, row_counts, someone

PATH = fact_import.PATH
HEADER = ("姓名", "证件号码", "有效期起")


@pytest.fixture
def officer(saved: Session) -> Someone:
    return someone(saved, Role.OFFICER)


def csv_of(*lines: str) -> bytes:
    return "\n".join((",".join(HEADER), *lines)).encode()


def line(name: str = "古丽娜尔·买买提", since: str = "2026-01-01") -> str:
    return f"{name},{numbers()[1]},{since}"


def send(
    client: TestClient, who: Someone | None, content: bytes, *, name: str = "a.csv", **fields: Any
) -> Response:
    data = {"group": "AIDED_FAMILY", "act": "import"} | fields
    return client.post(
        PATH,
        data=data,
        files={"sheet": (name, content)},
        headers=who.bearer if who else {},
    )


def outcome(answer: Response) -> str:
    found = answer.text.split('data-outcome="')
    return found[1].split('"')[0] if len(found) > 1 else ""


def groups(saved: Session) -> int:
    return saved.scalar(select(func.count()).select_from(PersonGroup)) or 0


def test_the_form_offers_the_groups_and_says_for_which_region(
    client: TestClient, officer: Someone
) -> None:
    answer = client.get(PATH, headers=officer.bearer)
    assert answer.status_code == 200
    assert "吐鲁番市" in answer.text
    assert '<option value="AIDED_FAMILY">帮扶家庭' in answer.text
    assert "JUSTICE" not in answer.text
    assert not FOREIGN.search(answer.text)


def test_who_is_not_signed_in_is_led_to_the_log_in_and_back(client: TestClient) -> None:
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={PATH}")


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.MANAGER])
def test_nobody_but_an_officer_sends_a_list(client: TestClient, saved: Session, role: Role) -> None:
    from tests.support.factories import make_institution

    institution = make_institution(saved) if role is Role.MANAGER else None
    who = someone(saved, role, institution=institution)
    before = groups(saved)
    assert send(client, who, csv_of(line())).status_code == 403
    assert client.get(f"{PATH}/template.csv", headers=who.bearer).status_code == 403
    assert groups(saved) == before


def test_a_check_writes_nothing_and_counts(
    client: TestClient, officer: Someone, saved: Session
) -> None:
    content = csv_of(line(), line())
    before = row_counts(saved)
    answer = send(client, officer, content, act="check")
    assert (answer.status_code, outcome(answer)) == (200, "checked")
    assert row_counts(saved) == before
    assert '<option value="AIDED_FAMILY" selected>' in answer.text
    assert "<dd>2</dd>" in answer.text


def test_an_import_registers_everybody(
    client: TestClient, officer: Someone, saved: Session
) -> None:
    before = groups(saved)
    answer = send(client, officer, csv_of(line(), line()))
    assert outcome(answer) == "imported"
    saved.rollback()
    assert groups(saved) == before + 2
    made = saved.scalars(select(FactImport).order_by(FactImport.at.desc())).first()
    assert made is not None
    assert (made.group_code, made.account_id) == ("AIDED_FAMILY", officer.account.id)


def test_what_does_not_say_import_is_only_a_check(
    client: TestClient, officer: Someone, saved: Session
) -> None:
    before = groups(saved)
    for act in ("", "IMPORT", "x"):
        assert outcome(send(client, officer, csv_of(line()), act=act)) == "checked"
    saved.rollback()
    assert groups(saved) == before


def test_faults_stand_in_a_table_with_row_and_column(
    client: TestClient, officer: Someone, saved: Session
) -> None:
    before = groups(saved)
    answer = send(client, officer, csv_of(line(), line(name="王"), line(since="x")))
    assert (answer.status_code, outcome(answer)) == (200, "refused")
    assert f"<td>3</td><td>A 姓名</td><td>{t('identity.name_length')}</td>" in answer.text
    assert "<td>4</td><td>C 有效期起</td>" in answer.text
    saved.rollback()
    assert groups(saved) == before


def test_thousands_of_faults_make_no_endless_page(client: TestClient, officer: Someone) -> None:
    answer = send(client, officer, csv_of(*["王,1,x"] * 400))
    assert answer.text.count("<tr>") == 201
    assert t("facts_import.more", count=1000) in answer.text


def test_markup_in_a_cell_comes_back_as_text(client: TestClient, officer: Someone) -> None:
    evil = "<script>alert(1)</script>"
    answer = send(client, officer, csv_of(f"{evil},{evil},{evil}"), name=f"{evil}.csv")
    assert outcome(answer) == "refused"
    assert "<script>alert" not in answer.text


def test_a_first_day_for_the_whole_list(
    client: TestClient, officer: Someone, saved: Session
) -> None:
    content = csv_of(line(since=""))
    assert outcome(send(client, officer, content)) == "refused"
    assert outcome(send(client, officer, content, valid_from="2026-03-01")) == "imported"
    answer = send(client, officer, content, valid_from="tomorrow")
    assert answer.status_code == 400
    assert t("facts.bad_date") in answer.text


@pytest.mark.parametrize(
    ("fields", "content"),
    [({"group": ""}, b"x"), ({"group": "JUSTICE"}, b"x"), ({}, b"")],
    ids=["no group", "closed group", "no file"],
)
def test_what_is_missing_is_said_in_words_beside_its_field(
    client: TestClient, officer: Someone, fields: dict[str, str], content: bytes
) -> None:
    answer = send(client, officer, content, **fields)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert not FOREIGN.search(answer.text)


def test_a_post_that_is_no_form_is_refused_in_words(client: TestClient, officer: Someone) -> None:
    answer = client.post(PATH, content=b"{}", headers=officer.bearer)
    assert answer.status_code == 400
    assert t("error.bad_request") in answer.text


def test_a_list_of_five_thousand_fits_through_the_door(
    client: TestClient, officer: Someone, saved: Session
) -> None:
    book = Workbook()
    page = book.active
    page.append(HEADER)
    for _ in range(5000):
        page.append(("古丽娜尔·买买提", numbers()[1], "2026-01-01"))
    file = io.BytesIO()
    book.save(file)
    answer = send(client, officer, file.getvalue(), name="名单.xlsx")
    assert outcome(answer) == "imported"
    saved.rollback()
    query = select(func.count()).select_from(Person).where(Person.identity_status == "listed")
    assert (saved.scalar(query) or 0) >= 5000


def test_more_than_a_page_may_come_but_not_without_end(
    client: TestClient, officer: Someone
) -> None:
    assert send(client, officer, b"x" * (MAX_BODY + 1)).status_code == 200
    assert send(client, officer, b"x" * 5_000_000).status_code == 413


def test_the_template_opens_with_the_columns(client: TestClient, officer: Someone) -> None:
    answer = client.get(f"{PATH}/template.csv", headers=officer.bearer)
    assert answer.content.decode("utf-8-sig").startswith("姓名,证件类型,证件号码,有效期起")
    assert "no-store" in answer.headers["cache-control"]
