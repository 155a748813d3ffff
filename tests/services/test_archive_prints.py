"""Printed archives: a serial, a signature in the file, and what a stranger may ask."""

import re
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.models import ArchivePrint
from portal.documents import file_seal, signature
from portal.documents.credential import holder_hash
from portal.documents.embedding import extract_from_pdf
from portal.domain.errors import Forbidden
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive_prints, issuers
from portal.services.archive_records import add_record
from portal.services.own_data import get_vault
from tests.support.archives import add, reach_in
from tests.support.factories import NOW, make_actor, person_of


@pytest.fixture
def trainee(session: Session) -> Actor:
    actor = make_actor(session)
    for number in range(3):
        add(session, actor.the_person(), NOW, title=f"电工第{number}期")
    return actor


def printed(session: Session, actor: Actor, now: datetime = NOW) -> archive_prints.PrintJob:
    return archive_prints.archive_document(session, actor, now=now)


def verify(session: Session, serial: str) -> archive_prints.PrintVerdict:
    return archive_prints.verify_print(session, ANONYMOUS, serial=serial, now=NOW)


def test_a_stranger_learns_what_stands_on_the_paper(session: Session, trainee: Actor) -> None:
    serial = printed(session, trainee).document.serial
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", serial)
    found = verify(session, serial)
    assert found.genuine
    assert (found.serial, found.holder_masked, found.made_at) == (serial, "王*强", NOW)
    assert (found.trainings, found.hours, found.certificates, found.lines) == (3, 108, 0, 3)


@pytest.mark.parametrize("typed", [str.lower, lambda s: s.replace("-", ""), lambda s: f" {s} "])
def test_a_serial_is_found_however_it_is_typed(
    session: Session, trainee: Actor, typed: object
) -> None:
    serial = printed(session, trainee).document.serial
    assert verify(session, typed(serial)).genuine  # type: ignore[operator]


def test_letters_that_look_like_digits_are_read_as_such() -> None:
    assert archive_prints.normal_serial("oOiI-lL") == "001111"


@pytest.mark.parametrize("serial", ["", "-", "0000-0000-0000-0000", "x" * 500, "'; --", "档案"])
def test_any_other_serial_is_none_of_ours(session: Session, trainee: Actor, serial: str) -> None:
    printed(session, trainee)
    found = verify(session, serial)
    assert (found.genuine, found.holder_masked, found.made_at) == (False, "", None)


def test_the_same_archive_is_printed_under_the_same_serial(
    session: Session, trainee: Actor
) -> None:
    first = printed(session, trainee)
    again = printed(session, trainee, NOW + timedelta(days=3))
    assert again.document == first.document
    assert archive_prints.archive_pdf(first) == archive_prints.archive_pdf(again)
    add(session, trainee.the_person(), NOW)
    assert printed(session, trainee).document.serial != first.document.serial
    assert verify(session, first.document.serial).trainings == 3


def test_the_file_bears_a_signed_credential_without_personal_data(
    session: Session, trainee: Actor
) -> None:
    job = printed(session, trainee)
    pdf = archive_prints.archive_pdf(job)
    token = extract_from_pdf(pdf)
    assert token == job.document.credential
    signed = signature.verify_compact(
        token or "", issuers.public_keys(session), typ=(archive_prints.TYP,)
    )
    person = person_of(session, trainee)
    row = session.query(ArchivePrint).filter_by(person_id=person.id).one()
    id_no = get_vault().open("id_no", person.id_no_enc)
    assert signed["holder"] == {
        "hash": holder_hash(id_no, person.name, row.holder_salt), "name": "王*强",
    }  # fmt: skip
    assert signed["totals"] == {"trainings": 3, "hours": 108, "certificates": 0, "lines": 3}
    assert id_no not in str(signed)
    assert person.name not in str(signed)
    assert str(person.id) not in str(signed)
    # It is no certificate, and passes for none.
    with pytest.raises(signature.SignatureInvalid):
        signature.verify_compact(token or "", issuers.public_keys(session))


def test_a_changed_file_is_found_by_its_seal(session: Session, trainee: Actor) -> None:
    job = printed(session, trainee)
    pdf = archive_prints.archive_pdf(job)
    keys = issuers.public_keys(session)
    assert file_seal.check_pdf(pdf, keys, credential=job.document.credential).state == "good"
    at = len(pdf) // 2
    spoilt = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]
    assert file_seal.check_pdf(spoilt, keys).state == "broken"


def test_a_broken_archive_is_printed_as_no_proof(session: Session, trainee: Actor) -> None:
    reach_in(
        session,
        "UPDATE archive_entry SET hours = 999 WHERE person_id = :p AND seq = 1",
        p=trainee.person_id,
    )
    job = printed(session, trainee)
    assert job.key is None
    assert (job.document.verify_url, job.document.credential) == ("", None)
    pdf = archive_prints.archive_pdf(job)
    shown = "".join(PdfReader(BytesIO(pdf)).pages[0].extract_text().split())
    assert "不作为证明使用" in shown
    assert extract_from_pdf(pdf) is None
    assert session.query(ArchivePrint).filter_by(person_id=trainee.person_id).count() == 0


@pytest.mark.parametrize("column", ["credential", "serial"])
def test_a_print_that_was_changed_in_the_database_is_none_of_ours(
    session: Session, trainee: Actor, column: str
) -> None:
    serial = archive_prints.normal_serial(printed(session, trainee).document.serial)
    session.execute(text("ALTER TABLE archive_print DISABLE TRIGGER append_only"))
    value = "a.b.c" if column == "credential" else "0" * 16
    session.execute(
        text(f"UPDATE archive_print SET {column} = :value WHERE serial = :serial"),
        {"value": value, "serial": serial},
    )
    session.expire_all()
    assert not verify(session, value if column == "serial" else serial).genuine


def test_the_paper_lists_everything_else_on_record(session: Session, trainee: Actor) -> None:
    officer = make_actor(session, Role.OFFICER)
    person_of(session, trainee).residence_region = "650402"
    session.flush()
    add_record(
        session, officer, person_id=trainee.the_person(), kind="award", title="技术能手",
        issuer="市人社局", occurred_on=date(2026, 6, 1), now=NOW,
    )  # fmt: skip
    document = printed(session, trainee).document
    [record] = document.records
    assert (record.day, record.kind, record.title, record.result) == (
        "2026-06-01", "奖励荣誉", "技术能手", "已记录",
    )  # fmt: skip
    assert [name for name, _ in document.sums] == ["按类别", "按职业", "按年度"]
    assert "2026年 3 次 108 课时" in dict(document.sums)["按年度"]


def test_only_the_owner_prints(session: Session) -> None:
    with pytest.raises(Forbidden):
        printed(session, make_actor(session, Role.OFFICER))
