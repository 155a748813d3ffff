"""The institutions of a region as the authority sees them: all alike, by place and name (R51)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.db.models import Institution, InstitutionListing, TrainingClass, TrainingSession
from portal.domain.permissions import Actor
from portal.policies.regions import region_name
from portal.services.paging import Page, bounds
from portal.services.scope import REAL_CLASS, in_area, the_area
from portal.services.times import day_of

UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class InstitutionRow:
    """An institution. ``listing`` is listed, warning, suspended, removed or unlisted; ``overdue``
    counts sessions that ended and are not confirmed."""

    id: UUID
    name: str
    region_name: str
    contact_phone: str
    listing: str
    classes: int
    overdue: int


def institutions(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20, now: datetime
) -> Page[InstitutionRow]:
    """One page of the institutions in the actor's region, by region and name."""
    inside = in_area(the_area(actor), Institution.region_code)
    limit, offset = bounds(page, size)
    query = (
        select(Institution, _listing(now), _classes(), _overdue(now))
        .where(inside)
        .order_by(Institution.region_code, Institution.name)
        .limit(limit)
        .offset(offset)
    )
    rows = tuple(_row(*found) for found in session.execute(query))
    total = session.scalar(select(func.count()).select_from(Institution).where(inside)) or 0
    return Page(rows, offset // limit + 1, limit, total)


def _row(found: Institution, listing: str | None, classes: int, overdue: int) -> InstitutionRow:
    return InstitutionRow(
        id=found.id,
        name=found.name,
        region_name=region_name(found.region_code),
        contact_phone=found.contact_phone,
        listing=listing or UNLISTED,
        classes=classes,
        overdue=overdue,
    )


def _listing(now: datetime) -> Any:
    """The status of the latest listing that has come into force and not run out."""
    today = day_of(now)
    ended = InstitutionListing.effective_to < today
    return (
        select(case((ended, UNLISTED), else_=InstitutionListing.status))
        .where(
            InstitutionListing.institution_id == Institution.id,
            InstitutionListing.effective_from <= today,
        )
        .order_by(InstitutionListing.effective_from.desc(), InstitutionListing.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _classes() -> Any:
    return (
        select(func.count())
        .where(
            TrainingClass.institution_id == Institution.id,
            REAL_CLASS,
        )
        .scalar_subquery()
    )


def _overdue(now: datetime) -> Any:
    return (
        select(func.count())
        .select_from(TrainingSession)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingClass.institution_id == Institution.id,
            REAL_CLASS,
            TrainingSession.confirmed_at.is_(None),
            TrainingSession.sign_out_until < now,
        )
        .scalar_subquery()
    )
