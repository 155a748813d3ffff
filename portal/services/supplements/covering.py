"""Which of two entries that say the same holds: that of the catalogue above (reference C8).

A supplement adds what the catalogue above lacks. When a later version above has the entry as
well, that one holds and the supplement's is covered: it stays in the supplement, but nothing new
is opened for it. When the version above loses it again, the supplement's holds as before.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SupplementEntry, TrainingProgramme
from portal.locale import t
from portal.policies.reach import reach_of
from portal.policies.regions import region_name
from portal.services import notices
from portal.services.publishing_programmes import KIND as BASE
from portal.services.scope import in_area
from portal.services.supplements import base, desks, standing


def settle(session: Session, region_code: str, *, now: datetime) -> int:
    """Compare the accepted entries of a region and below with what stands above them by now.

    Answers how many changed; their regions are told. The caller holds the lock of publishing.
    """
    row = SupplementEntry
    accepted = session.scalars(
        select(row)
        .where(row.state == "accepted", in_area(region_code, row.region_code))
        .order_by(row.id)
        .with_for_update()
    ).all()
    return sum(_settle_one(session, one, now) for one in accepted)


def _settle_one(session: Session, row: SupplementEntry, now: datetime) -> bool:
    above = holder(session, row)
    held = above.id if above else None
    if held == row.covered_by:
        return False
    was_covered, row.covered_by = row.covered_by is not None, held
    # A later version above that says the same again changes nothing for anybody.
    if was_covered and above is not None:
        session.flush()
        return False
    if above is None:
        standing.bring_back(session, row)
        _tell(session, row, "supplement_restored", {}, now)
        return True
    version = session.get_one(CatalogVersion, above.catalog_version_id)
    words = {"region": region_name(version.region_code), "doc": version.doc_no}
    standing.take_out(session, row, "covered", said=t("supplements.log.covered", **words))
    _tell(session, row, "supplement_covered", words, now)
    return True


def holder(session: Session, row: SupplementEntry) -> TrainingProgramme | None:
    """The programme in force above an entry that has its code, or teaches the same; the widest."""
    made = TrainingProgramme
    return session.scalar(
        select(made)
        .join(CatalogVersion, CatalogVersion.id == made.catalog_version_id)
        .where(
            CatalogVersion.kind.in_(base.PROGRAMME_KINDS),
            CatalogVersion.status == "published",
            CatalogVersion.region_code.in_(reach_of(row.region_code)),
            # Of its own region only the base: an entry does not cover itself.
            or_(CatalogVersion.kind == BASE, CatalogVersion.region_code != row.region_code),
            or_(made.filing.is_(None), made.filing == "accepted"),
            or_(made.code == row.code, base.same_subject(row)),
        )
        .order_by(CatalogVersion.region_code, made.id)
        .limit(1)
    )


def covered_by(session: Session, programme_id: UUID) -> tuple[SupplementEntry, ...]:
    """The entries of supplements in whose place a programme holds."""
    row = SupplementEntry
    found = session.scalars(
        select(row).where(row.covered_by == programme_id).order_by(row.region_code, row.code)
    )
    return tuple(found)


def _tell(
    session: Session, row: SupplementEntry, kind: str, words: dict[str, str], now: datetime
) -> None:
    params = {"title": row.title, **words}
    for person in desks.staff_of(session, row.region_code):
        notices.tell(
            session, person, kind, params=params, ref=("supplement_entry", row.id), now=now
        )
