"""How a class checks in: the colour question, a new code after every scan, the place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import ClassCheckIn


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


def settings_of(session: Session, class_id: UUID) -> CheckInSettings:
    """The settings of a class; the defaults where it has none. No rights are checked here."""
    row = session.get(ClassCheckIn, class_id)
    return DEFAULT if row is None else read(row)


def read(row: ClassCheckIn) -> CheckInSettings:
    """The settings that a row holds."""
    venue = None
    if row.venue_lat is not None and row.venue_lon is not None:
        venue = (row.venue_lat, row.venue_lon)
    windows: dict[str, Any] = row.windows
    return CheckInSettings(
        relay_trap=row.relay_trap,
        new_code_per_scan=row.new_code_per_scan,
        asks_place=row.asks_place,
        venue=venue,
        windows={name: int(minutes) for name, minutes in windows.items()},
    )
