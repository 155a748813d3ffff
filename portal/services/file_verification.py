"""Checking a certificate file with the issuer's public keys, with or without the register."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.documents import embedding, signature
from portal.locale import t

VALID, EXPIRED, TAMPERED, UNKNOWN_ISSUER = "valid", "expired", "tampered", "unknown_issuer"
# A certificate is a page; anything larger is something else.
LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What the signature says. ``outcome`` is valid, expired, tampered or unknown_issuer.

    ``number`` is the one that was signed, None unless the signature holds.
    """

    outcome: str
    sentence: str
    number: str | None = None


def credential_in(content: bytes) -> str | None:
    """The signed credential of a PNG, PDF or JSON file of ours; None when there is none."""
    if len(content) > LARGEST:
        return None
    found = embedding.extract_from_png(content) or embedding.extract_from_pdf(content)
    if found is not None:
        return found
    try:
        inside = json.loads(content)
    except ValueError:
        return None
    credential = inside.get("credential") if isinstance(inside, dict) else None
    return credential if isinstance(credential, str) else None


def issuers_in(content: bytes) -> list[dict[str, str]] | None:
    """The keys of a saved issuer page (a JWK set, or several in a list); None for anything else."""
    try:
        inside = json.loads(content)
    except ValueError:
        return None
    keys: list[dict[str, str]] = []
    for page in inside if isinstance(inside, list) else [inside]:
        found = page.get("keys") if isinstance(page, dict) else None
        if not isinstance(found, list) or not all(_is_key(key) for key in found):
            return None
        keys += found
    return keys


def _is_key(key: object) -> bool:
    return isinstance(key, dict) and all(isinstance(value, str) for value in key.values())


def verify_credential(
    credential: str, jwks: Sequence[Mapping[str, str]], *, now: datetime
) -> FileVerdict:
    """Judge a credential by signature and expiry alone; revocation only the register knows."""
    try:
        payload = signature.verify_compact(credential, jwks)
    except signature.UnknownIssuer:
        return FileVerdict(UNKNOWN_ISSUER, t("cli.verify.unknown_issuer"))
    except signature.SignatureInvalid:
        return FileVerdict(TAMPERED, t("cli.verify.tampered"))
    number = _number(payload)
    if _is_over(payload, now):
        return FileVerdict(EXPIRED, t("cli.verify.expired"), number)
    return FileVerdict(VALID, t("cli.verify.valid_offline"), number)


def _number(payload: Mapping[str, Any]) -> str | None:
    subject = payload.get("credentialSubject")
    found = subject.get("licenseNumber") if isinstance(subject, dict) else None
    return found if isinstance(found, str) else None


def _is_over(payload: Mapping[str, Any], now: datetime) -> bool:
    until = payload.get("validUntil")
    return isinstance(until, str) and datetime.fromisoformat(until) < now
