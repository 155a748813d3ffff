"""A social security card, and one person whom a paper list entered twice, for an officer to merge.

The duplicate is 马小军 (13900000013): a list had two digits of his birthday the wrong way round.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, Person, SocialCardBinding
from portal.demo import seeds
from portal.demo.cast import HOME_COUNTY, Cast
from portal.domain.identity import IdDocument, IdType, make_demo_id
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import archive_chain, people, social_cards
from portal.services.people import Identity
from portal.services.times import day_of

# Of 13900000001 and of 13900000013, counted from 0.
_WITH_CARD, _TWICE = 0, 12
CARD = "20230001A"
_PROVINCE = "650000"
_WRONG_BIRTHDAY = date(1983, 12, 3)


def ensure(session: Session, cast: Cast, *, now: datetime) -> None:
    """The card and the duplicate; again changes nothing, also once they were put right."""
    _card(session, cast.trainees[_WITH_CARD], now)
    _duplicate(session, now)


def duplicate_number() -> str:
    """The number under which the duplicate stands."""
    return make_demo_id(_WRONG_BIRTHDAY, 27)


def right_number() -> str:
    """The number of the same person's own account."""
    return seeds.trainees()[_TWICE].id_no


def _card(session: Session, person_id: UUID, now: datetime) -> None:
    ever = select(SocialCardBinding.id).where(SocialCardBinding.person_id == person_id).limit(1)
    account = session.scalar(select(Account).where(Account.person_id == person_id))
    if session.scalar(ever) is not None or account is None:
        return
    if social_cards.person_of_card(session, CARD) is not None:
        return
    owner = Actor(Role.TRAINEE, account_id=account.id, person_id=person_id)
    social_cards.bind(session, owner, number=CARD, region=_PROVINCE, now=now)


def _duplicate(session: Session, now: datetime) -> None:
    seed = seeds.trainees()[_TWICE]
    document = IdDocument(IdType.RESIDENT_ID, duplicate_number(), _WRONG_BIRTHDAY, seed.sex)
    identity = Identity(document, seed.name)
    query = select(Person.id).where(Person.id_no_hash == identity.hash)
    if session.scalar(query) is not None:
        return
    people.add_people(
        session, [identity], status=people.LISTED, residence_region=HOME_COUNTY, now=now
    )
    archive_chain.append(
        session,
        person_id=session.scalars(query).one(),
        kind=archive_chain.AWARD,
        ref_id=new_id(),
        occurred_on=day_of(now).replace(month=5, day=1),
        title=t("demo.persons.award"),
        institution_name=t("demo.persons.by"),
        hours=None,
        detail={"subject": archive_chain.AWARD, "status": "recorded"},
        now=now,
    )
