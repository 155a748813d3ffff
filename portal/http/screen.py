"""The room's screen: a large code that changes, the typed form beside it, the count of those in."""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from portal.documents import qr
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.domain.relay_trap import COLOURS
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.services import room_screen
from portal.services.room_screen import ScreenCode
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

# A screen that cannot compute colours asks for more long before these are shown.
_COLOURS_AHEAD = timedelta(seconds=40)


async def current(request: Request, session_id: str) -> ScreenCode:
    """What the screen must show now."""
    moment = now()
    return await run_unit(
        room_screen.show_code,
        login_token(request),
        moment,
        session_id=parse_id(session_id),
        now=moment,
    )


@router.get("/teach/sessions/{session_id}/screen")
@guarded(Permission.RUN_SESSION)
async def screen(request: Request, session_id: str) -> Response:
    """The page for a projector or a phone held up; a script keeps it moving, or the page itself."""
    code = await current(request, session_id)
    return page(
        request,
        "screen",
        code=code,
        svg=qr.svg(code.url) if code.url else "",
        data=_moving(code),
        colours=COLOURS,
    )


@router.get("/teach/sessions/{session_id}/screen.json")
@guarded(Permission.RUN_SESSION)
async def screen_data(request: Request, session_id: str, drawn: bool = False) -> Response:
    """What the script needs for the next ten minutes; ``drawn`` for a browser that cannot compute
    codes: the code itself, and the colours of the next seconds."""
    code = await current(request, session_id)
    body = _moving(code) | (_drawn(code) if drawn else {})
    return JSONResponse(body, headers={"cache-control": "no-store"})


def _moving(code: ScreenCode) -> dict[str, Any]:
    """The moving parts; moments in milliseconds since 1970, keys as URL-safe base64."""
    keys = {str(of.block): urlsafe_b64encode(of.key).decode().rstrip("=") for of in code.keys}
    return {
        "session": str(code.session_id),
        "phase": code.phase,
        "seq": code.seq,
        "per_scan": code.new_code_per_scan,
        "asks_colour": code.colour is not None,
        "base": room_screen.scan_url(""),
        "keys": keys,
        "closes": milliseconds(code.closes_at) if code.closes_at else None,
        "count": code.count,
        "roster": code.expected_count,
        "now_ms": milliseconds(code.shown_at),
    }


def _drawn(code: ScreenCode) -> dict[str, Any]:
    ahead = room_screen.colours_ahead(code, span=_COLOURS_AHEAD)
    return {
        "svg": qr.svg(code.url) if code.url else "",
        "numeric": code.numeric,
        "expires": milliseconds(code.expires_at) if code.expires_at else None,
        "colours": [[milliseconds(at), colour] for at, colour in ahead],
    }


def milliseconds(at: datetime) -> int:
    """As scripts reckon moments: since 1970."""
    return int(at.timestamp() * 1000)
