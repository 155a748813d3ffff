"""The signature of a certificate: what is signed, and what its row is checked against.

The signed credential is public and holds no identifier. It also holds a digest of the row, so
that a row changed in the database no longer agrees with what was signed.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.db.models import Certificate
from portal.documents import signature, status_list
from portal.documents.credential import CredentialFacts, credential_payload, holder_hash
from portal.domain.levels import SkillLevel
from portal.domain.masking import mask_name
from portal.locale import t
from portal.services import status_lists
from portal.services.archive_chain import plain_value
from portal.services.issuers import SigningKey
from portal.settings import get_settings

# Every column that never changes after issue. The salt keys the digest, the signature seals it.
_FIRST = (
    *("id", "number", "kind", "person_id", "enrolment_id", "institution_id", "institution_name"),
    *("institution_uscc", "holder_name", "title", "occupation_code", "occupation_name", "level"),
    *("hours_planned", "hours_credited", "starts_on", "ends_on", "issued_on", "expires_on"),
    "created_at",
)
_SEALED = (
    *_FIRST,
    *("version", "replaces_id", "region_code", "edition", "result", "remark"),
    *("status_list_no", "status_index", "issuer_key_id"),
)
# What a digest covers, by the name it begins with; the first certificates had fewer columns.
_COLUMNS = {"sha256": _FIRST, "sha256-2": _SEALED}
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


def sign(
    certificate: Certificate, key: SigningKey, *, id_no: str, now: datetime | None = None
) -> str:
    """The compact JWS of a complete, not yet signed row; ``now`` is when it is signed."""
    payload = credential_payload(_facts(certificate, key, id_no))
    if now is not None:
        # The date on a certificate says the day only; a key is retired at a moment of it.
        payload["iat"] = int(now.timestamp())
    evidence = {
        "type": ["Evidence"],
        "genre": _GENRE,
        "narrative": _digest(certificate, "sha256-2"),
    }
    payload["evidence"] = [evidence]
    if certificate.expires_on is not None:
        until = f"{certificate.expires_on.isoformat()}T23:59:59+08:00"
        payload["validUntil"] = until
        payload["exp"] = int(datetime.fromisoformat(until).timestamp())
    if certificate.status_list_no is not None and certificate.status_index is not None:
        url = status_lists.list_url(certificate.status_list_no)
        payload["credentialStatus"] = status_list.entry(url, certificate.status_index)
    return key.sign(payload)


def check(certificate: Any, keys: Sequence[Mapping[str, Any]]) -> RecordCheck:
    """Whether a row (a certificate's columns) is what one of the issuers' ``keys`` (JWKs) signed;
    never raises, whatever the row holds."""
    try:
        payload = signature.verify_compact(certificate.signature or "", keys)
    except signature.UnknownIssuer:
        return RecordCheck(signature=False, record=False, issuer=False)
    except signature.SignatureInvalid:
        return RecordCheck(signature=False, record=False, issuer=True)
    signed = _signed_digest(payload)
    known = signed.partition("$")[0]
    if known not in _COLUMNS:
        return RecordCheck(signature=True, record=False, issuer=True)
    agrees = hmac.compare_digest(signed.encode(), _digest(certificate, known).encode())
    return RecordCheck(signature=True, record=agrees, issuer=True)


def _digest(certificate: Any, name: str) -> str:
    sealed = {column: plain_value(getattr(certificate, column)) for column in _COLUMNS[name]}
    keyed = hmac.digest(certificate.holder_salt, signature.canonical(sealed), "sha256")
    return f"{name}${keyed.hex()}"


def _signed_digest(payload: dict[str, Any]) -> str:
    evidence = payload.get("evidence") or [{}]
    return next((str(e["narrative"]) for e in evidence if e.get("genre") == _GENRE), "")


def _facts(certificate: Certificate, key: SigningKey, id_no: str) -> CredentialFacts:
    number = certificate.number or ""
    return CredentialFacts(
        number=number,
        kind=certificate.kind,
        verify_url=verify_url(number),
        issuer_id=key.issuer_url,
        issuer_name=key.issuer_name,
        institution_name=certificate.institution_name,
        institution_uscc=certificate.institution_uscc,
        title=t(f"certificate.kind.{certificate.kind}"),
        programme_name=certificate.title,
        occupation_code=certificate.occupation_code,
        occupation_name=certificate.occupation_name,
        edition=certificate.edition,
        level_name=level_name(certificate.level),
        hours_credited=certificate.hours_credited,
        hours_planned=certificate.hours_planned,
        starts_on=certificate.starts_on,
        ends_on=certificate.ends_on,
        issued_on=certificate.issued_on,
        exam_result=certificate.result,
        version=certificate.version,
        holder_masked=mask_name(certificate.holder_name),
        holder_hash=holder_hash(id_no, certificate.holder_name, certificate.holder_salt),
    )
