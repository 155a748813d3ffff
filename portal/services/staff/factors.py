"""The second factor of an account: set up with a QR code, digits taken once, codes on paper.

The secret lies sealed in the vault, bound to its account; of recovery codes only keyed hashes
are kept. Digits are taken by one UPDATE that only ever moves forward, so none is taken twice.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.db.models import Account, Person, RecoveryCode, SecondFactor
from portal.db.vault import get_vault
from portal.domain import second_factor
from portal.domain.permissions import Actor, Role
from portal.domain.staff_errors import HasFactor, NotSetUp, WrongDigits
from portal.locale import t
from portal.services import audit
from portal.settings import get_settings


@dataclass(frozen=True, slots=True)
class SetUp:
    """What an authenticator app needs: as a QR code's text, and to be typed."""

    address: str
    secret: str


def has_factor(session: Session, account_id: UUID) -> bool:
    """Whether the account is asked for digits."""
    found = session.get(SecondFactor, account_id)
    return found is not None and found.confirmed_at is not None


def must_have(account: Account) -> bool:
    """Whether the account may not log in without a second factor."""
    return get_settings().second_factor_required and Role(account.role) in second_factor.ROLES


def begin(session: Session, account: Account, *, now: datetime) -> SetUp:
    """Make a secret for an account that has none yet; again makes another. Raises HasFactor."""
    found = session.get(SecondFactor, account.id, with_for_update=True, populate_existing=True)
    if found is not None and found.confirmed_at is not None:
        raise HasFactor
    if found is None:
        found = SecondFactor(account_id=account.id, secret_enc=b"", created_at=now, last_step=0)
        session.add(found)
    secret = second_factor.new_secret()
    found.secret_enc = get_vault().seal(_purpose(account.id), secret)
    found.created_at = now
    session.flush()
    return _set_up(session, account, secret)


def being_set_up(session: Session, account: Account) -> SetUp:
    """What was made and is not confirmed yet, to be shown again. Raises NotSetUp, HasFactor."""
    found = session.get(SecondFactor, account.id)
    if found is None:
        raise NotSetUp
    if found.confirmed_at is not None:
        raise HasFactor
    return _set_up(session, account, _secret(found))


def confirm(
    session: Session, account: Account, actor: Actor, *, digits: str, now: datetime
) -> tuple[str, ...]:
    """The app shows the right digits: from now on they are asked for.

    Returns the recovery codes, which are not seen again. Raises NotSetUp, HasFactor, WrongDigits.
    """
    found = session.get(SecondFactor, account.id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotSetUp
    if found.confirmed_at is not None:
        raise HasFactor
    step = second_factor.matching_step(_secret(found), digits, at=now, after=found.last_step)
    if step is None:
        raise WrongDigits
    found.confirmed_at, found.last_step = now, step
    codes = new_codes(session, account.id)
    audit.record(
        session, actor, "second_factor.set_up", now=now, object_type="account", object_id=account.id
    )
    return codes


def new_codes(session: Session, account_id: UUID) -> tuple[str, ...]:
    """Fresh recovery codes in the place of all former ones."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = second_factor.new_recovery_codes()
    session.add_all(
        RecoveryCode(account_id=account_id, code_hash=_code_hash(account_id, code))
        for code in codes
    )
    session.flush()
    return codes


def codes_left(session: Session, account_id: UUID) -> int:
    """How many recovery codes are not used."""
    query = select(func.count()).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(query) or 0


def take(session: Session, account_id: UUID, typed: str, *, now: datetime) -> str | None:
    """Take digits or a recovery code, once: ``digits``, ``recovery``, or None when it is wrong."""
    found = session.get(SecondFactor, account_id, populate_existing=True)
    if found is None or found.confirmed_at is None:
        return None
    if code := second_factor.clean_recovery_code(typed):
        return "recovery" if _take_code(session, account_id, code, now) else None
    step = second_factor.matching_step(_secret(found), typed, at=now, after=found.last_step)
    if step is None:
        return None
    # Whoever sends the same digits in the same instant finds them taken.
    taken = session.execute(
        update(SecondFactor)
        .where(SecondFactor.account_id == account_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.account_id)
        .execution_options(synchronize_session=False)
    ).first()
    return "digits" if taken else None


def _take_code(session: Session, account_id: UUID, code: str, now: datetime) -> bool:
    taken = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == _code_hash(account_id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    ).first()
    return taken is not None


def forget(session: Session, account_id: UUID) -> bool:
    """Take the factor and its codes away; False when there was none."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    gone = delete(SecondFactor).where(SecondFactor.account_id == account_id)
    return session.execute(gone.returning(SecondFactor.account_id)).first() is not None


def _set_up(session: Session, account: Account, secret: str) -> SetUp:
    name = session.get_one(Person, account.person_id).name
    issuer = t("staff.factor.issuer")
    return SetUp(second_factor.address(secret, issuer=issuer, name=name), secret)


def _secret(found: SecondFactor) -> str:
    return get_vault().open(_purpose(found.account_id), found.secret_enc)


def _purpose(account_id: UUID) -> str:
    # A sealed secret that is copied into another account's row opens nothing there.
    return f"totp:{account_id}"


def _code_hash(account_id: UUID, code: str) -> bytes:
    return get_vault().lookup_hash("recovery_code", f"{account_id}:{code}")
