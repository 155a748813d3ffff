"""The public page behind the code on a printed archive."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import TooManyAttempts
from portal.http.context import now, source_key
from portal.http.pages import page
from portal.services import archive_prints, verify_throttle
from portal.services.unit import public, run_unit

router = APIRouter(include_in_schema=False)

_LONGEST = 60


@router.get("/verify/archive/{serial}")
@public
async def verify_archive(request: Request, serial: str, typed: str = "") -> Response:
    """Whether a printed archive with this serial is ours, when it was made, with which totals."""
    if typed.strip():
        wanted = archive_prints.normal_serial(typed[:_LONGEST])
        return RedirectResponse(f"/verify/archive/{wanted or '-'}", 303)
    moment = now()
    wait = verify_throttle.allow(source_key(request), now=moment)
    if wait:
        raise TooManyAttempts(seconds=wait)
    found = await run_unit(
        archive_prints.verify_print, None, moment, serial=serial[:_LONGEST], now=moment
    )
    return page(request, "verify_archive", found=found)
