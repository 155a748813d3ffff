"""The signature of a certificate: what is signed, and what its row is checked against.

The signed credential is public and holds no identifier. It also holds a digest of the row, so
that a row changed in the database no longer agrees with what was signed.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from portal.db.models import Certificate
from portal.documents import signature
from portal.documents.credential import CredentialFacts, credential_payload, holder_hash
from portal.domain.levels import SkillLevel
from portal.domain.masking import mask_name
from portal.locale import t
from portal.services.archive_chain import plain_value
from portal.services.issuer import get_issuer, issuer_id, issuer_name
from portal.settings import get_settings

# Every column that never changes after issue. The salt keys the digest, the signature seals it.
_SEALED = (
    *("id", "number", "kind", "person_id", "enrolment_id", "institution_id", "institution_name"),
    *("institution_uscc", "holder_name", "title", "occupation_code", "occupation_name", "level"),
    *("hours_planned", "hours_credited", "starts_on", "ends_on", "issued_on", "expires_on"),
    "created_at",
)
_GENRE = "RecordDigest"


@dataclass(frozen=True)
class RecordCheck:
    """Three answers about a row: signature intact, signed as it reads now, issuer published."""

    signature: bool
    record: bool
    issuer: bool

    @property
    def genuine(self) -> bool:
        return self.signature and self.record and self.issuer


def verify_url(number: str) -> str:
    """The public address that the code on a certificate opens."""
    return f"{get_settings().public_url}/verify/{number}"


def level_name(level: int | None) -> str | None:
    """五级/初级工; None for certificates without a level (reference B4)."""
    return None if level is None else SkillLevel(level).printed_name


def sign(certificate: Certificate, *, id_no: str) -> str:
    """The compact JWS of a complete, not yet signed row."""
    payload = credential_payload(_facts(certificate, id_no))
    evidence = {"type": ["Evidence"], "genre": _GENRE, "narrative": _digest(certificate)}
    payload["evidence"] = [evidence]
    if certificate.expires_on is not None:
        payload["validUntil"] = f"{certificate.expires_on.isoformat()}T23:59:59+08:00"
    return get_issuer().sign(payload)


def check(certificate: Certificate) -> RecordCheck:
    """Whether a row is what the issuer signed; never raises, whatever the row holds."""
    try:
        payload = signature.verify_compact(certificate.signature, get_issuer().jwks)
    except signature.UnknownIssuer:
        return RecordCheck(signature=False, record=False, issuer=False)
    except signature.SignatureInvalid:
        return RecordCheck(signature=False, record=False, issuer=True)
    signed = _signed_digest(payload)
    agrees = hmac.compare_digest(signed.encode(), _digest(certificate).encode())
    return RecordCheck(signature=True, record=agrees, issuer=True)


def _digest(certificate: Certificate) -> str:
    sealed = {name: plain_value(getattr(certificate, name)) for name in _SEALED}
    keyed = hmac.new(certificate.holder_salt, signature.canonical(sealed), hashlib.sha256)
    return "sha256$" + keyed.hexdigest()


def _signed_digest(payload: dict[str, Any]) -> str:
    evidence = payload.get("evidence") or [{}]
    return next((str(e["narrative"]) for e in evidence if e.get("genre") == _GENRE), "")


def _facts(certificate: Certificate, id_no: str) -> CredentialFacts:
    return CredentialFacts(
        number=certificate.number,
        verify_url=verify_url(certificate.number),
        issuer_id=issuer_id(),
        issuer_name=issuer_name(),
        institution_name=certificate.institution_name,
        institution_uscc=certificate.institution_uscc,
        title=t("documents.certificate.title"),
        programme_name=certificate.title,
        occupation_code=certificate.occupation_code,
        occupation_name=certificate.occupation_name,
        level_name=level_name(certificate.level),
        hours_credited=certificate.hours_credited,
        hours_planned=certificate.hours_planned,
        starts_on=certificate.starts_on,
        ends_on=certificate.ends_on,
        issued_on=certificate.issued_on,
        exam_result=t("certificate.passed"),
        holder_masked=mask_name(certificate.holder_name),
        holder_hash=holder_hash(id_no, certificate.holder_name, certificate.holder_salt),
    )
