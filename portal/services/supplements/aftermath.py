"""What became of an accepted entry: where the public reads it, what covers it, how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SupplementEntry, TrainingClass, TrainingProgramme
from portal.policies.regions import region_name
from portal.services.public_catalogues.lists import href
from portal.services.supplements.base import KIND

_OVER = ("finished", "closed", "cancelled")


@dataclass(frozen=True, slots=True)
class Above:
    """The entry of a catalogue above that holds in the place of a supplement's."""

    title: str
    region_name: str
    doc_no: str
    href: str


@dataclass(frozen=True, slots=True)
class Aftermath:
    """``href`` is the entry's public page, empty before it was accepted; ``running`` counts the
    classes of it that are not over."""

    href: str = ""
    running: int = 0
    above: Above | None = None
    ended_at: datetime | None = None
    ended_doc: str = ""
    ended_reason: str = ""


def aftermath(session: Session, rows: Sequence[SupplementEntry]) -> Mapping[UUID, Aftermath]:
    """By entry; for those that were never accepted there is nothing to say."""
    accepted = [row for row in rows if row.programme_id is not None]
    running, above = _running(session, accepted), _above(session, accepted)
    return {
        row.id: Aftermath(
            href=href(KIND, row.code, row.region_code),
            running=running.get(row.programme_id, 0) if row.programme_id else 0,
            above=above.get(row.covered_by) if row.covered_by else None,
            ended_at=row.ended_at,
            ended_doc=row.ended_doc,
            ended_reason=row.ended_reason,
        )
        for row in accepted
    }


def _running(session: Session, rows: Sequence[SupplementEntry]) -> dict[UUID, int]:
    query = (
        select(TrainingClass.programme_id, func.count())
        .where(
            TrainingClass.programme_id.in_({row.programme_id for row in rows}),
            TrainingClass.status.not_in(_OVER),
        )
        .group_by(TrainingClass.programme_id)
    )
    return dict(session.execute(query).tuples().all())


def _above(session: Session, rows: Sequence[SupplementEntry]) -> dict[UUID, Above]:
    query = (
        select(TrainingProgramme, CatalogVersion)
        .join(CatalogVersion, CatalogVersion.id == TrainingProgramme.catalog_version_id)
        .where(TrainingProgramme.id.in_({row.covered_by for row in rows if row.covered_by}))
    )
    return {
        programme.id: Above(
            programme.title,
            region_name(version.region_code),
            version.doc_no,
            href(version.kind, programme.code, version.region_code),
        )
        for programme, version in session.execute(query).tuples()
    }
