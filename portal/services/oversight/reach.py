"""Which part of the country somebody looks at, which must lie in what they oversee."""

from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies.regions import NATIONAL, ancestors, region_name
from portal.services.scope import region_prefix, the_area


def chosen_area(actor: Actor, asked: str) -> str:
    """The region asked for, or the actor's own; raises Forbidden for one outside of it."""
    own = the_area(actor)
    if not asked:
        return own
    if len(asked) != len(NATIONAL) or not (asked.isascii() and asked.isdigit()):
        raise NotFound
    if not asked.startswith(region_prefix(own)):
        raise Forbidden
    return asked


def class_within(session: Session, actor: Actor, class_id: UUID) -> TrainingClass:
    """A class of the actor's region; raises NotFound for any other."""
    made = session.get(TrainingClass, class_id)
    if made is None or not made.region_code.startswith(region_prefix(the_area(actor))):
        raise NotFound
    return made


def place_name(code: str) -> str:
    """The name of a region, 全国 for the whole country."""
    return t("admin.whole_country") if code == NATIONAL else region_name(code)


def way_to(actor: Actor, area: str) -> tuple[tuple[str, str], ...]:
    """Codes and names from the actor's own region down to ``area``, that one included."""
    own = the_area(actor)
    chain = (NATIONAL, *ancestors(area)) if area != NATIONAL else (NATIONAL,)
    inside = [code for code in chain if code.startswith(region_prefix(own))]
    if own not in inside:
        inside.insert(0, own)
    wide = [code for code in inside if len(region_prefix(code)) >= len(region_prefix(own))]
    return tuple((code, place_name(code)) for code in wide)
