"""Kept files: served while right, drawn anew when anything on them changed, deleted in time."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Certificate, CertificateFile, Institution, Issuer, IssuerKey, Person
from portal.documents import file_seal, signature
from portal.documents.embedding import extract_from_pdf, extract_from_png
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.services import certificate_files, certificates, issuers, own_photo
from tests.support import papers
from tests.support.factories import enrol, make_actor, make_class, person_of

NAME = "王小强"


@pytest.fixture
def owner(session: Session) -> Actor:
    return make_actor(session)


@pytest.fixture
def certificate(session: Session, owner: Actor, now: datetime) -> Certificate:
    enrolment = enrol(session, person_of(session, owner), make_class(session))
    return certificates.issue(session, owner, enrolment_id=enrolment.id, hours_credited=7, now=now)


def drawn(session: Session, owner: Actor, certificate: Certificate, now: datetime):
    order, kept = certificate_files.own_paper(
        session, owner, certificate_id=certificate.id, now=now
    )
    assert kept == {}
    files = certificate_files.draw(order)
    certificate_files.keep_own(session, owner, order=order, files=files, now=now)
    return files


def fresh(session: Session, owner: Actor, certificate: Certificate, now: datetime):
    return certificate_files.own_paper(session, owner, certificate_id=certificate.id, now=now)[1]


def test_what_was_drawn_once_is_served_again(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    files = drawn(session, owner, certificate, now)
    assert fresh(session, owner, certificate, now) == files
    assert extract_from_pdf(files["pdf"]) == certificate.signature
    assert extract_from_png(files["png"]) == certificate.signature


def test_both_files_are_sealed_by_the_portal(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    files = drawn(session, owner, certificate, now)
    keys = issuers.public_keys(session)
    jws = certificate.signature
    assert file_seal.check_pdf(files["pdf"], keys, credential=jws).state == file_seal.GOOD
    check = file_seal.check_png(files["png"], keys, credential=jws)
    assert check.state == file_seal.GOOD
    assert check.kid == issuers.of_portal(session, now=now).kid
    torn = bytearray(files["png"])
    torn[len(torn) // 2] ^= 1
    assert file_seal.check_png(bytes(torn), keys, credential=jws).state != file_seal.GOOD


def test_the_database_holds_no_readable_picture(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    files = drawn(session, owner, certificate, now)
    for row in session.scalars(select(CertificateFile)):
        assert files[row.form][:200] not in row.content
        assert b"PNG" not in row.content[:50]
        assert b"%PDF" not in row.content[:50]


def test_a_changed_photo_seal_or_printing_makes_kept_files_stale(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    drawn(session, owner, certificate, now)
    image = own_photo.as_stored_photo(papers.photo(size=(300, 420)))
    own_photo.set_photo(session, owner, image=image, agreed=True, now=now)
    assert b"/Subtype/Image" in drawn(session, owner, certificate, now)["pdf"]
    own_photo.delete_photo(session, owner, now=now)
    drawn(session, owner, certificate, now)
    issuer = session.scalars(
        select(Issuer).join(IssuerKey).where(IssuerKey.id == certificate.issuer_key_id)
    ).one()
    issuer.seal_image = papers.seal()
    session.flush()
    drawn(session, owner, certificate, now)
    certificate.printing = 2
    session.flush()
    drawn(session, owner, certificate, now)
    assert session.scalars(select(CertificateFile.form)).all().count("pdf") == 1


def test_only_the_owner_gets_it(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    order, _ = certificate_files.own_paper(session, owner, certificate_id=certificate.id, now=now)
    other = make_actor(session)
    for act in (
        lambda: certificate_files.own_paper(session, other, certificate_id=certificate.id, now=now),
        lambda: certificate_files.keep_own(session, other, order=order, files={}, now=now),
    ):
        with pytest.raises(NotFound):
            act()
    institution = session.get_one(Institution, certificate.institution_id)
    manager = make_actor(session, Role.MANAGER, institution=institution)
    with pytest.raises(Forbidden):
        certificate_files.own_paper(session, manager, certificate_id=certificate.id, now=now)


def test_a_merged_person_still_gets_the_own_certificates(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    kept = make_actor(session)
    person_of(session, owner).merged_into = kept.person_id
    session.flush()
    whole = Actor(
        role=Role.TRAINEE,
        account_id=kept.account_id,
        person_id=kept.person_id,
        merged=(certificate.person_id,),
    )
    order, _ = certificate_files.own_paper(session, whole, certificate_id=certificate.id, now=now)
    assert order.document.number == certificate.number


def test_a_replaced_version_and_a_draft_are_not_handed_out(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    certificate.status, certificate.replaced_at = "replaced", now
    with pytest.raises(certificate_files.CertificateReplaced):
        certificate_files.own_paper(session, owner, certificate_id=certificate.id, now=now)
    certificate.status, certificate.replaced_at = "draft", None
    with pytest.raises(NotFound):
        certificate_files.own_paper(session, owner, certificate_id=certificate.id, now=now)


def test_old_files_and_those_of_void_certificates_are_deleted(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    drawn(session, owner, certificate, now)
    certificate_files.forget(session, SYSTEM, now=now + timedelta(days=29))
    assert len(session.scalars(select(CertificateFile)).all()) == 2
    certificate_files.forget(session, SYSTEM, now=now + timedelta(days=31))
    assert session.scalars(select(CertificateFile)).all() == []
    drawn(session, owner, certificate, now)
    certificate.status, certificate.revoked_at = "revoked", now
    session.flush()
    certificate_files.forget(session, SYSTEM, now=now)
    assert session.scalars(select(CertificateFile)).all() == []
    with pytest.raises(Forbidden):
        certificate_files.forget(session, owner, now=now)


def test_the_document_says_what_the_row_says(
    session: Session, owner: Actor, certificate: Certificate, now: datetime
) -> None:
    certificate.kind, certificate.remark, certificate.edition = "AWARD", "电工赛项", "2022"
    certificate.version, certificate.printing = 2, 3
    session.flush()
    document, jws = certificate_files.certificate_document(
        session, owner, certificate_id=certificate.id
    )
    assert (document.kind, document.remark, document.edition) == ("AWARD", "电工赛项", "2022")
    assert (document.version, document.printing) == (2, 3)
    assert document.holder_name == session.get_one(Person, certificate.person_id).name
    assert signature.kid_of(jws)
