"""Issuing a certificate and revoking it: row, signature, archive and audit in one act."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    ArchiveEntry,
    Certificate,
    Enrolment,
    Institution,
    Occupation,
    Person,
    TrainingClass,
    TrainingProgramme,
    certificate_serial,
)
from portal.db.vault import get_vault
from portal.domain.certificate_number import format_certificate_number, parse_certificate_number
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Permission
from portal.policies.regions import NATIONAL, ancestors
from portal.services import archive_chain, audit, credentials
from portal.services.times import day_of
from portal.services.verification import Verification, verify_number

TRAINING = "TRAINING"
_SALT_BYTES = 16
_REASON_LENGTH = range(4, 201)


def issue(
    session: Session, actor: Actor, *, enrolment_id: UUID, hours_credited: int, now: datetime
) -> Certificate:
    """Issue the training certificate (培训合格证书, reference B5.4) of an enrolment.

    For other services, which have checked that it is deserved and that the actor may. The
    facts are copied, signed, put into the archive and audited. It bears no skill level: that
    takes another kind of certificate (reference B4).
    """
    certificate, person = _draft(session, enrolment_id, hours_credited, now)
    id_no = get_vault().open("id_no", person.id_no_enc)
    certificate.signature = credentials.sign(certificate, id_no=id_no)
    session.add(certificate)
    session.flush()
    _archive(session, certificate, now=now)
    _audit(session, actor, "certificate.issue", certificate, now=now)
    return certificate


def revoke(
    session: Session, actor: Actor, *, number: str, reason: str, now: datetime
) -> Verification:
    """Revoke a certificate of the officer's region. ``reason`` becomes public: no personal data.

    Again on a revoked one changes nothing. Raises BadInput, NotFound, Forbidden.
    """
    actor.require(Permission.SUPERVISE)
    parsed = parse_certificate_number(number)
    reason = " ".join(reason.split())
    if len(reason) not in _REASON_LENGTH:
        raise BadInput("reason", "certificate.reason_length")
    if not reason.isprintable():  # everybody reads it: nothing in it may turn the line around
        raise BadInput("reason", "reason.unreadable")
    certificate = session.scalar(
        select(Certificate).where(Certificate.number == str(parsed)).with_for_update()
    )
    if certificate is None:
        raise NotFound
    # The number names the region of the class, and the signature covers the number.
    if actor.region_code not in (NATIONAL, *ancestors(parsed.region_code)):
        raise Forbidden
    if certificate.status == "issued":
        certificate.status, certificate.revoked_at = "revoked", now
        certificate.revoke_reason = reason
        session.flush()
        _archive(session, certificate, now=now)
        _audit(session, actor, "certificate.revoke", certificate, now=now, reason=reason)
    return verify_number(session, actor, number=number, now=now)


def _draft(
    session: Session, enrolment_id: UUID, hours_credited: int, now: datetime
) -> tuple[Certificate, Person]:
    """The certificate without its signature, its facts copied from where they stand."""
    made, person, institution, title, occupation_name = session.execute(
        select(TrainingClass, Person, Institution, TrainingProgramme.title, _occupation_name())
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(Enrolment.id == enrolment_id)
    ).one()
    today = day_of(now)
    serial = session.execute(certificate_serial.next_value()).scalar_one()
    certificate = Certificate(
        id=new_id(),
        number=format_certificate_number(made.region_code, today.year, serial),
        kind=TRAINING,
        person_id=person.id,
        enrolment_id=enrolment_id,
        institution_id=institution.id,
        institution_name=institution.name,
        institution_uscc=institution.uscc,
        holder_name=person.name,
        title=title,
        occupation_code=made.occupation_code,
        occupation_name=occupation_name,
        level=None,
        hours_planned=made.hours,
        hours_credited=hours_credited,
        starts_on=made.starts_on,
        ends_on=made.ends_on,
        issued_on=today,
        expires_on=None,
        status="issued",
        holder_salt=secrets.token_bytes(_SALT_BYTES),
        created_at=now,
    )
    return certificate, person


def _occupation_name() -> Any:
    """The name of the class's occupation in the newest edition that lists its code."""
    query = select(Occupation.name).where(Occupation.code == TrainingClass.occupation_code)
    return query.order_by(Occupation.edition.desc()).limit(1).scalar_subquery()


def _archive(session: Session, certificate: Certificate, *, now: datetime) -> None:
    revoked = certificate.status == "revoked"
    issued_line = session.scalar(
        select(ArchiveEntry.id).where(
            ArchiveEntry.kind == archive_chain.CERTIFICATE, ArchiveEntry.ref_id == certificate.id
        )
    )
    archive_chain.append(
        session,
        person_id=certificate.person_id,
        kind=archive_chain.REVOCATION if revoked else archive_chain.CERTIFICATE,
        ref_id=certificate.id,
        occurred_on=day_of(now),
        title=certificate.title,
        institution_name=certificate.institution_name,
        hours=certificate.hours_credited,
        detail={
            "subject": archive_chain.CERTIFICATE,
            "status": "revoked" if revoked else "valid",
            "starts_on": certificate.starts_on.isoformat(),
            "ends_on": certificate.ends_on.isoformat(),
            "hours_planned": certificate.hours_planned,
            "certificate_number": certificate.number,
            "reason": certificate.revoke_reason,
        },
        now=now,
        supersedes=issued_line,
    )


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    certificate: Certificate,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="certificate",
        object_id=certificate.id,
        on_behalf_of=certificate.person_id,
        reason=reason,
        detail={"number": certificate.number},
    )
