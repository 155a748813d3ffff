"""How an institution may come to stand on the list, and what each standing means (reference A5).

``rectified`` is a decision, not a standing: what was wrong is put right, so it is listed again.
"""

from datetime import date
from enum import StrEnum

from portal.domain.errors import BadInput


class ListingState(StrEnum):
    """What may be decided about an institution that has been admitted."""

    LISTED = "listed"
    WARNING = "warning"
    SUSPENDED = "suspended"
    RECTIFIED = "rectified"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


_L = ListingState
# From how it stands to what may be decided. Whoever was removed or left asks to be admitted anew;
# whoever dropped out of the catalogue can still be removed, so that a ban can be had (R46).
NEXT: dict[str, tuple[ListingState, ...]] = {
    "listed": (_L.WARNING, _L.SUSPENDED, _L.REMOVED, _L.WITHDRAWN),
    "warning": (_L.LISTED, _L.SUSPENDED, _L.REMOVED, _L.WITHDRAWN),
    "suspended": (_L.RECTIFIED, _L.LISTED, _L.REMOVED),
    "lapsed": (_L.REMOVED,),
    "unlisted": (_L.REMOVED,),
    "withdrawn": (_L.REMOVED,),
    "removed": (),
}

# These take nobody new, and what was asked of the fund waits.
STOPPED = frozenset({_L.SUSPENDED, _L.REMOVED})
# These end what has not begun.
ENDED = frozenset({_L.REMOVED, _L.WITHDRAWN})
# What a catalogue that is published cannot change: only a decision can (M15).
HELD = frozenset({"suspended", "removed"})


def the_state(raw: str) -> ListingState:
    """What somebody chose to decide. Raises BadInput."""
    try:
        return ListingState(raw)
    except ValueError:
        raise BadInput("to", "listings.refused.unknown_state") from None


def standing_after(state: ListingState) -> str:
    """How an institution stands once a decision is in force."""
    return "listed" if state is _L.RECTIFIED else state.value


def may_follow(standing: str, state: ListingState, *, undoes_pending: bool) -> bool:
    """Whether a decision fits how the institution stands.

    The standing as it is may be decided only to undo a decision that is not in force yet.
    """
    if state in NEXT.get(standing, ()):
        return True
    return undoes_pending and standing == state.value


def is_banned(ban_until: date | None, day: date) -> bool:
    """Whether a ban still holds on a day; its last day counts."""
    return ban_until is not None and day <= ban_until
