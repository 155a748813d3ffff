"""What is kept of a line of an archive file: plain values, and where it comes from."""

import hashlib
from typing import Any

from portal.db.models import TrustedPortal
from portal.domain import carry
from portal.domain.carry import ClassLine
from portal.services.import_file import CertificateLine


def class_origin(portal: TrustedPortal, line: ClassLine) -> str:
    """Where a training comes from: the portal, and its line there."""
    return f"{portal.url}/archive/{line.id}"


def certificate_origin(portal: TrustedPortal, content: dict[str, Any]) -> str:
    """Where a certificate comes from: the portal's page about it, and which version."""
    return f"{portal.url}/verify/{content['number']}#{content['hash'][:16]}"


def of_class(line: ClassLine, portal: TrustedPortal) -> dict[str, Any]:
    """A training as it is kept; ``same`` is the same for all versions of one."""
    return {
        "title": line.title,
        "occupation_code": line.occupation_code,
        "programme_type": line.programme_type,
        "level": line.level,
        "hours": line.hours,
        "planned": line.planned,
        "starts_on": line.starts_on.isoformat(),
        "ends_on": line.ends_on.isoformat(),
        "status": line.status,
        "number": line.certificate_number,
        "institution_name": line.institution_name,
        "institution_uscc": line.institution_uscc,
        "hash": line.hash,
        "same": f"{portal.url}/archive/{line.root}",
    }


def of_certificate(made: CertificateLine, portal: TrustedPortal) -> dict[str, Any]:
    """A certificate as it is kept. Raises Unreadable for a credential of another shape."""
    payload = made.payload
    try:
        subject = payload["credentialSubject"]
        number = subject["licenseNumber"]
        achievement = subject["achievement"]
        aligned = (achievement.get("alignment") or [{}])[0]
        plain = {
            "title": achievement["name"],
            "kind": payload["name"],
            "number": number,
            "issuer": payload["issuer"]["name"],
            "institution_name": subject["source"]["name"],
            "issued_on": str(payload["validFrom"])[:10],
            "expires_on": str(payload["validUntil"])[:10] if "validUntil" in payload else None,
            "starts_on": str(subject.get("activityStartDate", payload["validFrom"]))[:10],
            "ends_on": str(subject.get("activityEndDate", payload["validFrom"]))[:10],
            "level_name": achievement.get("fieldOfStudy"),
            "occupation_code": aligned.get("targetCode"),
        }
        for name in ("issued_on", "starts_on", "ends_on"):
            carry.day(plain, name)
        for name in ("title", "kind", "number", "issuer", "institution_name"):
            carry.text(plain, name)
        for name in ("expires_on", "level_name", "occupation_code"):
            carry.maybe(plain, name)
        hours, planned = (
            carry.number(part, name) if name in part else None
            for part, name in ((subject, "creditsEarned"), (achievement, "creditsAvailable"))
        )
    except (KeyError, TypeError, AttributeError, IndexError):
        raise carry.Unreadable from None
    return plain | {
        "hours": hours,
        "planned": planned,
        "hash": hashlib.sha256(made.credential.encode()).hexdigest(),
        "same": f"{portal.url}/verify/{number}",
        "status_at": list(made.status_at) if made.status_at else None,
    }
