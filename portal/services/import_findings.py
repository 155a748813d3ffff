"""What we find about each line of an archive file before anybody may take it.

A line is new, or already here, or contradicts what is here, or has been revoked where it comes
from. Contradictions are not ours to settle by a program: an officer decides.
"""

import hmac
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    ArchiveEntry,
    ArchiveImport,
    ArchiveImportLine,
    Certificate,
    Enrolment,
    Institution,
    Occupation,
    Person,
    TrainingClass,
    TrustedPortal,
)
from portal.db.vault import get_vault
from portal.documents.credential import holder_hash
from portal.documents.status_list import BadStatusList
from portal.domain.carry import CERTIFICATE, CLASS, CONFLICT, DUPLICATE, NEW, REVOKED
from portal.domain.masking import mask_name
from portal.services import import_content
from portal.services.import_file import ArchiveFile, CertificateLine
from portal.services.import_refresh import is_revoked
from portal.services.one_person import ids_of
from portal.services.verification import LIVE

_ATTENDED = ("accepted", "active", "completed", "failed")


@dataclass(frozen=True, slots=True)
class Found:
    """One line with what we found. ``why`` is the word of ``carry.why.*`` that says it;
    ``against`` what it doubles or contradicts here."""

    kind: str
    origin: str
    content: dict[str, Any]
    finding: str
    why: str
    against: UUID | None = None


def findings(
    session: Session, portal: TrustedPortal, file: ArchiveFile, person: Person
) -> list[Found]:
    """Every line of a file with its finding, trainings first."""
    own_name = mask_name(person.name) == file.header.holder_masked
    people = ids_of(session, person.id)
    id_no = get_vault().open("id_no", person.id_no_enc)
    found = []
    for line in file.classes:
        content, origin = (
            import_content.of_class(line, portal),
            import_content.class_origin(portal, line),
        )
        found.append(judge(session, people, content, origin, own_name=own_name))
    for made in file.certificates:
        content = import_content.of_certificate(made, portal)
        is_own = own_name and _is_holders(made, id_no, person.name)
        origin = import_content.certificate_origin(portal, content)
        found.append(_certificate(session, portal, people, made, content, origin, is_own=is_own))
    return found


def judge(
    session: Session,
    people: tuple[UUID, ...],
    content: dict[str, Any],
    origin: str,
    *,
    own_name: bool,
) -> Found:
    """What is to be said of a training. Asked again when it is taken: meanwhile much happens."""

    def said(finding: str, why: str, against: UUID | None = None) -> Found:
        return Found(CLASS, origin, content, finding, why, against)

    doubled = doubles(session, people, CLASS, origin, content)
    if doubled is not None:
        return said(*doubled)
    if not own_name:
        return said(CONFLICT, "name")
    if content["hours"] > content["planned"]:
        return said(CONFLICT, "hours")
    code = content["occupation_code"]
    if code is not None and not _is_occupation(session, code):
        return said(CONFLICT, "occupation")
    overlap = _overlap(session, people, content, source=origin.partition("/archive/")[0])
    return said(CONFLICT, "overlap", overlap) if overlap else said(NEW, "new")


def again(
    session: Session, portal: TrustedPortal, people: tuple[UUID, ...], line: ArchiveImportLine
) -> tuple[str, str]:
    """Finding and word of a line that was new, as of now."""
    content = line.content
    if line.kind == CLASS:
        found = judge(session, people, content, line.origin, own_name=True)
        return found.finding, found.why
    status_at = content["status_at"]
    status = status_of(portal, (status_at[0], status_at[1]) if status_at else None)
    if status:
        return (REVOKED if status == "revoked" else CONFLICT), status
    doubled = doubles(session, people, line.kind, line.origin, content)
    return doubled[:2] if doubled else (NEW, "new")


def doubles(
    session: Session, people: tuple[UUID, ...], kind: str, origin: str, content: dict[str, Any]
) -> tuple[str, str, UUID | None] | None:
    """Finding, word and row, when the line or another version of it has been taken or waits."""
    rows = session.scalars(
        select(ArchiveImportLine)
        .join(ArchiveImport, ArchiveImport.id == ArchiveImportLine.import_id)
        .where(
            ArchiveImport.person_id.in_(people),
            ArchiveImportLine.kind == kind,
            ArchiveImportLine.state.in_(("taken", "asked")),
            ArchiveImportLine.content["same"].astext == content["same"],
        )
    ).all()
    for row in rows:
        if row.origin == origin and row.content["hash"] == content["hash"]:
            return DUPLICATE, "taken" if row.state == "taken" else "asked", row.id
    if rows:
        return CONFLICT, "changed", rows[0].id
    return _same_here(session, people, content) if kind == CLASS else None


def _certificate(
    session: Session,
    portal: TrustedPortal,
    people: tuple[UUID, ...],
    made: CertificateLine,
    content: dict[str, Any],
    origin: str,
    *,
    is_own: bool,
) -> Found:
    def said(finding: str, why: str, against: UUID | None = None) -> Found:
        return Found(CERTIFICATE, origin, content, finding, why, against)

    status = status_of(portal, made.status_at)
    if status == "revoked":
        return said(REVOKED, "revoked")
    doubled = doubles(session, people, CERTIFICATE, origin, content)
    if doubled is not None:
        return said(*doubled)
    here = session.scalar(
        select(Certificate).where(
            Certificate.number == content["number"], Certificate.status.in_(LIVE)
        )
    )
    if here is not None:
        same = here.signature == made.credential
        return said(*((DUPLICATE, "here") if same else (CONFLICT, "number")), here.id)
    if not is_own:
        return said(CONFLICT, "name")
    if made.doubt:
        return said(CONFLICT, made.doubt)
    if (content["hours"] or 0) > (content["planned"] or content["hours"] or 0):
        return said(CONFLICT, "hours")
    code = content["occupation_code"]
    if code is not None and not _is_occupation(session, code):
        return said(CONFLICT, "occupation")
    return said(CONFLICT, status) if status else said(NEW, "new")


def status_of(portal: TrustedPortal, status_at: tuple[str, int] | None) -> str:
    """revoked, no_status (nothing can be asked), unknown_status (no list could be had), or ""."""
    if status_at is None:
        return "no_status"
    try:
        bit = is_revoked(portal, status_at)
    except BadStatusList:
        return "no_status"
    return "unknown_status" if bit is None else "revoked" if bit else ""


def _same_here(
    session: Session, people: tuple[UUID, ...], content: dict[str, Any]
) -> tuple[str, str, UUID | None] | None:
    """The very training, held here too: a class of the same school, title and days."""
    found = session.scalar(
        select(Enrolment.id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            Enrolment.person_id.in_(people),
            Enrolment.status.in_(_ATTENDED),
            Institution.uscc == content["institution_uscc"],
            TrainingClass.title == content["title"],
            TrainingClass.starts_on == date.fromisoformat(content["starts_on"]),
            TrainingClass.ends_on == date.fromisoformat(content["ends_on"]),
        )
    )
    return (DUPLICATE, "here", found) if found else None


def _overlap(
    session: Session, people: tuple[UUID, ...], content: dict[str, Any], *, source: str
) -> UUID | None:
    """A class of this person here, or a training taken from a third portal, on some of the same
    days. What one portal has itself recorded side by side, it has looked at itself."""
    starts_on, ends_on = (date.fromisoformat(content[name]) for name in ("starts_on", "ends_on"))
    here = session.scalar(
        select(Enrolment.id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.person_id.in_(people),
            Enrolment.status.in_(_ATTENDED),
            TrainingClass.starts_on <= ends_on,
            TrainingClass.ends_on >= starts_on,
        )
        .limit(1)
    )
    if here is not None:
        return here
    entry: UUID | None = session.scalar(
        select(ArchiveEntry.id)
        .where(
            ArchiveEntry.person_id.in_(people),
            ArchiveEntry.kind == "carried",
            ArchiveEntry.source_system != source,
            ArchiveEntry.detail["subject"].astext == CLASS,
            ArchiveEntry.detail["starts_on"].astext <= content["ends_on"],
            ArchiveEntry.detail["ends_on"].astext >= content["starts_on"],
        )
        .limit(1)
    )
    return entry


def _is_occupation(session: Session, code: str) -> bool:
    known = select(Occupation.code).where(Occupation.code == code).limit(1)
    return session.scalar(known) is not None


def _is_holders(made: CertificateLine, id_no: str, name: str) -> bool:
    signed = next(
        (
            one.get("identityHash")
            for one in made.payload["credentialSubject"].get("identifier", ())
            if one.get("hashed")
        ),
        "",
    )
    return hmac.compare_digest(str(signed), holder_hash(id_no, name, made.salt))
