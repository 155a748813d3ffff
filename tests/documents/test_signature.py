"""Signatures that fail on any change."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey

from portal.documents import credential, signature

KEY = signature.load_key(signature.generate_key())
OTHER = signature.load_key(signature.generate_key())
KID = "2026-1"
LIST = [
    signature.jwk(signature.public_x(OTHER), "2025-1"),
    signature.jwk(signature.public_x(KEY), KID),
]
ID_NO, NAME, SALT = "990000199001010017", "王强", bytes(range(16))
FACTS = credential.CredentialFacts(
    number="TLF-2026-0000482",
    kind="TRAINING",
    verify_url="https://peixun.example.gov.cn/verify/TLF-2026-0000482",
    issuer_id="https://peixun.example.gov.cn",
    issuer_name="吐鲁番市职业技能培训服务平台",
    institution_name="吐鲁番市职业技术学院",
    institution_uscc="12652100457890123X",
    title="职业技能培训合格证书",
    programme_name="电工（五级）技能提升班",
    occupation_code="6-29-03-07",
    occupation_name="电工",
    edition="2022",
    level_name="五级/初级工",
    hours_credited=152,
    hours_planned=160,
    starts_on=date(2026, 12, 1),
    ends_on=date(2026, 12, 26),
    issued_on=date(2026, 12, 28),
    exam_result="合格",
    version=1,
    holder_masked="王*",
    holder_hash=credential.holder_hash(ID_NO, NAME, SALT),
)
PAYLOAD = credential.credential_payload(FACTS)


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def leaves(node: object, path: tuple = ()) -> Iterator[tuple]:
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for name, child in pairs:
            yield from leaves(child, (*path, name))
    else:
        yield path


def changed(payload: dict, path: tuple) -> dict:
    copy = json.loads(json.dumps(payload))
    node = copy
    for name in path[:-1]:
        node = node[name]
    old = node[path[-1]]
    node[path[-1]] = (
        not old if isinstance(old, bool) else old + (1 if isinstance(old, int) else "x")
    )
    return copy


def test_what_was_signed_comes_back():
    token = signature.sign_compact(PAYLOAD, KEY, KID)
    assert signature.verify_compact(token, LIST) == PAYLOAD


def test_signing_twice_gives_the_same_token():
    shuffled = dict(reversed(PAYLOAD.items()))
    assert signature.sign_compact(PAYLOAD, KEY, KID) == signature.sign_compact(shuffled, KEY, KID)


@pytest.mark.parametrize("path", list(leaves(PAYLOAD)), ids=lambda p: ".".join(map(str, p)))
def test_changing_any_field_breaks_the_signature(path):
    header, _, mark = signature.sign_compact(PAYLOAD, KEY, KID).split(".")
    forged = f"{header}.{b64(signature.canonical(changed(PAYLOAD, path)))}.{mark}"
    with pytest.raises(signature.SignatureInvalid):
        signature.verify_compact(forged, LIST)


def test_a_token_of_another_key_under_our_name_is_refused():
    with pytest.raises(signature.SignatureInvalid):
        signature.verify_compact(signature.sign_compact(PAYLOAD, OTHER, KID), LIST)


def test_a_key_that_is_not_published_is_an_unknown_issuer():
    token = signature.sign_compact(PAYLOAD, OTHER, "fake-1")
    with pytest.raises(signature.UnknownIssuer) as refusal:
        signature.verify_compact(token, LIST)
    assert refusal.value.params == {"kid": "fake-1"}


def test_the_token_cannot_choose_a_weaker_algorithm():
    body = b64(signature.canonical(PAYLOAD))
    unsigned = f"{b64(json.dumps({'alg': 'none', 'kid': KID}).encode())}.{body}."
    public = OctKey.import_key(LIST[1]["x"])
    confused = jws.serialize_compact({"alg": "HS256", "kid": KID}, b"{}", public)
    for token in (unsigned, confused):
        with pytest.raises(signature.SignatureInvalid):
            signature.verify_compact(token, LIST)


HEADERS = [b"[]", b"1", b"null", b"{}", b'{"alg":1}', b'{"kid":[]}', b'{"crit":["b64"]}']


@pytest.mark.parametrize("header", HEADERS)
def test_a_senseless_header_is_refused(header):
    with pytest.raises((signature.SignatureInvalid, signature.UnknownIssuer)):
        signature.verify_compact(f"{b64(header)}.e30.AAAA", LIST)


@given(token=st.text() | st.lists(st.binary(max_size=9).map(b64), max_size=4).map(".".join))
def test_no_text_passes_for_a_token(token):
    with pytest.raises((signature.SignatureInvalid, signature.UnknownIssuer)):
        signature.verify_compact(token, LIST)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "a.b", "..", "é.b.c", "e30.e30.e30", "\x00"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises((signature.SignatureInvalid, signature.UnknownIssuer)):
        signature.verify_compact(token, LIST)


def test_a_signed_list_is_not_a_credential():
    token = jws.serialize_compact(
        {"alg": "Ed25519", "kid": KID}, b"[]", KEY, algorithms=["Ed25519"]
    )
    with pytest.raises(signature.SignatureInvalid):
        signature.verify_compact(token, LIST)


def test_the_published_key_holds_no_secret():
    assert "d" not in LIST[1]
    assert LIST[1]["kid"] == KID


def test_a_key_of_another_kind_is_refused():
    pem = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(ValueError):
        signature.load_key(pem)


def test_the_credential_tells_neither_name_nor_id_number_nor_salt():
    text = signature.canonical(PAYLOAD).decode()
    for secret in (ID_NO, NAME, SALT.hex(), b64(SALT)):
        assert secret not in text


def test_the_holder_can_be_proved_with_the_salt_only():
    again = credential.holder_hash(ID_NO, NAME, SALT)
    assert again == FACTS.holder_hash
    assert credential.holder_hash(ID_NO, NAME, bytes(16)) != again
    assert credential.holder_hash("990000199001010025", NAME, SALT) != again
    assert credential.holder_hash(ID_NO, "王强强", SALT) != again


def test_a_short_salt_is_refused():
    with pytest.raises(ValueError):
        credential.holder_hash(ID_NO, NAME, b"short")


def test_the_credential_says_what_the_certificate_says():
    subject = PAYLOAD["credentialSubject"]
    assert PAYLOAD["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert PAYLOAD["validFrom"] == "2026-12-28T00:00:00+08:00"
    assert subject["licenseNumber"] == FACTS.number
    assert subject["creditsEarned"] == 152
    assert subject["achievement"]["name"] == FACTS.programme_name
    assert subject["achievement"]["alignment"][0]["targetCode"] == "6-29-03-07"
    assert subject["source"]["name"] == FACTS.institution_name


def test_a_programme_without_occupation_has_no_alignment():
    plain = replace(FACTS, occupation_code=None, occupation_name=None, level_name=None)
    achievement = credential.credential_payload(plain)["credentialSubject"]["achievement"]
    assert "alignment" not in achievement
    assert "fieldOfStudy" not in achievement
