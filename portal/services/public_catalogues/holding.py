"""Which of two entries holds: a supplement's, or that of the catalogue above (reference C8)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion, SupplementEntry, TrainingProgramme
from portal.locale import t
from portal.policies import reference
from portal.services.public_catalogues import kinds, lists
from portal.services.public_catalogues.links import Link
from portal.services.supplements import covering
from portal.services.times import date_text, day_of


@dataclass(frozen=True, slots=True)
class Held:
    """A sentence, and what to read instead. ``is_gone``: nothing new is opened for the entry;
    ``ended`` since when for good."""

    sentence: str
    links: tuple[Link, ...]
    is_gone: bool
    ended: date | None = None


def held(session: Session, entry: CatalogueEntry, version: CatalogVersion) -> Held | None:
    """What else says the same as an entry in force, or None."""
    programme = _programme(session, entry, version)
    if programme is None:
        return None
    if version.kind != kinds.SUPPLEMENT:
        return _in_place_of(session, programme)
    row = session.scalar(
        select(SupplementEntry).where(SupplementEntry.programme_id == programme.id)
    )
    if row is None:
        return None
    if row.state == "ended" and row.ended_at is not None:
        day = date_text(day_of(row.ended_at))
        words = {"day": day, "doc": row.ended_doc, "reason": row.ended_reason}
        return Held(t("public_catalogues.ended", **words), (), True, day_of(row.ended_at))
    if row.covered_by is not None:
        above = session.get_one(TrainingProgramme, row.covered_by)
        return Held(t("public_catalogues.covered"), (link_to(session, above),), True)
    return None


def link_to(session: Session, programme: TrainingProgramme) -> Link:
    """The public page of a programme's entry."""
    version = session.get_one(CatalogVersion, programme.catalog_version_id)
    return Link(
        lists.href(version.kind, programme.code, version.region_code),
        programme.title,
        reference.region_name(version.region_code),
    )


def _in_place_of(session: Session, programme: TrainingProgramme) -> Held | None:
    rows = covering.covered_by(session, programme.id)
    if not rows:
        return None
    links = tuple(
        Link(
            lists.href(kinds.SUPPLEMENT, row.code, row.region_code),
            row.title,
            reference.region_name(row.region_code),
        )
        for row in rows
    )
    return Held(t("public_catalogues.covers"), links, False)


def _programme(
    session: Session, entry: CatalogueEntry, version: CatalogVersion
) -> TrainingProgramme | None:
    if version.kind not in (kinds.PROGRAMME, kinds.SUPPLEMENT):
        return None
    return session.scalar(
        select(TrainingProgramme).where(
            TrainingProgramme.catalog_version_id == version.id,
            TrainingProgramme.code == entry.code,
        )
    )
