"""Wishes of the demo: people of Turpan's counties who found no class, over the last months."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Person, PersonGroup
from portal.demo import cast, seeds
from portal.demo.cast import Cast
from portal.demo.seeds import PersonSeed
from portal.domain.identity import IdDocument, IdType
from portal.domain.permissions import Actor, Role
from portal.services import needs, people
from portal.services.need_terms import Wish, skill_of
from portal.services.people import Identity
from portal.services.times import day_of

_PEOPLE = 52
# Beyond the indexes of everybody else who learns.
_FIRST = 500
_COUNTIES = ("650402", "650402", "650402", "650421", "650421", "650422")
# What is wished for, the most popular first; some of it no school of the demo teaches.
_SKILLS = (
    *("6-30-05-05",) * 6,
    *("4-10-01-05",) * 5,
    *("4-01-06-02",) * 4,
    *("6-31-01-03",) * 3,
    *("4-03-02-02",) * 3,
    *("4-10-03-02",) * 2,
    *("4-13-01-05",) * 2,
)
# Trainees with accounts who wish for something: 13900000016 and 13900000014.
_TRAINEES = ((15, "4-10-01-05"), (13, "6-30-05-05"))


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Make the people and their wishes once; again changes nothing."""
    rng = random.Random("portal demo: wishes")  # noqa: S311 - not a secret
    wishers = list(_seeds(rng))
    if _known(session, wishers[0]) is not None:
        return
    for seed in wishers:
        ago = timedelta(days=int(rng.triangular(0, 330, 20)), hours=rng.randrange(9))
        person_id = _add(session, seed, aided=rng.random() < 0.3, now=now - ago)
        _wishes(session, person_id, rng.choice(_SKILLS), seed.region, now - ago)
    # Long enough ago for a class to have opened since.
    earlier = now - timedelta(days=60)
    for index, subject in _TRAINEES:
        _wishes(session, everybody.trainees[index], subject, cast.HOME_COUNTY, earlier)


def _seeds(rng: random.Random) -> Iterator[PersonSeed]:
    for index in range(_FIRST, _FIRST + _PEOPLE):
        birth = date(1970, 1, 1) + timedelta(days=rng.randrange(32 * 365))
        name = seeds.teacher_name(rng, cast.REGION)
        yield PersonSeed(index, rng.choice(_COUNTIES), name, birth, rng.choice("12"))


def _identity(seed: PersonSeed) -> Identity:
    document = IdDocument(IdType.RESIDENT_ID, seed.id_no, seed.birth, seed.sex)
    return Identity(document, seed.name)


def _known(session: Session, seed: PersonSeed) -> UUID | None:
    return session.scalar(select(Person.id).where(Person.id_no_hash == _identity(seed).hash))


def _add(session: Session, seed: PersonSeed, *, aided: bool, now: datetime) -> UUID:
    """Somebody of a county, some of them of a family on the authority's list."""
    people.add_people(
        session,
        [_identity(seed)],
        status=people.DECLARED,
        residence_region=seed.region,
        now=now,
    )
    found = _known(session, seed)
    if found is None:
        raise RuntimeError("a person of the demo was not written")
    if aided:
        session.add(
            PersonGroup(
                person_id=found,
                group_code="AIDED_FAMILY",
                valid_from=date(now.year - 1, 1, 1),
                status="verified",
                source="roster",
                created_at=now,
                verified_at=now,
            )
        )
    return found


def _wishes(session: Session, person_id: UUID, subject: str, region: str, at: datetime) -> None:
    key = skill_of(subject)
    if key is None:
        raise RuntimeError(f"the demo wishes for {subject}, which nobody knows")
    wish = Wish(key, region, day_of(at).replace(day=1))
    own = Actor(Role.TRAINEE, person_id=person_id)
    needs.record_for(session, own, person_id=person_id, wish=wish, channel="web", now=at)
