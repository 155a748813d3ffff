"""Competitions of the published lists (职业技能竞赛目录): only what was filed counts (M18)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion
from portal.domain.errors import BadInput
from portal.policies.reach import reach_of
from portal.services.publication.forms import COMPETITION


def filed_number(session: Session, *, title: str, region: str, held_on: date) -> str | None:
    """The number of a competition by its name, or by the number itself.

    It stands in a list that reaches the region, in force or of an earlier version, for the year.
    None where no list names any of that year: then nobody can be asked for a filing. Raises
    BadInput (title) for one that the lists of its year do not name.
    """
    query = (
        select(CatalogueEntry.code, CatalogueEntry.title)
        .join(CatalogVersion, CatalogVersion.id == CatalogueEntry.version_id)
        .where(
            CatalogVersion.kind == COMPETITION,
            CatalogVersion.status.in_(("published", "superseded")),
            CatalogVersion.region_code.in_(reach_of(region)),
            # As text: entries of other kinds may be looked at first, and hold what is no number.
            CatalogueEntry.columns["year"].astext == str(held_on.year),
        )
    )
    known = session.execute(query).tuples().all()
    if not known:
        return None
    wanted = _plain(title)
    number = next((code for code, name in known if wanted in (_plain(name), _plain(code))), None)
    if number is None:
        raise BadInput("title", "archive.refused.competition", year=held_on.year)
    return number


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
