"""Whom of an institution's staff an act tells."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import Account
from portal.domain.permissions import GRANTS, Permission, Role

# Who answers for the institution as a whole.
_MANAGERS = (Role.MANAGER.value,)
CONFIRMERS = tuple(
    role.value for role, grants in GRANTS.items() if Permission.CONFIRM_ATTENDANCE in grants
)


def managers_and(
    session: Session, institution_id: UUID, accounts: Collection[UUID | None]
) -> tuple[UUID, ...]:
    """The persons who manage an institution, and those behind ``accounts`` of its staff."""
    named = [one for one in accounts if one is not None]
    query = select(Account.person_id).where(
        Account.institution_id == institution_id,
        Account.status == "active",
        or_(Account.role.in_(_MANAGERS), Account.id.in_(named)),
    )
    return tuple(sorted(set(session.scalars(query))))


def who_confirm(session: Session, institution_id: UUID, *, but: UUID) -> tuple[UUID, ...]:
    """The persons who may confirm its sheets, but for one of them."""
    query = select(Account.person_id).where(
        Account.institution_id == institution_id,
        Account.status == "active",
        Account.role.in_(CONFIRMERS),
        Account.person_id != but,
    )
    return tuple(sorted(set(session.scalars(query))))
