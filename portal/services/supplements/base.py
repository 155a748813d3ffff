"""What is there already: a supplement adds to the base catalogue and never overrides it (C8)."""

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SupplementEntry, TrainingProgramme
from portal.domain.errors import BadInput
from portal.policies import reference
from portal.policies.reach import reach_of
from portal.policies.regions import region_name
from portal.services.publishing_programmes import KIND as BASE

KIND = "supplement"
"""The kind of catalogue version in which a region's accepted entries stand."""
PROGRAMME_KINDS = (BASE, KIND)
"""The kinds whose programmes may be taught: the base, and what was added to it."""


def refuse_if_there(session: Session, entry: SupplementEntry) -> None:
    """Raise BadInput where the base, or an accepted supplement above, has the entry already.

    By its code, or by what is taught: subject, level and training type. An occupation is the same
    under the codes of all editions.
    """
    there = _in_reach(entry)
    same_code = session.execute(there.where(TrainingProgramme.code == entry.code)).first()
    if same_code is not None:
        raise BadInput("code", "supplements.code_there", code=entry.code, **_where(same_code))
    same = session.execute(there.where(same_subject(entry))).first()
    if same is not None:
        raise BadInput("subject", "supplements.subject_there", **_where(same))


def refuse_if_drafted(session: Session, entry: SupplementEntry) -> None:
    """Raise BadInput where the region's own supplement has the code, or what is taught, in hand."""
    own = select(SupplementEntry.title).where(
        SupplementEntry.region_code == entry.region_code, SupplementEntry.id != entry.id
    )
    same_code = SupplementEntry.state != "withdrawn", SupplementEntry.code == entry.code
    title = session.scalar(own.where(*same_code).limit(1))
    if title is not None:
        raise BadInput("code", "supplements.code_own", code=entry.code, title=title)
    title = session.scalar(
        own.where(
            SupplementEntry.state.in_(("filed", "accepted")),
            SupplementEntry.training_type == entry.training_type,
            SupplementEntry.level.is_not_distinct_from(entry.level),
            _subject_of(SupplementEntry, entry),
        ).limit(1)
    )
    if title is not None:
        raise BadInput("subject", "supplements.subject_own", title=title)


def next_code(session: Session, region_code: str) -> str:
    """A code for an entry whose author has none: B, the region, a running number."""
    count = session.scalar(select(func.count()).where(SupplementEntry.region_code == region_code))
    return f"B{region_code}-{(count or 0) + 1:02d}"


def _in_reach(entry: SupplementEntry) -> Select[str, str]:
    """The live programmes of every catalogue that reaches the region; title and whose it is."""
    row = TrainingProgramme
    return (
        select(row.title, CatalogVersion.region_code)
        .join(CatalogVersion, CatalogVersion.id == row.catalog_version_id)
        .where(
            CatalogVersion.kind.in_(PROGRAMME_KINDS),
            # What is published for a later day comes before what is filed now.
            CatalogVersion.status.in_(("published", "scheduled")),
            CatalogVersion.region_code.in_(reach_of(entry.region_code)),
            or_(row.filing.is_(None), row.filing == "accepted"),
        )
        .limit(1)
    )


def same_subject(entry: SupplementEntry) -> ColumnElement[bool]:
    """Whether a programme teaches what an entry does: subject, level and training type."""
    row = TrainingProgramme
    return (
        (row.training_type == entry.training_type)
        & row.level.is_not_distinct_from(entry.level)
        & _subject_of(row, entry)
    )


def _subject_of(
    table: type[TrainingProgramme | SupplementEntry], entry: SupplementEntry
) -> ColumnElement[bool]:
    code = entry.occupation_code
    if code is None:
        return table.topic_code == entry.topic_code
    return table.occupation_code.in_(reference.codes_of_same_occupation(code))


def _where(found: Row[str, str]) -> dict[str, object]:
    return {"title": found.title, "region": region_name(found.region_code)}
