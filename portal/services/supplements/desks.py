"""Who drafts a supplement and who answers: a region below the province, and what lies above it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Account, SupplementEntry
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Permission, Role
from portal.policies.regions import NATIONAL
from portal.services.scope import in_area, region_prefix

# A province's code has two digits, then zeros.
_PROVINCE = 2


def own_region(actor: Actor) -> str:
    """The region for which an officer drafts; raises Forbidden for a province and above.

    They publish the catalogue itself, to which supplements add.
    """
    region = the_region(actor)
    if is_above(region):
        raise Forbidden
    return region


def the_region(actor: Actor) -> str:
    """The region of an officer who has to do with supplements; raises Forbidden for others."""
    actor.require(Permission.FILE_SUPPLEMENTS)
    if actor.region_code is None:
        raise Forbidden
    return actor.region_code


def is_above(region: str) -> bool:
    """Whether a region answers supplements rather than files them."""
    return len(region_prefix(region)) <= _PROVINCE


def in_sight(actor: Actor) -> Any:
    """The entries that an officer may see: those of the region; drafts only on their own side."""
    region = the_region(actor)
    seen = in_area(region, SupplementEntry.region_code)
    if is_above(region):
        return seen & SupplementEntry.state.not_in(("draft", "withdrawn"))
    return seen


def on_desk(actor: Actor) -> Any:
    """The entries that the actor answers: those of the province, or, from above it, those of a
    province that has no officer of its own."""
    region = the_region(actor)
    if not is_above(region):
        return SupplementEntry.id.is_(None)
    below = in_area(region, SupplementEntry.region_code)
    if region != NATIONAL:
        return below
    officer = aliased(Account)
    of_province = exists().where(
        officer.role == Role.OFFICER.value,
        officer.status == "active",
        officer.region_code == func.left(SupplementEntry.region_code, 2) + "0000",
    )
    return below & ~of_province


def held(session: Session, actor: Actor, entry_id: UUID) -> SupplementEntry:
    """An entry of the actor's own region, locked for a change. Raises Forbidden, NotFound."""
    region = own_region(actor)
    row = session.scalar(_locked(entry_id).where(in_area(region, SupplementEntry.region_code)))
    if row is None:
        raise NotFound
    return row


def held_for_answer(session: Session, actor: Actor, entry_id: UUID) -> SupplementEntry:
    """An entry that the actor answers, locked: of two who decide, one comes first.

    Raises Forbidden, NotFound.
    """
    if not is_above(the_region(actor)):
        raise Forbidden
    row = session.scalar(_locked(entry_id).where(on_desk(actor)))
    if row is None:
        raise NotFound
    return row


def held_by_either(session: Session, actor: Actor, entry_id: UUID) -> SupplementEntry:
    """An entry of the actor's own region or desk, locked. Raises Forbidden, NotFound."""
    if is_above(the_region(actor)):
        return held_for_answer(session, actor, entry_id)
    return held(session, actor, entry_id)


def staff_of(session: Session, region_code: str) -> list[UUID]:
    """The persons who are officers of exactly this region."""
    query = select(Account.person_id).where(
        Account.role == Role.OFFICER.value,
        Account.status == "active",
        Account.region_code == region_code,
    )
    return sorted(set(session.scalars(query)))


def desk_above(session: Session, region_code: str) -> tuple[str, list[UUID]]:
    """Who answers what a region files: the province, else the country; and their officers."""
    province = f"{region_code[:2]}0000"
    found = staff_of(session, province)
    return (province, found) if found else (NATIONAL, staff_of(session, NATIONAL))


def _locked(entry_id: UUID) -> Select[SupplementEntry]:
    query = select(SupplementEntry).where(SupplementEntry.id == entry_id)
    return query.with_for_update().execution_options(populate_existing=True)
