"""Certificates in their owner's hands; the door to everything else about them.

Issuing and revoking stand in ``issuance``, signing in ``credentials``, checking in
``verification``.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Certificate
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import credentials
from portal.services.issuance import issue, revoke
from portal.services.times import day_of
from portal.services.verification import LIVE, Verification, verify_number

__all__ = [
    "CertificateCard",
    "Verification",
    "issue",
    "my_certificates",
    "revoke",
    "verify_number",
]


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
    expires_on: date | None = None
    revoked_on: date | None = None
    revoke_reason: str = ""


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
        expires_on=certificate.expires_on,
        revoked_on=day_of(certificate.revoked_at) if certificate.revoked_at else None,
        revoke_reason=certificate.revoke_reason or "",
    )
