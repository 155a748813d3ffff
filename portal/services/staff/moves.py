"""Another region for an account of the authority: one proposes, another kind agrees (ADR 0037).

Whoever may move the auditor alone could put himself out of the auditor's sight, and whoever may
move an officer could have one of his own in every place.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import Account, AccountMove, Person
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.staff_errors import (
    MoveOver,
    MoveWaits,
    OutOfReach,
    OwnAccount,
)
from portal.locale import t
from portal.policies.reference import region_name
from portal.services import audit, notices
from portal.services.reasons import clean_reason
from portal.services.scope import region_prefix
from portal.services.staff import accounts_desk, consent, logins, roles
from portal.services.staff.invitations import role_name


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move that waits for consent, or was refused; ``where`` says from which region to which."""

    move_id: UUID
    name: str
    role_name: str
    where: str
    reason: str
    state: str
    answer: str
    can_agree: bool
    can_revoke: bool


def propose(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    region_code: str,
    reason: str,
    now: datetime,
) -> None:
    """Propose another region for somebody, at or below the actor's.

    Raises NotFound, OwnAccount, OutOfReach, MoveWaits, BadInput.
    """
    account = accounts_desk.another(session, actor, account_id)
    told, code = clean_reason(reason, shortest=4), roles.region_within(actor, region_code)
    # A reviewer who works here for a time may be at home elsewhere.
    at_home = (account.region_code or "").startswith(region_prefix(roles.the_region(actor)))
    if code == account.region_code or not at_home:
        raise OutOfReach
    made = AccountMove(
        account_id=account.id,
        former=account.region_code or "",
        region_code=code,
        reason=told,
        state="proposed",
        proposed_by=actor.the_account(),
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        if violated_constraint(error) == "uq_account_move_open":
            raise MoveWaits from None
        raise
    what = _what(made, account)
    regions = (made.former, made.region_code)
    consent.ask(session, what=what, regions=regions, but=account.id, now=now)
    _trace(session, actor, made, account, "accounts.propose_region", told, now)


def waiting(session: Session, actor: Actor, *, now: datetime) -> tuple[MoveView, ...]:
    """Moves in the actor's region that wait or were refused lately, for both administrators."""
    if not actor.may(Permission.KEEP_ACCOUNTS):
        actor.require(Permission.KEEP_SECURITY)
    refused = (AccountMove.state == "declined") & (AccountMove.decided_at > now - consent.SHOWN_FOR)
    rows = session.execute(
        select(AccountMove, Account.role, Person.name)
        .join(Account, Account.id == AccountMove.account_id)
        .join(Person, Person.id == Account.person_id)
        .where((AccountMove.state == "proposed") | refused, roles.in_reach(actor))
        .order_by(AccountMove.proposed_at, AccountMove.id)
        .limit(200)
    )
    return tuple(_view(actor, one, Role(role), name) for one, role, name in rows)


def _view(actor: Actor, one: AccountMove, role: Role, name: str) -> MoveView:
    agrees, waits = actor.may(Permission.KEEP_SECURITY), one.state == "proposed"
    return MoveView(
        move_id=one.id,
        name=name,
        role_name=role_name(role),
        where=_where(one),
        reason=one.reason,
        state=one.state,
        answer=one.answer or "",
        can_agree=waits and agrees and one.account_id != actor.account_id,
        can_revoke=waits and not agrees,
    )


def _where(one: AccountMove) -> str:
    former, region = region_name(one.former), region_name(one.region_code)
    return t("staff.page.move_where", former=former, region=region)


def _what(one: AccountMove, account: Account) -> str:
    return t("staff.consent.move", role=role_name(Role(account.role)), where=_where(one))


def agree(session: Session, actor: Actor, *, move_id: UUID, now: datetime) -> None:
    """The consent of an administrator of another kind: the account has its new region.

    Raises NotFound, MoveOver, OwnAccount, SameKind, ProposerGone.
    """
    made, account = _to_decide(session, actor, move_id)
    ends = (made.former, made.region_code)
    consent.still_proposed(session, made.proposed_by, regions=ends)
    made.state, made.decided_by, made.decided_at = "done", actor.the_account(), now
    account.region_code = made.region_code
    logins.end_all(session, account.id, now)
    words = {"what": t("staff.told.change_region"), "reason": made.reason}
    notices.tell(session, account.person_id, "account_looked_after", params=words, now=now)
    consent.given(session, made.proposed_by, what=_what(made, account), now=now)
    _trace(session, actor, made, account, "accounts.change_region", made.reason, now)


def decline(session: Session, actor: Actor, *, move_id: UUID, reason: str, now: datetime) -> None:
    """The other administrator does not agree, and says why. Raises as ``agree``, BadInput."""
    made, account = _to_decide(session, actor, move_id)
    told = clean_reason(reason, shortest=4)
    made.state, made.decided_by, made.decided_at = "declined", actor.the_account(), now
    made.answer = told
    what = _what(made, account)
    consent.refused(session, made.proposed_by, what=what, reason=told, now=now)
    _trace(session, actor, made, account, "accounts.decline_region", told, now)


def revoke(session: Session, actor: Actor, *, move_id: UUID, now: datetime) -> None:
    """Take a proposal back. Raises NotFound, MoveOver."""
    actor.require(Permission.KEEP_ACCOUNTS)
    made, account = _open(session, actor, move_id)
    made.state, made.decided_by, made.decided_at = "revoked", actor.the_account(), now
    _trace(session, actor, made, account, "accounts.revoke_region", made.reason, now)


def _to_decide(session: Session, actor: Actor, move_id: UUID) -> tuple[AccountMove, Account]:
    actor.require(Permission.KEEP_SECURITY)
    made, account = _open(session, actor, move_id)
    if account.id == actor.account_id:
        raise OwnAccount
    consent.another_person(session, actor, made.proposed_by)
    # Neither end of the way lies outside the region of who agrees.
    prefix = region_prefix(roles.the_region(actor))
    if not all(code.startswith(prefix) for code in (made.former, made.region_code)):
        raise Forbidden
    return made, account


def _open(session: Session, actor: Actor, move_id: UUID) -> tuple[AccountMove, Account]:
    """A move that waits, with its account, both held."""
    known = session.get(AccountMove, move_id)
    if known is None:
        raise NotFound
    account = roles.account_in_reach(session, actor, known.account_id, roles.AUTHORITY)
    if account is None:
        raise NotFound
    made = session.get_one(AccountMove, move_id, with_for_update=True, populate_existing=True)
    if made.state != "proposed":
        raise MoveOver
    return made, account


def _trace(
    session: Session,
    actor: Actor,
    made: AccountMove,
    account: Account,
    action: str,
    reason: str,
    now: datetime,
) -> None:
    session.flush()
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="account",
        object_id=account.id,
        on_behalf_of=account.person_id,
        reason=reason,
        detail={"move": str(made.id), "former": made.former, "to": made.region_code},
    )
