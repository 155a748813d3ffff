"""What a sign-in looked like: kept for the score, never a reason to refuse.

Everything that could name a phone or a place is a keyed hash before it comes here.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceSignal,
    ClassCheckIn,
    LoginSession,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.permissions import Actor
from portal.domain.risk.facts import Band, Bands, band_of
from portal.services.rule_book import book_for

_EARTH_M = 6_371_000


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one sign-in besides its time; None where nothing is.

    ``device`` and ``network`` are keyed hashes, ``spot`` one of the exact coordinates, all only
    good to tell same from different. ``code_age`` are the seconds that the screen had shown the
    code, ``relay`` how the question for the colour ended, ``relay_tries`` after how many answers,
    ``relay_seconds`` after how long. ``clock_off`` are the seconds by which a device's clock was
    wrong. ``moved_login``: the login was made on another device.
    """

    device: bytes | None = None
    network: bytes | None = None
    moved_login: bool = False
    band: str | None = None
    spot: bytes | None = None
    code_age: float | None = None
    relay: Literal["passed", "failed", "skipped"] | None = None
    relay_tries: int | None = None
    relay_seconds: float | None = None
    clock_off: float | None = None

    def params(self) -> dict[str, Any]:
        """The values by the names of the columns."""
        return asdict(self)


NOTHING = Signals()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a phone said it was, in degrees and metres of error; never stored."""

    lat: float
    lon: float
    accuracy_m: float


def place_signals(
    place: Place, venue: tuple[float, float], class_id: UUID, bands: Bands
) -> dict[str, Any]:
    """Band and spot of a place, to be given to ``dataclasses.replace``; the place is dropped.

    Spots of one class can be compared with each other, those of two classes cannot.
    """
    band = band_of(metres_between((place.lat, place.lon), venue), place.accuracy_m, bands)
    if band is Band.UNKNOWN:
        return {}
    exact = f"{class_id}:{place.lat:.7f}:{place.lon:.7f}"
    return {"band": band.value, "spot": get_vault().lookup_hash("spot", exact)}


def place_seen(session: Session, actor: Actor, *, session_id: UUID, place: Place) -> dict[str, Any]:
    """The same for a session, whose class has said where it meets; nothing where it has not."""
    row = session.execute(
        select(
            ClassCheckIn.class_id,
            ClassCheckIn.venue_lat,
            ClassCheckIn.venue_lon,
            TrainingClass.region_code,
            TrainingClass.starts_on,
        )
        .join(TrainingClass, TrainingClass.id == ClassCheckIn.class_id)
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .where(TrainingSession.id == session_id, ClassCheckIn.venue_lat.is_not(None))
    ).one_or_none()
    if row is None:
        return {}
    rules = book_for(session, row.region_code, row.starts_on).attendance
    bands = Bands(near_m=rules.near_m, edge_m=rules.edge_m)
    return place_signals(place, (row.venue_lat, row.venue_lon), row.class_id, bands)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance of two places on the globe, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(x), math.radians(y)) for x, y in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(math.sqrt(min(half, 1.0)))


def login_moved(session: Session, actor: Actor, device: bytes | None) -> bool:
    """Whether the login was made on another device; judged as in ``services.checkin``."""
    made_on = session.scalar(
        select(LoginSession.device_hash).where(LoginSession.id == actor.login_id)
    )
    return made_on is not None and made_on != device


def write(session: Session, *, event_id: UUID, session_id: UUID, signals: Signals) -> None:
    """Keep the signals of an event that a unit of work has just written."""
    values = signals.params() | {"event_id": event_id, "session_id": session_id}
    session.execute(insert(AttendanceSignal).values(values))
