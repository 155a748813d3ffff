"""Competitions of the published lists (职业技能竞赛目录): only what was filed counts (M18)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion
from portal.domain.errors import BadInput
from portal.policies.reach import reach_of
from portal.services.publication.forms import COMPETITION


@dataclass(frozen=True, slots=True)
class Competition:
    """A competition as its list last named it. ``grade`` is a word of ``forms``;
    ``occupation_code`` is empty where the list names no occupation."""

    number: str
    name: str
    grade: str
    host: str
    trade: str
    occupation_code: str


def of_year(session: Session, *, region: str, year: int) -> tuple[Competition, ...]:
    """What the lists that reach a region name for a year, the nearest list first.

    Also what only an earlier version names: it was filed when it was held.
    """
    reach = reach_of(region)
    query = (
        select(CatalogVersion.region_code, CatalogueEntry.code, CatalogueEntry.columns)
        .join(CatalogVersion, CatalogVersion.id == CatalogueEntry.version_id)
        .where(
            CatalogVersion.kind == COMPETITION,
            CatalogVersion.status.in_(("published", "superseded")),
            CatalogVersion.region_code.in_(reach),
            # As text: entries of other kinds may be looked at first, and hold what is no number.
            CatalogueEntry.columns["year"].astext == str(year),
        )
        .order_by(CatalogVersion.version_no, CatalogueEntry.position)
    )
    latest = {(place, code): columns for place, code, columns in session.execute(query).tuples()}
    rows = sorted(latest.items(), key=lambda row: reach.index(row[0][0]))
    return tuple(
        Competition(
            number=code,
            name=columns["name"],
            grade=columns["grade"],
            host=columns["host"],
            trade=columns["trade"],
            occupation_code=columns["occupation_code"],
        )
        for (_, code), columns in rows
    )


def filed(session: Session, *, title: str, region: str, held_on: date) -> Competition | None:
    """The competition of a name, a number, or a name with its number, out of the lists of a year.

    None where no list names any of that year: then nobody can be asked for a filing. Raises
    BadInput (title) for one that the lists do not name, and for a name that several have.
    """
    known = of_year(session, region=region, year=held_on.year)
    if not known:
        return None
    wanted = _plain(title)
    for one in known:
        if wanted in (_plain(one.number), _plain(one.name + one.number)):
            return one
    named = [one for one in known if wanted == _plain(one.name)]
    if not named:
        raise BadInput("title", "archive.refused.competition", year=held_on.year)
    if len(named) > 1:
        numbers = "、".join(one.number for one in named)
        raise BadInput("title", "archive.refused.competitions", numbers=numbers)
    return named[0]


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
