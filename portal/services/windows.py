"""A session's windows as they were stored when it was planned, given to the pure rules."""

from datetime import datetime, timedelta
from typing import Protocol

from portal.domain import attendance
from portal.domain.attendance import Assessment, SessionWindows, WindowRules
from portal.domain.checkin_code import Phase

_NOTHING = timedelta()


class Timed(Protocol):
    """A row of ``training_session`` or of a query that names its columns alike."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def hours(self) -> int: ...
    @property
    def sign_in_from(self) -> datetime: ...
    @property
    def late_after(self) -> datetime: ...
    @property
    def sign_in_until(self) -> datetime: ...
    @property
    def sign_out_from(self) -> datetime: ...
    @property
    def sign_out_until(self) -> datetime: ...


def windows_of(row: Timed) -> SessionWindows:
    """When the session takes scans."""
    return SessionWindows(
        sign_in_from=row.sign_in_from,
        late_after=row.late_after,
        sign_in_until=row.sign_in_until,
        sign_out_from=row.sign_out_from,
        sign_out_until=row.sign_out_until,
    )


def phase_now(row: Timed, now: datetime) -> Phase | None:
    """Which phase is open."""
    return attendance.phase_open(windows_of(row), now)


def next_opening(row: Timed, now: datetime) -> datetime | None:
    """When the next window opens; None after the last."""
    later = [at for at in (row.sign_in_from, row.sign_out_from) if at > now]
    return min(later, default=None)


def assess(
    row: Timed,
    signed_in_at: datetime | None,
    signed_out_at: datetime | None,
    *,
    called: bool | None = None,
    call_costs_hours: bool = False,
) -> Assessment:
    """What in and out times are worth in this session, by the windows it was planned with.

    ``called``: whether the person answered the roll-call in the middle, None without one.
    """
    rules = WindowRules(
        open_before=max(row.starts_at - row.sign_in_from, _NOTHING),
        late_after=max(row.late_after - row.starts_at, _NOTHING),
        close_after=max(row.sign_in_until - row.starts_at, _NOTHING),
        sign_out_before=max(row.ends_at - row.sign_out_from, _NOTHING),
        sign_out_after=max(row.sign_out_until - row.ends_at, _NOTHING),
    )
    return attendance.assess(
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        planned_hours=row.hours,
        signed_in_at=signed_in_at,
        signed_out_at=signed_out_at,
        rules=rules,
        called=called,
        call_costs_hours=call_costs_hours,
    )
