"""Whom a verifier trusts is asked once, and anew as soon as any of it has changed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Issuer, IssuerKey
from portal.domain.permissions import Role
from portal.services import issuers, trust
from tests.support import factories as make
from tests.support.factories import NOW


def test_nothing_is_read_again_until_a_key_or_a_name_has_changed(session: Session) -> None:
    key = issuers.of_portal(session, now=NOW)
    session.flush()
    first = trust.everybody(session, now=NOW)
    assert trust.everybody(session, now=NOW + timedelta(hours=1)) is first
    assert "revoked" not in first.key(key.kid)
    row = session.scalars(select(IssuerKey).where(IssuerKey.kid == key.kid)).one()
    issuer = session.get_one(Issuer, key.issuer_id)
    row.retired_at = row.compromised_at = NOW
    row.seal = issuers.seal_of(row, issuer)
    session.flush()
    assert "revoked" in trust.everybody(session, now=NOW).key(key.kid)
    issuer.name = "别的名字"
    row.seal = issuers.seal_of(row, issuer)
    session.flush()
    assert trust.everybody(session, now=NOW).names[key.issuer_url] == "别的名字"


def test_a_page_of_thousands_names_each_key_under_its_issuer(session: Session) -> None:
    officer = make.make_actor(session, Role.OFFICER)
    two = [issuers.of_authority(session, code, now=NOW) for code in ("650000", "650400")]
    page = issuers.published(session, officer, now=NOW)
    named = {one["id"]: one["keys"] for one in page["issuers"]}
    assert [named[one.issuer_url] for one in two] == [[one.kid] for one in two]
