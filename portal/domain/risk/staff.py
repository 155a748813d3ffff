"""Signals of those who run the session: whom they sign in, and what they change."""

from collections import defaultdict
from itertools import pairwise
from zoneinfo import ZoneInfo

from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import Mark, Other
from portal.domain.risk.reasons import Reason
from portal.domain.risk.seen import Seen, iso, seconds


def by_hand(seen: Seen) -> Reason | None:
    """One account signed in a large part of the class."""
    acted = _by_account(seen)
    most = max(acted.values(), key=len, default=set())
    if len(most) < seen.parameters.fewest:
        return None
    return seen.reason("by_hand", seen.of_roster(len(most)), most, people=len(most))


def _by_account(seen: Seen) -> dict[str, set[str]]:
    acted: defaultdict[str, set[str]] = defaultdict(set)
    for mark in seen.hand_in:
        acted[mark.by or ""].add(mark.person)
    return acted


def left_phones(seen: Seen) -> Reason | None:
    """People who use their own phones in other sessions are signed in by somebody else."""
    left = _left(seen)
    if len(left) < seen.parameters.fewest:
        return None
    return seen.reason("left_phones", seen.of_roster(len(left)), left, people=len(left))


def left_phones_again(seen: Seen) -> Reason | None:
    """The same on the day before or after: a projector that fails explains one day."""
    left = _left(seen)
    again = max(_neighbour_days(seen), key=lambda other: len(left & other.by_hand), default=None)
    both = left & again.by_hand if again else set()
    if again is None or len(both) < seen.parameters.fewest:
        return None
    share, day_at = seen.of_roster(len(both)), iso(again.starts_at)
    return seen.reason("left_phones_again", share, both, people=len(both), day_at=day_at)


def _left(seen: Seen) -> set[str]:
    used = set().union(*(other.arrivals.keys() | other.shown for other in seen.facts.others))
    return used & {mark.person for mark in seen.hand_in}


def _neighbour_days(seen: Seen) -> list[Other]:
    """The last session of the day before, the first of the day after."""
    zone = ZoneInfo(seen.parameters.zone)
    today = seen.facts.starts_at.astimezone(zone).date()
    days = [(other.starts_at.astimezone(zone).date(), other) for other in seen.facts.others]
    before = [other for day, other in days if day < today]
    after = [other for day, other in days if day > today]
    return before[-1:] + after[:1]


def quick_hand(seen: Seen) -> Reason | None:
    """Signed in by hand faster than anybody looks up."""
    pace = seen.parameters.hand_pace.total_seconds()
    best: list[Mark] = []
    for phase in Phase:
        best = max(best, _run([m for m in seen.hand if m.phase is phase], pace), key=len)
    people = {mark.person for mark in best}
    if len(people) < seen.parameters.fewest:
        return None
    return seen.reason(
        "quick_hand",
        seen.of_roster(len(people)),
        people,
        people=len(people),
        seconds=round((best[-1].moment - best[0].moment).total_seconds()),
        first_at=iso(best[0].moment),
    )


def _run(marks: list[Mark], pace: float) -> list[Mark]:
    """The longest run of marks with no gap above the pace."""
    best, first = (0, 0), 0
    times = seconds(marks)
    for last, (one, other) in enumerate(pairwise(times), start=1):
        if other - one > pace:
            first = last
        elif last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    return marks[slice(*best)]


def corrections(seen: Seen) -> Reason | None:
    """Presence and hours that were added long after the session."""
    since = seen.facts.ends_at + seen.parameters.late_correction
    added = {item.person for item in seen.facts.corrections if item.adds and item.at > since}
    return seen.reason(
        "corrections",
        seen.of_roster(len(added)),
        added,
        people=len(added),
        days=seen.parameters.late_correction.days,
    )


def instructor_missing(seen: Seen) -> Reason | None:
    """The instructor's own presence was not taken, though somebody was taught."""
    missing = seen.facts.present is False and bool(seen.facts.marks)
    return seen.reason("instructor_missing", float(missing))


def head_count(seen: Seen) -> Reason | None:
    """An inspector counted fewer heads than the sheet has."""
    counted = seen.facts.head_count
    listed = len({mark.person for mark in seen.facts.marks if mark.phase is Phase.IN})
    if counted is None or listed - counted <= seen.parameters.spared_heads:
        return None
    return seen.reason("head_count", (listed - counted) / listed, counted=counted, listed=listed)


def confirmed_early(seen: Seen) -> Reason | None:
    """The sheet was confirmed before the session was over."""
    at = seen.facts.confirmed_at
    early = at is not None and at < seen.facts.ends_at
    return seen.reason("confirmed_early", float(early), confirmed_at=iso(at) if at else "")


ALL = (
    by_hand, left_phones, left_phones_again, quick_hand,
    corrections, instructor_missing, head_count, confirmed_early,
)  # fmt: skip
