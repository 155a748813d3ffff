"""What a person may still have this year, what was had, and what the region's policies promise.

This decides nothing: whether somebody may take one class is checked there, by the same rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import ClaimLine, Enrolment, Person, SubsidyReservation, TrainingClass
from portal.domain.permissions import Actor, Permission
from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import Facts, PastSubsidy, TrainingFacts
from portal.domain.rules.rule import Rule
from portal.locale.rules import bucket_name, change, sentence
from portal.policies import reference
from portal.services import eligibility_facts, facts_rows, facts_terms, rule_book
from portal.services.catalogue.cards import level_name
from portal.services.eligibility import buckets_left
from portal.services.one_person import same_person
from portal.services.region_offers import Offer, PackLink, link_of, offers_of
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """A target group that the person belongs to today. ``verified``: an authority checked it."""

    code: str
    name: str
    plain: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A subsidy set aside (``held``) or used (``consumed``); without an enrolment it was had
    elsewhere. ``bucket_name`` is empty where it counts in none."""

    title: str
    year: int
    state: str
    bucket_name: str
    level_name: str
    enrolment_id: UUID | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of one bucket this year: ``limit`` less what is used and what is held."""

    name: str
    limit: int
    left: int
    used: int
    held: int
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cap:
    """The rule behind the buckets, as one cites it."""

    plain: str
    document: str
    clause: str
    quote: str
    pack_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is subsidised now, whatever the class; ``help`` is what would change it."""

    why: str
    help: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubsidyView:
    """The year by bucket, what was had, the person's groups, the offers of the region.

    ``region_name`` is empty when no region is known; ``packs`` are all documents to read then,
    else those that apply. ``cap`` is None where no document there limits the year. ``asked``
    counts the claims in the person's name that wait for a yes or no. ``refusal``: the region
    subsidises nothing for somebody like that, so that what is left of the year is of no use now.
    """

    year: int
    region_name: str
    cap: Cap | None
    buckets: tuple[Bucket, ...]
    taken: tuple[Taken, ...]
    groups: tuple[OwnGroup, ...]
    offers: tuple[Offer, ...]
    packs: tuple[PackLink, ...]
    asked: int
    refusal: Refusal | None


def my_subsidies(session: Session, actor: Actor, *, now: datetime) -> SubsidyView:
    """The actor's year and region; the region is that of residence, else of the last class."""
    actor.require(Permission.ENROL)
    person = session.get_one(Person, actor.the_person())
    today = day_of(now)
    groups = _groups(session, person, today)
    region = person.residence_region or _last_region(session, person)
    book = rule_book.book_for(session, region, today) if region else None
    packs = book.packs if book else rule_book.packs_in_force(session, today)
    rules = book.rules if book else ()
    rows = _reservations(session, person)
    offers = offers_of(packs, {group.code for group in groups}) if book else []
    return SubsidyView(
        year=today.year,
        region_name=" ".join(reference.region_path(region)) if region else "",
        cap=_cap(rules),
        buckets=_buckets(rules, rows, today.year),
        taken=tuple(_taken(row) for row in rows),
        groups=groups,
        offers=tuple(sorted(offers, key=lambda offer: (not offer.mine, not offer.is_free))),
        packs=tuple(link_of(pack) for pack in packs),
        asked=_asked(session, person),
        refusal=_refusal(session, person, region, rules, today) if region else None,
    )


def _refusal(
    session: Session, person: Person, region: str, rules: Iterable[Rule], today: date
) -> Refusal | None:
    """What refuses the person in every class of the region: rules that look at nothing but them
    (R04), asked about a training of no kind that begins today."""
    everywhere = [rule for rule in rules if rule.kind == "exclude_if" and not rule.plans]
    person_facts = eligibility_facts.read_asking(session, person.id, today=today).person.facts
    training = TrainingFacts(
        region_code=region, starts_on=today, ends_on=today, hours=0, training_type=""
    )
    facts = Facts(on=today, person=person_facts, training=training)
    barrier = evaluate(everywhere, facts, where="enrol").first_in_the_way()
    if barrier is None or barrier.outcome != "fail":
        return None
    help_ = filter(None, (change(barrier), barrier.rule.remedy))
    return Refusal(sentence(barrier), tuple(dict.fromkeys(help_)))


def _asked(session: Session, person: Person) -> int:
    """How many claims wait for the person's answer."""
    query = select(func.count()).select_from(ClaimLine)
    query = query.where(same_person(ClaimLine.person_id, person.id), ClaimLine.state == "asked")
    return session.scalar(query) or 0


def _reservations(session: Session, person: Person) -> Sequence[SubsidyReservation]:
    """What counts for the person, the latest first."""
    row = SubsidyReservation
    query = select(row).where(
        same_person(row.person_id, person.id), row.state.in_(("held", "consumed"))
    )
    return session.scalars(query.order_by(row.year.desc(), row.created_at.desc(), row.id)).all()


def _cap(rules: Iterable[Rule]) -> Cap | None:
    rule = next((rule for rule in rules if rule.kind == "annual_cap"), None)
    if rule is None:
        return None
    return Cap(rule.plain, rule.document, rule.clause, rule.quote, rule.pack_id)


def _buckets(
    rules: Sequence[Rule], rows: Sequence[SubsidyReservation], year: int
) -> tuple[Bucket, ...]:
    past = [
        PastSubsidy(
            row.bucket,
            row.year,
            row.skill_key,
            row.level,
            title=row.title,
            counts=row.total_no is not None,
        )
        for row in rows
    ]
    return tuple(
        Bucket(
            name=one.name,
            limit=one.limit,
            left=one.left,
            used=_count(rows, one.bucket, year, "consumed"),
            held=_count(rows, one.bucket, year, "held"),
            titles=one.titles,
        )
        for one in buckets_left(rules, past, year)
    )


def _count(rows: Iterable[SubsidyReservation], bucket: str, year: int, state: str) -> int:
    return sum(row.bucket == bucket and row.year == year and row.state == state for row in rows)


def _taken(row: SubsidyReservation) -> Taken:
    return Taken(
        title=row.title,
        year=row.year,
        state=row.state,
        bucket_name=bucket_name(row.bucket) if row.bucket else "",
        level_name=level_name(row.level) if row.level else "",
        enrolment_id=row.enrolment_id,
    )


def _groups(session: Session, person: Person, today: date) -> tuple[OwnGroup, ...]:
    # Declared and then verified, a group stands twice; the verified row comes first.
    found: dict[str, OwnGroup] = {}
    for row in session.scalars(facts_rows.groups_holding(person.id, today)):
        if facts_terms.open_channel(row.group_code) and row.group_code not in found:
            found[row.group_code] = OwnGroup(
                code=row.group_code,
                name=facts_terms.name_of(row.group_code),
                plain=facts_terms.plain_of(row.group_code),
                verified=row.status == "verified",
            )
    return tuple(found.values())


def _last_region(session: Session, person: Person) -> str | None:
    return session.scalar(
        select(TrainingClass.region_code)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(same_person(Enrolment.person_id, person.id))
        .order_by(Enrolment.created_at.desc())
        .limit(1)
    )
