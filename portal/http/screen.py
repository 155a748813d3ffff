"""The room's screen: a large code that changes, the typed form beside it, the count of those in."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from portal.documents import qr
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.services import checkin_codes
from portal.services.checkin_codes import ScreenCode
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


async def current(request: Request, session_id: str) -> ScreenCode:
    """What the screen must show now."""
    moment = now()
    return await run_unit(
        checkin_codes.show_code,
        login_token(request),
        moment,
        session_id=parse_id(session_id),
        now=moment,
    )


@router.get("/teach/sessions/{session_id}/screen")
@guarded(Permission.RUN_SESSION)
async def screen(request: Request, session_id: str) -> Response:
    """The page for a projector or a phone held up; a script refreshes it, or the page itself."""
    code = await current(request, session_id)
    return page(request, "screen", code=code, svg=qr.svg(code.url) if code.url else "")


@router.get("/teach/sessions/{session_id}/screen.json")
@guarded(Permission.RUN_SESSION)
async def screen_data(request: Request, session_id: str) -> Response:
    """The moving parts of the screen."""
    code = await current(request, session_id)
    body: dict[str, Any] = {
        "phase": code.phase,
        "numeric": code.numeric,
        "svg": qr.svg(code.url) if code.url else "",
        "present": code.present_count,
        "left": code.left_count,
        "roster": code.roster_count,
        "seconds": (code.expires_at - code.shown_at).total_seconds() if code.expires_at else None,
        "period": code.period_s,
    }
    return JSONResponse(body, headers={"cache-control": "no-store"})
