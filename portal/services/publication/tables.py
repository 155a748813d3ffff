"""What applies because of a version: the tables of programmes, institutions and standards.

They are written when a version comes into force, from its entries.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.services import publishing_institutions, publishing_programmes, publishing_standards
from portal.services.publication import contents
from portal.services.supplements import covering

Rows = Sequence[Mapping[str, Any]]


def apply(session: Session, version: CatalogVersion, former: UUID | None, now: datetime) -> None:
    """Write what the version says into the table of its kind; other kinds have none.

    Raises NameTaken, PlanGone when the world has moved on since the draft was checked.
    """
    if version.kind not in _TABLES:
        return
    rows = [one.columns for one in contents.read(session, version)]
    if version.kind == publishing_institutions.KIND:
        publishing_institutions.write(session, rows, version=version, former=former, now=now)
    elif version.kind == publishing_standards.KIND:
        publishing_standards.write(session, rows, version=version)
    else:
        publishing_programmes.write(session, rows, version=version)
        covering.settle(session, version.region_code, now=now)


def end(session: Session, version: CatalogVersion, last_day_after: date, *, now: datetime) -> None:
    """A withdrawn list of institutions lists nobody from that day on; a version's programmes and
    amounts are found by the version itself, whose status the caller has set."""
    if version.kind == publishing_institutions.KIND:
        publishing_institutions.end_listings(session, version.id, last_day_after)
    elif version.kind == publishing_programmes.KIND:
        covering.settle(session, version.region_code, now=now)


_TABLES = frozenset(
    {publishing_institutions.KIND, publishing_programmes.KIND, publishing_standards.KIND}
)
