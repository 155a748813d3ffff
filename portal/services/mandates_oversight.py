"""Mandates as the authority sees them: every one of its region, and an end to any at once."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Account, AuditEvent, Mandate, Person
from portal.domain.errors import NotFound
from portal.domain.mandate import State
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.services import audit, mandate_rows
from portal.services.paging import Page, bounds
from portal.services.reasons import clean_reason
from portal.services.scope import in_area, the_area

_Helper = aliased(Person)


@dataclass(frozen=True, slots=True)
class OverseenMandate:
    """A mandate: by whom, to whom, how it is proven, and how often it was used."""

    mandate_id: UUID
    person_masked: str
    helper: str
    evidence: str
    since: date
    until: date
    state: State
    acts: int


def overseen(
    session: Session, actor: Actor, *, now: datetime, page: int = 1, size: int = 20
) -> Page[OverseenMandate]:
    """The mandates of the officer's region, the latest first. The reading is logged."""
    actor.require(Permission.SUPERVISE)
    limit, offset = bounds(page, size)
    query = _here(actor)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (Mandate.created_at.desc(), Mandate.id.desc())
    rows = session.execute(query.order_by(*order).limit(limit).offset(offset)).all()
    audit.record(session, actor, "mandate.read", now=now, object_type="mandate")
    return Page(tuple(_view(row, now) for row in rows), max(page, 1), limit, total)


def revoke(session: Session, actor: Actor, *, mandate_id: UUID, reason: str, now: datetime) -> None:
    """End a mandate at once, whatever its person and helper say; again does no harm.

    Raises NotFound for one elsewhere, BadInput (reason).
    """
    actor.require(Permission.SUPERVISE)
    why = clean_reason(reason, shortest=4)
    if session.execute(_here(actor).where(Mandate.id == mandate_id)).one_or_none() is None:
        raise NotFound
    mandate = session.get_one(Mandate, mandate_id, with_for_update=True, populate_existing=True)
    if mandate.revoked_at is None:
        mandate_rows.end(session, actor, mandate, "mandate.revoke", now, reason=why)


def _here(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Mandates to helpers of the officer's region, or of people who live there."""
    area = the_area(actor)
    helper_region: Any = Account.region_code
    residence: Any = Person.residence_region
    here: ColumnElement[bool] = or_(in_area(area, helper_region), in_area(area, residence))
    return (
        select(
            Mandate,
            Person.name.label("person"),
            _Helper.name.label("helper"),
            _acts().label("acts"),
        )
        .join(Person, Person.id == Mandate.person_id)
        .join(Account, Account.id == Mandate.helper_account_id)
        .join(_Helper, _Helper.id == Account.person_id)
        .where(here)
    )


def _acts() -> Any:
    """How often the helper did something for this person since."""
    query = select(func.count()).where(
        AuditEvent.on_behalf_of == Mandate.person_id,
        AuditEvent.actor_account_id == Mandate.helper_account_id,
        AuditEvent.at >= Mandate.created_at,
        AuditEvent.action.not_in(("helping.read", "helping.preflight")),
        AuditEvent.object_type != "mandate",
    )
    return query.correlate(Mandate).scalar_subquery()


def _view(row: Any, now: datetime) -> OverseenMandate:
    mandate: Mandate = row.Mandate
    return OverseenMandate(
        mandate_id=mandate.id,
        person_masked=mask_name(row.person),
        helper=row.helper,
        evidence=mandate.evidence,
        since=mandate.granted_on,
        until=mandate.expires_on,
        state=mandate_rows.state_at(mandate, now),
        acts=row.acts,
    )
