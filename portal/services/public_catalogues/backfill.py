"""Entries for versions that were published before there were any."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion
from portal.services.publication import contents, forms


def fill_in(session: Session) -> int:
    """Write the entries that versions in force lack, from the table of their kind; how many.

    Again does nothing.
    """
    lacking = ~exists().where(CatalogueEntry.version_id == CatalogVersion.id)
    versions = session.scalars(
        select(CatalogVersion)
        .where(
            CatalogVersion.status == "published",
            CatalogVersion.kind.in_(forms.KINDS),
            CatalogVersion.row_count > 0,
            lacking,
        )
        .with_for_update()
    ).all()
    return sum(contents.write(session, one, contents.read(session, one)) for one in versions)
