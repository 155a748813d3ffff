"""A scanned code, and the one button that follows. Works in any browser, without a script."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from portal.domain.errors import (
    CodeExpired,
    CodeInvalid,
    PortalError,
    Unauthenticated,
)
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.http.auth import keep_login, refusal, try_log_in
from portal.http.context import TICKET_COOKIE, login_token, now, set_cookie
from portal.http.hot import run_hot
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import checkin_codes
from portal.services.checkin import CheckinResult
from portal.services.unit import guarded, in_thread, public, run_unit, token_hash

router = APIRouter(include_in_schema=False)

_TICKET_SECONDS = 600


def _who(session: object, actor: Actor) -> Actor:
    return actor


async def _scan_page(
    request: Request,
    scan: checkin_codes.ScanView,
    *,
    error: PortalError | None = None,
    login: str = "",
) -> Response:
    actor = await run_unit(_who, login_token(request), now())
    return page(
        request,
        "scan",
        error=error,
        scan=scan,
        signed_in=actor.is_signed_in,
        may=actor.may(Permission.CHECK_IN),
        name=mask_name(actor.name) if actor.name else "",
        problem=sentence_for(error) if error else "",
        login=login,
    )


def _refused(request: Request, error: PortalError) -> Response:
    return page(
        request,
        "checkin_refused",
        error=error,
        sentence=sentence_for(error),
        code=error.code,
    )


@router.get("/c/{code}")
@public
async def scanned(request: Request, code: str) -> Response:
    """Check the code at once, before any log-in, and hand out the scan ticket."""
    moment = now()
    try:
        scan = await in_thread(lambda: checkin_codes.open_scan(code, now=moment))
    except PortalError as error:
        return _refused(request, error)
    response = await _scan_page(request, scan)
    set_cookie(response, TICKET_COOKIE, scan.ticket, max_age=_TICKET_SECONDS)
    return response


@router.get("/checkin")
@public
async def scanned_before(request: Request) -> Response:
    """The page of the scan whose ticket still runs: after a log-out, or a reload."""
    return await _scan_again(request)


@router.post("/checkin")
@public
async def check_in(
    request: Request,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Spend the scan ticket; logs in on the way when the page asked for it."""
    ticket = request.cookies.get(TICKET_COOKIE, "")
    moment = now()
    if not login and login_token(request) is None:
        return await _scan_again(request, Unauthenticated())
    outcome = None
    if login:
        outcome = await try_log_in(request, login, password, kind="web")
        if outcome.login is None:
            return await _scan_again(request, refusal(outcome), login)
    token = outcome.login.token if outcome and outcome.login else login_token(request) or ""
    try:
        if not ticket:
            raise CodeExpired
        result = await in_thread(
            lambda: checkin_codes.check_in_with_ticket(token_hash(token), ticket, now=moment)
        )
    except Unauthenticated as error:
        return await _scan_again(request, error)
    except PortalError as error:
        response = _refused(request, error)
    else:
        response = _done(request, result)
    if outcome and outcome.login:
        keep_login(response, outcome.login)
    return response


async def _scan_again(
    request: Request, error: PortalError | None = None, login: str = ""
) -> Response:
    """The scan page again, with the reason if there is one, while the ticket still runs."""
    ticket = request.cookies.get(TICKET_COOKIE, "")
    moment = now()
    try:
        if not ticket:  # the browser drops the cookie when its time is over
            raise CodeExpired
        scan = await in_thread(lambda: checkin_codes.reopen_scan(ticket, now=moment))
    except (CodeExpired, CodeInvalid) as expired:
        return _refused(request, expired)
    return await _scan_page(request, scan, error=error, login=login)


@router.post("/checkin/code")
@guarded(Permission.CHECK_IN)
async def check_in_typed(request: Request, code: Annotated[str, Form()] = "") -> Response:
    """Check in with the six digits beside the code."""
    moment = now()
    try:
        result = await run_hot(
            checkin_codes.check_in_with_code, request, code[:300], method="numeric", now=moment
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return _refused(request, error)
    return _done(request, result)


def _done(request: Request, result: CheckinResult) -> Response:
    return page(request, "checkin_done", result=result)
