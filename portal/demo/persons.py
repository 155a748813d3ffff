"""A social security card, one person whom a paper list entered twice, for officers to merge, and
one whose number was put right and waits for another officer to vouch for it.

The duplicate is 马小军 (13900000013): a list had two digits of his birthday the wrong way round.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, Person, SocialCardBinding
from portal.demo import officers, seeds
from portal.demo.cast import HOME_COUNTY, Cast
from portal.domain.identity import IdDocument, IdType, make_demo_id
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import archive_chain, id_corrections, people, social_cards
from portal.services.people import Identity
from portal.services.times import day_of

# Of 13900000001 and of 13900000013, counted from 0.
_WITH_CARD, _TWICE = 0, 12
CARD = "20230001A"
_PROVINCE = "650000"
_WRONG_BIRTHDAY = date(1983, 12, 3)
_BORN = date(1991, 4, 19)
# As the list had it, and as it is.
_WRONG_SERIAL, _RIGHT_SERIAL = 95, 59


def ensure(session: Session, cast: Cast, *, now: datetime) -> None:
    """All of them; again changes nothing, also once they were put right."""
    _card(session, cast.trainees[_WITH_CARD], now)
    _duplicate(session, now)
    _corrected(session, now)


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
    if _is_there(session, identity):
        return
    archive_chain.append(
        session,
        person_id=_list(session, identity, now),
        kind=archive_chain.AWARD,
        ref_id=new_id(),
        occurred_on=day_of(now).replace(month=5, day=1),
        title=t("demo.persons.award"),
        institution_name=t("demo.persons.by"),
        hours=None,
        detail={"subject": archive_chain.AWARD, "status": "recorded"},
        now=now,
    )


def _corrected(session: Session, now: datetime) -> None:
    """Nobody registered yet as the person of the list, so one officer alone does not suffice."""
    name = t("demo.persons.listed")
    wrong, right = (
        Identity(IdDocument(IdType.RESIDENT_ID, make_demo_id(_BORN, serial), _BORN, "1"), name)
        for serial in (_WRONG_SERIAL, _RIGHT_SERIAL)
    )
    if _is_there(session, wrong) or _is_there(session, right):
        return
    at = now - timedelta(days=1)
    _list(session, wrong, at - timedelta(days=30))
    desk = officers.at_the_desk(session, now=now)
    found = id_corrections.find(session, desk, number=wrong.document.number, now=at)
    if found is None:
        raise RuntimeError("the demo's officer does not find whom the demo has just listed")
    id_corrections.correct(
        session,
        desk,
        person_id=found.id,
        id_type=IdType.RESIDENT_ID.value,
        number=right.document.number,
        reason=t("demo.persons.correction"),
        now=at,
    )


def _is_there(session: Session, identity: Identity) -> bool:
    query = select(Person.id).where(Person.id_no_hash == identity.hash)
    return session.scalar(query) is not None


def _list(session: Session, identity: Identity, now: datetime) -> UUID:
    """Put somebody on an authority's list."""
    people.add_people(
        session, [identity], status=people.LISTED, residence_region=HOME_COUNTY, now=now
    )
    return session.scalars(select(Person.id).where(Person.id_no_hash == identity.hash)).one()
