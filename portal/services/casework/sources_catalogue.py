"""Work about what is taught and who evaluates: classes to be opened, what was filed."""

from typing import Any

from sqlalchemy import Select, select

from portal.db.models import (
    ClassOpening,
    Employer,
    Institution,
    Region,
    SelfEvaluation,
    SupplementEntry,
    SupplementFiling,
)
from portal.services.casework.queue import Ask
from portal.services.scope import in_area
from portal.services.supplements import desks


def openings(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Classes that institutions of the region applied to open."""
    row = ClassOpening
    title = row.content[("what", "title")].astext
    return (
        select(
            row.id,
            title.label("title"),
            Institution.name.label("place"),
            Institution.id.label("institution_id"),
            row.due_on,
        )
        .join(Institution, Institution.id == row.institution_id)
        .where(row.state == "submitted", in_area(ask.area, row.region_code))
    )


def supplements(ask: Ask) -> Select[*tuple[Any, ...]]:
    """What cities filed and the actor's desk answers; nothing for a city itself."""
    row = SupplementEntry
    return (
        select(row.id, row.title, Region.name.label("place"), SupplementFiling.due_on)
        .join(SupplementFiling, SupplementFiling.entry_id == row.id)
        .join(Region, Region.code == row.region_code)
        .where(row.state == "filed", SupplementFiling.outcome.is_(None), desks.on_desk(ask.actor))
    )


def evaluations(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Enterprises of the region that filed to evaluate their own staff."""
    row = SelfEvaluation
    return (
        select(row.id, Employer.name.label("title"), Region.name.label("place"), row.due_on)
        .join(Employer, Employer.id == row.employer_id)
        .join(Region, Region.code == row.region_code)
        .where(row.state == "filed", in_area(ask.area, row.region_code))
    )
