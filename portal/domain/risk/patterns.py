"""Signals over several sessions: what was copied, and what is too good."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import Mark, Other
from portal.domain.risk.reasons import Reason
from portal.domain.risk.seen import Seen, iso


def down_the_roster(seen: Seen) -> Reason | None:
    """Phones that sign in one after the other as the names stand on the roster."""
    # Of people who come by chance one pair in a whole class stands like that.
    pairs = max(_in_file(seen.own_in), _in_file(seen.own_out), key=len)
    return _of_neighbours(seen, "down_the_roster", pairs)


def _in_file(marks: Sequence[Mark]) -> list[tuple[str, str]]:
    return [
        (one.person, other.person)
        for one, other in pairwise(marks)
        if one.place is not None and other.place == one.place + 1
    ]


def same_order(seen: Seen) -> Reason | None:
    """The same people behind each other as in another session, or at the end of this one."""
    now = _neighbours([mark.person for mark in seen.own_in])
    best: set[tuple[str, str]] = now & _neighbours([mark.person for mark in seen.own_out])
    day = seen.facts.starts_at
    for other in seen.compared():
        ordered = sorted((moment, person) for person, moment in other.arrivals.items())
        same = now & _neighbours([person for _, person in ordered])
        if len(same) > len(best):
            best, day = same, other.starts_at
    return _of_neighbours(seen, "same_order", sorted(best), day_at=iso(day))


def _neighbours(people: Sequence[str]) -> set[tuple[str, str]]:
    return set(pairwise(people))


def _of_neighbours(
    seen: Seen, code: str, pairs: Sequence[tuple[str, str]], **params: object
) -> Reason | None:
    if len(pairs) < seen.parameters.fewest:
        return None
    people = {person for pair in pairs for person in pair}
    return seen.reason(code, seen.of_roster(len(pairs) + 1), people, pairs=len(pairs), **params)


def same_gaps(seen: Seen) -> Reason | None:
    """The times of another session again, moved as a whole.

    Times are compared after both sessions were laid upon each other at their middle person.
    What counts as equal is a seventh of the stretch in which half of the people came: among
    people who come by habit one in five lies so close, whether they trickle in or lift their
    phones together.
    """
    now = _arrivals(seen)
    best: tuple[float, set[str], float, Other] | None = None
    for other in seen.compared():
        same, tolerance = _aligned(now, other, seen.parameters.gap_fineness)
        if len(same) >= seen.parameters.fewest and (best is None or len(same) > len(best[1])):
            best = (seen.of_roster(len(same)), same, tolerance, other)
    if best is None:
        return None
    share, same, tolerance, twin = best
    return seen.reason(
        "same_gaps",
        share,
        same,
        people=len(same),
        seconds=round(tolerance, 1),
        day_at=iso(twin.starts_at),
    )


def _arrivals(seen: Seen) -> dict[str, float]:
    starts = seen.facts.starts_at
    return {m.person: (m.moment - starts).total_seconds() for m in reversed(seen.own_in)}


def _aligned(now: dict[str, float], other: Other, fineness: float) -> tuple[set[str], float]:
    then = other.arrivals
    shifts = {person: moment - then[person] for person, moment in now.items() if person in then}
    if not shifts:
        return set(), 0.0
    times = sorted(now[person] for person in shifts)
    spread = times[len(times) * 3 // 4] - times[len(times) // 4]
    # To half a second nobody's clock is right.
    tolerance = max(spread / fineness, 0.5)
    middle = median(shifts.values())
    low, high = middle - tolerance, middle + tolerance
    return {person for person, shift in shifts.items() if low <= shift <= high}, tolerance


def same_minute(seen: Seen) -> Reason | None:
    """People who sign in at the same moment of the lesson, day after day."""
    within = seen.parameters.same_minute_s
    needed = seen.parameters.same_minute_sessions - 1
    compared = seen.compared()
    now = _arrivals(seen)
    hits: Counter[str] = Counter()
    for other in compared:
        then = other.arrivals
        hits.update(p for p, at in now.items() if p in then and -within <= at - then[p] <= within)
    exact = {person for person, count in hits.items() if count >= needed}
    if len(exact) < seen.parameters.fewest:
        return None
    return seen.reason(
        "same_minute",
        seen.of_roster(len(exact)),
        exact,
        people=len(exact),
        sessions=needed + 1,
        seconds=round(within),
    )


def all_there(seen: Seen) -> Reason | None:
    """Nobody ever missing, over many sessions."""
    there = {mark.person for mark in seen.facts.marks if mark.phase is Phase.IN}
    sessions = len(seen.facts.others)
    if sessions < seen.parameters.fewest_sessions or len(there) < seen.facts.roster:
        return None
    if any(not other.had(person) for other in seen.facts.others for person in there):
        return None
    held = len(there) * (sessions + 1)
    return seen.reason("all_there", held, people=len(there), sessions=sessions + 1)


def all_by_hand_there(seen: Seen) -> Reason | None:
    """Hardly ever missing are just those whom somebody else signs in; the others are, as people
    are.

    The measure is how many absences one should expect among them at the others' rate, less
    twice those that there were.
    """
    others = seen.facts.others
    phones, hand = _phones_and_hand(seen)
    if len(others) < seen.parameters.fewest_sessions or not hand:
        return None
    missing = sum(not other.had(person) for other in others for person in hand)
    rate = sum(not other.had(person) for other in others for person in phones)
    share = min(rate / (len(phones) * len(others)), seen.parameters.usual_absence)
    expected = share * len(hand) * len(others)
    return seen.reason(
        "all_by_hand_there",
        expected - 2 * missing,
        hand,
        people=len(hand),
        sessions=len(others) + 1,
        missing=missing,
        expected=round(expected),
    )


def young_by_hand(seen: Seen) -> Reason | None:
    """People of an age at which everybody carries a phone, and never a sign of one; while the
    rest of the class uses theirs."""
    _, hand = _phones_and_hand(seen)
    young = {mark.person for mark in seen.hand_in if mark.phone_age and mark.person in hand}
    if len(young) < seen.parameters.fewest - 1 or len(seen.facts.others) < 2:
        return None
    share, sessions = seen.of_roster(len(young)), len(seen.facts.others) + 1
    return seen.reason("young_by_hand", share, young, people=len(young), sessions=sessions)


def _phones_and_hand(seen: Seen) -> tuple[set[str], set[str]]:
    """Who uses a phone in this class, and whom others signed in today because they never do.

    Both empty where too few use one to compare with: a village without phones.
    """
    phones = {mark.person for mark in seen.own_in}
    for other in seen.facts.others:
        phones |= other.arrivals.keys() | other.shown
    hand = {mark.person for mark in seen.hand_in} - phones
    if len(phones) < max(seen.parameters.fewest, len(hand) / 2):
        return set(), set()
    return phones, hand


ALL = (
    down_the_roster, same_order, same_gaps, same_minute, all_there,
    all_by_hand_there, young_by_hand,
)  # fmt: skip
