"""What the issuer signs: an Open Badges 3.0 credential on the W3C VC 2.0 model.

A credential accompanies the certificate and lets it be checked without asking the portal; legal
validity stays with the certificate (reference.md B5.6).
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from portal.locale import t

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class CredentialFacts:
    """The facts of one certificate. ``*_url`` and ``issuer_id`` are absolute URLs.

    ``holder_hash`` comes from :func:`holder_hash`; ``holder_masked`` is the name as the public
    may see it. Hours are 课时.
    """

    number: str
    kind: str
    verify_url: str
    issuer_id: str
    issuer_name: str
    institution_name: str
    institution_uscc: str
    title: str
    programme_name: str
    occupation_code: str | None
    occupation_name: str | None
    edition: str | None
    level_name: str | None
    hours_credited: int | None
    hours_planned: int | None
    starts_on: date | None
    ends_on: date | None
    issued_on: date
    exam_result: str | None
    version: int
    holder_masked: str
    holder_hash: str


def holder_hash(id_no: str, name: str, salt: bytes) -> str:
    """Binds a credential to a person without telling who: ``sha256$`` and 64 hex digits.

    ID numbers are few enough to try them all, so the hash is keyed with ``salt`` (at least 16
    random bytes, one for each certificate), which stays with the issuer and the holder and is
    never part of the credential.
    """
    if len(salt) < 16:
        raise ValueError("salt needs at least 16 bytes")
    identity = f"{id_no.upper()}\n{name}".encode()
    return "sha256$" + hmac.new(salt, identity, hashlib.sha256).hexdigest()


def credential_payload(facts: CredentialFacts) -> dict[str, object]:
    """The credential of ``facts``, ready for ``signature.sign_compact``.

    Registered JWT claims repeat what VC-JWT verifiers look for; only strings, integers, lists
    and objects occur, so the canonical form is stable.
    """
    valid_from = datetime.combine(facts.issued_on, time(), CHINA)
    return {
        "@context": list(CONTEXTS),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "id": facts.verify_url,
        "iss": facts.issuer_id,
        "jti": facts.verify_url,
        "nbf": int(valid_from.timestamp()),
        "name": facts.title,
        "issuer": {"id": facts.issuer_id, "type": ["Profile"], "name": facts.issuer_name},
        "validFrom": valid_from.isoformat(),
        "credentialSubject": _subject(facts),
    }


def _subject(facts: CredentialFacts) -> dict[str, object]:
    subject: dict[str, object] = {
        "type": ["AchievementSubject"],
        "licenseNumber": facts.number,
        "identifier": [
            _identity("ext:nationalIdentity", facts.holder_hash, hashed=True),
            _identity("name", facts.holder_masked, hashed=False),
        ],
        "source": _source(facts),
        "achievement": _achievement(facts),
    }
    if facts.starts_on:
        subject["activityStartDate"] = _midnight(facts.starts_on)
    if facts.ends_on:
        subject["activityEndDate"] = _midnight(facts.ends_on)
    if facts.hours_credited is not None:
        subject["creditsEarned"] = facts.hours_credited
    if facts.exam_result:
        subject["result"] = [{"type": ["Result"], "value": facts.exam_result}]
    return subject


def _source(facts: CredentialFacts) -> dict[str, object]:
    """Who trained or assessed; an institution by its USCC, an authority as the issuer it is."""
    uscc = facts.institution_uscc
    return {
        "type": ["Profile"],
        "id": f"urn:uscc:{uscc}" if uscc else facts.issuer_id,
        "name": facts.institution_name,
    }


def _identity(kind: str, value: str, *, hashed: bool) -> dict[str, object]:
    return {
        "type": "IdentityObject",
        "identityType": kind,
        "identityHash": value,
        "hashed": hashed,
    }


def _achievement(facts: CredentialFacts) -> dict[str, object]:
    achievement: dict[str, object] = {
        "id": f"{facts.verify_url}#achievement",
        "type": ["Achievement"],
        "achievementType": _TYPES.get(facts.kind, "Certificate"),
        "name": facts.programme_name,
        "description": facts.title,
        "criteria": {"narrative": _criteria(facts)},
    }
    if facts.hours_planned is not None:
        achievement["creditsAvailable"] = facts.hours_planned
    if facts.version > 1:
        achievement["version"] = str(facts.version)
    if facts.level_name:
        achievement["fieldOfStudy"] = facts.level_name
    if facts.occupation_name:
        alignment: dict[str, object] = {
            "type": ["Alignment"],
            "targetName": facts.occupation_name,
            # The standard wants an address; occupations have none but where they are named.
            "targetUrl": f"{facts.verify_url}#occupation",
        }
        if facts.occupation_code:
            alignment["targetCode"] = facts.occupation_code
        if facts.edition:
            alignment["targetFramework"] = facts.edition
        achievement["alignment"] = [alignment]
    return achievement


# What Open Badges 3.0 calls the kinds of reference A6; a certificate where it has no word.
_TYPES = {"QUAL": "License", "SAFETY_POST": "CertificateOfCompletion", "AWARD": "Award"}


def _criteria(facts: CredentialFacts) -> str:
    if facts.hours_planned is None or not facts.exam_result:
        return facts.title
    return t("documents.credential.criteria", planned=facts.hours_planned, result=facts.exam_result)


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), CHINA).isoformat()
