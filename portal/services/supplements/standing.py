"""An accepted entry out of the public list, and back in it; its programme stays with its classes.

The programme says why (``filing``), and so does the entry that the public reads; the change log
has a line for what went.
"""

from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    CatalogueChange,
    CatalogueEntry,
    CatalogVersion,
    SupplementEntry,
    TrainingProgramme,
)
from portal.locale import t
from portal.services import publishing_programmes

Why = Literal["covered", "ended"]
# What everybody may choose; the others are still there to be read.
LIVE = "accepted"


def take_out(session: Session, row: SupplementEntry, why: Why, *, said: str) -> None:
    """Nothing new is opened for it; ``said`` is the sentence that the change log has."""
    version = _mark(session, row, why)
    was = t(f"catalogue.filing.{LIVE}")
    session.add(
        CatalogueChange(
            id=new_id(),
            version_id=version.id,
            position=entries_in(session, version) + 1,
            what="removed",
            code=row.code,
            title=row.title,
            fields=[{"column": publishing_programmes.FILING, "old": was, "new": said}],
        )
    )
    session.flush()


def bring_back(session: Session, row: SupplementEntry) -> None:
    """It is offered as before."""
    _mark(session, row, LIVE)


def count_live(session: Session, version: CatalogVersion) -> None:
    """Let a supplement's version say how many entries can be chosen."""
    filing = CatalogueEntry.columns["filing"].astext
    query = select(func.count()).where(CatalogueEntry.version_id == version.id, filing == LIVE)
    version.row_count = session.scalar(query) or 0


def _mark(session: Session, row: SupplementEntry, filing: str) -> CatalogVersion:
    programme = session.get_one(TrainingProgramme, row.programme_id)
    version = session.get_one(CatalogVersion, programme.catalog_version_id)
    programme.filing = filing
    of_entry = CatalogueEntry.version_id == version.id, CatalogueEntry.code == row.code
    for entry in session.scalars(select(CatalogueEntry).where(*of_entry)):
        entry.columns = {**entry.columns, "filing": filing}
    gone = CatalogueChange.version_id == version.id, CatalogueChange.code == row.code
    session.execute(delete(CatalogueChange).where(*gone, CatalogueChange.what == "removed"))
    session.flush()
    count_live(session, version)
    session.flush()
    return version


def entries_in(session: Session, version: CatalogVersion) -> int:
    """How many entries were ever accepted into a supplement's version."""
    query = select(func.count()).where(CatalogueEntry.version_id == version.id)
    return session.scalar(query) or 0
