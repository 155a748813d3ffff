"""How long a login must wait after failures: slows an attacker, never locks a person out.

Threat model
- Guessing one account's password from one place: the wait of that pair of account and source
  doubles from the fifth failure on, up to 15 minutes, so about a hundred guesses a day.
- Guessing one account from many places (a botnet): failures of all sources together make
  every source wait that never logged in to this account before, up to 15 minutes.
- Trying one password on many accounts from one place: failures of a source over all accounts
  make it wait, from a high number on, because a classroom or a whole mobile carrier shares one
  address; a source that logged in to the account before is spared.
- Locking somebody out on purpose by failing in their name: a known source of the account only
  ever waits for its own failures, and an unknown one that has waited its time since it was
  first refused gets its try, however many others failed meanwhile (``waiting_since``).

A *source* is what the caller can tell: an address prefix, better with a long-lived device
cookie. Refused tries are not counted as failures (the password is not even looked at), or the
wait would grow while it is being waited. A success clears the pair; the account and source
counts run out with FAILURE_MEMORY. Unknown accounts must be counted just like real ones, or
the wait would tell which exist.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Failures older than this do not count: the caller asks the database for no more.
FAILURE_MEMORY = timedelta(hours=24)
WAIT_CAP = timedelta(minutes=15)

# Free tries before the first wait. Five for a person who has forgotten which password it was;
# twenty for an account, four times that; a hundred for a source that a classroom may share.
PAIR_FREE, ACCOUNT_FREE, SOURCE_FREE = 5, 20, 100
_FIRST_WAIT = timedelta(seconds=2)
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Failures:
    """How many failures within FAILURE_MEMORY, and when the last one was."""

    count: int = 0
    last_at: datetime | None = None


NONE = Failures()


def wait_seconds(
    *,
    pair: Failures,
    account: Failures = NONE,
    source: Failures = NONE,
    known_source: bool = False,
    waiting_since: datetime | None = None,
    now: datetime,
) -> int:
    """Whole seconds until a try is welcome; 0 means now.

    ``pair``: failures of this source on this account; ``account``: of all sources on it;
    ``source``: of this source on all accounts; ``known_source``: it logged in to this account
    before; ``waiting_since``: when this source was first refused for this account since its
    own last failure, None if it was not.
    """
    own = _remaining(pair, PAIR_FREE, now)
    if known_source:
        return _ceil(own)
    shared = max(_remaining(account, ACCOUNT_FREE, now), _remaining(source, SOURCE_FREE, now))
    if waiting_since is not None:
        # Patience is the source's own: failures of others cannot prolong it.
        patience = max(_delay(account, ACCOUNT_FREE), _delay(source, SOURCE_FREE))
        shared = min(shared, max(waiting_since + patience - now, _NOTHING))
    return _ceil(max(own, shared))


def _delay(failures: Failures, free: int) -> timedelta:
    """2 s after the last free try, doubled by each further failure, capped."""
    if failures.count < free:
        return _NOTHING
    # A count of thousands must not become a number of thousands of digits.
    doublings = min(failures.count - free, 16)
    return min(_FIRST_WAIT * (1 << doublings), WAIT_CAP)


def _remaining(failures: Failures, free: int, now: datetime) -> timedelta:
    if failures.last_at is None:
        return _NOTHING
    # A clock that was set back must not turn into an endless wait.
    delay = _delay(failures, free)
    return min(max(failures.last_at + delay - now, _NOTHING), delay)


def _ceil(wait: timedelta) -> int:
    return -(-wait // timedelta(seconds=1))
