"""Applications of institutions as officers and auditors read them: those open, those answered."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Institution,
    ListingApplication,
    ListingDecision,
    Person,
)
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.reference import region_name
from portal.services.listing import kind_name
from portal.services.paging import Page, bounds
from portal.services.scope import in_area, the_area
from portal.services.times import date_text, day_of

OPEN = ("submitted", "on_site_check")


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application in words; ``state`` is submitted, on_site_check, listed, refused.

    ``closed`` says when, by whom and by which paper it was decided, ``answer`` why.
    """

    application_id: UUID
    institution_id: UUID
    name: str
    facts: str
    state: str
    state_text: str
    papers: tuple[str, ...]
    visit: str
    can_admit: bool
    entered: str
    closed: str = ""
    answer: str = ""


def applications(session: Session, actor: Actor, *, now: datetime) -> tuple[ApplicationView, ...]:
    """The open applications of an officer's or auditor's region, the oldest first."""
    rows = session.execute(
        _within(actor)
        .where(ListingApplication.state.in_(OPEN))
        .order_by(ListingApplication.id)
        .limit(200)
    )
    return tuple(_view(made, institution) for made, institution in rows)


def decided_ones(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20, now: datetime
) -> Page[ApplicationView]:
    """Applications that were answered, the latest first, with what was said."""
    limit, offset = bounds(page, size)
    closed = _within(actor).where(ListingApplication.state.not_in(OPEN))
    total = session.scalar(select(func.count()).select_from(closed.subquery())) or 0
    rows = session.execute(
        closed.add_columns(ListingDecision, Person.name)
        .outerjoin(ListingDecision, ListingDecision.id == ListingApplication.decision_id)
        .outerjoin(Account, Account.id == ListingApplication.closed_by)
        .outerjoin(Person, Person.id == Account.person_id)
        .order_by(ListingApplication.closed_at.desc(), ListingApplication.id.desc())
        .limit(limit)
        .offset(offset)
    )
    items = tuple(_closed_view(*row) for row in rows)
    return Page(items, offset // limit + 1, limit, total)


def latest_of(session: Session, institution: Institution) -> ApplicationView | None:
    """The latest application of an institution whose reader was checked; None without any."""
    row = session.execute(
        select(ListingApplication, ListingDecision)
        .outerjoin(ListingDecision, ListingDecision.id == ListingApplication.decision_id)
        .where(ListingApplication.institution_id == institution.id)
        .order_by(ListingApplication.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    made, decision = row
    # The institution is told what was decided, not by whom.
    return _closed_view(made, institution, decision, "")


def _within(actor: Actor) -> Select[ListingApplication, Institution]:
    return (
        select(ListingApplication, Institution)
        .join(Institution, Institution.id == ListingApplication.institution_id)
        .where(in_area(the_area(actor), Institution.region_code))
    )


def _closed_view(
    made: ListingApplication, institution: Institution, decision: ListingDecision | None, by: str
) -> ApplicationView:
    day = date_text(day_of(made.closed_at)) if made.closed_at else ""
    paper = decision.document_no if decision else ""
    return replace(
        _view(made, institution),
        closed=" · ".join(part for part in (day, by, paper) if part),
        answer=decision.reason if decision else made.answer or "",
    )


def _view(made: ListingApplication, institution: Institution) -> ApplicationView:
    facts = (kind_name(institution.kind), region_name(institution.region_code), institution.uscc)
    return ApplicationView(
        application_id=made.id,
        institution_id=institution.id,
        name=institution.name,
        facts=" · ".join(facts),
        state=made.state,
        state_text=t(f"listings.state.{made.state}"),
        papers=tuple(f"{paper['kind']}：{paper['number']}" for paper in made.papers),
        visit=_visit(made),
        can_admit=bool(made.site_passed),
        entered=t("listings.admit.entered_on", day=date_text(day_of(made.entered_at))),
    )


def _visit(made: ListingApplication) -> str:
    if made.visited_on is None:
        return ""
    return t(
        "listings.admit.visit_text",
        day=date_text(made.visited_on),
        by=made.visited_by,
        result=t(f"listings.admit.{'passed' if made.site_passed else 'failed'}"),
        note=made.site_note,
    )


def may_keep(session: Session, actor: Actor) -> bool:
    """Whether the reader decides about applications, or only reads them."""
    the_area(actor)
    return actor.may(Permission.KEEP_LISTINGS)
