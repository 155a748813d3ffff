"""The form of a wish, filled in as far as the search before it tells."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.models import Person
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.services.need_terms import Choice, Choices, months, places_near, skill_of, subjects
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class NeedForm:
    """What there is to choose from, and what is chosen; ``ready``: nothing is left to choose."""

    subjects: tuple[Choices, ...]
    places: tuple[Choices, ...]
    months: tuple[Choice, ...]
    subject: str
    region: str
    month: str
    ready: bool


def need_form(
    session: Session,
    actor: Actor,
    *,
    occupation: str = "",
    region: str = "",
    month: str = "",
    now: datetime,
) -> NeedForm:
    """The form for the actor: what was searched for, else where the actor lives."""
    actor.require(Permission.ENROL)
    home = session.get_one(Person, actor.the_person()).residence_region or ""
    return filled_form(occupation=occupation, region=region, home=home, month=month, today_at=now)


def filled_form(
    *, occupation: str, region: str, home: str, month: str, today_at: datetime
) -> NeedForm:
    """The form from what is known; a value that no form offers is chosen anew."""
    known = reference.region(region)
    # An old code is printed on papers for ever.
    wanted = (known.successor_code or known.code) if known else home
    places = places_near(wanted)
    offered = {one.code for group in places for one in group.items}
    listed = months(day_of(today_at))
    subject = skill_of(occupation) or ""
    chosen = wanted if wanted in offered else home if home in offered else ""
    return NeedForm(
        subjects=subjects(),
        places=places,
        months=listed,
        subject=subject,
        region=chosen,
        month=month if month in {one.code for one in listed} else listed[0].code,
        ready=bool(subject and chosen),
    )
