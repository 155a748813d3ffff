"""Another implementation of Open Badges 3.0 agrees with ours, both ways, on good and bad alike."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import OB3Signer, OB3Verifier
from openbadgeslib.ob3.credential import Achievement, IdentityObject, OpenBadgeCredential
from openbadgeslib.ob3.credential import Alignment as TheirAlignment
from openbadgeslib.ob3.credential import Issuer as TheirIssuer
from openbadgeslib.ob3.status_list import (
    build_status_list_credential,
    sign_status_list_credential,
    status_entry,
)

from portal.documents import signature
from portal.services import file_verification, issuers, trust
from portal.services.file_verdict import FileVerdict
from portal.services.status_lists import list_url
from tests.verification.world import NUMBERS, Party, World, party

# The other implementation has no other clock than the machine's; what it makes during the test is
# judged by that clock too, and not by this moment.
NOW = datetime.now(UTC)
REVOKED, GOOD = 4711, 23
KINDS = ("TRAINING", "LEVEL", "SPECIAL", "QUAL", "SAFETY_POST", "AWARD", "MILITARY")


@dataclass(frozen=True)
class Sample:
    """A token, and whether anybody should accept it."""

    name: str
    token: str
    good: bool


def ours(world: World) -> Iterator[Sample]:
    """Credentials of ours: every kind, with and without what may be missing; valid and not."""
    today = NOW.date()
    levels, hours, ends = (None, 3, 7), (None, 80), (None, 400, -3)
    for kind, level, taught, days in itertools.product(KINDS, levels, hours, ends):
        good = days is None or days > 0
        until = today + timedelta(days=days) if days is not None else None
        row = {
            "kind": kind,
            "number": NUMBERS.get(kind, "PX650400202600000173"),
            "level": level,
            "hours_planned": taught,
            "hours_credited": taught,
            "starts_on": today - timedelta(days=60) if taught else None,
            "ends_on": today - timedelta(days=40) if taught else None,
            "issued_on": today - timedelta(days=30),
            "expires_on": until,
            "status_index": GOOD,
        }
        by = world.office if kind in ("LEVEL", "QUAL") else world.school
        name = f"{kind} {level} {taught} {days}"
        token = world.credential(by, **row)
        yield Sample(name, token, good)
        if taught is None and level is None:
            revoked = world.credential(by, **row | {"status_index": REVOKED})
            yield Sample(f"{name} revoked", revoked, False)
            yield from (Sample(f"{name} {how}", bad, False) for how, bad in spoilt(world, token))


def spoilt(world: World, token: str) -> Iterator[tuple[str, str]]:
    """What becomes of a token in bad hands, or in clumsy ones."""
    head, body, mark = token.split(".")
    header, payload = signature.unverified(token)
    other = signature.canonical(payload | {"name": "高级技师"})
    yield "changed", f"{head}.{spelled(other)}.{mark}"
    yield "cut", f"{head}.{body}.{mark[:-8]}"
    unsigned = json.dumps(header | {"alg": "none"}).encode()
    yield "unsigned", f"{spelled(unsigned)}.{body}."
    yield "by a stranger", party("institution", "别处").signing.sign(payload)
    sign = world.school.signing.sign
    for name, change in {
        "of tomorrow": {
            "validFrom": (NOW + timedelta(days=2)).isoformat(),
            "nbf": int((NOW + timedelta(days=2)).timestamp()),
        },
        "of no kind": {"type": ["VerifiableCredential"]},
        "of another id": {"jti": "https://elsewhere.example/1"},
        "of another issuer": {"iss": "https://elsewhere.example/1"},
        "of another subject": {"sub": "urn:someone"},
        "without nbf": {"nbf": None},
    }.items():
        spoiled = {key: value for key, value in (payload | change).items() if value is not None}
        yield name, sign(spoiled)


def spelled(content: bytes) -> str:
    return signature._spell(content)


def public(by: Party) -> bytes:
    found: bytes = by.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found


def they_accept(world: World, token: str) -> bool:
    """Whether the other implementation takes a credential of ours, its status included."""
    lists = {list_url(0): world.status_list(at=NOW - timedelta(hours=1)).encode()}
    # Whom a token claims to be from decides whose key it is asked with.
    try:
        claimed = signature.unverified(token)[1].get("iss")
    except signature.SignatureInvalid:
        claimed = None
    office = claimed == issuers.issuer_url(world.office.issuer.id)
    verifier = OB3Verifier(public(world.office if office else world.school))
    portal = OB3Verifier(public(world.portal))

    def download(url: str) -> bytes:
        portal._decode_payload(lists[url].decode())  # the portal signed the list
        return lists[url]

    try:
        # Our lists are the portal's, not each institution's: the standard leaves that to trust.
        verifier.verify(token, check_status=True, verify_status_list=False, download=download)
    except LibOpenBadgesException:
        return False
    return True


def judged(token: str, trusted: trust.Trust) -> FileVerdict:
    return file_verification.verify(token.encode(), trusted, now=datetime.now(UTC))


def test_they_and_we_agree_on_every_credential_of_ours() -> None:
    world = World(revoked={REVOKED})
    trusted = world.trust(world.status_list(at=NOW - timedelta(hours=1)))
    samples = list(ours(world))
    assert len(samples) >= 200
    assert sum(one.good for one in samples) >= 80
    wrong = [one.name for one in samples if they_accept(world, one.token) != one.good]
    assert wrong == []
    wrong = [one.name for one in samples if judged(one.token, trusted).accepted != one.good]
    assert wrong == []


class Elsewhere:
    """An issuer that uses the other implementation, and the page that we trust it by."""

    LIST = "https://badges.example/status/revocation.jwt"
    ID = "https://badges.example/issuer"

    def __init__(self) -> None:
        self.pem = signature.generate_key()
        key = signature.load_key(self.pem)
        self.signer = OB3Signer(self.pem, algorithm="EdDSA")
        self.jwk = signature.jwk(signature.public_x(key), str(key.thumbprint()))
        self.verifier = OB3Verifier(
            key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )

    def list(self) -> str:
        made = build_status_list_credential(
            self.ID, self.LIST, "revocation", [REVOKED], valid_until=NOW + timedelta(days=3)
        )
        return str(sign_status_list_credential(made, self.pem, "EdDSA"))

    def trust(self) -> trust.Trust:
        page = {"id": self.ID, "keys": [self.jwk | {"iss": self.ID}]}
        found = trust.from_page(page)
        assert found is not None
        return found.with_lists([self.list()])

    def accepts(self, token: str) -> bool:
        try:
            self.verifier.verify(token, check_status=True, download=lambda _: self.list().encode())
        except LibOpenBadgesException:
            return False
        return True


def theirs(issuer: Elsewhere) -> Iterator[Sample]:
    """Credentials that the other implementation issues: with and without what is optional."""
    people = (None, "mailto:someone@example.org", "did:example:123")
    places, ends, earned = (None, GOOD, REVOKED), (None, 300, -3), (None, 40, 7.5)
    kinds = (None, "Certificate", "Badge", "Course")
    for number, (who, place, days, credit, kind) in enumerate(
        itertools.product(people, places, ends, earned, kinds)
    ):
        good = place != REVOKED and (days is None or days > 0)
        credential = OpenBadgeCredential(
            issuer=TheirIssuer(issuer.ID, "别处的签发者", url="https://badges.example"),
            recipient_id=who,
            achievement=Achievement(
                id="https://badges.example/a",
                name="焊工",
                description="焊工培训",
                criteria_narrative="完成培训",
                achievement_type=kind,
                credits_available=credit,
                alignments=[TheirAlignment("焊工", "https://badges.example/o", "国家职业标准")],
            ),
            issuance_date=NOW - timedelta(days=20),
            expiration_date=NOW + timedelta(days=days) if days is not None else None,
            credits_earned=credit,
            identifiers=[] if who else [IdentityObject.create("a@example.org", "salt")],
            credential_status=[]
            if place is None
            else [status_entry(issuer.LIST, "revocation", place)],
        )
        token = str(issuer.signer.sign(credential))
        yield Sample(f"{number} {who} {place} {days} {credit} {kind}", token, good)
        if number % 27 == 0:
            for name, bad in in_bad_hands(issuer, credential, token):
                yield Sample(f"{number} {name}", bad, False)


def in_bad_hands(
    issuer: Elsewhere, credential: OpenBadgeCredential, token: str
) -> Iterator[tuple[str, str]]:
    head, body, mark = token.split(".")
    payload: dict[str, Any] = credential.to_jwt_payload()
    yield "changed", f"{head}.{spelled(json.dumps(payload | {'name': 'x'}).encode())}.{mark}"
    yield "cut", f"{head}.{body}.{mark[:-8]}"
    yield "by a stranger", str(Elsewhere().signer.sign(credential))
    header = signature.unverified(token)[0]
    yield "unsigned", f"{spelled(json.dumps(header | {'alg': 'none'}).encode())}.{body}."
    for name, change in {
        "of no kind": {"type": ["VerifiableCredential"]},
        "of another id": {"jti": "urn:other"},
        "of another issuer": {"iss": "https://badges.example/other"},
        "of tomorrow": {"nbf": int(NOW.timestamp()) + 90_000},
        "another purpose": {
            "credentialStatus": status_entry(issuer.LIST, "suspension", GOOD),
        },
    }.items():
        yield name, str(issuer.signer.sign_payload(payload | change))


def test_they_and_we_agree_on_every_credential_of_theirs() -> None:
    issuer = Elsewhere()
    trusted = issuer.trust()
    samples = list(theirs(issuer))
    assert len(samples) >= 200
    assert sum(one.good for one in samples) >= 80
    wrong = [one.name for one in samples if issuer.accepts(one.token) != one.good]
    assert wrong == []
    wrong = [one.name for one in samples if judged(one.token, trusted).accepted != one.good]
    assert wrong == []


def test_what_we_read_of_theirs_is_what_they_wrote() -> None:
    issuer = Elsewhere()
    verdict = judged(next(theirs(issuer)).token, issuer.trust())
    assert verdict.facts is not None
    assert (verdict.facts.title, verdict.facts.issuer) == ("焊工", "别处的签发者")


def test_what_they_read_of_ours_is_what_we_wrote() -> None:
    world = World()
    token = world.credential(issued_on=date(2026, 1, 1))
    read = OB3Verifier(public(world.school)).verify(token)
    assert read.issuer.id == issuers.issuer_url(world.school.issuer.id)
    assert (read.achievement.name, read.credits_earned) == ("电工基础", 76)
    assert read.achievement.alignments[0].target_code == "6-29-03-07"
    assert read.credential_status[0]["statusListIndex"] == "4711"


def test_they_find_our_credential_in_our_picture() -> None:
    world = World()
    token = world.credential()
    assert OB3Verifier.extract_token_from_png(world.png(token)) == token


def test_their_badge_is_genuine_but_nobody_sealed_its_picture() -> None:
    issuer = Elsewhere()
    credential = OpenBadgeCredential(
        issuer=TheirIssuer(issuer.ID, "别处"),
        recipient_id=None,
        achievement=Achievement("https://badges.example/a", "焊工", "焊工", "完成培训"),
        issuance_date=NOW - timedelta(days=1),
    )
    bare = World().png().split(b"\0\0\0\0IEND")[0] + b"\0\0\0\0IEND\xaeB`\x82"
    baked = issuer.signer.sign_into_png(credential, _without_texts(bare))
    verdict = file_verification.verify(baked, issuer.trust(), now=datetime.now(UTC))
    assert verdict.outcome == "unsealed"
    assert verdict.facts is not None


def _without_texts(png: bytes) -> bytes:
    at, kept = 8, png[:8]
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] != b"iTXt":
            kept += png[at:end]
        at = end
    return kept


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_the_standard_calls_it(kind: str) -> None:
    known = {"Award", "Certificate", "CertificateOfCompletion", "License", "Certification"}
    world = World()
    subject = world.payload(kind=kind)["credentialSubject"]
    found = subject["achievement"]["achievementType"]
    assert found in known or found.startswith("ext:")
