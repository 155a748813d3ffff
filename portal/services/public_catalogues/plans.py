"""Which plans of a policy document have programmes in force."""

from sqlalchemy import func
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry
from portal.services.public_catalogues import kinds


def programmes_of_plans(session: Session, pack_id: str) -> dict[str, int]:
    """How many programmes in force stand under each plan of a document, by plan number."""
    plan = CatalogueEntry.columns["plan"].astext
    rows = session.execute(
        kinds.in_force(*kinds.versions_of(kinds.PROGRAMME))
        .where(CatalogueEntry.columns["pack"].astext == pack_id)
        .with_only_columns(plan, func.count())
        .group_by(plan)
    ).tuples()
    return {number: count for number, count in rows if number}
