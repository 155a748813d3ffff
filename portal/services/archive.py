"""A person's lifelong training archive, as its owner reads it and takes it away.

How lines are written and kept honest stands in ``archive_chain``.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    ArchiveEntry,
    AttendanceRecord,
    Certificate,
    Enrolment,
    Institution,
    Person,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.documents import archive as paper
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services.archive_chain import (
    CERTIFICATE,
    append,
    entries_of,
    first_broken,
    in_force,
    plain_entry,
    plain_value,
    verify_chain,
)
from portal.services.times import day_of, local

__all__ = [
    "ArchiveLine",
    "ArchiveView",
    "append",
    "archive_document",
    "archive_json",
    "archive_pdf",
    "my_archive",
    "verify_chain",
]


@dataclass(frozen=True)
class ArchiveLine:
    """One line as its owner reads it.

    ``status`` is running, awaiting (over, result not out), completed, failed, valid or
    revoked; the last two are certificates. ``hours`` are 课时, so far for a running class.
    """

    key: str
    is_certificate: bool
    status: str
    status_label: str
    title: str
    institution_name: str
    hours: int | None
    hours_planned: int | None
    starts_on: date
    ends_on: date
    certificate_number: str | None


@dataclass(frozen=True)
class ArchiveView:
    """The archive of one person. The totals are those of the lines; ``intact`` of their chain.

    ``head`` is the hash of the last line: it stands for the whole record. Empty without one.
    """

    holder_name: str
    trainings: int
    hours: int
    certificates: int
    intact: bool
    head: str
    lines: tuple[ArchiveLine, ...]


def my_archive(session: Session, actor: Actor, *, now: datetime) -> ArchiveView:
    """The actor's own archive, newest first: running classes, then what is on record."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    person_id = actor.the_person()
    entries = entries_of(session, person_id)
    lines = [_line(entry) for entry in in_force(entries)] + _running(session, person_id, now)
    lines.sort(key=lambda line: (line.ends_on, line.is_certificate, line.key), reverse=True)
    lines.sort(key=lambda line: line.status not in ("running", "awaiting"))
    classes = [line for line in lines if not line.is_certificate]
    return ArchiveView(
        holder_name=session.get_one(Person, person_id).name,
        trainings=len(classes),
        hours=sum(line.hours or 0 for line in classes),
        certificates=sum(line.status == "valid" for line in lines),
        intact=first_broken(entries) is None,
        head=entries[-1].hash if entries else "",
        lines=tuple(lines),
    )


def archive_json(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """The actor's whole archive as plain data, superseded lines, hashes and credentials too."""
    view = my_archive(session, actor, now=now)
    person = session.get_one(Person, actor.the_person())
    certificates = session.scalars(
        select(Certificate).where(Certificate.person_id == person.id).order_by(Certificate.id)
    )
    return {
        "format": "training-archive/1",
        "generated_at": plain_value(now),
        "holder": {"name": person.name, "id_no": _masked_id_no(person)},
        "totals": {
            "trainings": view.trainings,
            "hours": view.hours,
            "certificates": view.certificates,
        },
        "intact": view.intact,
        "lines": [{k: plain_value(v) for k, v in asdict(line).items()} for line in view.lines],
        "chain": [
            plain_entry(entry) | {"hash": entry.hash} for entry in entries_of(session, person.id)
        ],
        "certificates": [
            {"number": made.number, "status": made.status, "credential": made.signature}
            for made in certificates
        ],
    }


def archive_document(session: Session, actor: Actor, *, now: datetime) -> paper.ArchiveDocument:
    """The actor's own archive as a printable document; render it outside the transaction."""
    view = my_archive(session, actor, now=now)
    person = session.get_one(Person, actor.the_person())
    revoked = {line.certificate_number for line in view.lines if line.status == "revoked"}
    return paper.ArchiveDocument(
        holder_name=person.name,
        id_no_masked=_masked_id_no(person),
        generated_at=local(now),
        entries=[_printed(line, revoked) for line in view.lines if not line.is_certificate],
        totals=paper.ArchiveTotals(view.trainings, view.hours, view.certificates),
        verify_hint=t("archive.verify_hint"),
        serial=view.head[:16].upper(),
    )


def archive_pdf(document: paper.ArchiveDocument) -> bytes:
    """The printable document as PDF."""
    return paper.render_pdf(document)


def _line(entry: ArchiveEntry) -> ArchiveLine:
    detail = entry.detail
    return ArchiveLine(
        key=str(entry.id),
        is_certificate=detail["subject"] == CERTIFICATE,
        status=detail["status"],
        status_label=t(f"archive.status.{detail['status']}"),
        title=entry.title,
        institution_name=entry.institution_name,
        hours=entry.hours,
        hours_planned=detail["hours_planned"],
        starts_on=date.fromisoformat(detail["starts_on"]),
        ends_on=date.fromisoformat(detail["ends_on"]),
        certificate_number=detail["certificate_number"],
    )


def _running(session: Session, person_id: UUID, now: datetime) -> list[ArchiveLine]:
    """Live enrolments whose class has begun, with the hours credited so far."""
    today = day_of(now)
    credited = (
        select(func.coalesce(func.sum(AttendanceRecord.credited_hours), 0))
        .where(AttendanceRecord.enrolment_id == Enrolment.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Enrolment.id, TrainingClass, Institution.name, credited)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.status.in_(("accepted", "active")),
            TrainingClass.starts_on <= today,
        )
    ).all()
    return [_running_line(key, made, name, hours, today) for key, made, name, hours in rows]


def _running_line(
    enrolment_id: UUID, made: TrainingClass, institution: str, credited: int, today: date
) -> ArchiveLine:
    status = "running" if made.ends_on >= today else "awaiting"
    return ArchiveLine(
        key=str(enrolment_id),
        is_certificate=False,
        status=status,
        status_label=t(f"archive.status.{status}"),
        title=made.title,
        institution_name=institution,
        hours=credited,
        hours_planned=made.hours,
        starts_on=made.starts_on,
        ends_on=made.ends_on,
        certificate_number=None,
    )


def _printed(line: ArchiveLine, revoked: set[str | None]) -> paper.ArchiveLine:
    number = line.certificate_number or ""
    if number in revoked:
        number = t("archive.revoked_number", number=number)
    return paper.ArchiveLine(
        period=t("archive.period", starts_on=line.starts_on, ends_on=line.ends_on),
        title=line.title,
        institution=line.institution_name,
        hours=t("archive.hours", credited=line.hours, planned=line.hours_planned),
        result=line.status_label,
        certificate_number=number,
    )


def _masked_id_no(person: Person) -> str:
    return mask_id_no(get_vault().open("id_no", person.id_no_enc))
