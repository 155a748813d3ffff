"""Verification of certificates: public, by number, for people and for programs."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from portal.domain.errors import TooManyAttempts
from portal.http.context import now, source_key, wants_json
from portal.http.pages import page
from portal.services import issuers, status_lists, verify_throttle
from portal.services.hot import run_steps_async
from portal.services.unit import declared_permission, public, run_unit
from portal.services.verification import Verification, looking_up

router = APIRouter(include_in_schema=False)

_LONGEST = 60


def as_json(found: Verification) -> dict[str, Any]:
    """The answer for programs; dates as ISO 8601."""
    plain = asdict(found)
    return {key: v.isoformat() if hasattr(v, "isoformat") else v for key, v in plain.items()}


async def look_up(request: Request, number: str) -> Verification:
    """Ask for a number, however it is written. Raises TooManyAttempts."""
    declared_permission()
    moment = now()
    wait = verify_throttle.allow(source_key(request), now=moment)
    if wait:
        raise TooManyAttempts(seconds=wait)
    return await run_steps_async(looking_up(number[:_LONGEST], now=moment))


@router.get("/verify")
@public
async def verify_form(request: Request, number: str = "") -> Response:
    """Where a number is typed."""
    if number.strip():
        cleaned = "".join(char for char in number if char.isalnum())[:_LONGEST]
        return RedirectResponse(f"/verify/{cleaned}" if cleaned else "/verify", 303)
    return page(request, "verify_form")


@router.get("/verify/{number}")
@public
async def verify(request: Request, number: str) -> Response:
    """The answer: genuine or not, status, and what a verifier may see."""
    found = await look_up(request, number)
    if wants_json(request):
        return JSONResponse(as_json(found), headers={"cache-control": "no-store"})
    return page(request, "verify", found=found)


@router.get("/.well-known/portal-issuer.json")
@public
async def issuer_keys() -> Response:
    """Issuer name and public keys, for checking without us."""
    moment = now()
    return JSONResponse(
        await run_unit(issuers.published, None, moment, now=moment),
        headers={"cache-control": "public, max-age=300"},
    )


@router.get("/status/{no}")
@public
async def status_list(no: int) -> Response:
    """Which certificates are revoked: one signed list, for checking without us."""
    moment = now()
    signed = await run_unit(status_lists.signed_list, None, moment, no=no, now=moment)
    seconds = int(status_lists.FRESH_FOR.total_seconds())
    return Response(
        signed,
        media_type="application/vc+jwt",
        headers={"cache-control": f"public, max-age={seconds}"},
    )
