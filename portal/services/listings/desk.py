"""One institution as the officer sees it who decides about it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    Account,
    ClaimRelease,
    Enrolment,
    Institution,
    InstitutionListing,
    ListingDecision,
    Person,
    SubsidyClaim,
    TrainingClass,
)
from portal.db.models.classes import SEATED
from portal.domain.listing_states import NEXT, is_banned
from portal.domain.permissions import Actor, Permission, Role
from portal.locale import t
from portal.policies.reference import region_name
from portal.services import audit
from portal.services.archive_lines import money_text
from portal.services.listing import kind_name, listing_of
from portal.services.listings import holds, lifting
from portal.services.listings.effects import CLAIM_OVER, pending
from portal.services.listings.reach import institution_seen
from portal.services.scope import REAL_CLASS
from portal.services.times import date_text, day_of

_MOST = 50


@dataclass(frozen=True, slots=True)
class Past:
    """A decision in words; ``how`` is in_force, to_come, overtaken or lifted.

    ``lifts`` is the paper of the decision that it lifts; ``can_lift``: the reader may lift it.
    """

    decision_id: UUID
    state: str
    former: str
    day: str
    document: str
    reason: str
    by: str
    ban: str
    how: str
    lifts: str
    can_lift: bool


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
    """Everything about one institution; ``choices`` may be decided now.

    ``ban`` says until when it may not be admitted anew, "" where nothing bars it.
    """

    institution_id: UUID
    name: str
    facts: str
    phone: str
    standing: str
    standing_text: str
    since: str
    choices: tuple[str, ...]
    history: tuple[Past, ...]
    staff: tuple[Line, ...]
    classes: tuple[Line, ...]
    held: tuple[HeldClaim, ...]
    ban: str
    may_decide: bool


def institution_file(
    session: Session, actor: Actor, *, institution_id: UUID, now: datetime
) -> InstitutionFile:
    """The file of an institution of an officer's or auditor's region. The reading is logged."""
    found = institution_seen(session, actor, institution_id)
    today = day_of(now)
    listing = listing_of(session, found.id, today=today)
    may_decide = actor.may(Permission.KEEP_LISTINGS)
    choices = _choices(session, found.id, listing.standing, today) if may_decide else ()
    banned = lifting.ban_of(session, found.id)
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
        phone=found.contact_phone or "",
        standing=listing.standing,
        standing_text=t(f"listings.state.{listing.standing}"),
        since=date_text(listing.since) if listing.since else "",
        choices=choices,
        history=_history(session, actor, found.id, today),
        staff=_staff(session, found.id),
        classes=_classes(session, found.id),
        held=_held(session, found.id, today),
        ban=date_text(banned) if banned and is_banned(banned, today) else "",
        may_decide=may_decide,
    )


def _choices(session: Session, institution_id: UUID, standing: str, today: date) -> tuple[str, ...]:
    """What may be decided now; how it stands already only to undo what is to come."""
    found = [state.value for state in NEXT.get(standing, ())]
    waits = select(InstitutionListing.id).where(pending(institution_id, today)).limit(1)
    return (*found, standing) if session.scalar(waits) else tuple(found)


def _facts(found: Institution) -> str:
    parts = (
        kind_name(found.kind),
        t(f"institutions.{found.ownership}"),
        region_name(found.region_code),
        found.uscc,
        found.license_no,
    )
    return " · ".join(part for part in parts if part)


def _history(session: Session, actor: Actor, institution_id: UUID, today: date) -> tuple[Past, ...]:
    entry, lifted = InstitutionListing, aliased(ListingDecision)
    rows = session.execute(
        select(ListingDecision, Person, entry.id, lifting.was_lifted(), lifted.document_no)
        .join(Account, Account.id == ListingDecision.decided_by)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(entry, entry.decision_id == ListingDecision.id)
        .outerjoin(lifted, lifted.id == ListingDecision.lifts_id)
        .where(ListingDecision.institution_id == institution_id)
        .order_by(ListingDecision.id.desc())
        .limit(_MOST)
    )
    made = []
    for one, by, stands, is_lifted, lifts in rows:
        how = _how(one, stands=stands is not None, is_lifted=is_lifted, today=today)
        may = actor.may(Permission.KEEP_LISTINGS) and by.id not in actor.the_records()
        made.append(
            Past(
                decision_id=one.id,
                state=t(f"listings.state.{one.state}"),
                former=t(f"listings.state.{one.former}"),
                day=date_text(one.effective_on),
                document=one.document_no,
                reason=one.reason,
                by=by.name,
                ban=_ban(one),
                how=t(f"listings.page.how.{how}"),
                lifts=lifts or "",
                can_lift=may and lifting.can_be_lifted(session, one),
            )
        )
    return tuple(made)


def _how(one: ListingDecision, *, stands: bool, is_lifted: bool, today: date) -> str:
    if is_lifted:
        return "lifted"
    if not stands and one.lifts_id is None:
        return "overtaken"
    return "in_force" if one.effective_on <= today else "to_come"


def _ban(one: ListingDecision) -> str:
    return t("listings.page.ban", until=date_text(one.ban_until)) if one.ban_until else ""


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
                starts=date_text(made.starts_on),
                ends=date_text(made.ends_on),
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
