"""What a request tells about the phone behind a sign-in: keyed hashes, nothing that names it."""

import re
import secrets

from fastapi import Request, Response

from portal.db.vault import get_vault
from portal.http.context import set_cookie, source_key
from portal.services.signals import Place, Signals

DEVICE_COOKIE = "portal_device"
_YEARS = 3 * 365 * 86400
_VALUE = re.compile(r"[A-Za-z0-9_-]{22}")


def device_of(request: Request) -> bytes:
    """The keyed hash of this browser. A new one gets a number drawn by lot, which
    ``keep_device`` then gives it to keep."""
    value = request.cookies.get(DEVICE_COOKIE, "")
    if not _VALUE.fullmatch(value):
        if not hasattr(request.state, "new_device"):
            request.state.new_device = secrets.token_urlsafe(16)
        value = request.state.new_device
    return get_vault().lookup_hash("device", value)


def keep_device(request: Request, response: Response) -> None:
    """Let a browser that is new here keep its number."""
    value = getattr(request.state, "new_device", None)
    if value is not None:
        set_cookie(response, DEVICE_COOKIE, value, max_age=_YEARS)


def signals_of(request: Request) -> Signals:
    """Browser and network of a request from a browser."""
    return Signals(device=device_of(request), network=source_key(request))


def signals_of_program(request: Request) -> Signals:
    """The same for the API, whose callers have no such cookie as a rule."""
    has_one = _VALUE.fullmatch(request.cookies.get(DEVICE_COOKIE, "")) is not None
    device = device_of(request) if has_one else None
    return Signals(device=device, network=source_key(request))


def place_of(lat: str, lon: str, accuracy: str) -> Place | None:
    """The place that a form brought along, if it is one."""
    try:
        place = Place(float(lat[:20]), float(lon[:20]), float(accuracy[:20]))
    except ValueError:
        return None
    sane = abs(place.lat) <= 90 and abs(place.lon) <= 180 and 0 <= place.accuracy_m < 1e6
    return place if sane else None
