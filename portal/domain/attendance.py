"""Attendance of a session: windows, states and credited hours (reference.md B11.2).

The unit of credit is the 课时 of 45 minutes, whole ones only. All arithmetic is exact.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from portal.domain.checkin_code import Phase

# Jiangsu's rules: one 课时 is 45 minutes (reference.md B11.1, C-55; decided in D8).
CLASS_HOUR_MINUTES = 45
# At least four fifths of the planned hours: usual practice without a text behind it
# (reference.md B11.1, D9). A policy pack that names another ratio wins.
DEFAULT_MIN_RATIO = Fraction(4, 5)

# The note of a person who signed in and was not there when the roll was called.
MISSED_CALL = "attendance.missed_call"

_NOTHING = timedelta()


class AttendanceState(StrEnum):
    """What a row of the sheet says. ``assess`` finds the first four; people set the others."""

    PRESENT = "present"
    LATE = "late"
    EARLY_LEAVE = "early_leave"
    ABSENT = "absent"
    EXCUSED = "excused"
    MAKEUP = "makeup"


@dataclass(frozen=True, slots=True)
class WindowRules:
    """Parameters of an institution or region; the defaults are those of B11.2, rule 4.

    ``open_before`` the start sign-in opens; more than ``late_after`` past the start is late;
    ``close_after`` past the start sign-in closes; sign-out runs from ``sign_out_before`` the
    end to ``sign_out_after`` it. ValueError when they contradict each other.
    """

    open_before: timedelta = timedelta(minutes=30)
    late_after: timedelta = timedelta(minutes=15)
    close_after: timedelta = timedelta(minutes=30)
    sign_out_before: timedelta = timedelta(minutes=10)
    sign_out_after: timedelta = timedelta(minutes=60)

    def __post_init__(self) -> None:
        durations = (self.open_before, self.late_after, self.sign_out_before, self.sign_out_after)
        if min(durations) < _NOTHING or self.close_after < self.late_after:
            raise ValueError("window rules must not be negative, nor late after the closing")


DEFAULT_RULES = WindowRules()


@dataclass(frozen=True, slots=True)
class SessionWindows:
    """When a session takes scans: sign-in from ``sign_in_from`` to before ``sign_in_until``."""

    sign_in_from: datetime
    late_after: datetime
    sign_in_until: datetime
    sign_out_from: datetime
    sign_out_until: datetime


@dataclass(frozen=True, slots=True)
class Assessment:
    """What in and out times are worth; ``note_key`` names what a person must look at."""

    state: AttendanceState
    credited_minutes: int = 0
    credited_hours: int = 0
    note_key: str | None = None


def windows_for(
    starts_at: datetime, ends_at: datetime, rules: WindowRules = DEFAULT_RULES
) -> SessionWindows:
    """The windows of a session. ValueError unless both times are aware and in order.

    In a session that is shorter than sign-in and sign-out together, sign-in closes at the end
    at the latest and sign-out waits for that: at no moment are both open, and a person who
    comes late never signs out by mistake.
    """
    if starts_at.tzinfo is None or ends_at.tzinfo is None or ends_at <= starts_at:
        raise ValueError("a session needs aware times and must end after it starts")
    sign_in_until = min(starts_at + rules.close_after, ends_at)
    return SessionWindows(
        sign_in_from=starts_at - rules.open_before,
        late_after=min(starts_at + rules.late_after, sign_in_until),
        sign_in_until=sign_in_until,
        sign_out_from=max(ends_at - rules.sign_out_before, sign_in_until),
        sign_out_until=ends_at + rules.sign_out_after,
    )


def phase_open(windows: SessionWindows, at: datetime) -> Phase | None:
    """Which phase a scan at ``at`` belongs to; None before, between and after the windows."""
    if windows.sign_in_from <= at < windows.sign_in_until:
        return Phase.IN
    if windows.sign_out_from <= at <= windows.sign_out_until:
        return Phase.OUT
    return None


def assess(
    *,
    starts_at: datetime,
    ends_at: datetime,
    planned_hours: int,
    signed_in_at: datetime | None,
    signed_out_at: datetime | None,
    rules: WindowRules = DEFAULT_RULES,
    called: bool | None = None,
    call_costs_hours: bool = False,
) -> Assessment:
    """State and credit of one person in one session (B11.2, rules 2 and 3).

    Credit is the time between sign-in and sign-out within the session, floored to whole 课时
    and never above ``planned_hours``. Who signs in without being late counts from the start,
    and who signs out in the sign-out window counts to the end: the grace minutes are there so
    that a queue at the door costs nobody an hour. Later sign-in never earns more, nor earlier
    sign-out. Left early and late at once reads early_leave; the times tell the rest.

    ``called`` says whether the person answered the roll-call in the middle, None where there was
    none. Not to have answered is noted; with ``call_costs_hours`` the session earns nothing.
    """
    windows = windows_for(starts_at, ends_at, rules)
    if signed_in_at is None:
        seen = signed_out_at is not None or called is True
        note = "attendance.no_sign_in" if seen else None
        return Assessment(AttendanceState.ABSENT, note_key=note)
    if signed_in_at >= ends_at:
        return Assessment(AttendanceState.ABSENT)
    late = signed_in_at > windows.late_after
    arrived = AttendanceState.LATE if late else AttendanceState.PRESENT
    if signed_out_at is None:
        return Assessment(arrived, note_key="attendance.no_sign_out")
    if signed_out_at <= signed_in_at:
        return Assessment(arrived, note_key="attendance.out_before_in")
    stayed = signed_out_at >= windows.sign_out_from
    minutes = _minutes_between(
        signed_in_at if late else starts_at, ends_at if stayed else min(signed_out_at, ends_at)
    )
    state = arrived if stayed else AttendanceState.EARLY_LEAVE
    if called is False and call_costs_hours:
        return Assessment(state, note_key=MISSED_CALL)
    hours = min(minutes // CLASS_HOUR_MINUTES, max(planned_hours, 0))
    return Assessment(state, minutes, hours, MISSED_CALL if called is False else None)


def made_up(found: Assessment, most_hours: int) -> Assessment:
    """What a guest's presence is worth to the session that it makes up, of ``most_hours``.

    Never more than the missed session was planned for; without an hour it makes up nothing.
    """
    hours = min(found.credited_hours, max(most_hours, 0))
    if not hours:
        return Assessment(found.state, note_key=found.note_key)
    minutes = min(found.credited_minutes, most_hours * CLASS_HOUR_MINUTES)
    return Assessment(AttendanceState.MAKEUP, minutes, hours, found.note_key)


def _minutes_between(start: datetime, end: datetime) -> int:
    return max(end - start, _NOTHING) // timedelta(minutes=1)


def ratio(credited: int, planned: int) -> Fraction:
    """Credited to planned hours, exactly; 0 when nothing is planned."""
    return Fraction(credited, planned) if planned > 0 else Fraction(0)


def reached(
    credited_hours: int, planned_hours: int, min_ratio: Fraction | Decimal = DEFAULT_MIN_RATIO
) -> bool:
    """Whether the ratio meets the threshold; exactly on it counts, nothing planned does not.

    Excused hours stay in ``planned_hours`` unless the policy pack says otherwise (rule 3).
    """
    if isinstance(min_ratio, float):
        raise TypeError("a threshold in binary floating point would refuse 24 of 30 hours")
    return planned_hours > 0 and ratio(credited_hours, planned_hours) >= Fraction(min_ratio)


@dataclass(frozen=True, slots=True)
class Part:
    """The theory or the practice of a class in 课时; ``asked`` is the share of the planned ones
    that must be credited, None where the region asks for none."""

    credited: int
    planned: int
    asked: Fraction | None = None

    @property
    def needed(self) -> int:
        """Whole 课时 that meet what is asked; 0 where nothing is."""
        return math.ceil(self.planned * self.asked) if self.asked is not None else 0

    @property
    def is_short(self) -> bool:
        """Whether less is credited than asked. A class without such hours lacks none."""
        return self.credited < self.needed


# A class of which no part is asked for by itself.
NO_PART = Part(0, 0)


def finish_outcome(
    *,
    credited_hours: int,
    planned_hours: int,
    minimum_hours: int | None,
    exam_passed: bool | None,
    min_ratio: Fraction | Decimal = DEFAULT_MIN_RATIO,
    theory: Part = NO_PART,
    practice: Part = NO_PART,
) -> list[str]:
    """Locale keys of what is missing to finish the class (rules 5 and 7); empty means finished.

    ``minimum_hours`` is the policy plan's (R20-R22), None when it sets none; ``exam_passed``
    None means no result yet. ``planned_hours`` are those that count (``domain.hours``).
    """
    unmet = []
    if minimum_hours is not None and credited_hours < minimum_hours:
        unmet.append("attendance.hours_short")
    if not reached(credited_hours, planned_hours, min_ratio):
        unmet.append("attendance.ratio_short")
    if theory.is_short:
        unmet.append("attendance.theory_short")
    if practice.is_short:
        unmet.append("attendance.practice_short")
    if exam_passed is None:
        unmet.append("attendance.exam_missing")
    elif not exam_passed:
        unmet.append("attendance.exam_failed")
    return unmet
