"""Assessment bodies of the catalogue in force: who may examine which trade at which level."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion, TrainingProgramme
from portal.policies import reference
from portal.policies.reach import reach_of
from portal.services.publication.forms import ASSESSMENT_BODY


@dataclass(frozen=True, slots=True)
class Bodies:
    """The bodies for one programme in one region, by name. ``is_published``: there is a catalogue
    of them at all; without one nobody can be looked up."""

    names: tuple[str, ...]
    is_published: bool


def bodies_for(
    session: Session, programme: TrainingProgramme, region_code: str, *, on: date
) -> Bodies:
    """Who assesses a programme's trade and level on a day, as far as the catalogue says."""
    query = (
        select(CatalogueEntry)
        .join(CatalogVersion, CatalogVersion.id == CatalogueEntry.version_id)
        .where(
            CatalogVersion.kind == ASSESSMENT_BODY,
            CatalogVersion.status == "published",
            CatalogVersion.effective_from <= on,
            or_(CatalogVersion.effective_to.is_(None), CatalogVersion.effective_to >= on),
            CatalogVersion.region_code.in_(reach_of(region_code)),
        )
        .order_by(CatalogueEntry.position)
    )
    rows = session.scalars(query).all()
    names = [str(one.columns.get("name") or "") for one in rows if _assesses(one, programme, on)]
    return Bodies(tuple(name for name in dict.fromkeys(names) if name), bool(rows))


def _assesses(entry: CatalogueEntry, programme: TrainingProgramme, on: date) -> bool:
    """The same trade, whatever edition its code is of; its level, where either has levels."""
    said: dict[str, Any] = entry.columns
    if (until := said.get("valid_until")) and date.fromisoformat(str(until)) < on:
        return False
    if entry.subject_code and programme.occupation_code:
        family = reference.occupation_family(programme.occupation_code)
        if reference.occupation_family(entry.subject_code) != family:
            return False
    levels = said.get("levels")
    return not levels or programme.level is None or programme.level in levels
