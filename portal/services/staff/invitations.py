"""Invitations: by whom, to which role, bound to a name and a phone; agreed, sent, taken back.

The word in the link goes to the phone and nowhere else; only its hash is kept.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import Account, Institution, StaffInvitation
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound, TooManyAttempts
from portal.domain.identity import normalise_phone
from portal.domain.masking import mask_phone
from portal.domain.names import normalise_name
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.staff_errors import AlreadyInvited, InvitationOver, OutOfReach, OwnAccount
from portal.locale import t
from portal.policies import reference
from portal.policies.reference import region_name
from portal.services import audit, sms
from portal.services.reasons import clean_reason
from portal.services.scope import region_prefix
from portal.services.staff import consent, roles
from portal.services.unit import token_hash
from portal.settings import get_settings

LASTS = timedelta(days=7)
_A_DAY = timedelta(days=1)
# Each is a text message to somebody who may not expect it.
MOST_A_DAY = 30
_OPEN = ("proposed", "open")


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation as those who keep it see it; ``state`` may be ``expired`` by the clock."""

    id: UUID
    role: Role
    role_name: str
    name: str
    phone_masked: str
    where: str
    state: str
    expires_at: datetime
    # Why it was proposed, and why it was not agreed to.
    reason: str
    answer: str
    # Whether this actor may agree to it, or take it back.
    can_agree: bool
    can_revoke: bool


def invite(
    session: Session,
    actor: Actor,
    *,
    role: str,
    name: str,
    phone: str,
    region_code: str = "",
    reason: str = "",
    now: datetime,
) -> UUID:
    """Invite somebody to a role; returns the invitation's id.

    A manager invites to the own institution. The system administrator only proposes whoever is
    to work for the authority, at or below the own region: ``agree`` sends it. Raises OutOfReach,
    AlreadyInvited, BadInput, TooManyAttempts.
    """
    wanted = _wanted(actor, role)
    of_region = roles.region_within(actor, region_code) if wanted in roles.AUTHORITY else None
    clean_phone = normalise_phone(phone)
    _not_too_many(session, actor, now)
    phone_hash = get_vault().lookup_hash("phone", clean_phone)
    _lapse(session, phone_hash, now)
    made = StaffInvitation(
        role=wanted.value,
        institution_id=actor.institution_id if wanted in roles.TEACHING else None,
        region_code=of_region,
        name=normalise_name(name),
        phone_hash=phone_hash,
        phone_enc=get_vault().seal("phone", clean_phone),
        state="proposed",
        invited_by=actor.the_account(),
        reason=clean_reason(reason, shortest=4) if of_region else None,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        if violated_constraint(error) == "uq_staff_invitation_open":
            raise AlreadyInvited from None
        raise
    if of_region is None:
        _send(session, made, now)
        _trace(session, actor, "staff.invite", made, now)
    else:
        consent.ask(session, what=_what(session, made), regions=(of_region,), now=now)
        _trace(session, actor, "staff.propose", made, now)
    return made.id


def _wanted(actor: Actor, role: str) -> Role:
    if not actor.may(Permission.KEEP_STAFF):
        actor.require(Permission.KEEP_ACCOUNTS)
    try:
        wanted = Role(role)
    except ValueError:
        raise BadInput("role", "staff.invite.choose_role") from None
    if not roles.may_give(actor, wanted):
        raise OutOfReach
    return wanted


def _not_too_many(session: Session, actor: Actor, now: datetime) -> None:
    sent = session.scalar(
        select(func.count()).where(
            StaffInvitation.invited_by == actor.the_account(),
            StaffInvitation.created_at > now - _A_DAY,
        )
    )
    if (sent or 0) >= MOST_A_DAY:
        raise TooManyAttempts(seconds=int(_A_DAY.total_seconds()))


def _lapse(session: Session, phone_hash: bytes, now: datetime) -> None:
    """Invitations of this phone that ran out make room for another."""
    session.execute(
        update(StaffInvitation)
        .where(
            StaffInvitation.phone_hash == phone_hash,
            StaffInvitation.state.in_(_OPEN),
            StaffInvitation.expires_at <= now,
        )
        .values(state="expired", token_hash=None, ended_at=now)
    )


def _send(session: Session, made: StaffInvitation, now: datetime) -> None:
    """A fresh word in a link, to the phone of whoever is invited."""
    words: dict[str, object] = {
        "where": where(session, made),
        "role": role_name(Role(made.role)),
        "address": _link(session, made, now),
    }
    phone = get_vault().open("phone", made.phone_enc)
    sms.send(session, phone, "staff.invite.sms", words, now, until=made.expires_at)


def _link(session: Session, made: StaffInvitation, now: datetime) -> str:
    """The address with a fresh word; from now on the invitation is open."""
    token = secrets.token_urlsafe(24)
    made.token_hash, made.state = token_hash(token), "open"
    made.expires_at = now + LASTS
    session.flush()
    return f"{get_settings().public_url}/join/{token}"


def first_administrator(
    session: Session,
    actor: Actor,
    *,
    role: str,
    name: str,
    phone: str,
    region_code: str,
    now: datetime,
) -> str:
    """The link for the first administrator of a kind, for whoever installs the portal.

    Only while there is none of that kind who can work: afterwards it takes two of them. Where two
    administrators have stopped each other's accounts, neither can lift the other's hold, and
    whoever keeps the machine begins anew. Raises OutOfReach, BadInput.
    """
    actor.require(Permission.RUN_TASKS)
    try:
        wanted = Role(role)
    except ValueError:
        raise BadInput("role", "staff.invite.choose_role") from None
    known = region_code == reference.NATIONAL or reference.region(region_code) is not None
    at_work = Account.role == wanted.value, Account.status == "active"
    taken = session.scalar(select(Account.id).where(*at_work).limit(1))
    if wanted not in roles.ADMINISTRATORS or taken is not None or not known:
        raise OutOfReach
    clean_phone = normalise_phone(phone)
    phone_hash = get_vault().lookup_hash("phone", clean_phone)
    session.execute(
        update(StaffInvitation)
        .where(StaffInvitation.role == wanted.value, StaffInvitation.state.in_(_OPEN))
        .values(state="revoked", token_hash=None, ended_at=now)
    )
    made = StaffInvitation(
        role=wanted.value,
        region_code=region_code,
        name=normalise_name(name),
        phone_hash=phone_hash,
        phone_enc=get_vault().seal("phone", clean_phone),
        state="proposed",
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(made)
    session.flush()
    link = _link(session, made, now)
    _trace(session, actor, "staff.first_administrator", made, now)
    return link


def agree(session: Session, actor: Actor, *, invitation_id: UUID, now: datetime) -> None:
    """The consent of a second administrator: the invitation is sent.

    Raises NotFound, InvitationOver, SameKind for whoever proposed it, OwnAccount for whoever is
    invited, ProposerGone.
    """
    made = _proposed(session, actor, invitation_id, now)
    if session.get_one(Account, actor.the_account()).phone_hash == made.phone_hash:
        raise OwnAccount
    consent.still_proposed(session, made.invited_by, regions=(made.region_code or "",))
    made.agreed_by = actor.the_account()
    _send(session, made, now)
    consent.given(session, made.invited_by, what=_what(session, made), now=now)
    _trace(session, actor, "staff.agree", made, now)


def decline(
    session: Session, actor: Actor, *, invitation_id: UUID, reason: str, now: datetime
) -> None:
    """A second administrator does not agree, and says why. Raises as ``agree``, BadInput."""
    made = _proposed(session, actor, invitation_id, now)
    told = clean_reason(reason, shortest=4)
    made.state, made.answer, made.ended_at = "declined", told, now
    consent.refused(session, made.invited_by, what=_what(session, made), reason=told, now=now)
    _trace(session, actor, "staff.decline", made, now, reason=told)


def _proposed(
    session: Session, actor: Actor, invitation_id: UUID, now: datetime
) -> StaffInvitation:
    actor.require(Permission.KEEP_SECURITY)
    made = _locked(session, invitation_id)
    prefix = region_prefix(roles.the_region(actor))
    if made is None or not (made.region_code or "").startswith(prefix):
        raise NotFound
    consent.another_person(session, actor, made.invited_by)
    if made.state != "proposed" or made.expires_at <= now:
        raise InvitationOver
    return made


def revoke(session: Session, actor: Actor, *, invitation_id: UUID, now: datetime) -> None:
    """Take an invitation back; its link opens nothing any more. Raises NotFound, InvitationOver."""
    made = _locked(session, invitation_id)
    if made is None or not _keeps(actor, made):
        _refuse_strangers(actor)
        raise NotFound
    if made.state not in _OPEN:
        raise InvitationOver
    made.state, made.token_hash, made.ended_at = "revoked", None, now
    _trace(session, actor, "staff.revoke", made, now)


def _refuse_strangers(actor: Actor) -> None:
    if not actor.may(Permission.KEEP_STAFF):
        actor.require(Permission.KEEP_ACCOUNTS)


def _locked(session: Session, invitation_id: UUID) -> StaffInvitation | None:
    return session.get(StaffInvitation, invitation_id, with_for_update=True, populate_existing=True)


def _keeps(actor: Actor, made: StaffInvitation) -> bool:
    """Whether an invitation is this actor's to take back."""
    if actor.may(Permission.KEEP_STAFF):
        return made.institution_id is not None and made.institution_id == actor.institution_id
    if not actor.may(Permission.KEEP_ACCOUNTS) or made.institution_id is not None:
        return False
    return (made.region_code or "").startswith(region_prefix(roles.the_region(actor)))


def open_ones(session: Session, actor: Actor, *, now: datetime) -> tuple[InvitationView, ...]:
    """Invitations that are open or proposed, of the actor's institution or region, newest first.

    Both administrators also see what was not agreed to lately. Raises Forbidden.
    """
    query = _mine(actor, now).order_by(StaffInvitation.created_at.desc(), StaffInvitation.id)
    return tuple(_view(session, actor, row, now) for row in session.scalars(query.limit(200)))


def _mine(actor: Actor, now: datetime) -> Select[StaffInvitation]:
    invitation = StaffInvitation
    refused = (invitation.state == "declined") & (invitation.ended_at > now - consent.SHOWN_FOR)
    query = select(invitation).where(invitation.state.in_(_OPEN) | refused)
    if actor.may(Permission.KEEP_STAFF):
        return query.where(invitation.institution_id == actor.institution_id)
    if not actor.may(Permission.KEEP_ACCOUNTS) and not actor.may(Permission.KEEP_SECURITY):
        raise Forbidden
    return query.where(invitation.region_code.startswith(region_prefix(roles.the_region(actor))))


def _view(session: Session, actor: Actor, row: StaffInvitation, now: datetime) -> InvitationView:
    is_open = row.state in _OPEN
    state = "expired" if is_open and row.expires_at <= now else row.state
    return InvitationView(
        id=row.id,
        role=Role(row.role),
        role_name=role_name(Role(row.role)),
        name=row.name,
        phone_masked=mask_phone(get_vault().open("phone", row.phone_enc)),
        where=where(session, row),
        state=state,
        expires_at=row.expires_at,
        reason=row.reason or "",
        answer=row.answer or "",
        can_agree=actor.may(Permission.KEEP_SECURITY) and state == "proposed",
        can_revoke=is_open and _keeps(actor, row),
    )


def where(session: Session, row: StaffInvitation) -> str:
    """The institution or region of an invitation, in words."""
    if row.institution_id is not None:
        return session.get_one(Institution, row.institution_id).name
    return region_name(row.region_code or "")


def _what(session: Session, made: StaffInvitation) -> str:
    return t(
        "staff.consent.invite",
        where=where(session, made),
        role=role_name(Role(made.role)),
    )


def role_name(role: Role) -> str:
    """What people call a role."""
    return t(f"staff.role.{role.value}")


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    made: StaffInvitation,
    now: datetime,
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="staff_invitation",
        object_id=made.id,
        reason=reason or made.reason,
        detail={"role": made.role, "region": made.region_code},
    )
