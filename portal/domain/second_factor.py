"""Six digits by the clock (TOTP, RFC 6238) and codes on paper: who needs them, which is right.

Times are steps of 30 s since 1970. A phone's clock may be off by one step either way.
"""

import hmac
import secrets
from datetime import datetime

import pyotp

from portal.domain.permissions import Role

STEP_SECONDS = 30
WINDOW = 1
RECOVERY_CODES = 10
# Without letters and digits that look alike on paper: 31 signs, ten of them hold 49 bits.
_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_HALF = 5

# Whoever decides about others, or about who may decide (GB/T 22239: two factors).
ROLES = frozenset(
    {Role.OFFICER, Role.MANAGER, Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}
)


def new_secret() -> str:
    """A fresh secret of 160 bits, in base32."""
    return pyotp.random_base32()


def address(secret: str, *, issuer: str, name: str) -> str:
    """What the QR code says, as authenticator apps read it (otpauth://totp/...)."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(moment: datetime) -> int:
    """The time step of a moment."""
    return int(moment.timestamp()) // STEP_SECONDS


def digits_at(secret: str, step: int) -> str:
    """The six digits of a step."""
    return pyotp.HOTP(secret).at(step)


def matching_step(secret: str, typed: str, *, at: datetime, after: int) -> int | None:
    """The step whose digits were typed, later than ``after``; None when there is none."""
    digits = "".join(typed.split())
    now = step_of(at)
    for step in range(now - WINDOW, now + WINDOW + 1):
        # Compared whatever came before, so that the time taken says nothing.
        same = hmac.compare_digest(digits_at(secret, step).encode(), digits.encode())
        if same and step > after:
            return step
    return None


def new_recovery_codes() -> tuple[str, ...]:
    """Fresh codes for paper: ABCDE-23456."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def _recovery_code() -> str:
    signs = "".join(secrets.choice(_SIGNS) for _ in range(2 * _HALF))
    return f"{signs[:_HALF]}-{signs[_HALF:]}"


def clean_recovery_code(typed: str) -> str:
    """A typed code as it was printed; empty when it cannot be one."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    if len(signs) != 2 * _HALF or any(sign not in _SIGNS for sign in signs):
        return ""
    return f"{signs[:_HALF]}-{signs[_HALF:]}"
