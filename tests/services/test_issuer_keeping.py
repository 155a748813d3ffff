"""Those who sign, as an officer keeps them: keys with history, seals."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Issuer
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import certificates, issuer_keeping, issuers
from tests.support import papers
from tests.support.factories import make_actor, make_institution

SEAL = issuer_keeping.as_stored_seal(papers.seal())


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, Role.OFFICER)


@pytest.fixture
def authority(session: Session, now: datetime) -> UUID:
    return issuers.of_authority(session, "650400", now=now).issuer_id


def test_an_officer_keeps_the_issuers_of_the_region(
    session: Session, officer: Actor, authority: UUID, now: datetime
) -> None:
    school = make_institution(session, name="高昌技工学校")
    elsewhere = make_institution(session, name="和田技工学校", region_code="653201")
    for one in (school, elsewhere):
        issuers.of_institution(session, one.id, now=now)
    issuers.of_portal(session, now=now)
    issuers.of_authority(session, "653200", now=now)
    names = [one.name for one in issuer_keeping.issuers_in_reach(session, officer).items]
    assert names[0] == "吐鲁番市人力资源和社会保障局"
    assert "高昌技工学校" in names
    assert not {"和田技工学校", issuers.portal_name()} & set(names)
    national = make_actor(session, Role.OFFICER, region_code="000000")
    above = issuer_keeping.issuers_in_reach(session, national, size=100)
    assert above.items[0].kind == "portal"
    assert "和田技工学校" in {one.name for one in above.items}


def test_the_history_of_keys_tells_who_changed_them_and_why(
    session: Session, authority: UUID, now: datetime
) -> None:
    person = papers.resident(session, name="古丽")
    officer = make_actor(session, Role.OFFICER, person=person)
    issuers.rotate(
        session,
        officer,
        issuer_id=authority,
        reason="按年度计划更换",
        compromised=False,
        now=now + timedelta(hours=1),
    )
    found = issuer_keeping.see_issuer(session, officer, issuer_id=authority)
    assert [key.state for key in found.keys] == ["active", "retired"]
    assert (found.keys[1].reason, found.keys[1].retired_by) == ("按年度计划更换", "古丽")
    assert found.keys[1].until == found.keys[0].since
    assert not found.line.is_any_compromised


def test_a_compromised_key_is_named_and_its_certificates_counted(
    session: Session, officer: Actor, authority: UUID, now: datetime
) -> None:
    paper = papers.issued(session, officer, papers.resident(session), now)
    before = issuer_keeping.see_issuer(session, officer, issuer_id=authority)
    assert [key.signed for key in before.keys] == [1]
    issuers.rotate(
        session, officer, issuer_id=authority, reason="密钥文件外泄", compromised=True, now=now
    )
    found = issuer_keeping.see_issuer(session, officer, issuer_id=authority)
    assert [(key.state, key.signed) for key in found.keys] == [("active", 0), ("compromised", 1)]
    assert found.line.is_any_compromised
    # What the register holds still counts here.
    answer = certificates.verify_number(session, ANONYMOUS, number=paper.number, now=now)
    assert answer.genuine


def test_a_seal_is_set_shown_and_taken_away(
    session: Session, officer: Actor, authority: UUID, now: datetime
) -> None:
    for _ in range(2):
        issuer_keeping.set_seal(session, officer, issuer_id=authority, image=SEAL, now=now)
    assert issuer_keeping.seal_of(session, officer, issuer_id=authority) == SEAL
    assert issuer_keeping.see_issuer(session, officer, issuer_id=authority).line.has_seal
    issuer_keeping.set_seal(session, officer, issuer_id=authority, image=None, now=now)
    with pytest.raises(NotFound):
        issuer_keeping.seal_of(session, officer, issuer_id=authority)
    acts = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.object_id == str(authority))
        .order_by(AuditEvent.id)
    )
    assert list(acts) == ["issuer.seal", "issuer.unseal"]


@pytest.mark.parametrize("raw", [b"", papers.photo(), papers.photo("PNG", (300, 300))])
def test_what_is_no_seal_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        issuer_keeping.as_stored_seal(raw)
    assert refusal.value.reason == "issuers.seal_unfit"


def test_a_seal_of_more_than_500_kb_is_refused_unread() -> None:
    with pytest.raises(BadInput) as refusal:
        issuer_keeping.as_stored_seal(papers.seal() + bytes(issuer_keeping.MOST_SEAL_BYTES))
    assert refusal.value.reason == "issuers.seal_large"


def test_another_region_and_the_portal_are_not_this_officers(
    session: Session, officer: Actor, authority: UUID, now: datetime
) -> None:
    portal = issuers.of_portal(session, now=now).issuer_id
    elsewhere = make_actor(session, Role.OFFICER, region_code="653200")
    for actor, issuer_id in ((officer, portal), (elsewhere, authority), (officer, uuid4())):
        with pytest.raises(NotFound):
            issuer_keeping.see_issuer(session, actor, issuer_id=issuer_id)
        with pytest.raises(NotFound):
            issuer_keeping.seal_of(session, actor, issuer_id=issuer_id)
        with pytest.raises(NotFound):
            issuer_keeping.set_seal(session, actor, issuer_id=issuer_id, image=SEAL, now=now)
        with pytest.raises(NotFound):
            issuers.rotate(
                session,
                actor,
                issuer_id=issuer_id,
                reason="按计划更换",
                compromised=False,
                now=now,
            )


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.EMPLOYER])
def test_nobody_else_keeps_issuers(
    session: Session, authority: UUID, now: datetime, role: Role
) -> None:
    institution = make_institution(session) if role is Role.MANAGER else None
    actor = make_actor(session, role, institution=institution)
    with pytest.raises(Forbidden):
        issuer_keeping.issuers_in_reach(session, actor)
    with pytest.raises(Forbidden):
        issuer_keeping.set_seal(session, actor, issuer_id=authority, image=SEAL, now=now)
    assert session.get_one(Issuer, authority).seal_image is None
