"""Signals of the clock: what thirty people at a door never do."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from zoneinfo import ZoneInfo

from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import Mark
from portal.domain.risk.reasons import Reason
from portal.domain.risk.seen import Seen, busiest, iso, seconds


def before_opening(seen: Seen) -> Reason | None:
    """Signed in by a code before any screen showed one. A phone without a link is believed:
    its clock and the screen's may both be wrong."""
    opened = seen.facts.opened_at
    if opened is None:
        return None
    since = opened - seen.parameters.clock_grace
    early = [mark for mark in seen.own_in if not mark.offline and mark.moment < since]
    if not early:
        return None
    people = {mark.person for mark in early}
    return seen.reason(
        "before_opening",
        seen.of_roster(len(people)),
        people,
        people=len(people),
        first_at=iso(early[0].moment),
        opened_at=iso(opened),
    )


def burst(seen: Seen) -> Reason | None:
    """Most of the class within seconds. Thirty phones lifted at once still take half a minute."""
    return _burst(seen, "burst", Phase.IN)


def outs_in_a_burst(seen: Seen) -> Reason | None:
    """The same at the end."""
    return _burst(seen, "outs_in_a_burst", Phase.OUT)


def _burst(seen: Seen, code: str, phase: Phase) -> Reason | None:
    marks = seen.own_in if phase is Phase.IN else seen.own_out
    window = seen.parameters.burst_window.total_seconds()
    first, count = busiest(seconds(marks), window)
    if count < seen.parameters.burst_fewest:
        return None
    return seen.reason(
        code,
        seen.of_roster(count),
        {mark.person for mark in marks[first : first + count]},
        people=count,
        seconds=round(window),
        first_at=iso(marks[first].moment),
    )


def even_gaps(seen: Seen) -> Reason | None:
    """A stretch of sign-ins (or -outs) with even gaps, like a clock and not like a queue.

    The measure is the deviation of a stretch's gaps by their mean; of people who come by
    chance it is about 1, of a queue about 0.5.
    """
    length = seen.parameters.even_stretch
    best = min(_evenest(marks, length) for marks in (seen.own_in, seen.own_out))
    spread, mean, first_at, people = best
    if not first_at:
        return None
    return seen.reason(
        "even_gaps",
        spread,
        people,
        people=length + 1,
        seconds=round(mean, 1),
        off=round(spread * mean, 1),
        first_at=first_at,
    )


def _evenest(marks: Sequence[Mark], length: int) -> tuple[float, float, str, tuple[str, ...]]:
    """Spread and mean of the most even stretch of gaps, when it begins, and whose it is."""
    times = seconds(marks)
    gaps = [after - before for before, after in pairwise(times)]
    best: tuple[float, float, str, tuple[str, ...]] = (inf, 0.0, "", ())
    total, squares = sum(gaps[: length - 1]), sum(gap * gap for gap in gaps[: length - 1])
    for end in range(length - 1, len(gaps)):
        total += gaps[end]
        squares += gaps[end] ** 2
        spread = _spread(total, squares, length)
        if spread < best[0]:
            stretch = marks[end + 1 - length : end + 2]
            who = tuple(mark.person for mark in stretch)
            best = spread, total / length, iso(stretch[0].moment), who
        total -= gaps[end + 1 - length]
        squares -= gaps[end + 1 - length] ** 2
    return best


def _spread(total: float, squares: float, count: int) -> float:
    mean = total / count
    # All at one moment is a burst, not an even gap.
    if mean < 1e-3:
        return 1.0
    return float(max(squares / count - mean * mean, 0.0) ** 0.5 / mean)


def outs_missing(seen: Seen) -> Reason | None:
    """Hardly anybody signed out."""
    came = {m.person for m in seen.facts.marks if m.phase is Phase.IN}
    left = {m.person for m in seen.facts.marks if m.phase is Phase.OUT}
    stayed = came - left
    if len(stayed) < seen.parameters.fewest:
        return None
    share = len(stayed) / len(came)
    return seen.reason("outs_missing", share, stayed, people=len(stayed), came=len(came))


def in_and_out_together(seen: Seen) -> Reason | None:
    """Signed in and out at once: nobody stayed between."""
    came = {m.person: m.moment for m in seen.facts.marks if m.phase is Phase.IN}
    within = seen.parameters.together_within
    at_once = {
        mark.person
        for mark in seen.facts.marks
        if mark.phase is Phase.OUT
        and mark.person in came
        and abs(mark.moment - came[mark.person]) <= within
    }
    if len(at_once) < 2:
        return None
    return seen.reason(
        "in_and_out_together",
        seen.of_roster(len(at_once)),
        at_once,
        people=len(at_once),
        minutes=round(within.total_seconds() / 60),
    )


def night(seen: Seen) -> Reason | None:
    """Lessons at an hour at which people sleep."""
    begins = seen.facts.starts_at.astimezone(ZoneInfo(seen.parameters.zone)).time()
    late = begins >= seen.parameters.night_from or begins < seen.parameters.night_until
    return seen.reason("night", float(late), starts_at=iso(seen.facts.starts_at))


def day_off(seen: Seen) -> Reason | None:
    """Lessons on a public holiday."""
    return seen.reason("day_off", float(seen.facts.day_off), starts_at=iso(seen.facts.starts_at))


def too_many_hours(seen: Seen) -> Reason | None:
    """More 课时 planned than the time holds."""
    minutes = (seen.facts.ends_at - seen.facts.starts_at).total_seconds() / 60
    needed = seen.facts.planned_hours * seen.parameters.class_hour_minutes
    return seen.reason(
        "too_many_hours",
        float(needed > max(minutes, 0)),
        hours=seen.facts.planned_hours,
        minutes=round(minutes),
    )


ALL = (
    before_opening, burst, outs_in_a_burst, even_gaps, outs_missing,
    in_and_out_together, night, day_off, too_many_hours,
)  # fmt: skip
