"""Mandates (委托) to village helpers: how long they may last, and what they are worth when.

No policy text sets these numbers; they are the product's own (reference B10, "people without a
smartphone").
"""

from datetime import date, datetime, timedelta
from typing import Final, Literal

# Asked for and not confirmed yet, in force, past its last day, or never confirmed, or ended.
State = Literal["asked", "open", "expired", "lapsed", "ended"]

# A mandate ends by itself: nobody should be acted for by a paper that everybody has forgotten.
TERMS_DAYS: Final = (90, 180, 365)
# Whoever registers more people in a day is not sitting with them.
A_DAY: Final = 30
# A person with an account says yes within this time, by code or when logged in.
ANSWER_WITHIN: Final = timedelta(days=7)
CODE_VALID: Final = timedelta(minutes=30)
# Wrong codes that a helper may type before the code is worthless.
CODE_TRIES: Final = 5

# Texts under which people kept checking in to themselves; every later one covers it, for
# somebody who is in the room.
WITHOUT_CHECK_IN: Final = frozenset({"mandate-2026-11"})

# What proves it on paper, for whoever has no account.
ON_PAPER: Final = ("signature", "fingerprint", "witness")


def state_of(
    *,
    asked_at: datetime,
    confirmed_at: datetime | None,
    revoked_at: datetime | None,
    expires_on: date,
    now: datetime,
    today: date,
) -> State:
    """What a mandate is worth at a moment: only an open one lets a helper do anything."""
    if revoked_at is not None:
        return "ended"
    if confirmed_at is None:
        return "asked" if now < asked_at + ANSWER_WITHIN else "lapsed"
    return "open" if today <= expires_on else "expired"


def last_day(granted_on: date, days: int) -> date:
    """The last day of a mandate that lasts so many days; the first one counts."""
    return granted_on + timedelta(days=days - 1)
