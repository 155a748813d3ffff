"""Each forgery by its name: none is accepted, and each is told what it is."""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.documents import file_seal, signature, status_list
from portal.services import issuers, status_lists
from portal.services.file_verdict import OUTCOMES, Registered
from tests.verification.world import FORMS, ISSUED, NOW, NUMBER, Party, World, party, picture


@pytest.fixture
def world() -> World:
    return World()


def spelled(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(header: dict[str, Any], payload: dict[str, Any], mark: bytes = b"x" * 64) -> str:
    return ".".join(map(spelled, (json.dumps(header).encode(), json.dumps(payload).encode(), mark)))


def signed(world: World, payload: dict[str, Any], by: Party | None = None, **header: Any) -> str:
    """A token whose signature is right, whatever its header says."""
    party = by or world.school
    head = {"alg": "EdDSA", "kid": party.row.kid, "typ": "vc+jwt"} | header
    text = ".".join(spelled(signature.canonical(part)) for part in (head, payload))
    return f"{text}.{spelled(party.key.private_key.sign(text.encode()))}"


@pytest.mark.parametrize("form", FORMS)
def test_what_was_issued_is_valid_in_every_form(world: World, form: str) -> None:
    verdict = world.judge(world.file(form))
    assert (verdict.outcome, verdict.number) == ("valid", NUMBER)
    assert [one.ok for one in verdict.answers] == [True] * 5
    assert verdict.facts is not None
    assert verdict.facts.holder_masked == "王*强"
    assert verdict.facts.hours == 76


def test_the_bare_credential_is_valid(world: World) -> None:
    assert world.outcome(world.credential()) == "valid"


# Bits turned


def test_no_bit_of_a_json_file_can_be_turned(world: World) -> None:
    whole, trusted = world.json(), world.trust()
    found = set()
    for at in range(8 * len(whole)):
        forged = bytearray(whole)
        forged[at // 8] ^= 1 << at % 8
        found.add(world.outcome(bytes(forged), trusted))
    assert "valid" not in found
    assert found <= set(OUTCOMES)
    assert {"tampered", "altered", "number_mismatch", "malformed"} <= found


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_no_bit_of_a_picture_or_a_paper_can_be_turned(world: World, form: str) -> None:
    whole, trusted = world.file(form), world.trust()
    # Every byte near the credential, the seals and both ends, and some thousand in between.
    dense = {0, len(whole) - 64}
    for mark in (b"openbadgecredential", b"portal-seal", b"Keywords", b"EmbeddedFile"):
        dense |= {at for at in range(len(whole)) if whole.startswith(mark, at)}
    near = {at + step for at in dense for step in range(-16, 64)}
    places = sorted(near & set(range(len(whole))) | set(range(0, len(whole), len(whole) // 1500)))
    found = set()
    for at in places:
        forged = bytearray(whole)
        forged[at] ^= 1 << at % 8
        found.add(world.outcome(bytes(forged), trusted))
    assert "valid" not in found
    assert "altered" in found


def test_a_picture_drawn_anew_around_a_genuine_credential_is_not_accepted(world: World) -> None:
    credential = world.credential()
    bare = picture(credential)
    assert world.outcome(bare) == "unsealed"
    other = world.png(world.credential(title="高级电工"))
    swapped = file_seal.seal_png(bare, lambda _: _seal_in(other), credential=credential)
    assert world.outcome(swapped) == "altered"


def _seal_in(png: bytes) -> str:
    return png.rpartition(b"portal-seal\0\0\0\0\0")[2][:-16].decode()


def test_a_seal_of_another_institution_is_not_this_ones(world: World) -> None:
    assert world.outcome(world.png(by=world.office)) == "altered"
    assert world.outcome(world.png(by=world.portal)) == "valid"
    stranger = party("institution", "别处")
    assert world.outcome(world.png(by=stranger)) == "altered"


def test_a_seal_by_a_compromised_key_proves_nothing(world: World) -> None:
    old = world.rotate("school", NOW - timedelta(days=1), compromised=True)
    assert world.outcome(world.png(world.credential(), by=old)) == "compromised_key"


@pytest.mark.parametrize(
    "edit",
    [
        lambda raw: raw + b"\n",
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: json.dumps(json.loads(raw)).encode(),
        lambda raw: raw.replace(b"{\n", b'{\n  "note": "x",\n'),
        lambda raw: raw.replace(b'"number"', b'"number": "x",\n  "number"'),
        lambda raw: raw.replace(b"training-certificate/1", b"training-certificate/2"),
        lambda raw: raw.replace(b"/verify/", b"/verif\\u0079/"),
        lambda raw: raw.replace(b"http", b"https", 1),
    ],
)
def test_a_json_file_has_one_spelling(world: World, edit: Callable[[bytes], bytes]) -> None:
    assert world.outcome(edit(world.json())) in ("altered", "malformed")


# Numbers, keys, issuers


def test_the_number_of_another_certificate_is_a_mismatch(world: World) -> None:
    verdict = world.judge(world.json(number="PX650400202600000190"))
    assert (verdict.outcome, verdict.number) == ("number_mismatch", NUMBER)


def test_an_issuer_that_nobody_trusts(world: World) -> None:
    stranger = World()
    for form in FORMS:
        assert world.outcome(stranger.file(form)) == "unknown_issuer"


def test_a_key_that_names_itself_by_a_trusted_id_is_tampered(world: World) -> None:
    stranger = party("institution", "别处")
    forged = signature.sign_compact(world.payload(), stranger.key, world.school.row.kid)
    assert world.outcome(forged) == "tampered"


def test_an_issuer_cannot_sign_for_another(world: World) -> None:
    theirs = world.payload()
    assert world.outcome(signed(world, theirs, world.office)) == "unknown_issuer"
    half = theirs | {"iss": issuers.issuer_url(world.office.issuer.id)}
    assert world.outcome(signed(world, half, world.office)) == "malformed"


@pytest.mark.parametrize("form", FORMS)
def test_what_a_retired_key_signed_in_its_days_stays_valid(world: World, form: str) -> None:
    issued = world.file(form)
    world.rotate("school", NOW - timedelta(days=1))
    assert world.outcome(issued) == "valid"


def test_a_key_signs_nothing_after_it_was_retired(world: World) -> None:
    old = world.rotate("school", ISSUED - timedelta(days=20))
    late = world.credential(by=old)
    verdict = world.judge(late)
    assert (verdict.outcome, verdict.facts) == ("rotated_key", None)


def test_a_compromised_key_is_believed_only_where_the_register_holds_the_same(
    world: World,
) -> None:
    genuine = world.credential()
    old = world.rotate("school", NOW - timedelta(days=1), compromised=True)
    backdated = world.credential(by=old, title="高级技师")
    held = {genuine: Registered("issued")}

    def register(credential: str, number: str, issuer: str) -> Registered:
        assert (number, issuer) == (NUMBER, issuers.issuer_url(old.issuer.id))
        return held.get(credential, Registered("missing"))

    assert world.outcome(genuine) == "compromised_key"
    assert world.outcome(backdated) == "compromised_key"
    assert world.outcome(genuine, register=register) == "valid"
    assert world.outcome(backdated, register=register) == "compromised_key"


def test_a_genuine_signature_that_the_register_does_not_hold_is_refused(world: World) -> None:
    verdict = world.judge(world.json(), register=lambda *_: Registered("missing"))
    assert (verdict.outcome, verdict.facts) == ("not_registered", None)


def test_an_older_version_says_that_it_was_replaced(world: World) -> None:
    assert world.outcome(world.json(), register=lambda *_: Registered("replaced")) == "replaced"


# Time


def test_a_certificate_past_its_last_day_is_expired(world: World) -> None:
    yesterday = (NOW - timedelta(days=1)).date()
    assert world.outcome(world.credential(expires_on=yesterday)) == "expired"
    assert world.outcome(world.credential(expires_on=NOW.date())) == "valid"


def test_a_certificate_of_tomorrow_is_not_valid_yet(world: World) -> None:
    tomorrow = (NOW + timedelta(days=2)).date()
    assert world.outcome(world.credential(issued_on=tomorrow)) == "not_yet"


# Status


@pytest.mark.parametrize("form", FORMS)
def test_a_revoked_certificate_is_revoked_in_every_form(world: World, form: str) -> None:
    world.revoked = {4711}
    assert world.outcome(world.file(form)) == "revoked"
    world.revoked = {4710, 4712}
    assert world.outcome(world.file(form)) == "valid"


def test_without_a_list_nobody_knows(world: World) -> None:
    trusted = world.trust(world.status_list(no=1))
    assert world.outcome(world.json(), trusted) == "status_unknown"


def test_a_list_past_its_day_or_older_than_the_certificate_cannot_speak(world: World) -> None:
    for at in (NOW - timedelta(days=8), ISSUED - timedelta(days=2), NOW + timedelta(days=1)):
        assert world.outcome(world.json(), world.trust(world.status_list(at=at))) == "status_stale"
    long = {"validUntil": (NOW + timedelta(days=900)).isoformat()}
    old = world.status_list(at=NOW - timedelta(days=8), payload=long)
    assert world.outcome(world.json(), world.trust(old)) == "status_stale"


def test_an_old_list_still_knows_of_what_was_revoked_then(world: World) -> None:
    old = world.status_list(at=NOW - timedelta(days=20), revoked={4711})
    assert world.outcome(world.json(), world.trust(old)) == "revoked"


def test_a_list_rolled_back_is_noticed_by_whoever_saw_a_newer_one(world: World) -> None:
    url, older = status_lists.list_url(0), world.status_list(version=6)
    assert world.outcome(world.json(), world.trust(older), seen={url: 7}) == "status_rolled_back"
    assert world.outcome(world.json(), world.trust(older), seen={url: 6}) == "valid"
    newer = world.status_list(version=7, revoked={4711})
    both = world.trust(older, newer)
    assert world.outcome(world.json(), both) == "revoked"


def bomb() -> str:
    packed = gzip.compress(bytes(200_000_000), 9)[:60_000]
    return "u" + spelled(packed)


LISTS: dict[str, Callable[[World], str]] = {
    "by a stranger": lambda w: w.status_list(by=party("portal", "别处")),
    "by another institution": lambda w: w.status_list(by=w.office),
    "of another address": lambda w: w.status_list(no=1, payload={"id": status_lists.list_url(1)}),
    "moved to this address": lambda w: w.status_list(
        no=1, payload={"id": status_lists.list_url(0)}, by=w.office
    ),
    "with a bit turned": lambda w: turned(w.status_list()),
    "cut short": lambda w: w.status_list(payload={"credentialSubject": subject(bytes(100))}),
    "truncated": lambda w: w.status_list(
        payload={"credentialSubject": subject(packed=gzip.compress(bytes(16384))[:-4])}
    ),
    "a bomb": lambda w: w.status_list(
        payload={"credentialSubject": subject() | {"encodedList": bomb()}}
    ),
    "of suspensions": lambda w: w.status_list(
        payload={"credentialSubject": subject() | {"statusPurpose": "suspension"}}
    ),
    "a credential": lambda w: w.credential() + "",
    "an unsigned list": lambda w: token(
        {"alg": "none", "typ": "vc+jwt"}, signature.unverified(w.status_list())[1], b""
    ),
}


def subject(bits: bytes = bytes(16384), packed: bytes | None = None) -> dict[str, Any]:
    return {
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "u" + spelled(packed or gzip.compress(bits)),
    }


def turned(text: str) -> str:
    head, body, mark = text.split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "=="))
    return ".".join((head, spelled(signature.canonical(payload | {"version": 99})), mark))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_not_this_issuers_own_is_not_believed(world: World, name: str) -> None:
    outcome = world.outcome(world.json(), world.trust(LISTS[name](world)))
    assert outcome in ("status_forged", "status_unknown")
    # A forged one beside the good one changes nothing.
    world.revoked = {4711}
    both = world.trust(LISTS[name](world), world.status_list())
    assert world.outcome(world.json(), both) == "revoked"


def test_a_list_signed_by_a_compromised_or_later_retired_portal_key(world: World) -> None:
    saved = world.status_list()
    world.rotate("portal", NOW - timedelta(minutes=30))
    assert world.outcome(world.json(), world.trust(saved)) == "valid"
    world = World()
    saved = world.status_list()
    world.rotate("portal", NOW - timedelta(days=2))
    assert world.outcome(world.json(), world.trust(saved)) == "status_forged"
    world = World()
    saved = world.status_list()
    world.rotate("portal", NOW, compromised=True)
    assert world.outcome(world.json(), world.trust(saved)) == "status_forged"


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "SomethingElse"},
        {"statusPurpose": "message"},
        {"statusListIndex": "-1"},
        {"statusListIndex": "04711"},
        {"statusListIndex": str(10**30)},
        {"statusListIndex": str(status_list.PLACES)},
        {"statusListCredential": ["a", "b"]},
    ],
)
def test_a_status_that_makes_no_sense_is_not_taken_for_a_good_one(
    world: World, entry: dict[str, Any]
) -> None:
    payload = world.payload()
    payload["credentialStatus"] = payload["credentialStatus"] | entry
    assert world.outcome(signed(world, payload)) == "status_unknown"


def test_a_credential_without_status_cannot_be_cleared_by_lists(world: World) -> None:
    payload = world.payload()
    del payload["credentialStatus"]
    assert world.outcome(signed(world, payload)) == "status_unknown"
    issued = {"register": lambda *_: Registered("issued")}
    assert world.outcome(signed(world, payload), **issued) == "valid"


# Algorithms and kinds


def with_secret(world: World, alg: str, secret: bytes) -> str:
    header = {"alg": alg, "kid": world.school.row.kid, "typ": "vc+jwt"}
    text = ".".join(spelled(json.dumps(one).encode()) for one in (header, world.payload()))
    return f"{text}.{spelled(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


CONFUSIONS: dict[str, tuple[Callable[[World], str], str]] = {
    "none": (
        lambda w: token({"alg": "none", "kid": w.school.row.kid}, w.payload(), b""),
        "wrong_algorithm",
    ),
    "None": (lambda w: token({"alg": "None"}, w.payload(), b""), "wrong_algorithm"),
    "no alg": (lambda w: token({"kid": w.school.row.kid}, w.payload()), "wrong_algorithm"),
    "alg a list": (lambda w: signed(w, w.payload(), alg=["EdDSA"]), "wrong_algorithm"),
    "HS256 with the public key": (
        lambda w: with_secret(w, "HS256", w.school.row.public_x.encode()),
        "wrong_algorithm",
    ),
    "RS256": (lambda w: signed(w, w.payload(), alg="RS256"), "wrong_algorithm"),
    "ES256": (lambda w: signed(w, w.payload(), alg="ES256"), "wrong_algorithm"),
    "crit": (lambda w: signed(w, w.payload(), crit=["exp"]), "wrong_algorithm"),
    "empty crit": (lambda w: signed(w, w.payload(), crit=[]), "wrong_algorithm"),
    "b64 false": (lambda w: signed(w, w.payload(), b64=False), "wrong_algorithm"),
    "own jwk": (lambda w: brought(w, "jwk"), "unknown_issuer"),
    "own jwk beside a trusted kid": (lambda w: brought(w, "jwk", keep=True), "tampered"),
    "jku": (lambda w: brought(w, "jku"), "unknown_issuer"),
    "x5u": (lambda w: brought(w, "x5u"), "unknown_issuer"),
    "x5c": (lambda w: brought(w, "x5c"), "unknown_issuer"),
    "kid a path": (lambda w: signed(w, w.payload(), kid="../../dev/null"), "unknown_issuer"),
    "kid a list": (lambda w: signed(w, w.payload(), kid=[w.school.row.kid]), "unknown_issuer"),
    "seal as credential": (
        lambda w: w.school.signing.sign(w.payload(), typ=file_seal.TYP),
        "wrong_kind",
    ),
    "share as credential": (
        lambda w: w.portal.signing.sign(w.payload(), typ="portal-share+sd-jwt"),
        "wrong_kind",
    ),
    "archive as credential": (
        lambda w: w.portal.signing.sign(w.payload(), typ="training-archive+jwt"),
        "wrong_kind",
    ),
    "list as credential": (lambda w: w.status_list(), "wrong_kind"),
    "no typ": (lambda w: signed(w, w.payload(), typ=None), "wrong_kind"),
}


def brought(world: World, where: str, *, keep: bool = False) -> str:
    """A token of a stranger that brings its own key along, or says where to fetch it."""
    stranger = party("institution", "别处")
    found: Any = {"jwk": stranger.jwk, "x5c": ["MIIB"]}.get(where, "https://evil.example/keys")
    kid = {"kid": world.school.row.kid} if keep else {}
    header = {"alg": "EdDSA", "typ": "vc+jwt", where: found} | kid
    text = ".".join(spelled(signature.canonical(part)) for part in (header, world.payload()))
    return f"{text}.{spelled(stranger.key.private_key.sign(text.encode()))}"


@pytest.mark.parametrize("name", CONFUSIONS)
def test_a_token_does_not_choose_how_it_is_checked(world: World, name: str) -> None:
    make, expected = CONFUSIONS[name]
    assert world.outcome(make(world)) == expected
    assert world.outcome(world.json(make(world))) == expected


def test_a_padded_or_respelled_token_is_not_the_same(world: World) -> None:
    genuine = world.credential()
    for forged in (genuine + "=", genuine.replace("-", "+"), genuine + "A", genuine + "\n"):
        if forged != genuine:
            assert world.outcome(forged) in ("tampered", "malformed")


def test_two_credentials_in_one_picture_are_none(world: World) -> None:
    one, other = world.png(), world.png(world.credential(title="另一个"))
    at = other.index(b"openbadgecredential") - 8
    length = int.from_bytes(other[at : at + 4], "big") + 12
    assert world.outcome(one[:33] + other[at : at + length] + one[33:]) == "no_credential"


def test_a_large_file_is_not_read(world: World) -> None:
    assert world.outcome(world.json() + b" " * 6_000_000) == "too_large"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "malformed"),
        (b"{}", "malformed"),
        (b'{"format": "training-archive-export/1"}', "archive"),
        (b"[" * 100_000, "malformed"),
        (b"%PDF-1.7\n" + b"stream\n" * 600_000, "no_credential"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0iTXt\0\0\0\0" * 400_000, "no_credential"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 100, "no_credential"),
        (b'{"number": "\\ud800", "verify_url": "", "credential": ""}', "malformed"),
        (b"1" * 10_000, "malformed"),
        (b"a.b.c~d~", "share_unchecked"),
        (b'{"format": "training-share/1", "presentation": "a.b.c~"}', "share_unchecked"),
    ],
)
def test_what_is_no_certificate_is_named(world: World, content: bytes, expected: str) -> None:
    assert world.outcome(content) == expected
