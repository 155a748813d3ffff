"""Reference tables in the database: regions and occupations, as the packs' tables hold them."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import Occupation, Region
from portal.policies import reference


def load_reference(session: Session) -> None:
    """Bring regions and occupations up to date; safe to repeat, nothing is ever removed."""
    regions = insert(Region)
    session.execute(
        regions.on_conflict_do_update(
            index_elements=["code"],
            set_={
                name: regions.excluded[name]
                for name in ("name", "parent_code", "valid_from", "valid_to", "successor_code")
            },
        ),
        _region_rows(),
    )
    occupations = insert(Occupation)
    session.execute(
        occupations.on_conflict_do_update(
            index_elements=["code", "edition"],
            set_={
                name: occupations.excluded[name]
                for name in ("name", "family", "is_digital", "is_green")
            },
        ),
        _occupation_rows(),
    )


def _region_rows() -> list[dict[str, object]]:
    # A code that was used again stands twice, by year; the last name is the one in use.
    latest = {region.code: region for region in reference.regions(historic=True)}
    return [
        {
            "code": region.code,
            "name": region.name,
            "parent_code": _parent(region.code),
            "valid_from": date(region.valid_from, 1, 1) if region.valid_from else None,
            "valid_to": date(region.valid_to, 12, 31) if region.valid_to else None,
            "successor_code": region.successor_code,
        }
        for region in latest.values()
    ]


def _parent(code: str) -> str | None:
    above = [part for part in reference.ancestors(code) if part != code]
    return above[-1] if above else None


def _occupation_rows() -> list[dict[str, object]]:
    return [
        {
            "code": found.code,
            "edition": found.edition,
            "name": found.name,
            "family": reference.occupation_family(found.code),
            "is_digital": found.is_digital,
            # Not established yet for any of them (data/SOURCES.md).
            "is_green": bool(found.is_green),
        }
        for found in reference.occupations()
    ]
