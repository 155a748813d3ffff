"""Whether the credential inside a file is what a trusted issuer signed, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.documents import signature
from portal.domain.certificate_number import parse_certificate_number
from portal.domain.errors import BadInput
from portal.locale import t
from portal.services.file_status import SKEW
from portal.services.trust import Jwk, Trust, moment

GENUINE = "genuine"
TAMPERED, UNKNOWN_ISSUER, ROTATED_KEY, COMPROMISED_KEY = (
    "tampered",
    "unknown_issuer",
    "rotated_key",
    "compromised_key",
)
WRONG_ALGORITHM, WRONG_KIND, MALFORMED = "wrong_algorithm", "wrong_kind", "malformed"

_BADGES = ("OpenBadgeCredential", "AchievementCredential")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What a verifier may see of a certificate; None where the credential does not say it.

    Hours are 课时; the name is masked by whoever issued it.
    """

    number: str | None = None
    holder_masked: str | None = None
    title: str | None = None
    kind: str | None = None
    level: str | None = None
    hours: int | None = None
    hours_planned: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    institution: str | None = None
    issuer: str | None = None

    @property
    def spaced(self) -> str | None:
        """The number in groups, for people to compare; as it stands where it is none of ours."""
        try:
            return parse_certificate_number(self.number or "").spaced
        except BadInput:
            return self.number


@dataclass(frozen=True, slots=True)
class CredentialCheck:
    """``outcome`` is genuine, or what is wrong. ``payload`` is empty unless a trusted key signed
    it; ``signed_at`` and ``ends_at`` are as the issuer says."""

    outcome: str
    payload: Mapping[str, Any]
    signer: Jwk
    signed_at: datetime | None = None
    ends_at: datetime | None = None


def check(token: str, trust: Trust) -> CredentialCheck:
    """Judge a compact JWS as a credential; never raises."""
    try:
        payload = signature.verify_compact(token, trust.keys)
        signer = trust.key(signature.kid_of(token, trust.keys), payload.get("iss"))
    except signature.UnknownIssuer:
        return _refused(UNKNOWN_ISSUER)
    except signature.SignatureInvalid:
        return _refused(_why(token))
    types = payload.get("type")
    if not isinstance(types, list) or "VerifiableCredential" not in types:
        return _refused(WRONG_KIND)
    if not any(badge in types for badge in _BADGES):
        return _refused(WRONG_KIND)
    # A key on the list signs for its own issuer, not for whomever it likes.
    if "iss" in signer and payload.get("iss") != signer["iss"]:
        return _refused(UNKNOWN_ISSUER)
    if not _agrees(payload):
        return _refused(MALFORMED)
    return _in_time(payload, signer)


def _refused(outcome: str) -> CredentialCheck:
    return CredentialCheck(outcome, {}, {})


def _why(token: str) -> str:
    """What is wrong with a token whose signature nobody could accept."""
    try:
        header, _ = signature.unverified(token)
    except signature.SignatureInvalid:
        return TAMPERED
    if header.get("alg") not in signature.ACCEPTED or "crit" in header or "b64" in header:
        return WRONG_ALGORITHM
    if header.get("typ") not in (signature.CREDENTIAL, "JWT"):
        return WRONG_KIND
    return TAMPERED


def _agrees(payload: Mapping[str, Any]) -> bool:
    """Whether the registered claims repeat the credential (Open Badges 3.0, 8.2.4)."""
    issuer, subject = payload.get("issuer"), payload.get("credentialSubject")
    issuer_id = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(subject, dict) or not isinstance(issuer_id, str):
        return False
    return (
        payload.get("iss") == issuer_id
        and payload.get("jti") == payload.get("id")
        and payload.get("sub") == subject.get("id")
        and type(payload.get("nbf")) is int
        and type(payload.get("iat", 0)) is int
        and type(payload.get("exp", 0)) is int
        and moment(payload.get("validFrom")) is not None
        and (payload.get("validUntil") is None or moment(payload["validUntil"]) is not None)
    )


def _in_time(payload: Mapping[str, Any], signer: Jwk) -> CredentialCheck:
    begins = moment(payload["validFrom"])
    if begins is None:
        return _refused(MALFORMED)
    ends, claimed = moment(payload.get("validUntil")), payload.get("exp")
    try:
        signed_at = datetime.fromtimestamp(payload.get("iat", begins.timestamp()), begins.tzinfo)
        begins = max(begins, datetime.fromtimestamp(payload["nbf"], begins.tzinfo))
        if claimed is not None:
            over = datetime.fromtimestamp(claimed, begins.tzinfo)
            ends = over if ends is None else min(ends, over)
    except (ValueError, OverflowError, OSError):
        return _refused(MALFORMED)
    begins = max(begins, signed_at)
    outcome = GENUINE
    if "exp" in signer and signed_at.timestamp() > signer["exp"]:
        outcome = ROTATED_KEY
    if "iat" in payload and signed_at.timestamp() < signer.get("nbf", 0) - SKEW.total_seconds():
        outcome = ROTATED_KEY
    if "revoked" in signer:
        outcome = COMPROMISED_KEY
    return CredentialCheck(outcome, payload, signer, begins, ends)


def facts(payload: Mapping[str, Any], signer: Jwk, trust: Trust) -> CredentialFacts:
    """What a credential says, read with care: another portal's need not look like ours."""
    subject = _object(payload.get("credentialSubject"))
    achievement = _object(subject.get("achievement"))
    name = trust.names.get(str(signer.get("iss"))) or _object(payload.get("issuer")).get("name")
    return CredentialFacts(
        number=_text(subject.get("licenseNumber")),
        holder_masked=_holder(subject),
        title=_text(achievement.get("name")),
        kind=_text(payload.get("name")) or _text(achievement.get("description")),
        level=_text(achievement.get("fieldOfStudy")),
        hours=_count(subject.get("creditsEarned")),
        hours_planned=_count(achievement.get("creditsAvailable")),
        starts_on=_day(subject.get("activityStartDate")),
        ends_on=_day(subject.get("activityEndDate")),
        issued_on=_day(payload.get("validFrom")),
        expires_on=_day(payload.get("validUntil")),
        institution=_text(_object(subject.get("source")).get("name")),
        issuer=_text(name) or t("file_check.unnamed_issuer"),
    )


def _holder(subject: Mapping[str, Any]) -> str | None:
    """The name for the public, unhashed by its issuer's own choice."""
    listed = subject.get("identifier")
    for one in listed if isinstance(listed, list) else [listed]:
        found = _object(one)
        if found.get("identityType") == "name" and found.get("hashed") is False:
            return _text(found.get("identityHash"))
    return None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return None
    return value[:_LONGEST]


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 <= value < 100_000 else None


def _day(value: object) -> date | None:
    found = moment(value)
    return found.date() if found is not None else None
