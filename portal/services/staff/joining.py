"""Whoever was invited accepts: by the link, the own document, and a password.

Somebody new gets an account; somebody with a trainee's account that learns nowhere turns it into
one for work, since a person has one account with one role. The archive stays the person's.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Enrolment,
    Person,
    StaffInvitation,
    TrainingClass,
)
from portal.db.models.classes import OPEN
from portal.db.vault import get_vault
from portal.domain.errors import TooManyAttempts, WrongCredentials
from portal.domain.identity import normalise_phone
from portal.domain.names import name_key
from portal.domain.passwords import normalise_password
from portal.domain.permissions import Actor, Role
from portal.domain.staff_errors import (
    InvitationOver,
    NoSuchHold,
    NotTheInvited,
    OtherRole,
    StillLearning,
)
from portal.services import accounts, audit, login_throttle, people
from portal.services.one_person import same_person
from portal.services.passwords import verify_password
from portal.services.staff import invitations, logins, roles
from portal.services.times import day_of
from portal.services.unit import token_hash


@dataclass(frozen=True, slots=True)
class Invited:
    """What the page of a link shows."""

    where: str
    role_name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How it ended: the role, or seconds to wait, or a wrong password of an account."""

    role: Role | None = None
    wait_seconds: int = 0


def look(session: Session, actor: Actor, *, token: str, now: datetime) -> Invited:
    """What somebody is invited to. Whoever has the link learns no name. Raises InvitationOver."""
    made = _open(session, token, now)
    role = invitations.role_name(Role(made.role))
    return Invited(invitations.where(session, made), role, made.expires_at)


def _open(session: Session, token: str, now: datetime, *, lock: bool = False) -> StaffInvitation:
    query = select(StaffInvitation).where(
        StaffInvitation.token_hash == token_hash(token), StaffInvitation.state == "open"
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None or found.expires_at <= now:
        raise InvitationOver
    return found


def accept(
    session: Session,
    actor: Actor,
    *,
    token: str,
    id_type: str,
    id_no: str,
    name: str,
    phone: str,
    password: str,
    agreed: bool,
    source: bytes,
    now: datetime,
) -> Acceptance:
    """Accept an invitation, once. Wrong and too early are values: an error would roll the record
    of the try back.

    Whoever has an account gives its password. Raises InvitationOver, NotTheInvited, OtherRole,
    StillLearning, NoSuchHold, AccountExists, and BadInput by its field.
    """
    made = _open(session, token, now, lock=True)
    tries = login_throttle.Tries(
        login_key=get_vault().lookup_hash("login", f"invitation:{made.id}"),
        source_key=source,
        now=now,
    )
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return Acceptance(wait_seconds=seconds)
    form = accounts.check_registration(
        id_type=id_type,
        id_no=id_no,
        name=name,
        phone=phone,
        password=password,
        agreed=agreed,
        today=day_of(now),
    )
    if not _is_invited(made, form):
        raise NotTheInvited
    account = _account_of(session, form)
    if account is None:
        account_id = accounts.register(session, actor, form=form, now=now)
        account = session.get_one(Account, account_id, with_for_update=True)
    elif not verify_password(normalise_password(password), account.password_hash):
        login_throttle.note(session, tries, login_throttle.FAILED)
        return Acceptance()
    else:
        _may_change(session, account, made)
    _give_role(session, account, made, now)
    return Acceptance(role=Role(made.role))


def _is_invited(made: StaffInvitation, form: accounts.Registration) -> bool:
    """Whether name and phone are those of the invitation, however the name is spelled."""
    phone = get_vault().lookup_hash("phone", normalise_phone(form.phone))
    return phone == made.phone_hash and name_key(form.name) == name_key(made.name)


def _account_of(session: Session, form: accounts.Registration) -> Account | None:
    """The account of the document's owner, locked; None when there is none, or a closed one."""
    person = session.scalar(
        select(Person).where(Person.id_no_hash == accounts.document_hash(form.document))
    )
    if person is None:
        return None
    whole = people.whole_of(session, person)
    query = select(Account).where(Account.person_id == whole.id, Account.status != people.CLOSED)
    account = session.scalar(query.with_for_update())
    if account is not None and name_key(person.name) != name_key(form.name):
        raise NotTheInvited
    return account


def _may_change(session: Session, account: Account, made: StaffInvitation) -> None:
    """Whether an account may take the role; says kindly why not."""
    role = Role(account.role)
    if account.status != "active":
        raise NoSuchHold
    at_home = made.institution_id is not None and account.institution_id == made.institution_id
    if role in roles.TEACHING and at_home:
        return
    if role is not Role.TRAINEE:
        raise OtherRole(role=invitations.role_name(role))
    title = session.scalar(
        select(TrainingClass.title)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(same_person(Enrolment.person_id, account.person_id), Enrolment.status.in_(OPEN))
        .limit(1)
    )
    if title is not None:
        raise StillLearning(title=title)


def _give_role(session: Session, account: Account, made: StaffInvitation, now: datetime) -> None:
    """The role, the place, and an end to every login that had the former role."""
    former = account.role
    account.role, account.institution_id = made.role, made.institution_id
    account.region_code = made.region_code
    logins.end_all(session, account.id, now)
    made.state, made.token_hash = "accepted", None
    made.ended_at, made.account_id = now, account.id
    session.flush()
    audit.record(
        session,
        Actor(role=Role(made.role), account_id=account.id, person_id=account.person_id),
        "staff.accept",
        now=now,
        object_type="account",
        object_id=account.id,
        detail={"invitation": str(made.id), "former": former, "role": made.role},
    )


def refusal(outcome: Acceptance) -> TooManyAttempts | WrongCredentials:
    """The error of an acceptance that gave no role."""
    if outcome.wait_seconds:
        return TooManyAttempts(seconds=outcome.wait_seconds)
    return WrongCredentials()
