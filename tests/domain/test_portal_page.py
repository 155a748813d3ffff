"""The page of another portal: what is taken over, and that keys never vanish from it."""

import json
from typing import Any

import pytest

from portal.domain.errors import BadInput
from portal.domain.portal_page import merged, portal_address, portal_keys, read_page
from tests.support.portals import A, Elsewhere, new_key


@pytest.mark.parametrize(
    "raw",
    [
        "https://px.example.gov.cn",
        " https://px.example.gov.cn/ ",
        "https://px.example.gov.cn:8443",
        "https://px.example.gov.cn/.well-known/portal-issuer.json",
    ],
)
def test_an_address_is_scheme_and_host(raw: str) -> None:
    assert portal_address(raw, local=False).startswith("https://px.example.gov.cn")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "px.example.gov.cn",
        "https://",
        "https://px.example.gov.cn/app",
        "https://px.example.gov.cn?x=1",
        "https://px.example.gov.cn#x",
        "https://user@px.example.gov.cn",
        "https://px.example.gov.cn:99999",
        "https://px.example.gov.cn:abc",
        "https://PX.example.gov.cn",
        "https://例子.cn",
        "https://[::1",
        "https://a b.cn",
        "ftp://px.example.gov.cn",
        "file:///etc/passwd",
        "http://px.example.gov.cn",
        "https://" + "a" * 300,
    ],
)
def test_whatever_else_is_no_address(raw: str) -> None:
    with pytest.raises(BadInput):
        portal_address(raw, local=True)


def test_this_machine_may_be_asked_without_tls_in_the_demo_only() -> None:
    assert portal_address("http://localhost:3001", local=True) == "http://localhost:3001"
    with pytest.raises(BadInput):
        portal_address("http://localhost:3001", local=False)


def broken(**changes: Any) -> bytes:
    return json.dumps(json.loads(Elsewhere().page()) | changes).encode()


def with_key(**changes: Any) -> bytes:
    plain = json.loads(Elsewhere().page())
    plain["keys"][0] |= changes
    return json.dumps(plain).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"keys":' + b"[" * 50_000,
        b" " * 400_000,
        broken(id="https://b.example/.well-known/portal-issuer.json"),
        broken(status_lists="https://b.example/status/"),
        broken(status_lists=f"{A}.evil.example/status/"),
        broken(keys=[]),
        broken(keys=None),
        broken(issuers=[]),
        broken(name=""),
        broken(name=7),
        broken(name="a\u202eb"),
        with_key(kty="EC"),
        with_key(x="short"),
        with_key(kid="another"),
        with_key(iss="nobody"),
        with_key(nbf="yesterday"),
        with_key(exp=True),
        with_key(revoked={}),
    ],
)
def test_a_page_that_contradicts_itself_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        read_page(content, A)


def test_a_key_that_is_dropped_stays_and_is_marked() -> None:
    there = Elsewhere()
    old = read_page(there.page(), A)
    dropped = there.page_keys.pop(1)
    there.publish(*new_key(), "school")
    now = merged(old, read_page(there.page(), A))

    assert [key["kid"] for key in now["keys"]][1] == dropped["kid"]
    assert [key.get("dropped", False) for key in now["keys"]] == [False, True, False]
    there.page_keys.append(dropped)
    again = merged(now, read_page(there.page(), A))
    assert not any(key.get("dropped") for key in again["keys"])


def test_a_compromised_key_never_becomes_good_again() -> None:
    there = Elsewhere()
    clean = read_page(there.page(), A)
    there.page_keys[0] |= {"exp": 1_800_000_000, "revoked": {"revoked_at": 1_800_000_000}}
    bad = merged(clean, read_page(there.page(), A))
    assert merged(bad, clean)["keys"][0]["revoked_at"] == 1_800_000_000
    assert merged(bad, clean)["keys"][0]["exp"] == 1_800_000_000


def test_a_key_stays_whose_it_was() -> None:
    there = Elsewhere()
    clean = read_page(there.page(), A)
    there.page_keys[1]["iss"] = f"{there.id}#portal"
    assert len(portal_keys(merged(clean, read_page(there.page(), A)))) == 1
