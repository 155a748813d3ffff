"""What else the first trainee's archive holds: an award of earlier years, a competition whose
organiser was put right, and military training of the second."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry
from portal.demo import officers
from portal.demo.cast import Cast
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import archive_chain as chain
from portal.services.archive_records import add_record
from portal.services.times import day_of

# Trainees by their place among the accounts, from 0: 13900000001 is 0.
_FIRST, _VETERAN = 0, 1


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Add the lines that are missing; again changes nothing."""
    officer, _ = officers.ensure(session, now=now)
    first, veteran = everybody.trainees[_FIRST], everybody.trainees[_VETERAN]
    year = day_of(now).year
    _add(session, officer, first, chain.AWARD, date(year - 2, 5, 4), now)
    _add(session, officer, veteran, chain.MILITARY, date(year - 6, 9, 1), now)
    # Of a year without a list: the demo's own of 2026 would not name it.
    entry = _add(session, officer, first, chain.COMPETITION, date(2025, 8, 20), now)
    _put_right(session, entry, now)


def _add(
    session: Session, officer: Actor, person_id: UUID, kind: str, on: date, now: datetime
) -> ArchiveEntry:
    """A record, unless the demo of another day has written it."""
    known = select(ArchiveEntry).where(
        ArchiveEntry.person_id == person_id,
        ArchiveEntry.kind == kind,
        ArchiveEntry.title == t(f"demo.archive.{kind}"),
    )
    found = session.scalar(known)
    return found or add_record(
        session,
        officer,
        person_id=person_id,
        kind=kind,
        title=t(f"demo.archive.{kind}"),
        issuer=t(f"demo.archive.{kind}_by"),
        occurred_on=on,
        now=now,
    )


def _put_right(session: Session, entry: ArchiveEntry, now: datetime) -> None:
    """The organiser was written down wrongly: a later line says so, the first one stays."""
    fixed = select(ArchiveEntry.id).where(
        ArchiveEntry.kind == chain.CORRECTION, ArchiveEntry.ref_id == entry.id
    )
    if session.scalar(fixed) is not None:
        return
    chain.append(
        session,
        person_id=entry.person_id,
        kind=chain.CORRECTION,
        ref_id=entry.id,
        occurred_on=entry.occurred_on,
        title=entry.title,
        institution_name=t("demo.archive.organiser"),
        hours=None,
        detail=entry.detail | {"reason": t("demo.archive.reason")},
        now=now,
        supersedes=entry.id,
    )
