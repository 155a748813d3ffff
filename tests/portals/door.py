"""The plain HTTP door of a portal, without the built pages: what other portals talk to."""

from starlette.types import ASGIApp

from portal.http.app import make_api
from portal.http.gate import PageGate
from portal.http.security import Gatekeeper


def make() -> ASGIApp:
    """The door as the portal puts it together."""
    return Gatekeeper(PageGate(make_api()))
