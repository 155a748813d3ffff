"""Who may give which role, where: one table, asked by every act on somebody's account.

Managers keep the people of their institution. The system administrator keeps accounts of the
authority, the security administrator how all of these sign in; neither can do the other's acts,
and the auditor reads what both did.
"""

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Institution, ReviewAssignment
from portal.domain.errors import BadInput, Forbidden
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.staff_errors import OutOfReach
from portal.locale import t
from portal.policies import reference
from portal.policies.regions import local_name
from portal.services.scope import region_prefix

TEACHING = frozenset({Role.INSTRUCTOR, Role.MANAGER})
# Of these whoever installs the portal invites the first.
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
# Whose accounts the system administrator keeps: to each new one, and to each move of one, a second
# administrator of another kind agrees (``consent``).
AUTHORITY = ADMINISTRATORS | {Role.OFFICER, Role.REVIEWER}
# Whose sign-in the security administrator keeps.
WORKING = AUTHORITY | TEACHING | {Role.HELPER}


def may_give(actor: Actor, role: Role) -> bool:
    """Whether the actor may invite somebody to a role at all."""
    if role in TEACHING:
        return actor.may(Permission.KEEP_STAFF)
    return role in AUTHORITY and actor.may(Permission.KEEP_ACCOUNTS)


def the_region(actor: Actor) -> str:
    """The region of an administrator. Raises Forbidden."""
    if actor.region_code is None:
        raise Forbidden
    return actor.region_code


def regions_within(actor: Actor) -> dict[str, str]:
    """The regions at or below the administrator's, by code, the own one first. Raises Forbidden."""
    own = the_region(actor)
    names = {own: t("admin.whole_country") if own == reference.NATIONAL else local_name(own)}
    below = (one.code for one in reference.regions() if one.code.startswith(region_prefix(own)))
    return names | {code: local_name(code) for code in below}


def region_text(code: str, name: str) -> str:
    """A region as it is offered to whoever types: 650402 吐鲁番市高昌区"""
    return f"{code} {name}"


def region_within(actor: Actor, typed: str) -> str:
    """A region at or below the administrator's: its code, its name, or both as they are offered.

    Raises OutOfReach for one elsewhere, BadInput for a name that none or two of them bear.
    """
    wanted = typed.strip()
    found = [
        code
        for code, name in regions_within(actor).items()
        if wanted in (code, name, reference.region_name(code), region_text(code, name))
    ]
    if len(found) == 1:
        return found[0]
    if reference.region(wanted) or wanted == reference.NATIONAL:
        raise OutOfReach
    raise BadInput("region_code", "staff.invite.region")


def in_reach(actor: Actor) -> ColumnElement[bool]:
    """Accounts in the administrator's region: by their own, or that of their institution.

    A reviewer who was given a sample of the region works in it, wherever else they are at home.
    """
    prefix = region_prefix(the_region(actor))
    places = select(Institution.id).where(Institution.region_code.startswith(prefix))
    sampled = (
        exists()
        .where(
            ReviewAssignment.reviewer_account_id == Account.id,
            ReviewAssignment.region_code.startswith(prefix),
        )
        .correlate(Account)
    )
    return or_(
        Account.region_code.startswith(prefix),
        Account.institution_id.in_(places),
        (Account.role == Role.REVIEWER.value) & sampled,
    )


def account_in_reach(
    session: Session, actor: Actor, account_id: object, roles: frozenset[Role]
) -> Account | None:
    """The account, locked, if it has one of these roles and lies in the actor's region."""
    return session.scalar(
        select(Account)
        .where(Account.id == account_id, Account.role.in_(roles), in_reach(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
