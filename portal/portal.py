"""Composition root: the Reflex app, its pages, its HTTP routes, its lifespan."""

import logging

import reflex as rx

from portal.components.shell import waiting
from portal.http.app import lifespan, make_api
from portal.http.gate import PageGate
from portal.http.security import Gatekeeper
from portal.pages.table import all_pages
from portal.server import living_with_parent
from portal.settings import ROOT
from portal.state import door
from portal.state.handover import Handover
from portal.tasks.worker import working


class _NoEvents(logging.Filter):
    """Drops log records that carry a whole client event: its headers hold the login cookie."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be written."""
        text = record.getMessage()
        return "cookie" not in text.lower()


def _frontend_error(exception: Exception) -> None:
    """A page's script failed; a client chooses this text, so it is cut short."""
    logging.getLogger("portal.pages").warning("script error in a page: %.200s", exception)


for _name in ("reflex", "engineio", "socketio", "engineio.server", "socketio.server"):
    logging.getLogger(_name).addFilter(_NoEvents())

# It writes a trace for every packet that is none; anybody may send those.
logging.getLogger("engineio.server").setLevel(logging.CRITICAL)

DEVICE_SCRIPT = (ROOT / "assets" / "device.js").read_text("utf-8")

app = rx.App(
    stylesheets=["/tokens.css"],
    head_components=[
        # Inline: a page in the wrong size would be painted first otherwise.
        rx.el.script(custom_attrs={"dangerouslySetInnerHTML": {"__html": DEVICE_SCRIPT}}),
        rx.el.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
        rx.el.meta(name="theme-color", content="#0b6b60"),
    ],
    html_lang="zh-CN",
    # Pages with an id in their path are not prerendered; they must not start blank.
    hydrate_fallback=waiting,
    toaster=None,
    app_wraps={},
    frontend_exception_handler=_frontend_error,
    backend_exception_handler=door.unexpected,
    api_transformer=[PageGate, make_api(), Gatekeeper],
)

for _page in all_pages():
    app.add_page(_page.build, route=_page.route, title=_page.title, on_load=list(_page.on_load))

door.guard(app)
app.add_middleware(Handover(), index=0)
app.register_lifespan_task(lifespan)
app.register_lifespan_task(living_with_parent)
app.register_lifespan_task(working)

# Gatekeeper has compared the origin of every websocket with the host that it was opened on;
# a fixed list would shut out phones that came by the network address.
if app.sio is not None:
    app.sio.eio.cors_allowed_origins = "*"
