"""Lists of urgent trades (急需紧缺工种目录, reference C9): was a trade in one on a day?"""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion
from portal.policies import reference
from portal.policies.reach import reach_of
from portal.services.publication.forms import SHORTAGE


def is_listed(
    session: Session, *, occupation_code: str | None, region: str, on: date
) -> bool | None:
    """Whether a list that reached the region on the day names the trade, of whatever edition its
    code is; None where no list was published: then an officer has to know."""
    query = (
        select(CatalogueEntry.subject_code)
        .select_from(CatalogVersion)
        .outerjoin(CatalogueEntry, CatalogueEntry.version_id == CatalogVersion.id)
        .where(
            CatalogVersion.kind == SHORTAGE,
            CatalogVersion.status.in_(("published", "superseded")),
            CatalogVersion.effective_from <= on,
            or_(CatalogVersion.effective_to.is_(None), CatalogVersion.effective_to >= on),
            CatalogVersion.region_code.in_(reach_of(region)),
        )
    )
    codes = session.scalars(query).all()
    if not codes:
        return None
    if occupation_code is None:
        return False
    family = reference.occupation_family(occupation_code)
    return any(code and reference.occupation_family(code) == family for code in codes)
