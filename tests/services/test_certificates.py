"""Certificates: what is signed, who may have a copy, what anyone learns from a number."""

import json
import re
from dataclasses import astuple
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    ArchiveEntry,
    AuditEvent,
    Certificate,
    Institution,
    Occupation,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.documents import certificate as paper
from portal.documents import signature
from portal.documents.embedding import extract_from_pdf, extract_from_png
from portal.documents.signature import verify_compact
from portal.domain.certificate_number import format_certificate_number, parse_certificate_number
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive, certificate_files, certificates, credentials, issuers
from tests.support.factories import enrol, make_actor, make_class, make_institution, person_of


@pytest.fixture
def trainee(session: Session) -> Actor:
    return make_actor(session)


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, Role.OFFICER)


@pytest.fixture
def certificate(session: Session, trainee: Actor, now: datetime) -> Certificate:
    return issue(session, trainee, now)


def issue(session: Session, holder: Actor, now: datetime) -> Certificate:
    """A certificate of the holder, for 7 of 8 hours of a class that has ended."""
    made = make_class(session, first_start=now - timedelta(days=7))
    enrolment = enrol(session, person_of(session, holder), made)
    manager = make_actor(
        session, Role.MANAGER, institution=session.get_one(Institution, made.institution_id)
    )
    return certificates.issue(
        session, manager, enrolment_id=enrolment.id, hours_credited=7, now=now
    )


def verify(
    session: Session, number: str, now: datetime, actor: Actor = ANONYMOUS
) -> certificates.Verification:
    return certificates.verify_number(session, actor, number=number, now=now)


def sign_again(session: Session, certificate: Certificate, **changes: Any) -> None:
    """Change the row as the issuer himself could."""
    for name, value in changes.items():
        setattr(certificate, name, value)
    school = certificate.institution_id
    assert school is not None
    key = issuers.of_institution(session, school, now=certificate.created_at)
    certificate.signature = credentials.sign(certificate, key, id_no="990000199001010010")
    session.flush()


def test_a_certificate_just_issued_is_valid(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    answer = verify(session, certificate.number, now)
    assert (answer.genuine, answer.status, answer.number) == (True, "valid", certificate.number)
    assert (answer.title, answer.kind, answer.level) == ("电工(五级)", "培训合格证书", None)
    assert (answer.hours, answer.hours_planned) == (7, 8)
    assert (answer.starts_on, answer.ends_on) == (date(2026, 11, 24), date(2026, 11, 25))
    assert answer.issued_on == date(2026, 12, 1)
    assert answer.issuer == certificate.institution_name
    assert answer.institution == certificate.institution_name
    assert [check.ok for check in answer.checks] == [True] * 5


def test_the_number_names_region_and_year_and_none_comes_twice(
    session: Session, trainee: Actor, now: datetime
) -> None:
    first, second = issue(session, trainee, now), issue(session, make_actor(session), now)
    numbers = [parse_certificate_number(made.number) for made in (first, second)]
    assert {(number.region_code, number.year) for number in numbers} == {("650402", 2026)}
    assert numbers[0].serial != numbers[1].serial


def test_the_year_of_a_number_is_the_year_here(session: Session, trainee: Actor) -> None:
    late = datetime.fromisoformat("2026-12-31T17:00:00+00:00")
    made = issue(session, trainee, late)
    assert (made.issued_on, parse_certificate_number(made.number).year) == (date(2027, 1, 1), 2027)


def test_the_public_sees_a_masked_name_and_no_other_trace_of_the_holder(
    session: Session, certificate: Certificate, trainee: Actor, now: datetime
) -> None:
    answer = verify(session, certificate.number, now)
    assert answer.holder_masked == "王*强"
    shown = str(astuple(answer))
    person = person_of(session, trainee)
    id_no = get_vault().open("id_no", person.id_no_enc)
    assert not any(secret in shown for secret in ("王小强", id_no, str(person.id)))


def test_the_signed_credential_holds_no_identifier(
    session: Session, certificate: Certificate, trainee: Actor
) -> None:
    signed = json.dumps(
        verify_compact(certificate.signature or "", issuers.public_keys(session)),
        ensure_ascii=False,
    )
    person = person_of(session, trainee)
    id_no = get_vault().open("id_no", person.id_no_enc)
    hidden = ("王小强", id_no, str(person.id), certificate.holder_salt.hex())
    assert not any(secret in signed for secret in hidden)
    assert certificate.number in signed


@pytest.mark.parametrize(
    "typed",
    [
        lambda number: number.lower(),
        lambda number: f"  {number[:2]} {number[2:8]} {number[8:12]}-{number[12:19]} {number[19]} ",
        lambda number: "".join(chr(ord(char) + 0xFEE0) for char in number),
    ],
)
def test_a_number_is_found_however_it_was_typed(
    session: Session, certificate: Certificate, now: datetime, typed: Any
) -> None:
    assert verify(session, typed(certificate.number), now).status == "valid"


@pytest.mark.parametrize(
    "number",
    ["", " ", "PX", "😀" * 500, "PX65040220260000017", "'; DROP TABLE x", "\x00", "S000065"],
)
def test_a_malformed_number_gets_a_sentence(session: Session, now: datetime, number: str) -> None:
    answer = verify(session, number, now)
    assert (answer.genuine, answer.status) == (False, "unknown")
    assert "不是本平台的证书编号" in answer.sentence
    assert len(answer.number) <= 24


def test_a_number_never_issued_is_unknown(session: Session, now: datetime) -> None:
    answer = verify(session, format_certificate_number("650400", 2026, 9_999_999), now)
    assert (answer.genuine, answer.status, answer.holder_masked) == (False, "unknown", None)
    assert "没有查到" in answer.sentence
    assert "到那个平台核验" in answer.sentence


def test_a_wrong_digit_is_not_called_another_platforms(session: Session, now: datetime) -> None:
    right = format_certificate_number("650400", 2026, 9_999_999)
    answer = verify(session, right[:-1] + str((int(right[-1]) + 1) % 10), now)
    assert (answer.genuine, answer.status) == (False, "unknown")
    assert "有一位不对" in answer.sentence


TAMPERED: dict[str, Any] = {
    "kind": "LEVEL",
    "holder_name": "李大明",
    "institution_name": "别的学校",
    "institution_uscc": "91650400TEST999999",
    "title": "焊工(三级)",
    "occupation_code": "6-18-02-04",
    "occupation_name": "焊工",
    "level": 4,
    "hours_planned": 7,
    "hours_credited": 8,
    "starts_on": date(2020, 1, 1),
    "ends_on": date(2026, 12, 1),
    "issued_on": date(2026, 11, 30),
    "expires_on": date(2099, 1, 1),
    "holder_salt": b"0" * 16,
    "created_at": datetime.fromisoformat("2020-01-01T00:00:00+00:00"),
    "enrolment_id": None,
    "version": 2,
    "region_code": "150100",
    "edition": "2015",
    "result": "不合格",
    "remark": "另有说明",
    "status_list_no": 7,
    "status_index": 3,
    "signature": "e30.e30.e30",
}


@pytest.mark.parametrize("column", TAMPERED)
def test_a_changed_column_is_no_longer_genuine(
    session: Session, certificate: Certificate, now: datetime, column: str
) -> None:
    setattr(certificate, column, TAMPERED[column])
    session.flush()
    answer = verify(session, certificate.number, now)
    assert (answer.genuine, answer.status) == (False, "unknown")
    assert (answer.holder_masked, answer.title) == (None, None)
    assert "不要采信" in answer.sentence


@pytest.mark.parametrize(
    "column", ["person_id", "institution_id", "id", "issuer_key_id", "replaces_id"]
)
def test_a_certificate_moved_to_somebody_else_is_no_longer_genuine(
    session: Session, certificate: Certificate, now: datetime, column: str
) -> None:
    other = {
        "person_id": lambda: person_of(session, make_actor(session)).id,
        "institution_id": lambda: make_institution(session).id,
        "id": new_id,
        "issuer_key_id": lambda: issuers.of_authority(session, "650400", now=now).id,
        "replaces_id": lambda: issue(session, make_actor(session), now).id,
    }
    setattr(certificate, column, other[column]())
    session.flush()
    assert not verify(session, certificate.number, now).genuine


def test_a_signature_cannot_be_moved_to_another_number(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    other = issue(session, make_actor(session), now)
    number, other.number = other.number, "PX-none"
    session.flush()
    certificate.number = number
    session.flush()
    assert not verify(session, number, now).genuine


def test_every_column_of_a_certificate_is_sealed_or_accounted_for() -> None:
    mutable = {"status", "revoked_at", "revoke_reason", "replaced_at", "printing"}
    moved = {"person_id", "institution_id", "id", "number", "issuer_key_id", "replaces_id"}
    tested = set(TAMPERED) | moved
    assert set(Certificate.__table__.columns.keys()) == tested | mutable


def test_another_key_than_the_published_one_is_no_issuer(
    session: Session, certificate: Certificate, tmp_path: Path, now: datetime
) -> None:
    forger = signature.load_key(signature.generate_key())
    payload = verify_compact(certificate.signature or "", issuers.public_keys(session))
    certificate.signature = signature.sign_compact(payload, forger, str(forger.thumbprint()))
    session.flush()
    answer = verify(session, certificate.number, now)
    assert not answer.genuine
    assert {check.key: check.ok for check in answer.checks}["issuer"] is False


def test_a_renamed_institution_and_a_renamed_person_leave_the_certificate_as_issued(
    session: Session, certificate: Certificate, trainee: Actor, now: datetime
) -> None:
    before = certificate.institution_name
    session.get_one(Institution, certificate.institution_id).name = "新名字学校"
    person_of(session, trainee).name = "王大强"
    session.flush()
    answer = verify(session, certificate.number, now)
    assert (answer.genuine, answer.institution) == (True, before)


def test_an_expired_certificate_is_genuine_and_expired(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    sign_again(session, certificate, expires_on=date(2026, 12, 1))
    assert verify(session, certificate.number, now).status == "valid"
    sign_again(session, certificate, expires_on=date(2026, 11, 30))
    answer = verify(session, certificate.number, now)
    assert (answer.genuine, answer.status) == (True, "expired")


def test_a_revoked_certificate_says_so_with_reason_and_date(
    session: Session, certificate: Certificate, officer: Actor, now: datetime
) -> None:
    certificates.revoke(
        session, officer, number=certificate.number, reason="考勤造假，经查属实", now=now
    )
    answer = verify(session, certificate.number, now)
    assert (answer.genuine, answer.status) == (True, "revoked")
    assert (answer.revoked_on, answer.revoke_reason) == (date(2026, 12, 1), "考勤造假，经查属实")
    assert {check.key for check in answer.checks if not check.ok} == {"not_revoked"}


def test_a_revocation_wiped_from_the_row_is_still_known(
    session: Session, certificate: Certificate, officer: Actor, now: datetime
) -> None:
    certificates.revoke(session, officer, number=certificate.number, reason="考勤造假", now=now)
    certificate.status, certificate.revoked_at, certificate.revoke_reason = "issued", None, None
    session.flush()
    assert verify(session, certificate.number, now).status == "revoked"


def test_a_revocation_is_audited_once_and_stands_in_the_archive(
    session: Session, certificate: Certificate, officer: Actor, trainee: Actor, now: datetime
) -> None:
    for _ in range(2):
        certificates.revoke(session, officer, number=certificate.number, reason="考勤造假", now=now)
    acts = select(AuditEvent).where(
        AuditEvent.action == "certificate.revoke",
        AuditEvent.object_id == str(certificate.id),
    )
    act = session.scalars(acts).one()
    assert (act.reason, act.on_behalf_of) == ("考勤造假", certificate.person_id)
    view = archive.my_archive(session, trainee, now=now)
    assert [line.status for line in view.lines if line.is_certificate] == ["revoked"]
    assert (view.certificates, view.intact) == (0, True)


@pytest.mark.parametrize(
    ("region", "allowed"),
    [
        ("650400", True),
        ("650000", True),
        ("650402", True),
        ("000000", True),
        ("650421", False),
        ("350000", False),
    ],
)
def test_an_officer_revokes_in_the_own_region_only(
    session: Session, certificate: Certificate, now: datetime, region: str, allowed: bool
) -> None:
    officer = make_actor(session, Role.OFFICER, region_code=region)
    if allowed:
        answer = certificates.revoke(
            session, officer, number=certificate.number, reason="考勤造假", now=now
        )
        assert answer.status == "revoked"
        return
    with pytest.raises(Forbidden):
        certificates.revoke(session, officer, number=certificate.number, reason="考勤造假", now=now)
    assert certificate.status == "issued"


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.INSTRUCTOR, Role.MANAGER, Role.AUDITOR])
def test_nobody_else_revokes(
    session: Session, certificate: Certificate, now: datetime, role: Role
) -> None:
    at_institution = role in (Role.INSTRUCTOR, Role.MANAGER)
    institution = make_institution(session) if at_institution else None
    actor = make_actor(session, role, institution=institution)
    with pytest.raises(Forbidden):
        certificates.revoke(session, actor, number=certificate.number, reason="考勤造假", now=now)


@pytest.mark.parametrize("reason", ["", "  错 ", "x" * 201])
def test_a_revocation_needs_a_reason(
    session: Session, certificate: Certificate, officer: Actor, now: datetime, reason: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        certificates.revoke(session, officer, number=certificate.number, reason=reason, now=now)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize("reason", ["考勤\u202e造假属实", "考勤\x07造假属实", "考勤\x00造假属实"])
def test_a_public_reason_holds_nothing_that_turns_the_line_around(
    session: Session, certificate: Certificate, officer: Actor, now: datetime, reason: str
) -> None:
    with pytest.raises(BadInput):
        certificates.revoke(session, officer, number=certificate.number, reason=reason, now=now)
    assert certificate.status == "issued"


def test_an_unknown_number_cannot_be_revoked(
    session: Session, officer: Actor, now: datetime
) -> None:
    number = format_certificate_number("650400", 2026, 9_999_999)
    with pytest.raises(NotFound):
        certificates.revoke(session, officer, number=number, reason="考勤造假", now=now)


def test_verifying_leaves_no_trace_of_who_asked(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    before = len(session.scalars(select(AuditEvent)).all())
    verify(session, certificate.number, now, actor=make_actor(session))
    session.flush()
    assert not session.new
    assert not session.dirty
    assert len(session.scalars(select(AuditEvent)).all()) == before


def test_issuing_is_audited_and_archived(
    session: Session, certificate: Certificate, trainee: Actor, now: datetime
) -> None:
    act = session.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(certificate.id))
    ).one()
    assert (act.action, act.on_behalf_of) == ("certificate.issue", certificate.person_id)
    line = session.scalars(select(ArchiveEntry).where(ArchiveEntry.ref_id == certificate.id)).one()
    assert line.detail["certificate_number"] == certificate.number
    exported = archive.archive_json(session, trainee, now=now)
    assert [made["number"] for made in exported["certificates"]] == [certificate.number]


def test_the_occupation_is_named_as_its_newest_edition_does(
    session: Session, trainee: Actor, now: datetime
) -> None:
    for edition, name in (("2015", "电工旧名"), ("2022", "电工")):
        session.add(
            Occupation(
                code="6-31-01-03",
                edition=edition,
                name=name,
                family="6-31",
                is_digital=False,
                is_green=False,
            )
        )
    session.flush()
    made = issue(session, trainee, now)
    assert (made.occupation_code, made.occupation_name) == ("6-31-01-03", "电工")


def test_the_owner_sees_the_own_certificates_only(
    session: Session, certificate: Certificate, trainee: Actor, now: datetime
) -> None:
    issue(session, make_actor(session), now)
    cards = certificates.my_certificates(session, trainee, now=now)
    assert [card.number for card in cards] == [certificate.number]
    assert (cards[0].status_label, cards[0].hours) == ("有效", 7)


def test_the_owner_gets_the_document_with_a_masked_id_number(
    session: Session, certificate: Certificate, trainee: Actor
) -> None:
    document, jws = certificate_files.certificate_document(
        session, trainee, certificate_id=certificate.id
    )
    assert document.holder_name == "王小强"
    assert re.fullmatch(r"\*{14}\d{4}", document.id_no_masked)
    assert document.verify_url.endswith(f"/verify/{certificate.number}")
    assert verify_compact(jws, issuers.public_keys(session))


def test_the_files_carry_the_credential_and_nothing_personal_in_their_names(
    session: Session, certificate: Certificate, trainee: Actor
) -> None:
    document, jws = certificate_files.certificate_document(
        session, trainee, certificate_id=certificate.id
    )
    assert extract_from_pdf(paper.render(document, credential=jws).pdf) == jws
    assert extract_from_png(paper.render(document, credential=jws).png) == jws
    assert json.loads(certificate_files.credential_file(document, jws))["credential"] == jws
    assert certificate_files.file_name(document, "pdf") == f"{certificate.number}.pdf"


def test_nobody_else_gets_the_document(session: Session, certificate: Certificate) -> None:
    with pytest.raises(NotFound):
        certificate_files.certificate_document(
            session, make_actor(session), certificate_id=certificate.id
        )
    with pytest.raises(NotFound):
        certificate_files.certificate_document(
            session, make_actor(session), certificate_id=new_id()
        )
    with pytest.raises(Unauthenticated):
        certificate_files.certificate_document(session, ANONYMOUS, certificate_id=certificate.id)
    institution = session.get_one(Institution, certificate.institution_id)
    manager = make_actor(session, Role.MANAGER, institution=institution)
    with pytest.raises(Forbidden):
        certificate_files.certificate_document(session, manager, certificate_id=certificate.id)


def test_a_revoked_certificate_is_not_printed_again(
    session: Session, certificate: Certificate, trainee: Actor, officer: Actor, now: datetime
) -> None:
    certificates.revoke(session, officer, number=certificate.number, reason="考勤造假", now=now)
    with pytest.raises(certificate_files.CertificateRevoked):
        certificate_files.certificate_document(session, trainee, certificate_id=certificate.id)
    assert certificates.my_certificates(session, trainee, now=now)[0].status == "revoked"


def test_the_certificate_of_a_class_that_changed_later_stays(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    session.execute(text("UPDATE training_class SET hours = 99, title = '别的班'"))
    session.expire_all()
    assert session.scalars(select(TrainingClass)).first() is not None
    answer = verify(session, certificate.number, now)
    assert (answer.genuine, answer.hours_planned) == (True, 8)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE issuer_key SET seal = '\\x00'",
        "UPDATE issuer_key SET compromised_at = retired_at, retired_at = active_from",
        "UPDATE issuer SET name = '别的学校'",
    ],
)
def test_a_key_that_the_portal_did_not_write_makes_nothing_genuine(
    session: Session, certificate: Certificate, now: datetime, change: str
) -> None:
    assert certificate.number
    assert certificates.verify_number(
        session, ANONYMOUS, number=certificate.number, now=now
    ).genuine
    session.execute(text(change))
    found = certificates.verify_number(session, ANONYMOUS, number=certificate.number, now=now)
    assert (found.genuine, found.status, found.holder_masked) == (False, "unknown", None)


def test_the_archive_bears_the_day_on_the_certificate(
    session: Session, trainee: Actor, certificate: Certificate, now: datetime
) -> None:
    lines = archive.my_archive(session, trainee, now=now).lines
    [line] = [one for one in lines if one.certificate_number == certificate.number]
    assert line.on == certificate.issued_on != line.ends_on
