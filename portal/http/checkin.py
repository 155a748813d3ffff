"""A scanned code, and the one button that follows. Works in any browser, without a script."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from portal.domain.calling_off import ClassCalledOff
from portal.domain.checkin_code import ScanTicket
from portal.domain.errors import (
    CodeExpired,
    CodeInvalid,
    CodeUsed,
    PortalError,
    Unauthenticated,
)
from portal.domain.masking import mask_name
from portal.domain.permissions import Permission
from portal.http.auth import keep_login, refusal, try_log_in
from portal.http.context import TICKET_COOKIE, login_token, now, set_cookie
from portal.http.hot import run_hot
from portal.http.pages import page
from portal.http.signals import device_of, keep_device, place_of, signals_of
from portal.locale.errors import sentence_for
from portal.services import checkin_codes, colour_question
from portal.services.checkin import CheckinResult
from portal.services.checkin_codes import ScanView
from portal.services.colour_question import AskAgain
from portal.services.hours_needed import needed_as_told, needed_by_class
from portal.services.signals import Signals, place_seen
from portal.services.unit import guarded, in_thread, public, run_unit, token_hash

router = APIRouter(include_in_schema=False)

_TICKET_SECONDS = 600


class Sent(BaseModel):
    """What the scan page sends: a log-in where it asked for one, the colour on the screen, and
    the phone's place if the person liked."""

    login: str = ""
    password: str = ""
    colour: Annotated[str, Field(max_length=20)] = ""
    question: Annotated[str, Field(max_length=100)] = ""
    lat: Annotated[str, Field(max_length=30)] = ""
    lon: Annotated[str, Field(max_length=30)] = ""
    accuracy: Annotated[str, Field(max_length=30)] = ""


async def _is_asked(request: Request, token: str, ticket: str) -> bool:
    """Whether the scan has to be answered by a colour before it can be spent."""
    moment, device = now(), device_of(request)
    scan = await in_thread(lambda: checkin_codes.reopen_scan(ticket, device=device, now=moment))
    return (await run_unit(colour_question.who_scans, token, moment, scan=scan))[1]


async def _scan_page(
    request: Request,
    scan: ScanView,
    *,
    token: str | None,
    error: PortalError | None = None,
    login: str = "",
    again: AskAgain | None = None,
) -> Response:
    """The page of a scan: the one button, the colours, or the log-in before them."""
    moment = now()
    actor, asks = await run_unit(colour_question.who_scans, token, moment, scan=scan)
    response = page(
        request,
        "scan",
        error=error,
        scan=scan,
        question=colour_question.ask(scan.ticket, now=moment) if asks else None,
        again=again,
        signed_in=actor.is_signed_in,
        may=actor.may(Permission.CHECK_IN),
        helps=actor.may(Permission.HELP_OTHERS),
        name=mask_name(actor.name) if actor.name else "",
        problem=sentence_for(error) if error else "",
        login=login,
    )
    set_cookie(response, TICKET_COOKIE, scan.ticket, max_age=_TICKET_SECONDS)
    keep_device(request, response)
    return response


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
    moment, device = now(), device_of(request)
    ticket = request.cookies.get(TICKET_COOKIE, "")

    def opened() -> ScanView:
        try:
            return checkin_codes.open_scan(code, device=device, now=moment)
        except (CodeExpired, CodeUsed):
            again = checkin_codes.reopen_same(code, ticket, device=device, now=moment)
            if again is None:
                raise
            return again

    try:
        scan = await in_thread(opened)
    except PortalError as error:
        return _refused(request, error)
    return await _scan_page(request, scan, token=login_token(request))


@router.get("/checkin")
@public
async def scanned_before(request: Request) -> Response:
    """The page of the scan whose ticket still runs: after a log-out, or a reload."""
    return await _scan_again(request, token=login_token(request))


@router.get("/checkin/question")
@public
async def ask_again(request: Request) -> Response:
    """Another question for the colour, when the time for the last one is over."""
    ticket, moment = request.cookies.get(TICKET_COOKIE, ""), now()
    checkin_codes.read_ticket(ticket, device=device_of(request), now=moment)
    question = colour_question.ask(ticket, now=moment)
    return JSONResponse({"question": question.token}, headers={"cache-control": "no-store"})


@router.post("/checkin")
@public
async def check_in(request: Request, sent: Annotated[Sent, Form()]) -> Response:
    """Spend the scan ticket; logs in on the way when the page asked for it."""
    token, fresh = login_token(request), None
    if sent.login:
        outcome = await try_log_in(request, sent.login, sent.password, kind="web")
        if outcome.login is None:
            return await _scan_again(request, error=refusal(outcome), login=sent.login)
        token, fresh = outcome.login.token, outcome.login
    if token is None:
        return await _scan_again(request, error=Unauthenticated())
    response = await _spend(request, token, sent)
    if fresh:
        keep_login(request, response, fresh)
    return response


async def _spend(request: Request, token: str, sent: Sent) -> Response:
    ticket, moment, device = request.cookies.get(TICKET_COOKIE, ""), now(), device_of(request)
    try:
        if not ticket:  # the browser drops the cookie when its time is over
            raise CodeExpired
        scan = checkin_codes.read_ticket(ticket, device=device, now=moment)
        if scan.asks_colour and not sent.colour and await _is_asked(request, token, ticket):
            return await _scan_again(request, token=token)
        seen = await _seen(request, scan, sent)
        result = await in_thread(
            lambda: _sign_in(token_hash(token), ticket, scan, sent, seen, moment)
        )
    except Unauthenticated as error:
        return await _scan_again(request, error=error)
    except PortalError as error:
        return _refused(request, error)
    if isinstance(result, AskAgain):
        return await _scan_again(request, token=token, again=result)
    return await _done(request, token, result)


def _sign_in(
    hashed: bytes, ticket: str, scan: ScanTicket, sent: Sent, seen: Signals, moment: datetime
) -> CheckinResult | AskAgain:
    if not scan.asks_colour or not sent.colour:
        return checkin_codes.check_in_with_ticket(hashed, scan, seen=seen, now=moment)
    return colour_question.answer(
        hashed,
        scan,
        ticket=ticket,
        question=sent.question,
        colour=sent.colour,
        seen=seen,
        now=moment,
    )


async def _seen(request: Request, scan: ScanTicket, sent: Sent) -> Signals:
    """What the request tells of the phone, and of its place if it said one."""
    seen = signals_of(request)
    place = place_of(sent.lat, sent.lon, sent.accuracy)
    if place is None:
        return seen
    found = await run_unit(place_seen, None, now(), session_id=scan.code.session_id, place=place)
    return replace(seen, **found)


async def _scan_again(
    request: Request,
    *,
    token: str | None = None,
    error: PortalError | None = None,
    login: str = "",
    again: AskAgain | None = None,
) -> Response:
    """The scan page again, with the reason if there is one, while the ticket still runs."""
    ticket, moment, device = request.cookies.get(TICKET_COOKIE, ""), now(), device_of(request)
    try:
        if not ticket:
            raise CodeExpired
        scan = await in_thread(lambda: checkin_codes.reopen_scan(ticket, device=device, now=moment))
    except (ClassCalledOff, CodeExpired, CodeInvalid) as refused:
        return _refused(request, refused)
    return await _scan_page(request, scan, token=token, error=error, login=login, again=again)


@router.post("/checkin/code")
@guarded(Permission.CHECK_IN)
async def check_in_typed(request: Request, code: Annotated[str, Form()] = "") -> Response:
    """Check in with the six digits beside the code; the screen's colour may be asked besides."""
    moment, device = now(), device_of(request)
    token = login_token(request) or ""
    try:
        scan = await run_hot(
            checkin_codes.open_typed, request, code[:300], device=device, now=moment
        )
        if scan.asks_colour:
            return await _scan_page(request, scan, token=token)
        ticket = checkin_codes.read_ticket(scan.ticket, device=device, now=moment)
        result = await run_hot(
            checkin_codes.check_in_with_ticket,
            request,
            ticket,
            seen=signals_of(request),
            now=moment,
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return _refused(request, error)
    return await _done(request, token, result)


async def _done(request: Request, token: str, result: CheckinResult) -> Response:
    moment = now()
    needed = needed_as_told(result.own_class_id, moment)
    if needed is None:
        needed = await run_unit(
            needed_by_class, token, moment, class_id=result.own_class_id, now=moment
        )
    response = page(request, "checkin_done", result=result, needed=needed)
    keep_device(request, response)
    return response
