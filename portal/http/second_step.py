"""The second step of a login, and one's own second factor: pages that need no script."""

import base64
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from portal.documents import qr
from portal.domain.errors import BadInput, PortalError, TooManyAttempts
from portal.domain.permissions import Permission
from portal.domain.staff_errors import HasFactor, NotSetUp, StepLapsed
from portal.http.auth import HOME, keep_login, welcome
from portal.http.context import (
    SECOND_COOKIE,
    login_token,
    now,
    safe_next,
    source_key,
)
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services.accounts import Login
from portal.services.staff import second_step
from portal.services.staff.factors import SetUp
from portal.services.staff.second_step import StepOutcome
from portal.services.unit import guarded, public, run_unit

router = APIRouter(include_in_schema=False)

NextQuery = Annotated[str, Query(alias="next")]
NextField = Annotated[str, Form(alias="next")]
Digits = Annotated[str, Form()]


async def with_digits(request: Request, token: str, digits: str) -> Login:
    """The login behind a challenge. Raises WrongDigits, TooManyAttempts, StepLapsed."""
    outcome = await _step(request, token, digits)
    if outcome.login is None:
        raise second_step.refusal(outcome)
    return outcome.login


async def _step(request: Request, token: str, digits: str) -> StepOutcome:
    moment = now()
    return await run_unit(
        second_step.take_step,
        None,
        moment,
        token=token[:100],
        digits=digits[:40],
        source=source_key(request),
        now=moment,
    )


@router.get("/login/second")
@public
async def form(request: Request, next_path: NextQuery = "/") -> Response:
    """Asks for digits, or shows the QR code of a factor that must be set up first."""
    return await _form(request, safe_next(next_path))


async def _form(request: Request, target: str, error: PortalError | None = None) -> Response:
    moment = now()
    token = request.cookies.get(SECOND_COOKIE, "")
    try:
        to_set_up = await run_unit(second_step.asked, None, moment, token=token, now=moment)
    except StepLapsed:
        return RedirectResponse("/login?why=second", 303)
    return _digits_page(request, "/auth/second", target, to_set_up, error)


def _digits_page(
    request: Request,
    action: str,
    target: str,
    to_set_up: SetUp | None,
    error: PortalError | None = None,
) -> Response:
    return page(
        request,
        "second_step",
        error=error,
        problem=sentence_for(error) if error else "",
        action=action,
        next_path=target,
        picture=_picture(to_set_up.address) if to_set_up else "",
        secret=_spaced(to_set_up.secret) if to_set_up else "",
    )


def _picture(text: str) -> str:
    """A QR code as the address of a picture."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr.svg(text).encode()).decode()


def _spaced(secret: str) -> str:
    """Groups of four, as one types them."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


@router.post("/auth/second")
@public
async def take(request: Request, digits: Digits = "", next_path: NextField = "/") -> Response:
    """Take the digits; 303 to where the person wanted to go, or the recovery codes."""
    target = safe_next(next_path)
    try:
        outcome = await _step(request, request.cookies.get(SECOND_COOKIE, ""), digits)
    except StepLapsed:
        return RedirectResponse("/login?why=second", 303)
    if outcome.login is None:
        return await _form(request, target, second_step.refusal(outcome))
    if not outcome.codes:
        response = welcome(request, outcome.login, target)
    else:
        home = HOME.get(outcome.login.role, "/admin") if target == "/" else target
        response = _codes_page(request, outcome.codes, home)
        keep_login(request, response, outcome.login)
    response.delete_cookie(SECOND_COOKIE, path="/")
    return response


def _codes_page(request: Request, codes: tuple[str, ...], target: str) -> Response:
    return page(request, "recovery_codes", codes=codes, next_path=target)


@router.get("/me/security")
@guarded(Permission.SIGNED_IN)
async def own(request: Request) -> Response:
    """How the own second factor stands, and what to do about it."""
    return await _own(request)


async def _own(request: Request, error: PortalError | None = None) -> Response:
    moment = now()
    found = await run_unit(second_step.my_factor, login_token(request), moment, now=moment)
    problem = sentence_for(error) if error else ""
    return page(request, "own_security", error=error, problem=problem, found=found)


@router.post("/me/security/begin")
@guarded(Permission.SIGNED_IN)
async def begin(request: Request, password: Annotated[str, Form()] = "") -> Response:
    """Show the QR code to whoever knows the password."""
    moment = now()
    try:
        made = await run_unit(
            second_step.begin_own,
            login_token(request),
            moment,
            password=password[:1000],
            source=source_key(request),
            now=moment,
        )
    except HasFactor as error:
        return await _own(request, error)
    if isinstance(made, int):
        error_of: PortalError = (
            TooManyAttempts(seconds=made) if made else BadInput("password", "staff.own.wrong")
        )
        return await _own(request, error_of)
    return _digits_page(request, "/me/security/confirm", "/me/security", made)


@router.post("/me/security/confirm")
@guarded(Permission.SIGNED_IN)
async def confirm(request: Request, digits: Digits = "") -> Response:
    """The app shows the right digits: the recovery codes, once."""
    moment = now()
    token = login_token(request)
    try:
        codes = await run_unit(
            second_step.confirm_own, token, moment, digits=digits[:40], now=moment
        )
    except (HasFactor, NotSetUp) as error:
        return await _own(request, error)
    except PortalError as error:
        made = await run_unit(second_step.own_set_up, token, moment, now=moment)
        return _digits_page(request, "/me/security/confirm", "/me/security", made, error)
    return _codes_page(request, codes, "/me/security")


@router.post("/me/security/codes")
@guarded(Permission.SIGNED_IN)
async def renew(request: Request, digits: Digits = "") -> Response:
    """New recovery codes, for the digits of now."""
    moment = now()
    outcome = await run_unit(
        second_step.renew_codes,
        login_token(request),
        moment,
        digits=digits[:40],
        source=source_key(request),
        now=moment,
    )
    if not outcome.codes:
        return await _own(request, second_step.refusal(outcome))
    return _codes_page(request, outcome.codes, "/me/security")
