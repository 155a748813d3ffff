"""Certificates in their owner's hands; the door to everything else about them.

Issuing and revoking stand in ``issuance``, signing in ``credentials``, checking in
``verification``.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Certificate, Issuer, IssuerKey, Person
from portal.db.vault import get_vault
from portal.documents import certificate as paper
from portal.domain.errors import NotFound, PortalError
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import credentials
from portal.services.issuance import issue, revoke
from portal.services.issuers import portal_name
from portal.services.times import day_of
from portal.services.verification import LIVE, Verification, verify_number

__all__ = [
    "CertificateCard",
    "CertificateRevoked",
    "Verification",
    "certificate_document",
    "certificate_json",
    "certificate_pdf",
    "certificate_png",
    "file_name",
    "issue",
    "my_certificates",
    "revoke",
    "verify_number",
]


class CertificateRevoked(PortalError):
    """No new copy of a revoked certificate is printed: paper cannot say that it is void."""

    key = "certificate.revoked_no_copy"
    code = "not_found"
    status = 410


@dataclass(frozen=True)
class CertificateCard:
    """One certificate in its owner's list. ``status`` is valid, revoked or expired."""

    id: str
    number: str
    kind: str
    title: str
    level: str | None
    institution_name: str
    hours: int | None
    issued_on: date
    status: str
    status_label: str


def my_certificates(
    session: Session, actor: Actor, *, now: datetime
) -> tuple[CertificateCard, ...]:
    """The actor's own certificates, newest first."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    query = select(Certificate).where(
        Certificate.person_id.in_(actor.the_records()), Certificate.status.in_(LIVE)
    )
    rows = session.scalars(query.order_by(Certificate.issued_on.desc(), Certificate.id.desc()))
    return tuple(_card(row, day_of(now)) for row in rows)


def certificate_document(
    session: Session, actor: Actor, *, certificate_id: UUID
) -> tuple[paper.CertificateDocument, str]:
    """The actor's own certificate as it is printed, and its signed credential.

    Render it outside the transaction. Raises NotFound for anybody else's, CertificateRevoked.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    certificate = session.get(Certificate, certificate_id)
    if (
        certificate is None
        or certificate.person_id not in actor.the_records()
        or certificate.status not in LIVE
    ):
        raise NotFound
    if certificate.status == "revoked":
        raise CertificateRevoked
    person = session.get_one(Person, certificate.person_id)
    signer = session.scalar(
        select(Issuer).join(IssuerKey).where(IssuerKey.id == certificate.issuer_key_id)
    )
    document = paper.CertificateDocument(
        number=certificate.number or "",
        holder_name=certificate.holder_name,
        id_no_masked=mask_id_no(get_vault().open("id_no", person.id_no_enc)),
        programme_name=certificate.title,
        occupation_name=certificate.occupation_name,
        level_name=credentials.level_name(certificate.level),
        hours_credited=certificate.hours_credited,
        hours_planned=certificate.hours_planned,
        starts_on=certificate.starts_on,
        ends_on=certificate.ends_on,
        issued_on=certificate.issued_on,
        institution_name=certificate.institution_name,
        institution_uscc=certificate.institution_uscc,
        exam_result=certificate.result,
        verify_url=credentials.verify_url(certificate.number or ""),
        issuer_name=signer.name if signer else portal_name(),
    )
    return document, certificate.signature or ""


def certificate_pdf(document: paper.CertificateDocument, jws: str) -> bytes:
    """The certificate as PDF with its credential attached."""
    return paper.render_pdf(document, credential=jws)


def certificate_png(document: paper.CertificateDocument, jws: str) -> bytes:
    """The certificate as PNG with its credential inside."""
    return paper.render_png(document, credential=jws)


def certificate_json(document: paper.CertificateDocument, jws: str) -> bytes:
    """The signed credential in a file of its own, for checking without the portal."""
    content = {
        "format": "training-certificate/1",
        "number": document.number,
        "verify_url": document.verify_url,
        "credential": jws,
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def file_name(document: paper.CertificateDocument, extension: str) -> str:
    """A name for the download that tells whoever sees the folder nothing about the person."""
    return f"{document.number}.{extension}"


def _card(certificate: Certificate, today: date) -> CertificateCard:
    expired = certificate.expires_on is not None and certificate.expires_on < today
    status = "revoked" if certificate.status == "revoked" else "expired" if expired else "valid"
    return CertificateCard(
        id=str(certificate.id),
        number=certificate.number or "",
        kind=t(f"certificate.kind.{certificate.kind}"),
        title=certificate.title,
        level=credentials.level_name(certificate.level),
        institution_name=certificate.institution_name,
        hours=certificate.hours_credited,
        issued_on=certificate.issued_on,
        status=status,
        status_label=t(f"certificate.status.{status}"),
    )
