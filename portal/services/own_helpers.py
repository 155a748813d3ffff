"""Who acts for me, and what was done for me: the person's own side of mandates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Account, AuditEvent, Employer, Institution, Mandate, Person
from portal.domain.errors import NotFound, NotReady
from portal.domain.mandate import State
from portal.domain.permissions import Actor, Permission, Role
from portal.locale import has, t
from portal.services import mandate_rows
from portal.services.times import day_of

# More is history; the archive and the trail hold it all.
_ACTS = 200
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class OwnHelper:
    """A helper who asks to act for me, or may. ``state`` is asked or open."""

    mandate_id: UUID
    helper: str
    state: State
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class ActForMe:
    """Something that another account did about me; ``times`` counts the same of one day."""

    at: datetime
    who: str
    action: str
    times: int


@dataclass(frozen=True, slots=True)
class OwnHelpers:
    """Who may act for me, who asks to, and what was done, newest first."""

    helpers: tuple[OwnHelper, ...]
    acts: tuple[ActForMe, ...]


def my_helpers(session: Session, actor: Actor, *, now: datetime) -> OwnHelpers:
    """The actor's mandates that matter, and who did what for the actor."""
    actor.require(Permission.SIGNED_IN)
    rows = session.execute(
        select(Mandate, Person.name)
        .join(Account, Account.id == Mandate.helper_account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Mandate.person_id.in_(actor.the_records()), Mandate.revoked_at.is_(None))
        .order_by(Mandate.created_at.desc())
    ).all()
    states = [(mandate, name, mandate_rows.state_at(mandate, now)) for mandate, name in rows]
    return OwnHelpers(
        helpers=tuple(
            OwnHelper(mandate.id, name, state, mandate.granted_on, mandate.expires_on)
            for mandate, name, state in states
            if state in ("asked", "open")
        ),
        acts=_acts(session, actor),
    )


def confirm(session: Session, actor: Actor, *, mandate_id: UUID, now: datetime) -> OwnHelpers:
    """Say yes to a helper who asks; again does no harm. Raises NotFound, NotReady (too late)."""
    actor.require(Permission.SIGNED_IN)
    mandate = _mine(session, actor, mandate_id)
    state = mandate_rows.state_at(mandate, now)
    if state == "asked":
        mandate_rows.put_in_force(session, actor, mandate, "own", now)
    elif state != "open":
        raise NotReady(reason="helping.too_late")
    return my_helpers(session, actor, now=now)


def revoke(session: Session, actor: Actor, *, mandate_id: UUID, now: datetime) -> OwnHelpers:
    """Say no, or take it back: from this instant on the helper can do nothing. Raises NotFound."""
    actor.require(Permission.SIGNED_IN)
    mandate = _mine(session, actor, mandate_id)
    if mandate.revoked_at is None:
        mandate_rows.end(session, actor, mandate, "mandate.revoke", now)
    return my_helpers(session, actor, now=now)


def _mine(session: Session, actor: Actor, mandate_id: UUID) -> Mandate:
    query = select(Mandate).where(
        Mandate.id == mandate_id, Mandate.person_id.in_(actor.the_records())
    )
    query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _acts(session: Session, actor: Actor) -> tuple[ActForMe, ...]:
    """What other accounts did about the actor, the same of one day in one line."""
    theirs = aliased(Person)
    rows = session.execute(
        select(AuditEvent, theirs.name, Institution.name, Employer.name)
        .join(Account, Account.id == AuditEvent.actor_account_id)
        .join(theirs, theirs.id == Account.person_id)
        .outerjoin(Institution, Institution.id == Account.institution_id)
        .outerjoin(Employer, Employer.id == Account.employer_id)
        .where(
            AuditEvent.on_behalf_of.in_(actor.the_records()),
            AuditEvent.actor_account_id != actor.the_account(),
        )
        .order_by(AuditEvent.id.desc())
        .limit(_ACTS)
    ).all()
    told = [
        (day_of(event.at), _who(event, name, school or firm), _what(event), event.at)
        for event, name, school, firm in rows
    ]
    return tuple(_folded(told))[:_SHOWN]


def _folded(rows: list[tuple[Any, ...]]) -> Iterable[ActForMe]:
    for (_, who, action), same in groupby(rows, key=lambda row: row[:3]):
        listed = list(same)
        yield ActForMe(listed[0][3], who, action, len(listed))


def _who(event: AuditEvent, name: str, of: str | None) -> str:
    """A helper by name, since the person knows them; all others by what they work for."""
    key = f"admin.role.{event.actor_role}"
    role = t(key) if has(key) else t("admin.role.other")
    if event.actor_role == Role.HELPER.value:
        return t("helping.who", role=role, name=name)
    return t("helping.who", role=role, name=of) if of else role


def _what(event: AuditEvent) -> str:
    key = f"admin.action.{event.action}"
    return t(key) if has(key) else t("helping.other_act")
