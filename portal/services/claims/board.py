"""The public notice: what is about to be paid, to whom, for how many (reference.md B8.1, R71).

Names are masked; no document, phone or group. Money that only people in need get, and classes
that were held for a group nobody should be known by, are shown without names. A notice is gone
the day after it ends.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClaimLine, Institution, Person, SubsidyClaim, TrainingClass
from portal.domain.claim_kinds import names_people
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.policies.regions import region_name
from portal.services.claims import questions
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class PublicLine:
    """One person: masked name and fen."""

    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """One claim on notice. ``lines`` is empty where names would tell too much."""

    claim_no: str
    payee: str
    institution: str
    title: str
    kind: str
    region: str
    people: int
    amount_fen: int
    first_day: date
    last_day: date
    lines: tuple[PublicLine, ...]


def notices(session: Session, actor: Actor, *, now: datetime) -> tuple[PublicNotice, ...]:
    """What is on notice today, the newest first; for anybody."""
    actor.require(Permission.PUBLIC)
    today = day_of(now)
    query = (
        select(SubsidyClaim, TrainingClass, Institution.name)
        .join(TrainingClass, TrainingClass.id == SubsidyClaim.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            SubsidyClaim.state == "public_notice",
            SubsidyClaim.public_from <= today,
            SubsidyClaim.public_until >= today,
        )
        .order_by(SubsidyClaim.public_from.desc(), SubsidyClaim.claim_no)
        .limit(200)
    )
    return tuple(_notice(session, today, *found) for found in session.execute(query).all())


def _notice(
    session: Session, today: date, row: SubsidyClaim, made: TrainingClass, institution: str
) -> PublicNotice:
    people = session.execute(
        select(Person.name, ClaimLine.amount_fen)
        .join(Person, Person.id == ClaimLine.person_id)
        .where(ClaimLine.claim_id == row.id, ClaimLine.state != "dropped")
        .order_by(Person.name_key, ClaimLine.id)
    ).all()
    shown = names_people(row.kind) and not _tells_of_a_group(made)
    own = people[0].name if people and row.payee_person_id else ""
    return PublicNotice(
        claim_no=row.claim_no,
        payee=questions.payee_name(session, row) or (mask_name(own) if shown else ""),
        institution=institution,
        title=made.title,
        kind=row.kind,
        region=region_name(row.region_code),
        people=len(people),
        amount_fen=sum(one.amount_fen for one in people),
        first_day=row.public_from or today,
        last_day=row.public_until or today,
        lines=tuple(PublicLine(mask_name(one.name), one.amount_fen) for one in people)
        if shown
        else (),
    )


def _tells_of_a_group(made: TrainingClass) -> bool:
    """Whether having been in this class says that somebody belongs to a sensitive group."""
    known = (reference.group(code) for code in made.group_codes)
    return any(group is not None and group.sensitive != "no" for group in known)
