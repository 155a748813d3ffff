"""Selective disclosure: what is withheld stays hidden, and nothing else is believed."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from portal.documents import sd_jwt, signature
from portal.documents.signature import SignatureInvalid, UnknownIssuer

PEM = signature.generate_key()
KEY = signature.load_key(PEM)
JWKS = [signature.jwk(signature.public_x(KEY), "k1")]


class Signer:
    """Signs whatever it is given, as an issuer could who means harm."""

    def sign(self, payload: Mapping[str, object], *, typ: str) -> str:
        return signature.sign_compact(payload, KEY, "k1", typ=typ)


SIGNER = Signer()
CLAIMS = {
    "iss": "https://portal.example",
    "holder": {"name": "王小强", "birthYear": 1990},
    "certificates": [{"title": "电工", "level": "五级/初级工"}, {"title": "焊工"}],
}
HIDDEN: list[sd_jwt.Path] = [
    ("holder", "name"),
    ("holder", "birthYear"),
    ("certificates", 0, "title"),
    ("certificates", 0, "level"),
    ("certificates", 1),
]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def disclosure(*content: Any) -> str:
    return b64(json.dumps(list(content)).encode())


def signed(payload: dict[str, Any], *disclosures: str) -> str:
    return "~".join([SIGNER.sign(payload, typ=sd_jwt.TYP), *disclosures, ""])


def test_all_disclosures_give_the_claims_back() -> None:
    jwt, disclosures = sd_jwt.issue(CLAIMS, HIDDEN, SIGNER, pad=8)
    assert sd_jwt.verify(sd_jwt.present(jwt, disclosures), JWKS) == CLAIMS


def test_what_is_withheld_is_not_there() -> None:
    jwt, disclosures = sd_jwt.issue(CLAIMS, HIDDEN, SIGNER)
    chosen = [one for one in disclosures if one.path == ("certificates", 0, "level")]
    shown = sd_jwt.verify(sd_jwt.present(jwt, chosen), JWKS)
    assert shown == {
        "iss": "https://portal.example",
        "holder": {},
        "certificates": [{"level": "五级/初级工"}],
    }


def test_withheld_values_stand_nowhere_in_what_is_sent() -> None:
    jwt, _ = sd_jwt.issue(CLAIMS, HIDDEN, SIGNER)
    body = base64.urlsafe_b64decode(jwt.split(".")[1] + "==").decode()
    assert not any(word in body for word in ("王小强", "1990", "电工", "焊工", "name", "title"))


def test_digests_cannot_be_guessed_by_trying_values() -> None:
    jwt, disclosures = sd_jwt.issue(CLAIMS, [("holder", "birthYear")], SIGNER)
    body = json.loads(base64.urlsafe_b64decode(jwt.split(".")[1] + "=="))
    digest = body["holder"]["_sd"][0]
    tried = {
        b64(hashlib.sha256(disclosure(salt, "birthYear", year).encode()).digest())
        for year in range(1950, 2010)
        for salt in ("", "0", b64(bytes(16)))
    }
    assert digest not in tried
    salt = json.loads(base64.urlsafe_b64decode(disclosures[0].encoded + "=="))[0]
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16


def test_the_same_claims_never_give_the_same_digests() -> None:
    first, second = (sd_jwt.issue(CLAIMS, HIDDEN, SIGNER)[1] for _ in range(2))
    assert not {one.encoded for one in first} & {one.encoded for one in second}


def test_decoys_hide_how_many_fields_there_are() -> None:
    jwt, _ = sd_jwt.issue(CLAIMS, HIDDEN, SIGNER, pad=6)
    body = json.loads(base64.urlsafe_b64decode(jwt.split(".")[1] + "=="))
    digests = body["holder"]["_sd"]
    assert len(digests) == len(body["certificates"][0]["_sd"]) == 6
    assert digests == sorted(digests)


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_name_of_the_format_is_not_signed(name: str) -> None:
    with pytest.raises(ValueError, match="format"):
        sd_jwt.issue({"x": {name: 1}}, [], SIGNER)


def test_another_kind_of_token_is_refused() -> None:
    jwt = SIGNER.sign({"a": 1}, typ="vc+jwt")
    with pytest.raises(SignatureInvalid):
        sd_jwt.verify(jwt + "~", JWKS)


def test_an_unknown_key_is_named_so() -> None:
    jwt, _ = sd_jwt.issue(CLAIMS, [], SIGNER)
    with pytest.raises(UnknownIssuer):
        sd_jwt.verify(jwt + "~", [])


A = disclosure("salt", "a", 1)
DIGEST = sd_jwt.digest_of(A)
ELEMENT = disclosure("salt", 1)
FORGED = {
    "a disclosure without a digest": signed({}, A),
    "a disclosure twice": signed({"_sd": [DIGEST]}, A, A),
    "a digest twice": signed({"_sd": [DIGEST, DIGEST]}, A),
    "a withheld digest twice": signed({"_sd": ["x"], "b": {"_sd": ["x"]}}),
    "a digest twice in two places": signed({"_sd": [DIGEST], "b": {"_sd": [DIGEST]}}, A),
    "a name that is there": signed({"a": 2, "_sd": [DIGEST]}, A),
    "two disclosures of one name": signed(
        {"_sd": [DIGEST, sd_jwt.digest_of(disclosure("t", "a", 2))]}, A, disclosure("t", "a", 2)
    ),
    "_sd as a name": signed(
        {"_sd": [sd_jwt.digest_of(disclosure("s", "_sd", []))]}, disclosure("s", "_sd", [])
    ),
    "dots as a name": signed(
        {"_sd": [sd_jwt.digest_of(disclosure("s", "...", 1))]}, disclosure("s", "...", 1)
    ),
    "a number as a name": signed(
        {"_sd": [sd_jwt.digest_of(disclosure("s", 1, 1))]}, disclosure("s", 1, 1)
    ),
    "an element in an object": signed({"_sd": [sd_jwt.digest_of(ELEMENT)]}, ELEMENT),
    "a field in an array": signed({"b": [{"...": DIGEST}]}, A),
    "dots in an object": signed({"b": {"...": "x"}}),
    "dots among others": signed({"b": [{"...": "x", "c": 1}]}),
    "digests that are no list": signed({"_sd": "x"}),
    "digests that are no texts": signed({"_sd": [1]}),
    "another digest": signed({"_sd_alg": "md5", "_sd": []}),
    "a disclosure of four": signed({}, disclosure("s", "a", 1, 2)),
    "a disclosure that is no list": signed({}, b64(b'{"a":1}')),
    "a disclosure that is no JSON": signed({}, b64(b"{")),
    "a salt that is no text": signed(
        {"_sd": [sd_jwt.digest_of(disclosure(1, "a", 1))]}, disclosure(1, "a", 1)
    ),
    "padding": signed({"_sd": [sd_jwt.digest_of(A + "=")]}, A + "="),
    "an empty disclosure": signed({"_sd": [DIGEST]}, A, ""),
    "no tilde at the end": signed({})[:-1],
    "a key binding": signed({}) + "x.y.z",
    "depth": signed({"a": json.loads("[" * 60 + "]" * 60)}),
    "length": signed({}) + "x" * sd_jwt.LONGEST + "~",
    "nothing": "",
    "tildes": "~~~",
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED.keys())
def test_what_a_verifier_must_reject_is_rejected(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        sd_jwt.verify(text, JWKS)


def test_no_character_of_a_presentation_can_be_changed() -> None:
    jwt, disclosures = sd_jwt.issue(CLAIMS, HIDDEN, SIGNER)
    whole = sd_jwt.present(jwt, disclosures)
    for place, char in enumerate(whole):
        other = "A" if char != "A" else "B"
        with pytest.raises((SignatureInvalid, UnknownIssuer)):
            sd_jwt.verify(whole[:place] + other + whole[place + 1 :], JWKS)


_names = st.text(min_size=1, max_size=6).filter(lambda name: name not in ("_sd", "...", "_sd_alg"))
_plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
_json = st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=12,
)


def paths_of(node: Any, at: sd_jwt.Path = ()) -> list[sd_jwt.Path]:
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for step, one in inside:
        found.append((*at, step))
        if isinstance(one, dict | list):
            found += paths_of(one, (*at, step))
    return found


@given(claims=st.dictionaries(_names, _json, max_size=4), data=st.data())
@settings(max_examples=150)
def test_any_claims_make_the_round_trip(claims: dict[str, Any], data: st.DataObject) -> None:
    paths = paths_of(claims)
    hidden = data.draw(st.sets(st.sampled_from(paths)) if paths else st.just(set()))
    jwt, disclosures = sd_jwt.issue(claims, hidden, SIGNER, pad=data.draw(st.integers(0, 4)))
    assert sd_jwt.verify(sd_jwt.present(jwt, disclosures), JWKS) == claims


# An independent implementation (the package sd-jwt, which the product does not use).


def their_key(kid: str = "k1") -> JWK:
    made = JWK.from_pem(PEM)
    return JWK(**(json.loads(made.export()) | {"kid": kid}))


def test_another_implementation_reads_ours() -> None:
    jwt, disclosures = sd_jwt.issue(CLAIMS, HIDDEN, SIGNER, pad=8)
    public = JWK(**json.loads(their_key().export_public()))
    for count in range(len(disclosures) + 1):
        text = sd_jwt.present(jwt, disclosures[:count])
        theirs = SDJWTVerifier(text, lambda *_: public).get_verified_payload()
        assert theirs == sd_jwt.verify(text, JWKS)


def test_we_read_another_implementation() -> None:
    claims = {
        "iss": "https://other.example",
        SDObj("name"): "王小强",
        "address": {SDObj("city"): "吐鲁番", "country": "CN"},
        "skills": [SDObj("电工"), "焊工", SDObj({SDObj("deep"): 1})],
    }
    made = SDJWTIssuer(
        claims,
        their_key(),
        sign_alg="EdDSA",
        add_decoy_claims=True,
        extra_header_parameters={"typ": sd_jwt.TYP, "kid": "k1"},
    )
    assert sd_jwt.verify(made.sd_jwt_issuance, JWKS) == {
        "iss": "https://other.example",
        "name": "王小强",
        "address": {"city": "吐鲁番", "country": "CN"},
        "skills": ["电工", "焊工", {"deep": 1}],
    }
    withheld = made.sd_jwt_issuance.partition("~")[0] + "~"
    assert sd_jwt.verify(withheld, JWKS)["skills"] == ["焊工"]
