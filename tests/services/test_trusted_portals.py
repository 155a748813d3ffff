"""The list of portals whose word we take, and how what they publish is kept."""

import socket
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, TrustedPortal
from portal.domain.errors import BadInput, Forbidden
from portal.domain.permissions import SYSTEM, Role
from portal.services import import_refresh, remote_lists, trusted_portals
from portal.services.remote_lists import Fetched, NotFetched
from portal.settings import Settings
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.portals import Elsewhere, keeper, new_key, trust

LIST = "https://a.example/status/0"


@pytest.fixture
def there() -> Elsewhere:
    return Elsewhere()


def row_of(session: Session) -> TrustedPortal:
    return session.scalars(select(TrustedPortal)).one()


def keep(session: Session, fetched: Fetched, **delta: Any) -> TrustedPortal:
    row = row_of(session)
    import_refresh.keep(session, row, fetched, now=NOW + timedelta(**delta))
    return row


def test_an_officer_sees_the_fingerprints_before_confirming(
    session: Session, there: Elsewhere
) -> None:
    seen = trusted_portals.look(
        session, keeper(session), url=there.url, content=there.page(), now=NOW
    )
    assert seen.name == there.name
    assert [key.kid for key in seen.keys] == [there.kid, there.school_kid]
    assert seen.keys[0].spoken.replace(" ", "") == there.kid
    assert trusted_portals.names(session) == ()


def test_a_portal_is_listed_once(session: Session, there: Elsewhere) -> None:
    trust(session, there)
    with pytest.raises(BadInput):
        trust(session, there)
    (listed,) = trusted_portals.listed(session, keeper(session), now=NOW)
    assert (listed.url, listed.issuers, listed.taken) == (there.url, 2, 0)
    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "portal.trust")).one()


@pytest.mark.parametrize("region", ["650400", "650402"])
def test_an_officer_below_a_province_reads_the_list_and_changes_nothing(
    session: Session, there: Elsewhere, region: str
) -> None:
    portal_id = trust(session, there)
    officer = make.make_actor(session, Role.OFFICER, region_code=region)
    assert len(trusted_portals.listed(session, officer, now=NOW)) == 1
    with pytest.raises(Forbidden):
        trusted_portals.add(
            session, officer, url="https://b.example", content=there.page(), now=NOW
        )
    with pytest.raises(Forbidden):
        trusted_portals.withdraw(session, officer, portal_id=portal_id, reason="不再互认", now=NOW)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.HELPER])
def test_nobody_else_keeps_the_list(session: Session, there: Elsewhere, role: Role) -> None:
    school = make.make_institution(session) if role is Role.MANAGER else None
    actor = make.make_actor(session, role, institution=school)
    with pytest.raises(Forbidden):
        trusted_portals.look(session, actor, url=there.url, content=there.page(), now=NOW)


def test_a_province_may_keep_it(session: Session, there: Elsewhere) -> None:
    officer = make.make_actor(session, Role.OFFICER, region_code="650000")
    assert trusted_portals.add(session, officer, url=there.url, content=there.page(), now=NOW)


def test_we_do_not_trust_ourselves(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Elsewhere(url="https://self.example")
    own = Settings(base_url="https://self.example")
    monkeypatch.setattr(trusted_portals, "get_settings", lambda: own)
    with pytest.raises(BadInput, match="bad_input"):
        trusted_portals.add(session, keeper(session), url=there.url, content=there.page(), now=NOW)


def test_a_newer_list_is_kept_and_an_older_one_refused(session: Session, there: Elsewhere) -> None:
    trust(session, there)
    old = there.list()
    there.revoke(7)
    row = keep(session, there.fetched())
    assert import_refresh.is_revoked(row, (LIST, 7)) is True

    row = keep(session, Fetched(there.page(), {LIST: old}), hours=1)
    assert import_refresh.is_revoked(row, (LIST, 7)) is True
    assert row.status_lists[LIST]["odd"] == "older"
    (listed,) = trusted_portals.listed(session, keeper(session), now=NOW)
    assert listed.odd == (LIST,)

    row = keep(session, there.fetched(), hours=2)
    assert "odd" not in row.status_lists[LIST]


def test_a_list_of_the_same_version_with_other_bits_is_refused(
    session: Session, there: Elsewhere
) -> None:
    trust(session, there)
    there.revoke(7)
    keep(session, there.fetched())
    there.bits = bytearray(len(there.bits))
    row = keep(session, there.fetched())
    assert import_refresh.is_revoked(row, (LIST, 7)) is True
    assert row.status_lists[LIST]["odd"] == "older"


def test_only_the_portals_own_key_signs_its_lists(session: Session, there: Elsewhere) -> None:
    trust(session, there)
    there.own, there.kid = there.school, there.school_kid
    row = keep(session, there.fetched())
    assert import_refresh.is_revoked(row, (LIST, 7)) is None
    assert row.status_lists[LIST]["odd"] == "unsigned"


def test_a_stranger_at_the_address_changes_nothing(session: Session, there: Elsewhere) -> None:
    trust(session, there)
    there.revoke(7)
    keep(session, there.fetched())
    other = Elsewhere()
    row = keep(session, Fetched(None, {LIST: other.list()}))
    assert import_refresh.is_revoked(row, (LIST, 7)) is True


def test_a_list_elsewhere_is_not_kept(session: Session, there: Elsewhere) -> None:
    trust(session, there)
    row = keep(session, Fetched(None, {"https://b.example/status/0": there.list()}))
    assert row.status_lists == {}


def test_what_could_not_be_fetched_leaves_the_old_with_its_age(
    session: Session, there: Elsewhere
) -> None:
    portal_id = trust(session, there)
    before = row_of(session).fetched_at
    import_refresh.refresh(
        session, SYSTEM, portal_id=portal_id, fetched=Fetched(), now=NOW + timedelta(hours=1)
    )
    assert row_of(session).fetched_at == before
    import_refresh.refresh(
        session, SYSTEM, portal_id=portal_id, fetched=Fetched(b"<html>"), now=NOW
    )
    assert row_of(session).fetched_at == before
    assert row_of(session).page["name"] == there.name


def test_a_dropped_key_is_shown_as_such(session: Session, there: Elsewhere) -> None:
    trust(session, there)
    there.publish(*new_key(), "portal")
    del there.page_keys[0]
    keep(session, Fetched(there.page()))
    (listed,) = trusted_portals.listed(session, keeper(session), now=NOW)
    assert [key.state for key in listed.keys] == ["dropped", "good", "good"]


def test_a_withdrawn_portal_is_no_longer_asked_unless_something_came_from_it(
    session: Session, there: Elsewhere
) -> None:
    portal_id = trust(session, there)
    assert [one.url for one in import_refresh.due(session, SYSTEM, now=NOW)] == [there.url]
    for _ in range(2):
        trusted_portals.withdraw(
            session, keeper(session), portal_id=portal_id, reason="不再互认", now=NOW
        )
    assert import_refresh.due(session, SYSTEM, now=NOW) == ()
    assert trusted_portals.names(session) == ()
    # The same address may come back, with a page of its own.
    assert trust(session, there) != portal_id


def test_taking_off_the_list_needs_a_reason(session: Session, there: Elsewhere) -> None:
    portal_id = trust(session, there)
    with pytest.raises(BadInput):
        trusted_portals.withdraw(
            session, keeper(session), portal_id=portal_id, reason=" 不 ", now=NOW
        )


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1"),
        # Old addresses within new ones: NAT64, 6to4, Teredo, and the plain way of old.
        *("64:ff9b::a00:1", "2002:a00:1::1", "2001:0:5ef5:79fb::f5ff:fffe", "::10.0.0.1"),
    ],
)
def test_production_opens_no_address_inside_a_network(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(remote_lists, "get_settings", lambda: Settings(env="production"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    with pytest.raises(NotFetched):
        remote_lists.allowed_address("px.example", 443)


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote_lists, "get_settings", lambda: Settings(env="production"))
    found = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found[:1])
    assert remote_lists.allowed_address("px.example", 443) == "93.184.216.34"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotFetched):
        remote_lists.allowed_address("px.example", 443)
