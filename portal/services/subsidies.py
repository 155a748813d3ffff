"""What a person's region lets them learn free or with a subsidy, as its policy packs say it.

This reads the packs; it decides nothing. Whether somebody is eligible for one class is checked
when they enrol.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Person, PersonGroup, TrainingClass
from portal.domain.permissions import Actor, Permission
from portal.policies import models, reference
from portal.services.rule_book import book_for, packs_in_force
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """A target group that the person belongs to today. ``verified``: an authority checked it."""

    code: str
    name: str
    plain: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What a policy promises to groups of people. ``mine``: the person is in one of them."""

    summary: str
    clause: str
    document: str
    pack_id: str
    is_free: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class PackLink:
    """A policy document to read."""

    pack_id: str
    region_name: str
    title: str


@dataclass(frozen=True, slots=True)
class SubsidyView:
    """The person's groups and the offers of the region, what fits the person first.

    ``region_name`` is empty when no region is known; ``packs`` are all documents to read then,
    else those that apply.
    """

    region_name: str
    groups: tuple[OwnGroup, ...]
    offers: tuple[Offer, ...]
    packs: tuple[PackLink, ...]


def my_subsidies(session: Session, actor: Actor, *, now: datetime) -> SubsidyView:
    """What the actor's region offers; the region is that of residence, else of the last class."""
    actor.require(Permission.ENROL)
    person = session.get_one(Person, actor.the_person())
    today = day_of(now)
    groups = _groups(session, person, today)
    region = person.residence_region or _last_region(session, person)
    book = book_for(session, region, today).packs if region else packs_in_force(session, today)
    packs = [one.pack for one in book]
    offers = _offers(packs, {group.code for group in groups}) if region else []
    return SubsidyView(
        region_name=" ".join(reference.region_path(region)) if region else "",
        groups=groups,
        offers=tuple(sorted(offers, key=lambda offer: (not offer.mine, not offer.is_free))),
        packs=tuple(
            PackLink(pack.document.id, pack.document.region_name, pack.document.short_title)
            for pack in packs
        ),
    )


def _groups(session: Session, person: Person, today: date) -> tuple[OwnGroup, ...]:
    rows = session.scalars(
        select(PersonGroup)
        .where(
            PersonGroup.person_id == person.id,
            PersonGroup.valid_from <= today,
            or_(PersonGroup.valid_to.is_(None), PersonGroup.valid_to >= today),
        )
        .order_by(PersonGroup.valid_from)
    )
    # Declared and then verified, a group stands twice; what was verified counts.
    found: dict[str, OwnGroup] = {}
    for row in rows:
        term = reference.group(row.group_code)
        earlier = found.get(row.group_code)
        found[row.group_code] = OwnGroup(
            code=row.group_code,
            name=term.name if term else row.group_code,
            plain=term.plain if term else "",
            verified=row.verified_at is not None or (earlier is not None and earlier.verified),
        )
    return tuple(found.values())


def _last_region(session: Session, person: Person) -> str | None:
    return session.scalar(
        select(TrainingClass.region_code)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(Enrolment.person_id == person.id)
        .order_by(Enrolment.created_at.desc())
        .limit(1)
    )


def _offers(packs: list[models.PolicyPack], own: set[str]) -> list[Offer]:
    return [
        _offer(pack, benefit, own, is_free=is_free)
        for pack in packs
        for is_free, benefits in (
            (True, pack.free_training),
            (False, pack.subsidised_training),
        )
        for benefit in benefits
    ]


def _offer(
    pack: models.PolicyPack, benefit: models.Benefit, own: set[str], *, is_free: bool
) -> Offer:
    return Offer(
        summary=benefit.summary_plain,
        clause=benefit.clause,
        document=pack.document.doc_no or pack.document.short_title,
        pack_id=pack.document.id,
        is_free=is_free,
        mine=bool(own & set(benefit.group_codes)),
    )
