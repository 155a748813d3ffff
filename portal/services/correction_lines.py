"""What of an archive line can be put right, who decides about it, and how the right line reads.

Lines about classes and honours are put right by a line that supersedes them. Lines that speak of
a document (a certificate, something carried over) follow it: the document is put right first, and
brings its own line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import (
    ArchiveEntry,
    Certificate,
    ClaimLine,
    Enrolment,
    ExternalCertificate,
    Person,
    TrainingClass,
)
from portal.domain.errors import BadInput
from portal.policies.regions import NATIONAL
from portal.services import archive_chain

Line: TypeAlias = ArchiveEntry | archive_chain.Entry

# These say how records of persons were joined; they are undone, not put right.
_FIXED = frozenset({archive_chain.MERGE, archive_chain.IDENTITY})
_REWRITTEN = frozenset(
    {
        *(archive_chain.CLASS, archive_chain.AWARD, archive_chain.COMPETITION),
        *(archive_chain.MILITARY, archive_chain.SUBSIDY, archive_chain.EMPLOYMENT),
    }
)
# What the end of a class may have been. A certificate ends by revoking it, not by a correction.
ENDS = ("completed", "failed")
_LONGEST_TITLE = 120
_MOST_HOURS = 9999
_EARLIEST = date(1949, 10, 1)


@dataclass(frozen=True, slots=True)
class Values:
    """What can be put right. ``hours`` None where a line has none, ``status`` "" where it is
    none of ``ENDS``; both days are the same for what happened on one day."""

    title: str
    hours: int | None
    starts_on: date
    ends_on: date
    status: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Who decides: an institution about the classes it recorded, else an authority alone."""

    institution_id: UUID | None
    region_code: str


def can_be_corrected(entry: Line) -> bool:
    """Whether the kind of line may be wrong in itself."""
    return entry.kind not in _FIXED


def is_rewritten(session: Session, entry: Line) -> bool:
    """Whether a new line puts it right, rather than a new document."""
    return origin(session, entry).kind in _REWRITTEN


def values_of(entry: Line) -> Values:
    """The line as it stands."""
    detail = entry.detail
    on = entry.occurred_on.isoformat()
    status = str(detail.get("status") or "")
    return Values(
        title=entry.title,
        hours=entry.hours,
        starts_on=date.fromisoformat(detail.get("starts_on") or on),
        ends_on=date.fromisoformat(detail.get("ends_on") or on),
        status=status if status in ENDS else "",
    )


def check_values(entry: Line, wanted: Values, *, today: date) -> Values:
    """The wanted values, cleaned, with what the kind fixes left as it is. Raises BadInput
    (title, hours, starts_on, ends_on, status), also when nothing would change."""
    stands = values_of(entry)
    title = " ".join(wanted.title.split())
    if not 2 <= len(title) <= _LONGEST_TITLE or not title.isprintable():
        raise BadInput("title", "rights.desk.bad_title", longest=_LONGEST_TITLE)
    hours = None if stands.hours is None else wanted.hours
    planned = entry.detail.get("hours_planned")
    # Nobody attends more than the class had, whoever agrees that it was so.
    most = max(planned, stands.hours or 0) if isinstance(planned, int) else _MOST_HOURS
    if stands.hours is not None and (hours is None or not 0 <= hours <= most):
        raise BadInput("hours", "rights.desk.bad_hours", most=most)
    if not _EARLIEST <= wanted.starts_on <= wanted.ends_on <= today:
        raise BadInput("ends_on", "rights.desk.bad_days")
    if stands.status and wanted.status not in ENDS:
        raise BadInput("status", "rights.desk.bad_status")
    status = wanted.status if stands.status else ""
    right = Values(title, hours, wanted.starts_on, wanted.ends_on, status)
    if right == stands:
        raise BadInput("title", "rights.desk.nothing_changes")
    return right


def supersede(
    session: Session, entry: ArchiveEntry, right: Values, *, request_id: UUID, now: Any
) -> ArchiveEntry:
    """Add the right line; the wrong one stays beneath it. Raises ValueError when it is no longer
    in force."""
    detail: dict[str, Any] = entry.detail | {
        "starts_on": right.starts_on.isoformat(),
        "ends_on": right.ends_on.isoformat(),
        "correction_request": str(request_id),
    }
    if right.status:
        detail["status"] = right.status
    moved = values_of(entry).ends_on != right.ends_on
    return archive_chain.append(
        session,
        person_id=entry.person_id,
        kind=archive_chain.CORRECTION,
        ref_id=entry.id,
        occurred_on=right.ends_on if moved else entry.occurred_on,
        title=right.title,
        institution_name=entry.institution_name,
        hours=right.hours,
        detail=detail,
        now=now,
        supersedes=entry.id,
    )


def as_plain(values: Values) -> dict[str, Any]:
    """The values as they are kept with a request."""
    days = {"starts_on": values.starts_on.isoformat(), "ends_on": values.ends_on.isoformat()}
    return {"title": values.title, "hours": values.hours, "status": values.status} | days


def from_plain(kept: Mapping[str, Any]) -> Values:
    """The values that were kept with a request."""
    return Values(
        title=kept["title"],
        hours=kept["hours"],
        starts_on=date.fromisoformat(kept["starts_on"]),
        ends_on=date.fromisoformat(kept["ends_on"]),
        status=kept["status"],
    )


def origin(session: Session, entry: Line) -> Line:
    """The line that a chain of corrections began with; the line itself when it is none."""
    while entry.kind == archive_chain.CORRECTION and entry.supersedes is not None:
        entry = session.get_one(ArchiveEntry, entry.supersedes)
    return entry


def desk_of(session: Session, entry: Line) -> Desk:
    """Whose desk a request about a line comes to first."""
    first = origin(session, entry)
    if first.kind == archive_chain.CLASS and (taught := _class_of(session, first.ref_id)):
        return Desk(taught.institution_id, taught.region_code)
    return Desk(None, _region(session, first))


def _class_of(session: Session, enrolment_id: UUID) -> TrainingClass | None:
    return session.scalar(
        select(TrainingClass)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(Enrolment.id == enrolment_id)
    )


def _region(session: Session, first: Line) -> str:
    """The region whose authority answers: of the certificate, else where the person lives or
    learned last. Without any of them it is the country's, which every office sees."""
    certificate = session.get(Certificate, first.ref_id)
    if certificate is not None:
        return certificate.region_code
    external = session.get(ExternalCertificate, first.ref_id)
    lived = session.scalar(select(Person.residence_region).where(Person.id == first.person_id))
    learned = (
        select(TrainingClass.region_code)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(Enrolment.person_id == first.person_id)
        .order_by(Enrolment.id.desc())
        .limit(1)
    )
    issued = external.issuer_region if external else None
    return issued or lived or session.scalar(learned) or NATIONAL


def concerns_money(session: Session, entry: Line) -> bool:
    """Whether a subsidy was claimed for what the line is about."""
    first = origin(session, entry)
    claimed = exists().where(ClaimLine.enrolment_id == first.ref_id, ClaimLine.state != "dropped")
    return first.kind == archive_chain.CLASS and bool(session.scalar(select(claimed)))


def certificate_of(session: Session, entry: Line) -> str:
    """The number of the certificate that says the same as the line; "" when there is none."""
    first = origin(session, entry)
    same = Certificate.enrolment_id == first.ref_id
    if first.kind != archive_chain.CLASS:
        same = Certificate.id == first.ref_id
    number = session.scalar(select(Certificate.number).where(same, Certificate.status == "issued"))
    return number or ""
