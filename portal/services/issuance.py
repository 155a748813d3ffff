"""Issuing a certificate and revoking it: row, signature, archive and audit in one act."""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

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
from portal.domain.certificate_number import PREFIXES, format_certificate_number
from portal.domain.errors import BadInput, Forbidden
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import NATIONAL, ancestors
from portal.services import archive_chain, audit, credentials, issuers, status_lists
from portal.services.certificate_versions import live_version
from portal.services.issuers import SigningKey
from portal.services.times import day_of
from portal.services.verification import Verification, verify_number

TRAINING = "TRAINING"
_SALT_BYTES = 16
_REASON_LENGTH = range(4, 201)

# Made once: an alias of a class costs milliseconds each time.
_Own = aliased(Person)


def issue(
    session: Session,
    actor: Actor,
    *,
    enrolment_id: UUID,
    hours_credited: int,
    hours_carried: int = 0,
    now: datetime,
) -> Certificate:
    """Issue the training certificate (培训合格证书, reference B5.4) of an enrolment.

    For other services, which have checked that it is deserved and that the actor may. The
    facts are copied, signed, put into the archive and audited. It bears no skill level: that
    takes another kind of certificate (reference B4). ``hours_carried`` of the hours were had
    elsewhere; the certificate says so.
    """
    certificate = _draft(session, enrolment_id, hours_credited, now)
    certificate.remark = t("carry.of_them", hours=hours_carried) if hours_carried else None
    key = issuers.of_institution(session, _given(certificate.institution_id), now=now)
    put_in_force(session, actor, certificate, key, now=now)
    return certificate


def put_in_force(
    session: Session,
    actor: Actor,
    certificate: Certificate,
    key: SigningKey,
    *,
    now: datetime,
    action: str = "certificate.issue",
) -> None:
    """Number, sign, archive and audit a complete draft; it is a certificate from now on.

    For services that have checked who may. A number that the draft has already stays its own: a
    national one, or that of the version before.
    """
    if certificate.number is None:
        certificate.number = _next_number(session, certificate)
    certificate.status_list_no, certificate.status_index = status_lists.take_place(session, now=now)
    certificate.issuer_key_id = key.id
    certificate.status = "issued"
    person = session.get_one(Person, certificate.person_id)
    id_no = get_vault().open("id_no", person.id_no_enc)
    certificate.signature = credentials.sign(certificate, key, id_no=id_no, now=now)
    session.add(certificate)
    session.flush()
    to_archive(session, certificate, now=now)
    to_audit(session, actor, action, certificate, now=now)


def _next_number(session: Session, certificate: Certificate) -> str:
    serial = session.execute(certificate_serial.next_value()).scalar_one()
    prefix = PREFIXES[certificate.kind]
    year = certificate.issued_on.year
    return format_certificate_number(certificate.region_code, year, serial, prefix)


def _given(value: UUID | None) -> UUID:
    if value is None:
        raise ValueError("a training certificate is of an institution")
    return value


def revoke(
    session: Session, actor: Actor, *, number: str, reason: str, now: datetime
) -> Verification:
    """Revoke a certificate of the officer's region. ``reason`` becomes public: no personal data.

    Again on a revoked one changes nothing. Raises BadInput, NotFound, Forbidden.
    """
    actor.require(Permission.SUPERVISE)
    reason = " ".join(reason.split())
    if len(reason) not in _REASON_LENGTH:
        raise BadInput("reason", "certificate.reason_length")
    if not reason.isprintable():  # everybody reads it: nothing in it may turn the line around
        raise BadInput("reason", "reason.unreadable")
    certificate = live_version(session, number)
    if actor.region_code not in (NATIONAL, *ancestors(certificate.region_code)):
        raise Forbidden
    if certificate.status == "issued":
        certificate.status, certificate.revoked_at = "revoked", now
        certificate.revoke_reason = reason
        session.flush()
        status_lists.revoke(session, certificate, now=now)
        to_archive(session, certificate, now=now)
        to_audit(session, actor, "certificate.revoke", certificate, now=now, reason=reason)
    return verify_number(session, actor, number=number, now=now)


def _draft(session: Session, enrolment_id: UUID, hours_credited: int, now: datetime) -> Certificate:
    """The certificate without its signature, its facts copied from where they stand.

    The holder is the kept record, also of a class that began under one merged into it.
    """
    made, person, institution, title, occupation_name = session.execute(
        select(TrainingClass, Person, Institution, TrainingProgramme.title, _occupation_name())
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .join(_Own, _Own.id == Enrolment.person_id)
        .join(Person, Person.id == func.coalesce(_Own.merged_into, _Own.id))
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(Enrolment.id == enrolment_id)
    ).one()
    return Certificate(
        id=new_id(),
        version=1,
        printing=1,
        kind=TRAINING,
        region_code=made.region_code,
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
        result=t("certificate.passed"),
        issued_on=day_of(now),
        expires_on=None,
        status="draft",
        holder_salt=new_salt(),
        created_at=now,
    )


def new_salt() -> bytes:
    """What keys the holder's hash and the digest of one certificate."""
    return secrets.token_bytes(_SALT_BYTES)


def _occupation_name() -> Any:
    """The name of the class's occupation in the newest edition that lists its code."""
    query = select(Occupation.name).where(Occupation.code == TrainingClass.occupation_code)
    return query.order_by(Occupation.edition.desc()).limit(1).scalar_subquery()


def to_archive(session: Session, certificate: Certificate, *, now: datetime) -> None:
    """Add what became of a certificate to its holder's archive: issued or revoked."""
    revoked = certificate.status == "revoked"
    # A revocation takes the place of the line about the issue, a new version of the old one's.
    before = certificate.id if revoked else certificate.replaces_id
    issued_line = session.scalar(
        select(ArchiveEntry.id).where(
            ArchiveEntry.kind == archive_chain.CERTIFICATE, ArchiveEntry.ref_id == before
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
            "starts_on": (certificate.starts_on or certificate.issued_on).isoformat(),
            "ends_on": (certificate.ends_on or certificate.issued_on).isoformat(),
            "issued_on": certificate.issued_on.isoformat(),
            "hours_planned": certificate.hours_planned,
            "certificate_number": certificate.number,
            "certificate_kind": certificate.kind,
            "occupation_code": certificate.occupation_code,
            "level": certificate.level,
            # Of exactly what was signed: another credential in the row is found by it.
            "credential_hash": credential_hash(certificate.signature),
            "reason": certificate.revoke_reason,
        },
        now=now,
        supersedes=issued_line,
    )


def credential_hash(credential: str | None) -> str | None:
    """SHA-256 (hex) of a signed credential."""
    return hashlib.sha256(credential.encode()).hexdigest() if credential else None


def to_audit(
    session: Session,
    actor: Actor,
    action: str,
    certificate: Certificate,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Write down who did what to a certificate."""
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
