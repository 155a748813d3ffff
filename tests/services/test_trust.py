"""Whom a verifier trusts is asked once, and anew as soon as any of it has changed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Issuer, IssuerKey, TrustedPortal
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import import_refresh, issuers, trust
from portal.services.file_register import verify_file
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.portals import Elsewhere
from tests.support.portals import trust as trusted


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


@pytest.mark.parametrize("more", [{}, {"revoked": {"revoked_at": 1_700_000_001}}])
def test_a_portal_that_names_anothers_key_takes_nothing_from_it(
    session: Session, more: dict[str, Any]
) -> None:
    """Keys are public: whoever is on the list may publish another's as its own, or as stolen."""
    good, bad = Elsewhere(url="https://z.example"), Elsewhere(url="https://b.example")
    for key, kid in ((good.school, good.school_kid), (good.own, good.kid)):
        bad.publish(key, kid, "portal", **more)
    trusted(session, bad)
    row = session.get_one(TrustedPortal, trusted(session, good))
    import_refresh.keep(session, row, good.fetched(), now=NOW)
    content = good.certificate(make.make_person(session))["credential"].encode()
    found = verify_file(session, ANONYMOUS, content=content, now=NOW)
    assert found.outcome == "valid"
    whom = trust.everybody(session, now=NOW)
    school = whom.key(good.school_kid, f"{good.id}#school")
    assert whom.speaker(good.kid, school)["iss"] == f"{good.id}#portal"
    # Nor does it make a school a speaker for the whole of that portal.
    assert whom.speaker(good.school_kid, whom.key(good.kid, f"{good.id}#portal")) == {}
