"""Weights and thresholds of the score: a region may set others.

Calibrated on simulated classes (ADR 0020), not on real ones: whoever has real findings should
calibrate again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from types import MappingProxyType
from typing import Self

from portal.domain.risk.reasons import TOP


@dataclass(frozen=True, slots=True)
class Line:
    """Up to ``start`` a measure gives nothing, from ``full`` on all ``points``; evenly between.

    ``start`` may be the greater one, where less is odder.
    """

    start: float
    full: float
    points: int

    def __post_init__(self) -> None:
        if self.start == self.full or not 0 <= self.points <= TOP:
            raise ValueError("a line needs two different ends and 0 to 100 points")

    def worth(self, measure: float) -> int:
        """The points of a measure."""
        share = (measure - self.start) / (self.full - self.start)
        return round(self.points * min(max(share, 0.0), 1.0))


# Measures are shares of the roster unless a comment says otherwise.
_SESSION = {
    # Phones and places.
    "shared_phone": Line(0.22, 0.7, 50),  # people beyond the second on a phone, growing
    "phones_of_many": Line(1, 3, 30),  # phones
    "far": Line(0.2, 0.6, 30),  # of those who gave their place
    "far_and_alone": Line(0.55, 0.85, 16),  # of those who are far
    "same_spot": Line(0.45, 0.85, 28),  # of those who gave their place, exactly the same
    "same_spot_again": Line(0.3, 0.6, 40),  # of those who gave a place of their own
    "one_network": Line(0.9, 1.0, 8),  # of those whose network is known
    "alone_in_network": Line(0.8, 0.95, 6),  # of those whose network is known
    "travel": Line(0.02, 0.25, 20),
    "relay_failed": Line(0.16, 0.4, 40),  # of those who were asked
    "relay_slow": Line(0.5, 0.9, 12),  # of the right answers
    "relay_too_quick": Line(0.1, 0.5, 25),  # of the right answers
    # Not calibrated: nobody simulated skips. By itself it stays below the line.
    "relay_skipped": Line(0.3, 0.8, 30),  # of those who were not asked or answered right
    "old_codes": Line(0.25, 0.5, 40),  # of those whose code's age is known
    # Times.
    "before_opening": Line(0.05, 0.5, 25),
    "burst": Line(0.35, 0.8, 25),
    "even_gaps": Line(0.42, 0.3, 34),  # deviation of the gaps by their mean
    "outs_in_a_burst": Line(0.35, 0.8, 12),
    "outs_missing": Line(0.85, 1.0, 6),  # of those who signed in
    "in_and_out_together": Line(0.2, 0.6, 15),
    "night": Line(0, 1, 6),  # 1: yes
    "day_off": Line(0, 1, 4),  # 1: yes
    # Patterns over sessions.
    "down_the_roster": Line(0.3, 0.7, 25),  # of neighbours in time
    "same_order": Line(0.3, 0.7, 15),  # of neighbours in time
    "same_gaps": Line(0.45, 0.7, 42),
    "same_minute": Line(0.35, 0.7, 15),
    "all_there": Line(120, 400, 8),  # marks without one that is missing
    "all_by_hand_there": Line(2.5, 7.0, 28),  # absences that one should expect, and nobody had
    # Staff.
    "young_by_hand": Line(0.07, 0.25, 42),
    "by_hand": Line(0.35, 0.9, 20),
    "left_phones": Line(0.3, 0.8, 10),
    "left_phones_again": Line(0.2, 0.6, 30),
    "quick_hand": Line(0.25, 0.7, 15),
    "corrections": Line(0.1, 0.5, 15),
    "instructor_missing": Line(0, 1, 8),  # 1: yes
    "head_count": Line(0.1, 0.35, 60),  # of the sheet, not in the room
    "confirmed_early": Line(0, 1, 5),  # 1: yes
    "too_many_hours": Line(0, 1, 10),  # 1: yes
}

_CLASS = {
    "odd_sessions": Line(0.1, 0.5, 50),  # of the sessions
    "odd_on_average": Line(15, 40, 20),  # points
    "nobody_left": Line(200, 500, 4),  # people times sessions
    "all_passed": Line(15, 40, 4),  # people
    "exam_avoided": Line(0.15, 0.5, 15),  # of those who finished
    "certified_unexamined": Line(0, 0.2, 30),  # of the certificates
    "appeals_upheld": Line(0.02, 0.15, 20),
    "denials": Line(0.01, 0.1, 40),
}


def _frozen(lines: dict[str, Line]) -> Mapping[str, Line]:
    return MappingProxyType(lines)


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that the score takes from a region: lines by reason, and what a signal needs besides.

    From ``look_at`` points on a session or class is worth an officer's look.
    """

    look_at: int = 40
    session: Mapping[str, Line] = field(default_factory=lambda: _frozen(dict(_SESSION)))
    of_class: Mapping[str, Line] = field(default_factory=lambda: _frozen(dict(_CLASS)))
    # Marks that stand for no phone of the person's: a tap on the roster, a printed sheet ...
    hand_methods: frozenset[str] = frozenset({"tap", "manual", "sheet", "helper"})
    # A couple or two siblings share a phone; the third person on it begins to count.
    family: int = 2
    many_on_a_phone: int = 4
    # Shares are of so many at the least: in a class of six two families are a third.
    smallest: int = 12
    # Heads that may be in the corridor when an inspector counts.
    spared_heads: int = 2
    # Fewer people make no pattern.
    fewest: int = 5
    burst_window: timedelta = timedelta(seconds=3)
    burst_fewest: int = 8
    network_fewest: int = 12
    # So many gaps in a row; and nobody looks up at a face in less time than this.
    even_stretch: int = 16
    hand_pace: timedelta = timedelta(seconds=1.2)
    # Wrong colours of fewer people are clumsy fingers.
    fewest_wrong: int = 4
    # A screen's clock may be wrong by seconds.
    clock_grace: timedelta = timedelta(seconds=30)
    together_within: timedelta = timedelta(minutes=10)
    slow_answer_s: float = 3.5
    quick_answer_s: float = 0.6
    # Codes change every 15 s; an older one was on its way somewhere.
    old_code_s: float = 20
    travel_kmh: float = 120
    travel_least_km: float = 10
    compared_sessions: int = 8
    # Times are equal within the middle half's stretch by so much.
    gap_fineness: float = 7
    same_minute_s: float = 10
    same_minute_sessions: int = 3
    fewest_sessions: int = 4
    # What people miss of a class at the most, as far as the score reckons with it.
    usual_absence: float = 0.1
    late_correction: timedelta = timedelta(days=2)
    zone: str = "Asia/Shanghai"
    night_from: time = time(22)
    night_until: time = time(6)
    class_hour_minutes: int = 45

    def changed(self, session: Mapping[str, Line] | None = None, **others: object) -> Self:
        """The same with other lines of sessions, by reason, and other values."""
        lines = _frozen({**self.session, **(session or {})})
        return replace(self, session=lines, **others)  # type: ignore[arg-type]


DEFAULT = Parameters()
