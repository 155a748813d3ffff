"""One institution as the officer sees it who decides about it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ClaimRelease,
    Enrolment,
    Institution,
    InstitutionListing,
    ListingDecision,
    ListingEffect,
    Person,
    SubsidyClaim,
    TrainingClass,
)
from portal.db.models.classes import SEATED
from portal.domain.listing_states import NEXT
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.policies.reference import region_name
from portal.services import audit
from portal.services.archive_lines import day_text, money_text
from portal.services.listing import kind_name, listing_of
from portal.services.listings import holds
from portal.services.listings.effects import CLAIM_OVER, pending
from portal.services.listings.reach import institution_of
from portal.services.scope import REAL_CLASS
from portal.services.times import day_of

_MOST = 50


@dataclass(frozen=True, slots=True)
class Past:
    """A decision in words; ``how`` is in_force, to_come or overtaken."""

    state: str
    former: str
    day: str
    document: str
    reason: str
    by: str
    ban: str
    how: str


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody of the staff, or a class: a heading and what there is to know."""

    key: str
    heading: str
    facts: str


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """A claim that waits because of how its payee stands; ``released`` says by which paper not."""

    claim_id: UUID
    number: str
    amount: str
    released: str


@dataclass(frozen=True, slots=True)
class InstitutionFile:
    """Everything about one institution; ``choices`` may be decided now."""

    institution_id: UUID
    name: str
    facts: str
    standing: str
    standing_text: str
    since: str
    choices: tuple[str, ...]
    history: tuple[Past, ...]
    staff: tuple[Line, ...]
    classes: tuple[Line, ...]
    held: tuple[HeldClaim, ...]


def institution_file(
    session: Session, actor: Actor, *, institution_id: UUID, now: datetime
) -> InstitutionFile:
    """The file of an institution of the officer's region. The reading is logged."""
    found = institution_of(session, actor, institution_id)
    today = day_of(now)
    listing = listing_of(session, found.id, today=today)
    choices = [state.value for state in NEXT.get(listing.standing, ())]
    if session.scalar(select(InstitutionListing.id).where(pending(found.id, today)).limit(1)):
        choices.append(listing.standing)
    audit.record(
        session,
        actor,
        "listing.read",
        now=now,
        object_type="institution",
        object_id=found.id,
        fields_read=("name",),
    )
    return InstitutionFile(
        institution_id=found.id,
        name=found.name,
        facts=_facts(found),
        standing=listing.standing,
        standing_text=t(f"listings.state.{listing.standing}"),
        since=day_text(listing.since) if listing.since else "",
        choices=tuple(choices),
        history=_history(session, found.id, today),
        staff=_staff(session, found.id),
        classes=_classes(session, found.id),
        held=_held(session, found.id, today),
    )


def _facts(found: Institution) -> str:
    parts = (
        kind_name(found.kind),
        t(f"institutions.{found.ownership}"),
        region_name(found.region_code),
        found.uscc,
        found.license_no,
        found.contact_phone,
    )
    return " · ".join(part for part in parts if part)


def _history(session: Session, institution_id: UUID, today: date) -> tuple[Past, ...]:
    rows = session.execute(
        select(ListingDecision, Person.name, InstitutionListing.id, ListingEffect.at)
        .join(Account, Account.id == ListingDecision.decided_by)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
        .outerjoin(ListingEffect, ListingEffect.decision_id == ListingDecision.id)
        .where(ListingDecision.institution_id == institution_id)
        .order_by(ListingDecision.id.desc())
        .limit(_MOST)
    )
    return tuple(_past(one, by, entry is not None, today) for one, by, entry, _ in rows)


def _past(one: ListingDecision, by: str, stands: bool, today: date) -> Past:
    how = "in_force" if one.effective_on <= today else "to_come"
    return Past(
        state=t(f"listings.state.{one.state}"),
        former=t(f"listings.state.{one.former}"),
        day=day_text(one.effective_on),
        document=one.document_no,
        reason=one.reason,
        by=by,
        ban=t("listings.page.ban", until=day_text(one.ban_until)) if one.ban_until else "",
        how=t(f"listings.page.how.{how if stands else 'overtaken'}"),
    )


def _staff(session: Session, institution_id: UUID) -> tuple[Line, ...]:
    rows = session.execute(
        select(Account.id, Account.role, Person.name)
        .join(Person, Person.id == Account.person_id)
        .where(Account.institution_id == institution_id, Account.status == "active")
        .order_by(Account.role.desc(), Person.name_key, Account.id)
        .limit(_MOST)
    )
    return tuple(
        Line(str(key), name, t(f"staff.role.{Role(role).value}")) for key, role, name in rows
    )


def _classes(session: Session, institution_id: UUID) -> tuple[Line, ...]:
    seated = (
        select(func.count())
        .where(Enrolment.class_id == TrainingClass.id, Enrolment.status.in_(SEATED))
        .scalar_subquery()
    )
    rows = session.execute(
        select(TrainingClass, seated)
        .where(TrainingClass.institution_id == institution_id, REAL_CLASS)
        .order_by(TrainingClass.starts_on.desc(), TrainingClass.id)
        .limit(_MOST)
    )
    return tuple(
        Line(
            str(made.id),
            made.title,
            t(
                "listings.page.class_facts",
                starts=day_text(made.starts_on),
                ends=day_text(made.ends_on),
                people=people,
            ),
        )
        for made, people in rows
    )


def _held(session: Session, institution_id: UUID, today: date) -> tuple[HeldClaim, ...]:
    """Claims that wait for how their payee stands; none while it stands well."""
    if not holds.stops(session, institution_id, today=today):
        return ()
    rows = session.scalars(
        select(SubsidyClaim)
        .where(
            SubsidyClaim.payee_institution_id == institution_id,
            SubsidyClaim.state.not_in(CLAIM_OVER),
        )
        .order_by(SubsidyClaim.id)
        .limit(_MOST)
    ).all()
    released = session.execute(
        select(ClaimRelease.claim_id, ClaimRelease.document_no)
        .where(ClaimRelease.claim_id.in_([row.id for row in rows]))
        .order_by(ClaimRelease.id)
    )
    papers = dict(released.tuples().all())
    return tuple(
        HeldClaim(row.id, row.claim_no, money_text(row.amount_fen), papers.get(row.id, ""))
        for row in rows
    )
