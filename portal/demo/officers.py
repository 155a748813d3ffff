"""More officers of the demo: whoever reviews a claim does not approve it, and whoever answers in it
at the desk does neither."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.db.models import Account
from portal.demo import cast, extras
from portal.demo.seeds import PersonSeed
from portal.domain.permissions import Actor, Role
from portal.locale import t

FIRST, SECOND, DESK = 201, 203, 204
# Beyond the indexes of those who learn, of the institutions' staff, and of the enterprise.
_INDEX, _DESK_INDEX = 991, 993


def ensure(session: Session, *, now: datetime) -> tuple[Actor, Actor]:
    """Both officers; the second is made at the first call."""
    second = extras.find(session, Role.OFFICER, SECOND) or _make(session, now)
    first = extras.find(session, Role.OFFICER, FIRST)
    if first is None:
        raise RuntimeError(f"the demo has no officer {FIRST}")
    return _actor(first), _actor(second)


def at_the_desk(session: Session, *, now: datetime) -> Actor:
    """The officer of the desk, who passes on what people say; made at the first call."""
    found = extras.find(session, Role.OFFICER, DESK)
    if found is None:
        seed = PersonSeed(_DESK_INDEX, "", t("demo.officer.desk"), date(1988, 4, 2), "2")
        found = extras.make(session, Role.OFFICER, DESK, seed, region_code=cast.REGION, now=now)
    return _actor(found)


def _actor(account: Account) -> Actor:
    return Actor(
        Role.OFFICER,
        account_id=account.id,
        person_id=account.person_id,
        region_code=account.region_code,
    )


def _make(session: Session, now: datetime) -> Account:
    seed = PersonSeed(_INDEX, "", t("demo.officer.second"), date(1979, 8, 12), "1")
    return extras.make(session, Role.OFFICER, SECOND, seed, region_code=cast.REGION, now=now)
