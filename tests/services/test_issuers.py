"""Issuers and their keys: made when first needed, one that signs at a time, published for ever."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import AuditEvent, Issuer, IssuerKey
from portal.documents import signature
from portal.documents.signature import UnknownIssuer, verify_compact
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import issuance, issuers
from tests.support.acts import together
from tests.support.factories import (
    NOW,
    enrol,
    make_actor,
    make_class,
    make_institution,
    person_of,
)


def test_what_a_key_signs_is_verified_by_the_published_keys(session: Session) -> None:
    key = issuers.of_portal(session, now=NOW)
    page = issuers.published(session, ANONYMOUS, now=NOW)
    assert verify_compact(key.sign({"a": 1}), page["keys"]) == {"a": 1}
    assert page["name"] == issuers.portal_name()
    assert page["id"].endswith("/.well-known/portal-issuer.json")


def test_each_institution_and_authority_signs_with_a_key_of_its_own(session: Session) -> None:
    school = make_institution(session)
    keys = {
        issuers.of_portal(session, now=NOW).kid,
        issuers.of_institution(session, school.id, now=NOW).kid,
        issuers.of_institution(session, make_institution(session).id, now=NOW).kid,
        issuers.of_authority(session, "650400", now=NOW).kid,
    }
    assert len(keys) == 4
    assert issuers.of_institution(session, school.id, now=NOW).kid in keys
    named = {one["name"]: one for one in issuers.published(session, ANONYMOUS, now=NOW)["issuers"]}
    assert named[school.name]["uscc"] == school.uscc
    assert "吐鲁番市人力资源和社会保障局" in named


def test_the_published_keys_hold_nothing_private(session: Session) -> None:
    issuers.of_portal(session, now=NOW)
    page = issuers.published(session, ANONYMOUS, now=NOW)
    assert page["keys"]
    assert all("d" not in key for key in page["keys"])


def test_a_private_key_lies_in_the_database_sealed(session: Session) -> None:
    issuers.of_portal(session, now=NOW)
    row = session.scalars(select(IssuerKey)).one()
    assert row.private_enc is not None
    assert b"PRIVATE" not in row.private_enc


def test_several_processes_that_sign_for_the_first_time_agree_on_one_key(engine: Engine) -> None:
    def first() -> str:
        return in_transaction(lambda session: issuers.of_portal(session, now=NOW).kid)

    assert len(set(together([first] * 8))) == 1
    with Session(engine) as saved:
        assert saved.scalar(select(func.count()).select_from(Issuer)) == 1
        assert saved.scalar(select(func.count()).select_from(IssuerKey)) == 1
        saved.execute(delete(IssuerKey))
        saved.execute(delete(Issuer))
        saved.commit()


def test_a_rotated_key_signs_no_more_and_what_it_signed_stays_good(session: Session) -> None:
    officer = make_actor(session, Role.OFFICER, region_code="000000")
    before = issuers.of_portal(session, now=NOW)
    token = before.sign({"a": 1})
    rotate = partial(issuers.rotate, session, officer, issuer_id=before.issuer_id)
    rotate(reason="年度更换", compromised=False, now=NOW + timedelta(days=1))
    after = issuers.of_portal(session, now=NOW + timedelta(days=1))
    assert after.kid != before.kid
    keys = issuers.public_keys(session)
    assert verify_compact(token, keys) == {"a": 1}
    retired = next(key for key in keys if key["kid"] == before.kid)
    assert retired["exp"] == int((NOW + timedelta(days=1)).timestamp())
    assert "revoked" not in retired
    old = session.scalars(select(IssuerKey).where(IssuerKey.kid == before.kid)).one()
    assert old.private_enc is None
    trail = session.scalars(select(AuditEvent).where(AuditEvent.action == "issuer.rotate")).one()
    assert trail.reason == "年度更换"


def test_a_compromised_key_is_published_as_such(session: Session) -> None:
    officer = make_actor(session, Role.OFFICER, region_code="000000")
    key = issuers.of_authority(session, "650400", now=NOW)
    issuers.rotate(
        session, officer, issuer_id=key.issuer_id, reason="钥匙外泄", compromised=True, now=NOW
    )
    told = next(one for one in issuers.public_keys(session) if one["kid"] == key.kid)
    assert told["revoked"] == {"revoked_at": int(NOW.timestamp())}


@pytest.mark.parametrize(
    ("region", "refused"), [("650400", None), ("650000", None), ("150000", NotFound)]
)
def test_officers_keep_the_issuers_of_their_region(
    session: Session, region: str, refused: type[Exception] | None
) -> None:
    key = issuers.of_authority(session, "650400", now=NOW)
    officer = make_actor(session, Role.OFFICER, region_code=region)

    def rotate() -> None:
        issuers.rotate(
            session, officer, issuer_id=key.issuer_id, reason="例行更换", compromised=False, now=NOW
        )

    if refused is None:
        rotate()
    else:
        with pytest.raises(refused):
            rotate()


def test_a_regional_officer_does_not_touch_the_portals_own_key(session: Session) -> None:
    key = issuers.of_portal(session, now=NOW)
    officer = make_actor(session, Role.OFFICER, region_code="650000")
    with pytest.raises(NotFound):
        issuers.rotate(
            session, officer, issuer_id=key.issuer_id, reason="例行更换", compromised=False, now=NOW
        )


def test_a_rotation_needs_a_reason_and_an_officer(session: Session) -> None:
    key = issuers.of_portal(session, now=NOW)
    act = partial(issuers.rotate, session, issuer_id=key.issuer_id, compromised=False, now=NOW)
    with pytest.raises(BadInput):
        act(make_actor(session, Role.OFFICER, region_code="000000"), reason="换")
    with pytest.raises(Forbidden):
        act(make_actor(session), reason="年度更换")


def test_the_key_of_an_older_installation_becomes_the_portals_first(session: Session) -> None:
    pem = signature.generate_key()
    issuers.adopt(session, pem, now=NOW)
    key = issuers.of_portal(session, now=NOW)
    assert key.kid == signature.load_key(pem).thumbprint()
    with pytest.raises(ValueError):
        issuers.adopt(session, b"hello", now=NOW)


def test_a_portal_that_has_a_key_keeps_it_and_publishes_the_older_one(session: Session) -> None:
    pem = signature.generate_key()
    older = signature.load_key(pem)
    mine = issuers.of_portal(session, now=NOW)
    for _ in range(2):
        issuers.adopt(session, pem, now=NOW)
    assert issuers.of_portal(session, now=NOW).kid == mine.kid
    token = signature.sign_compact({"a": 1}, older, str(older.thumbprint()))
    keys = issuers.public_keys(session)
    assert verify_compact(token, keys) == {"a": 1}
    assert [key["kid"] for key in keys if "exp" in key] == [older.thumbprint()]


def test_certificates_of_the_first_days_find_the_key_that_signed_them(session: Session) -> None:
    officer = make_actor(session, Role.OFFICER, region_code="000000")
    pem = signature.generate_key()
    made = make_class(session, first_start=NOW - timedelta(days=7))
    enrolment = enrol(session, person_of(session, make_actor(session)), made)
    certificate = issuance.issue(
        session, officer, enrolment_id=enrolment.id, hours_credited=7, now=NOW
    )
    certificate.issuer_key_id = None
    session.flush()
    issuers.adopt(session, pem, now=NOW)
    session.refresh(certificate)
    key = session.get_one(IssuerKey, certificate.issuer_key_id)
    assert key.kid == signature.load_key(pem).thumbprint()


def test_a_key_that_the_master_key_does_not_open_is_reported(session: Session) -> None:
    issuers.of_portal(session, now=NOW)
    assert issuers.unsound(session) == []
    row = session.scalars(select(IssuerKey)).one()
    row.private_enc = bytes(40)
    session.flush()
    assert [row.kid in said for said in issuers.unsound(session)] == [True]


def test_another_key_than_the_published_ones_is_unknown(session: Session) -> None:
    issuers.of_portal(session, now=NOW)
    stranger = signature.load_key(signature.generate_key())
    with pytest.raises(UnknownIssuer):
        verify_compact(
            signature.sign_compact({}, stranger, str(stranger.thumbprint())),
            issuers.public_keys(session),
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE issuer_key SET public_x = 'AAAA'",
        "UPDATE issuer_key SET retired_at = NULL, compromised_at = NULL",
        "UPDATE issuer_key SET active_from = active_from - interval '1 day'",
        "UPDATE issuer_key SET issuer_id = (SELECT id FROM issuer WHERE kind = 'portal')",
        "UPDATE issuer SET name = '别的机构' WHERE kind = 'institution'",
        "UPDATE issuer_key SET seal = ''",
    ],
)
def test_a_key_changed_past_the_portal_is_published_nowhere_and_named(
    session: Session, change: str
) -> None:
    issuers.of_portal(session, now=NOW)
    session.execute(delete(IssuerKey))
    school = issuers.of_institution(session, make_institution(session).id, now=NOW)
    officer = make_actor(session, Role.OFFICER, region_code="000000")
    issuers.rotate(
        session, officer, issuer_id=school.issuer_id, reason="钥匙外泄", compromised=True, now=NOW
    )
    session.execute(delete(IssuerKey).where(IssuerKey.retired_at.is_(None)))
    assert [one["kid"] for one in issuers.public_keys(session)] == [school.kid]
    assert issuers.unsound(session) == []
    session.execute(text(change))
    session.expire_all()
    assert issuers.public_keys(session) == []
    assert [school.kid in said for said in issuers.unsound(session)][:1] == [True]


def test_a_key_that_somebody_put_into_the_database_is_not_published(session: Session) -> None:
    ours = issuers.of_portal(session, now=NOW)
    made = signature.load_key(signature.generate_key())
    session.add(
        IssuerKey(
            issuer_id=issuers.of_authority(session, "650400", now=NOW).issuer_id,
            kid=str(made.thumbprint()),
            public_x=signature.public_x(made),
            active_from=NOW,
            retired_at=NOW,
            seal=bytes(32),
        )
    )
    session.flush()
    kids = [one["kid"] for one in issuers.published(session, ANONYMOUS, now=NOW)["keys"]]
    assert ours.kid in kids
    assert str(made.thumbprint()) not in kids
    assert str(made.thumbprint()) in issuers.unsound(session)[0]


@pytest.mark.parametrize("compromised", [True, False])
def test_a_key_put_back_to_before_its_end_is_named(session: Session, compromised: bool) -> None:
    """An older copy of a row bears a seal that was ours."""
    school = issuers.of_institution(session, make_institution(session).id, now=NOW)
    session.execute(text("CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM issuer_key"))
    issuers.rotate(
        session,
        make_actor(session, Role.OFFICER, region_code="000000"),
        issuer_id=school.issuer_id,
        reason="钥匙外泄",
        compromised=compromised,
        now=NOW,
    )
    assert issuers.unsound(session) == []
    session.execute(delete(IssuerKey).where(IssuerKey.issuer_id == school.issuer_id))
    session.execute(
        text("INSERT INTO issuer_key SELECT * FROM copied WHERE kid = :kid"), {"kid": school.kid}
    )
    session.expire_all()
    [said] = issuers.unsound(session)
    assert school.kid in said
