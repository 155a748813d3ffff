"""A village helper of the demo, and the people who gave a mandate: by the product's own door."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Mandate, Person, TrainingClass
from portal.demo import cast, extras, seeds
from portal.demo.cast import Cast
from portal.demo.seeds import PersonSeed
from portal.domain.errors import PortalError
from portal.domain.identity import IdType
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import commitment, helping_acts, helping_facts, mandates
from portal.services.helping_facts import Statement
from portal.services.mandate_forms import check_introduction
from portal.services.scope import in_area
from portal.services.times import day_of

NUMBER = 104
# Beyond the indexes of those who learn and of other staff.
_INDEX = 992
_FIRST_VILLAGER = 460
# Somebody with an account is asked, and has not said yes: 13900000015.
_ASKED = 14
_LEAD = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class _Villager:
    """Somebody without a phone, and how they said yes."""

    name: str
    birth: date
    sex: str
    evidence: str
    days: str
    witness: str = ""


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """The helper and, once, the people; again changes nothing."""
    helper = _helper(session, now)
    held = select(Mandate.id).where(Mandate.helper_account_id == helper.account_id)
    if session.scalar(held.limit(1)) is not None:
        return
    enrolled, waits, *_ = [
        _introduce(session, helper, index, villager, now)
        for index, villager in enumerate(_villagers(), _FIRST_VILLAGER)
    ]
    for mandate_id in (enrolled, waits):
        _states(session, helper, mandate_id, now)
    _enrols(session, helper, enrolled, now, full=False)
    _enrols(session, helper, waits, now, full=True)
    _asks(session, helper, everybody, now)


def _villagers() -> tuple[_Villager, ...]:
    return (
        _Villager(t("demo.helping.one"), date(1976, 4, 9), "1", "signature", "365"),
        _Villager(t("demo.helping.two"), date(1981, 10, 2), "2", "fingerprint", "180"),
        _Villager(
            t("demo.helping.three"),
            date(1979, 1, 27),
            "2",
            "witness",
            "90",
            t("demo.helping.witness"),
        ),
        _Villager(t("demo.helping.four"), date(1988, 6, 15), "1", "fingerprint", "180"),
    )


def _introduce(session: Session, helper: Actor, index: int, who: _Villager, now: datetime) -> UUID:
    seed = PersonSeed(index, cast.HOME_COUNTY, who.name, who.birth, who.sex)
    form = check_introduction(
        id_type=IdType.RESIDENT_ID.value,
        id_no=seed.id_no,
        name=seed.name,
        phone="",
        region=cast.HOME_COUNTY,
        evidence=who.evidence,
        witness=who.witness,
        days=who.days,
        agreed=True,
        today=day_of(now),
    )
    return mandates.introduce(session, helper, form=form, now=now)


def _states(session: Session, helper: Actor, mandate_id: UUID, now: datetime) -> None:
    """What the rules want to know before somebody of that age is let in."""
    for statement in (Statement("pension", "none"), Statement("origin", "rural")):
        helping_facts.declare(session, helper, mandate_id=mandate_id, statement=statement, now=now)


def _enrols(
    session: Session, helper: Actor, mandate_id: UUID, now: datetime, *, full: bool
) -> None:
    """Enrol the person in the first class that takes them, or put them in its line."""
    signed = commitment.ensure_stored(session, now)
    for class_id in _classes(session, now, full=full):
        try:
            with session.begin_nested():
                helping_acts.enrol_for(
                    session,
                    helper,
                    mandate_id=mandate_id,
                    class_id=class_id,
                    commitment_version=signed.version,
                    evidence="fingerprint",
                    now=now,
                )
        except PortalError:
            continue
        return


def _classes(session: Session, now: datetime, *, full: bool) -> list[UUID]:
    """Open classes of the region that do not begin too soon: with seats, or without."""
    taken = TrainingClass.seats_taken >= TrainingClass.capacity
    query = (
        select(TrainingClass.id)
        .where(
            in_area(cast.REGION),
            TrainingClass.class_no.startswith(seeds.OPEN),
            TrainingClass.status == "enrolling",
            TrainingClass.enrol_from <= now,
            TrainingClass.enrol_until > now + _LEAD,
            taken if full else ~taken,
        )
        .order_by(TrainingClass.starts_on, TrainingClass.id)
        .limit(10)
    )
    return list(session.scalars(query))


def _asks(session: Session, helper: Actor, everybody: Cast, now: datetime) -> None:
    """Ask a trainee with an account; the demo's telephone shows the code."""
    seed = everybody.people[everybody.trainees[_ASKED]]
    form = check_introduction(
        id_type=IdType.RESIDENT_ID.value,
        id_no=seed.id_no,
        name=seed.name,
        phone="",
        region=cast.HOME_COUNTY,
        evidence="signature",
        witness="",
        days="180",
        agreed=True,
        today=day_of(now),
    )
    mandates.introduce(session, helper, form=form, now=now)


def _helper(session: Session, now: datetime) -> Actor:
    """The helper's account, made at the first call."""
    account = extras.find(session, Role.HELPER, NUMBER) or _make(session, now)
    return Actor(
        Role.HELPER,
        account_id=account.id,
        person_id=account.person_id,
        region_code=account.region_code,
        name=session.get_one(Person, account.person_id).name,
    )


def _make(session: Session, now: datetime) -> Account:
    seed = PersonSeed(_INDEX, "", t("demo.helping.helper"), date(1991, 3, 8), "2")
    return extras.make(session, Role.HELPER, NUMBER, seed, region_code=cast.HOME_COUNTY, now=now)
