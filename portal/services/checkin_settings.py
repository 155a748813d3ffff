"""How a class checks in: the colour question, a new code after every scan, place and windows.

The manager answers for these. Whoever teaches may only say where the room is: they stand in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClassCheckIn, TrainingClass, TrainingSession
from portal.domain.errors import BadInput, NotReady
from portal.domain.permissions import Actor, Permission
from portal.policies import models
from portal.services import attendance_rules, audit, class_windows
from portal.services.class_windows import WindowChoice
from portal.services.reasons import clean_reason
from portal.services.teaching import own_class

_SHORTEST_REASON = 4
_OVER = ("closed", "cancelled")
# Where a class of ours can meet, in degrees; whoever swaps the two numbers lies outside.
_LATITUDES, _LONGITUDES = (17.0, 54.0), (73.0, 136.0)
# About a metre; a phone knows it no better.
_DECIMALS = 5


@dataclass(frozen=True, slots=True)
class CheckInSettings:
    """The settings of a class.

    ``relay_trap`` asks for the colour on the room's screen after a scan; ``new_code_per_scan``
    makes every scan bring the next code; ``asks_place`` lets the phone say how far it is from
    the ``venue`` (latitude, longitude in degrees; None when nobody said where that is).
    ``windows`` holds what differs from the region's attendance parameters, by their names, in
    minutes.
    """

    relay_trap: bool = False
    new_code_per_scan: bool = False
    asks_place: bool = False
    venue: tuple[float, float] | None = None
    windows: Mapping[str, int] = field(default_factory=dict)


# What a class without a row of its own does.
DEFAULT = CheckInSettings()


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The settings as the institution's staff see them.

    ``may_change`` says whether this account may change more than the place; ``has_screen`` is
    false for a class that only meets online; ``ahead`` counts the sessions that take no scans
    yet, to which new windows would apply; ``near_m`` is how near counts as being there.
    """

    class_id: UUID
    title: str
    settings: CheckInSettings
    windows: tuple[WindowChoice, ...]
    may_change: bool
    is_over: bool
    has_screen: bool
    ahead: int
    near_m: int


def settings_of(session: Session, class_id: UUID) -> CheckInSettings:
    """The settings of a class; the defaults where it has none. No rights are checked here."""
    row = session.get(ClassCheckIn, class_id)
    return DEFAULT if row is None else _read(row)


def show(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> SettingsView:
    """The settings of a class of the own institution. Raises NotFound, Forbidden."""
    of = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    return _view(session, actor, of, now)


def change(
    session: Session,
    actor: Actor,
    *,
    class_id: UUID,
    relay_trap: bool,
    new_code_per_scan: bool,
    windows: Mapping[str, int],
    reason: str = "",
    now: datetime,
) -> SettingsView:
    """Change how a class checks in; the manager's act.

    No colour question any more needs a reason. ``windows`` are all that the class wants to have
    differently from its region; sessions that take scans already keep theirs. Raises NotFound,
    Forbidden, NotReady (class over), BadInput (reason, or a window by its name).
    """
    of = own_class(session, actor, Permission.SET_CHECK_IN, class_id=class_id)
    row = _open_row(session, of, now)
    before = _read(row)
    why = clean_reason(reason)
    if before.relay_trap and not relay_trap:
        why = clean_reason(reason, shortest=_SHORTEST_REASON)
    row.windows = dict(class_windows.checked(_given(session, of), windows))
    row.relay_trap, row.new_code_per_scan = relay_trap is True, new_code_per_scan is True
    _stamp(session, actor, row, now)
    if dict(before.windows) != row.windows:
        class_windows.rewrite(session, of, now)
    _note(session, actor, "checkin_settings.change", of, before, row, now, why)
    return _view(session, actor, of, now)


def set_place(
    session: Session,
    actor: Actor,
    *,
    class_id: UUID,
    asks: bool,
    lat: float | None,
    lon: float | None,
    now: datetime,
) -> SettingsView:
    """Say where the room is, and whether phones are asked how far from it they are.

    Degrees, as phones give them (WGS 84). Raises NotFound, Forbidden, BadInput, NotReady (class
    over; or a session takes scans, which are measured by the place that is to go).
    """
    of = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    row = _open_row(session, of, now)
    before = _read(row)
    venue = _venue(lat, lon)
    if asks and venue is None:
        raise BadInput("lat", "checkin_settings.no_venue")
    gone = before.venue not in (None, venue) or (before.asks_place and not asks)
    if gone and class_windows.takes_scans(session, of, now):
        raise NotReady(reason="checkin_settings.place_in_use")
    row.asks_place = asks is True
    row.venue_lat, row.venue_lon = venue or (None, None)
    _stamp(session, actor, row, now)
    _note(session, actor, "checkin_settings.place", of, before, row, now, "")
    return _view(session, actor, of, now)


def begin(
    session: Session,
    actor: Actor,
    of: TrainingClass,
    *,
    relay_trap: bool,
    windows: Mapping[str, int],
    now: datetime,
) -> None:
    """The settings that a class is filed with. Raises BadInput (a window by its name)."""
    row = ClassCheckIn(class_id=of.id, relay_trap=relay_trap)
    row.windows = dict(class_windows.checked(_given(session, of), windows))
    _stamp(session, actor, row, now)


def _read(row: ClassCheckIn) -> CheckInSettings:
    venue = None
    if row.venue_lat is not None and row.venue_lon is not None:
        venue = (row.venue_lat, row.venue_lon)
    windows: dict[str, Any] = row.windows or {}
    return CheckInSettings(
        relay_trap=row.relay_trap,
        new_code_per_scan=bool(row.new_code_per_scan),
        asks_place=bool(row.asks_place),
        venue=venue,
        windows={name: int(minutes) for name, minutes in windows.items()},
    )


def _open_row(session: Session, of: TrainingClass, now: datetime) -> ClassCheckIn:
    """The row of a class that is not over, held still; a new one where there is none."""
    session.refresh(of, with_for_update={"key_share": True})
    if of.status in _OVER:
        raise NotReady(reason="checkin_settings.over")
    found = session.get(ClassCheckIn, of.id, populate_existing=True)
    return found or ClassCheckIn(class_id=of.id, relay_trap=False, windows={}, updated_at=now)


def _given(session: Session, of: TrainingClass) -> models.Attendance:
    return attendance_rules.region_rules(session, of.region_code, of.starts_on)


def _venue(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    if lat is None and lon is None:
        return None
    if not (_within(lat, _LATITUDES) and _within(lon, _LONGITUDES)):
        raise BadInput("lat", "checkin_settings.no_such_place")
    return round(float(lat or 0), _DECIMALS), round(float(lon or 0), _DECIMALS)


def _within(value: float | None, bounds: tuple[float, float]) -> bool:
    return isinstance(value, int | float) and bounds[0] <= value <= bounds[1]


def _stamp(session: Session, actor: Actor, row: ClassCheckIn, now: datetime) -> None:
    row.updated_at, row.updated_by = now, actor.account_id
    session.add(row)
    session.flush()


def _note(
    session: Session,
    actor: Actor,
    action: str,
    of: TrainingClass,
    before: CheckInSettings,
    row: ClassCheckIn,
    now: datetime,
    why: str,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_class",
        object_id=of.id,
        reason=why or None,
        detail={"before": _detail(before), "after": _detail(_read(row))},
    )


def _detail(of: CheckInSettings) -> dict[str, Any]:
    return {
        "relay_trap": of.relay_trap,
        "new_code_per_scan": of.new_code_per_scan,
        "asks_place": of.asks_place,
        "venue": list(of.venue) if of.venue else None,
        "windows": dict(of.windows),
    }


def _view(session: Session, actor: Actor, of: TrainingClass, now: datetime) -> SettingsView:
    settings, given = settings_of(session, of.id), _given(session, of)
    in_room = TrainingSession.kind != "online"
    has_screen = session.scalar(
        select(TrainingSession.id).where(TrainingSession.class_id == of.id, in_room).limit(1)
    )
    return SettingsView(
        class_id=of.id,
        title=of.title,
        settings=settings,
        windows=class_windows.choices(given, settings.windows),
        may_change=actor.may(Permission.SET_CHECK_IN),
        is_over=of.status in _OVER,
        has_screen=has_screen is not None,
        ahead=len(class_windows.ahead(session, of, now)),
        near_m=given.near_m,
    )
