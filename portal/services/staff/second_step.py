"""The second step of a login: digits for a challenge, or the factor set up there and then."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Account, LoginChallenge, SecondFactor
from portal.db.vault import get_vault
from portal.domain.errors import PortalError, TooManyAttempts
from portal.domain.passwords import normalise_password
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.staff_errors import HasFactor, NotSetUp, StepLapsed, WrongDigits
from portal.services import accounts, audit, login_throttle
from portal.services.passwords import verify_password
from portal.services.staff import challenges, factors


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How a second step ended: a login, or seconds to wait, or neither (wrong digits)."""

    login: accounts.Login | None = None
    wait_seconds: int = 0
    # The codes on paper, when the factor was set up with this step.
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactorView:
    """How the own second factor stands; ``since`` is None while there is none."""

    since: datetime | None
    codes_left: int
    is_required: bool


def asked(session: Session, actor: Actor, *, token: str, now: datetime) -> factors.SetUp | None:
    """What to set up for a challenge, or None when digits are asked. Raises StepLapsed.

    Looked at again, it is the same secret: a page that is loaded anew must not spoil the QR code
    that was scanned.
    """
    challenge, account = challenges.open_one(session, token, now=now, lock=True)
    if not challenge.enrols:
        return None
    if factors.has_factor(session, account.id):
        raise StepLapsed
    try:
        return factors.being_set_up(session, account)
    except NotSetUp:
        return factors.begin(session, account, now=now)


def take_step(
    session: Session, actor: Actor, *, token: str, digits: str, source: bytes, now: datetime
) -> StepOutcome:
    """Take the digits of a challenge and open the login, once.

    Wrong and too early are values: an error would roll the record of the try back. Raises
    StepLapsed.
    """
    challenge, account = challenges.open_one(session, token, now=now, lock=True)
    tries = _tries(account.id, source, now)
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return StepOutcome(wait_seconds=seconds)
    codes: tuple[str, ...] = ()
    who = _as_owner(account)
    if challenge.enrols:
        try:
            codes = factors.confirm(session, account, who, digits=digits, now=now)
        except HasFactor:
            raise StepLapsed from None
        except WrongDigits:
            login_throttle.note(session, tries, login_throttle.FAILED)
            return StepOutcome()
    else:
        how = factors.take(session, account.id, digits, now=now)
        login_throttle.note(
            session, tries, login_throttle.SUCCEEDED if how else login_throttle.FAILED
        )
        if how is None:
            return StepOutcome()
        _trace(session, who, how, account.id, now)
    challenge.used_at = now
    return StepOutcome(_open(session, account, challenge, now), codes=codes)


def _open(
    session: Session, account: Account, challenge: LoginChallenge, now: datetime
) -> accounts.Login:
    return accounts.open_login(
        session,
        account,
        kind=challenge.kind,
        device=challenge.device,
        device_hash=challenge.device_hash,
        now=now,
    )


def my_factor(session: Session, actor: Actor, *, now: datetime) -> FactorView:
    """How the own second factor stands."""
    actor.require(Permission.SIGNED_IN)
    account = session.get_one(Account, actor.the_account())
    found = session.get(SecondFactor, account.id)
    return FactorView(
        since=found.confirmed_at if found else None,
        codes_left=factors.codes_left(session, account.id),
        is_required=factors.must_have(account),
    )


def begin_own(
    session: Session, actor: Actor, *, password: str, source: bytes, now: datetime
) -> factors.SetUp | int:
    """Begin to set the own factor up; the password is asked again, since screens are left open.

    Returns the seconds to wait when the password was guessed at, 0 when it is wrong. Raises
    HasFactor.
    """
    actor.require(Permission.SIGNED_IN)
    account = session.get_one(Account, actor.the_account())
    tries = _tries(account.id, source, now)
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return seconds
    if not verify_password(normalise_password(password), account.password_hash):
        login_throttle.note(session, tries, login_throttle.FAILED)
        return 0
    return factors.begin(session, account, now=now)


def own_set_up(session: Session, actor: Actor, *, now: datetime) -> factors.SetUp:
    """What is being set up, to be shown again. Raises NotSetUp, HasFactor."""
    actor.require(Permission.SIGNED_IN)
    return factors.being_set_up(session, session.get_one(Account, actor.the_account()))


def confirm_own(session: Session, actor: Actor, *, digits: str, now: datetime) -> tuple[str, ...]:
    """Confirm the own factor; returns the recovery codes. Raises NotSetUp, WrongDigits."""
    actor.require(Permission.SIGNED_IN)
    account = session.get_one(Account, actor.the_account())
    return factors.confirm(session, account, actor, digits=digits, now=now)


def renew_codes(
    session: Session, actor: Actor, *, digits: str, source: bytes, now: datetime
) -> StepOutcome:
    """Fresh recovery codes for whoever shows the digits of now."""
    actor.require(Permission.SIGNED_IN)
    account_id = actor.the_account()
    tries = _tries(account_id, source, now)
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return StepOutcome(wait_seconds=seconds)
    how = factors.take(session, account_id, digits, now=now)
    login_throttle.note(session, tries, login_throttle.SUCCEEDED if how else login_throttle.FAILED)
    if how is None:
        return StepOutcome()
    codes = factors.new_codes(session, account_id)
    _trace(session, actor, "new_codes", account_id, now)
    return StepOutcome(codes=codes)


def refusal(outcome: StepOutcome) -> PortalError:
    """The error of a step that opened nothing."""
    if outcome.wait_seconds:
        return TooManyAttempts(seconds=outcome.wait_seconds)
    return WrongDigits()


def _tries(account_id: UUID, source: bytes, now: datetime) -> login_throttle.Tries:
    key = get_vault().lookup_hash("login", f"second:{account_id}")
    return login_throttle.Tries(login_key=key, source_key=source, now=now)


def _as_owner(account: Account) -> Actor:
    return Actor(role=Role(account.role), account_id=account.id, person_id=account.person_id)


def _trace(session: Session, who: Actor, how: str, account_id: UUID, now: datetime) -> None:
    audit.record(
        session, who, f"second_factor.{how}", now=now, object_type="account", object_id=account_id
    )
