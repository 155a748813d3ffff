"""A fictional enterprise of the demo, and the account that acts for it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, Employer
from portal.demo import cast, extras, seeds
from portal.demo.seeds import PersonSeed
from portal.domain.permissions import Actor, Role
from portal.locale import t

NUMBER = 103
_SERIAL = 900001
# Beyond the indexes of those who learn and of the institutions' staff.
_INDEX = 990


def ensure(session: Session, *, now: datetime) -> Actor:
    """The employer's account, made at the first call."""
    account = extras.find(session, Role.EMPLOYER, NUMBER) or _make(session, now)
    return Actor(
        Role.EMPLOYER,
        account_id=account.id,
        person_id=account.person_id,
        employer_id=account.employer_id,
    )


def _make(session: Session, now: datetime) -> Account:
    seed = PersonSeed(_INDEX, "", t("demo.employer.person"), date(1984, 5, 20), "2")
    employer = _employer(now)
    session.add(employer)
    session.flush()
    return extras.make(session, Role.EMPLOYER, NUMBER, seed, employer_id=employer.id, now=now)


def _employer(now: datetime) -> Employer:
    return Employer(
        id=new_id(),
        uscc=seeds.made_uscc("private", _SERIAL),
        name=t("demo.employer.name"),
        kind="enterprise",
        region_code=cast.HOME_COUNTY,
        insured=True,
        level_linked_pay=True,
        created_at=now,
    )
