"""Which region somebody oversees, in words. Its figures: ``services.oversight``."""

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.services.oversight.reach import place_name
from portal.services.scope import the_area


def area_name(session: Session, actor: Actor) -> str:
    """The name of the region that the actor oversees. For officers and auditors."""
    return place_name(the_area(actor))
