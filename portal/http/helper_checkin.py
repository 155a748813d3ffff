"""A helper who has scanned the room's code checks in the people who came along."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from portal.domain.checkin_code import ScanTicket
from portal.domain.errors import (
    CodeExpired,
    CodeInvalid,
    NotFound,
    PortalError,
    Unauthenticated,
)
from portal.domain.parsing import parse_id
from portal.domain.permissions import Actor, Permission
from portal.http.context import TICKET_COOKIE, login_token, now
from portal.http.pages import page
from portal.http.signals import device_of, signals_of
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import checkin_codes, helper_checkin
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/checkin/for")
@guarded(Permission.HELP_OTHERS)
async def people(request: Request) -> Response:
    """The helper's people on the sheet of the scanned session."""
    return await _page(request)


@router.post("/checkin/for")
@guarded(Permission.HELP_OTHERS)
async def check_in(request: Request, mandate: Annotated[str, Form()] = "") -> Response:
    """One tap for one person; the page again with what became of it."""
    moment = now()
    scan = _scan(request)
    wanted = parse_id(mandate) if mandate else None
    if scan is None or wanted is None:
        return await _page(request)
    try:
        await run_unit(
            helper_checkin.check_in_for,
            login_token(request),
            moment,
            scan=scan,
            mandate_id=wanted,
            seen=signals_of(request),
            now=moment,
        )
    except (Unauthenticated, NotFound):
        raise
    except PortalError as error:
        return await _page(request, error=error)
    return await _page(request, done=wanted)


def _helper(session: object, actor: Actor) -> None:
    """Nothing is read without a scan; whoever is no helper is told so by the declaration."""


def _scan(request: Request) -> ScanTicket | None:
    """The scan that this phone made within the last ten minutes, if it did."""
    ticket = request.cookies.get(TICKET_COOKIE, "")
    try:
        return checkin_codes.read_ticket(ticket, device=device_of(request), now=now())
    except (CodeExpired, CodeInvalid):
        return None


async def _page(
    request: Request, *, done: UUID | None = None, error: PortalError | None = None
) -> Response:
    moment, scan = now(), _scan(request)
    if scan is None:
        await run_unit(_helper, login_token(request), moment)
        return page(request, "helper_checkin", error=CodeExpired(), room=None)
    room = await run_unit(
        helper_checkin.people_here, login_token(request), moment, scan=scan, now=moment
    )
    told = next((one for one in room.people if one.mandate_id == done), None)
    phase = room.phase.value
    return page(
        request,
        "helper_checkin",
        error=error,
        room=room,
        problem=sentence_for(error) if error else "",
        done=t(f"helping.checkin.done_{phase}", name=told.name) if told else "",
    )
