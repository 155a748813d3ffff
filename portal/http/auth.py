"""Register, log in, log out: form posts that work without a script."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, PortalError, TooManyAttempts, WrongCredentials
from portal.domain.identity import IdType
from portal.domain.permissions import Role
from portal.domain.staff_errors import SecondFactorNeeded
from portal.http.context import (
    LOGIN_COOKIE,
    SECOND_COOKIE,
    device_label,
    login_token,
    now,
    safe_next,
    set_cookie,
    source_key,
)
from portal.http.pages import page
from portal.http.signals import device_of, keep_device
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import accounts
from portal.services.staff.challenges import Challenge
from portal.services.times import day_of
from portal.services.unit import public, run_unit

router = APIRouter(include_in_schema=False)

NextQuery = Annotated[str, Query(alias="next")]
NextField = Annotated[str, Form(alias="next")]

HOME = {
    Role.TRAINEE: "/",
    Role.INSTRUCTOR: "/teach",
    Role.MANAGER: "/teach",
    Role.EMPLOYER: "/employer",
    Role.HELPER: "/help",
    Role.SYSTEM_ADMIN: "/admin/accounts",
    Role.SECURITY_ADMIN: "/admin/security",
    Role.REVIEWER: "/review",
}


@dataclass(frozen=True)
class Typed:
    """What somebody typed, to show it again beside the refusal. Never the password."""

    name: str = ""
    id_type: str = IdType.RESIDENT_ID.value
    id_no: str = ""
    phone: str = ""
    agreed: bool = False


def _register_page(
    request: Request, typed: Typed, error: PortalError | None = None, next_path: str = "/"
) -> Response:
    field = error.field if isinstance(error, BadInput) else ""
    return page(
        request,
        "register",
        error=error,
        typed=typed,
        problem=sentence_for(error) if error else "",
        field=field,
        id_types=[(kind.value, t(f"register.id_types.{kind.value}")) for kind in IdType],
        next_path=next_path,
    )


@router.get("/register")
@public
async def register_form(request: Request, next_path: NextQuery = "/") -> Response:
    """The registration page."""
    return _register_page(request, Typed(), next_path=safe_next(next_path))


@router.post("/register")
@public
async def register(
    request: Request,
    name: Annotated[str, Form()] = "",
    id_type: Annotated[str, Form()] = "",
    id_no: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
    next_path: NextField = "/",
) -> Response:
    """Create the account and log it in; a refusal keeps what was typed."""
    typed = Typed(name, id_type, id_no, phone, agreed != "")
    moment = now()
    try:
        form = accounts.check_registration(
            id_type=id_type,
            id_no=id_no,
            name=name,
            phone=phone,
            password=password,
            agreed=agreed != "",
            today=day_of(moment),
        )
        await run_unit(accounts.register, None, moment, form=form, now=moment)
    except PortalError as error:
        return _register_page(request, typed, error, safe_next(next_path))
    outcome = await try_log_in(request, form.document.number, password, kind="web")
    if outcome.login is None:  # throttled from this place: the account stands all the same
        return RedirectResponse("/login?registered=1", 303)
    return welcome(request, outcome.login, safe_next(next_path))


def _login_page(
    request: Request,
    *,
    login: str,
    next_path: str,
    note: str = "",
    error: PortalError | None = None,
) -> Response:
    return page(
        request,
        "login",
        error=error,
        login=login,
        next_path=next_path,
        note=note,
        problem=sentence_for(error) if error else "",
    )


@router.get("/login")
@public
async def login_form(
    request: Request, next_path: NextQuery = "/", registered: str = "", why: str = ""
) -> Response:
    """The login page."""
    note = t("login.registered") if registered else ""
    if why == "enrol":
        note = t("login.enrol_first")
    elif why == "second":
        note = t("staff.refused.step_lapsed")
    elif why == "reset":
        note = t("staff.reset.done")
    return _login_page(request, login="", next_path=safe_next(next_path), note=note)


@router.post("/auth/login")
@public
async def log_in(
    request: Request,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next_path: NextField = "/",
) -> Response:
    """Log in by phone or document number; 303 to where the person wanted to go."""
    target = safe_next(next_path)
    outcome = await try_log_in(request, login, password, kind="web")
    if outcome.challenge is not None:
        return _second_step(outcome.challenge, target)
    if outcome.login is None:
        error = refusal(outcome)
        return _login_page(request, login=login, next_path=target, error=error)
    return welcome(request, outcome.login, target)


def _second_step(challenge: Challenge, target: str) -> Response:
    """On to the page of the second step, with its word in a cookie of its own."""
    response = RedirectResponse(f"/login/second?next={quote(target, safe='/')}", 303)
    max_age = max(int((challenge.expires_at - now()).total_seconds()), 1)
    set_cookie(response, SECOND_COOKIE, challenge.token, max_age=max_age)
    return response


def refusal(outcome: accounts.LoginOutcome) -> PortalError:
    """The error of a try that opened no login."""
    if outcome.wait_seconds:
        return TooManyAttempts(seconds=outcome.wait_seconds)
    if outcome.challenge is not None:
        return SecondFactorNeeded()
    return WrongCredentials()


async def try_log_in(
    request: Request, login: str, password: str, *, kind: str
) -> accounts.LoginOutcome:
    """One try, for whichever door it came through."""
    moment = now()
    return await run_unit(
        accounts.log_in,
        None,
        moment,
        login=login[:100],
        password=password[:1000],
        source=source_key(request),
        kind=kind,
        device=device_label(request),
        device_hash=device_of(request) if kind == "web" else None,
        now=moment,
    )


def welcome(request: Request, login: accounts.Login, target: str) -> Response:
    """On to where the person wanted to go, or to the home of the role."""
    if target == "/":
        target = HOME.get(login.role, "/admin")
    response = RedirectResponse(target, 303)
    keep_login(request, response, login)
    return response


def keep_login(request: Request, response: Response, login: accounts.Login) -> None:
    """Give the browser the token of a fresh login, and its number if it has none."""
    max_age = int((login.expires_at - now()).total_seconds())
    set_cookie(response, LOGIN_COOKIE, login.token, max_age=max_age)
    keep_device(request, response)


@router.post("/auth/logout")
@public
async def log_out(
    request: Request, everywhere: Annotated[str, Form()] = "", next_path: NextField = "/"
) -> Response:
    """End the login (or all of them) and forget the cookie."""
    moment = now()
    await run_unit(
        accounts.log_out, login_token(request), moment, everywhere=everywhere != "", now=moment
    )
    response = RedirectResponse(safe_next(next_path), 303)
    response.delete_cookie(LOGIN_COOKIE, path="/")
    return response


@router.post("/elder")
@public
async def elder(request: Request) -> Response:
    """长辈版 for phones without scripts: turn it over and go back."""
    back = request.headers.get("referer", "")
    path = "/" + back.split("/", 3)[3] if back.count("/") >= 3 else "/"
    response = RedirectResponse(safe_next(path), 303)
    is_on = request.cookies.get("elder") == "1"
    response.set_cookie("elder", "0" if is_on else "1", max_age=31536000, samesite="lax", path="/")
    return response
