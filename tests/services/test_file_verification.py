"""Files brought to the portal: judged with the register at hand, and never a trace."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.db.models import Certificate, Institution, TrustedPortal
from portal.documents import file_contents, file_seal, signature
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import (
    archive_export,
    archive_prints,
    certificate_files,
    certificates,
    credentials,
    file_verification,
    issuers,
    share_check,
    shares,
    status_lists,
    trust,
)
from portal.services.file_register import verify_file
from portal.services.file_verdict import OUTCOMES, UNREADABLE, FileVerdict
from portal.services.trust import Trust
from tests.services.test_certificates import issue
from tests.services.test_shares import handed_in
from tests.support.factories import make_actor
from tests.verification.world import ISSUED, NOW, World, picture


@pytest.fixture
def holder(session: Session) -> Actor:
    return make_actor(session)


@pytest.fixture
def certificate(session: Session, holder: Actor, now: datetime) -> Certificate:
    return issue(session, holder, now)


def judge(session: Session, content: bytes, now: datetime) -> FileVerdict:
    return verify_file(session, ANONYMOUS, content=content, now=now)


def as_json(certificate: Certificate) -> bytes:
    return file_contents.certificate_json(
        number=certificate.number or "",
        verify_url=credentials.verify_url(certificate.number or ""),
        credential=certificate.signature or "",
    )


def test_the_file_that_a_holder_downloads_is_the_one_that_we_accept(
    session: Session, certificate: Certificate, holder: Actor, now: datetime
) -> None:
    document, jws = certificate_files.certificate_document(
        session, holder, certificate_id=certificate.id
    )
    assert certificate_files.credential_file(document, jws) == as_json(certificate)
    verdict = judge(session, as_json(certificate), now)
    assert (verdict.outcome, verdict.number) == ("valid", certificate.number)
    assert verdict.facts is not None
    assert verdict.facts.institution == certificate.institution_name
    assert certificate.holder_name not in repr(verdict)


def test_a_revoked_one_tells_the_public_reason(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    officer = make_actor(session, Role.OFFICER)
    number = certificate.number or ""
    certificates.revoke(session, officer, number=number, reason="考核材料不实", now=now)
    verdict = judge(session, as_json(certificate), now)
    assert verdict.outcome == "revoked"
    assert verdict.registered is not None
    assert verdict.registered.reason == "考核材料不实"
    assert verdict.registered.revoked_on is not None


def test_a_version_that_was_replaced_says_so(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    content = as_json(certificate)
    certificate.status, certificate.replaced_at = "replaced", now
    session.flush()
    assert judge(session, content, now).outcome == "replaced"


def test_a_genuine_signature_that_is_not_in_the_register_is_refused(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    school = certificate.institution_id
    assert school is not None
    key = issuers.of_institution(session, school, now=now)
    payload = signature.unverified(certificate.signature or "")[1]
    payload["credentialSubject"]["achievement"]["name"] = "高级技师"
    assert judge(session, key.sign(payload).encode(), now).outcome == "not_registered"


def test_a_row_that_was_changed_is_not_vouched_for(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    certificate.title = "高级技师"
    session.flush()
    assert judge(session, as_json(certificate), now).outcome == "not_registered"


def test_what_a_compromised_key_signed_counts_where_the_register_holds_it(
    session: Session, certificate: Certificate, now: datetime
) -> None:
    school = session.get_one(Institution, certificate.institution_id)
    key = issuers.of_institution(session, school.id, now=now)
    jws = certificate.signature or ""
    sealed = file_seal.seal_png(
        picture(jws), lambda payload: key.sign(payload, typ=file_seal.TYP), credential=jws
    )
    forged = key.sign(signature.unverified(jws)[1] | {"name": "高级技师证书"}).encode()
    assert judge(session, sealed, now).outcome == "valid"
    issuers.rotate(
        session,
        make_actor(session, Role.OFFICER),
        issuer_id=key.issuer_id,
        reason="密钥泄露",
        compromised=True,
        now=now + timedelta(minutes=1),
    )
    later = now + timedelta(minutes=2)
    assert judge(session, as_json(certificate), later).outcome == "valid"
    assert judge(session, forged, later).outcome == "compromised_key"
    # The certificate is on record; who drew this picture nobody knows.
    assert judge(session, sealed, later).outcome == "compromised_key"


def listed(session: Session, page: dict[str, object], lists: dict[str, object]) -> TrustedPortal:
    made = TrustedPortal(
        url="https://elsewhere.example",
        name="别处",
        page=page,
        status_lists=lists,
        added_at=ISSUED,
        fetched_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def elsewhere(world: World) -> dict[str, object]:
    """The page of another portal: the same, at an address of its own."""
    page = json.dumps(world.page()).replace(issuers.portal_url(), OTHER_URL)
    found: dict[str, object] = json.loads(page)
    return found


OTHER_URL = "https://elsewhere.example" + issuers.ISSUER_PATH


def of_elsewhere(world: World, token: str) -> str:
    """A credential or list of ``world`` as its other address would have signed it."""
    payload = json.dumps(signature.unverified(token)[1]).replace(issuers.portal_url(), OTHER_URL)
    by = world.portal if "BitstringStatusListCredential" in payload else world.school
    return by.signing.sign(json.loads(payload))


def test_a_certificate_of_a_trusted_portal_is_judged_by_its_saved_list(session: Session) -> None:
    world = World()
    token = of_elsewhere(world, world.credential())
    assert judge(session, token.encode(), NOW).outcome == "unknown_issuer"
    row = listed(session, elsewhere(world), {})
    assert judge(session, token.encode(), NOW).outcome == "status_unknown"
    url = status_lists.list_url(0)
    row.status_lists = {url: {"jws": of_elsewhere(world, world.status_list())}}
    session.flush()
    assert judge(session, token.encode(), NOW).outcome == "valid"
    world.revoked = {4711}
    row.status_lists = {url: {"jws": of_elsewhere(world, world.status_list())}}
    session.flush()
    assert judge(session, token.encode(), NOW).outcome == "revoked"
    row.withdrawn_at = NOW
    session.flush()
    assert judge(session, token.encode(), NOW).outcome == "unknown_issuer"


def test_a_trusted_portal_cannot_sign_for_us(session: Session, certificate: Certificate) -> None:
    world = World()
    page = world.page()  # it names our issuers as its own
    assert page["id"] == issuers.portal_url()
    listed(session, page | {"id": OTHER_URL}, {})
    assert judge(session, world.json(), NOW).outcome == "unknown_issuer"


def test_a_key_that_vanished_from_its_page_counts_as_compromised(session: Session) -> None:
    world = World()
    page = elsewhere(world)
    for key in page["keys"]:  # type: ignore[attr-defined]
        key["dropped"] = True
    listed(session, page, {})
    token = of_elsewhere(world, world.credential())
    assert judge(session, token.encode(), NOW).outcome == "compromised_key"


# Pages


def test_issuer_pages_may_be_one_or_several() -> None:
    world = World()
    one, two = World().page(), world.page()
    single = trust.read_pages(json.dumps(two).encode())
    both = trust.read_pages(json.dumps([one, two]).encode())
    assert single is not None
    assert both is not None
    assert (len(single.keys), len(both.keys)) == (3, 6)
    assert single.saved_at == NOW
    assert world.outcome(world.json(), both.with_lists([world.status_list()])) == "valid"


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b"1", b"[1]", b'{"keys": {}}', b'{"keys": [{"kid": 1}]}', b"[[]]"),
        b'{"keys": [{"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": "a", "exp": "1"}]}',
    ],
)
def test_what_is_no_page_is_none(content: bytes) -> None:
    assert trust.read_pages(content) is None


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    trust.read_pages(content)
    verdict = file_verification.verify(content, Trust(), now=NOW)
    assert verdict.outcome in UNREADABLE


@given(st.text(alphabet="eyJabc._-~=", max_size=200))
def test_no_text_is_taken_for_a_credential(text: str) -> None:
    world = World()
    assert world.outcome(text) in OUTCOMES[1:]


# What is no certificate, but ours.


def test_an_excerpt_that_is_handed_in_shows_what_its_owner_chose(
    session: Session, holder: Actor, now: datetime
) -> None:
    presentation, link_id = handed_in(session, holder, now)
    text = json.dumps({"format": share_check.FORMAT, "presentation": presentation})
    for content in (presentation.encode(), text.encode()):
        verdict = judge(session, content, now)
        assert (verdict.outcome, verdict.accepted) == ("share", False)
        assert verdict.excerpt is not None
        assert verdict.excerpt.certificates
    forged = judge(session, presentation.replace(".", ".A", 1).encode(), now)
    assert (forged.outcome, forged.excerpt) == ("share_forged", None)
    late = judge(session, presentation.encode(), now + timedelta(days=400))
    assert (late.outcome, late.excerpt) == ("share_expired", None)
    shares.revoke(session, holder, link_id=link_id, now=now)
    gone = judge(session, presentation.encode(), now)
    assert (gone.outcome, gone.excerpt) == ("share_withdrawn", None)


def test_a_printed_archive_is_no_certificate_and_tells_whether_it_was_changed(
    session: Session, certificate: Certificate, holder: Actor, now: datetime
) -> None:
    job = archive_prints.archive_document(session, holder, now=now)
    printed = archive_prints.archive_pdf(job)
    verdict = judge(session, printed, now)
    assert (verdict.outcome, verdict.facts) == ("archive", None)
    assert {one.key: one.ok for one in verdict.answers} == {
        "file": True,
        "credential": True,
        "issuer": True,
    }
    at = len(printed) // 2
    spoilt = printed[:at] + bytes([printed[at] ^ 1]) + printed[at + 1 :]
    assert judge(session, spoilt, now).outcome == "altered"


def test_an_export_for_another_portal_is_named(
    session: Session, holder: Actor, now: datetime
) -> None:
    content = json.dumps(archive_export.export(session, holder, now=now)).encode()
    assert judge(session, content, now).outcome == "archive"
