"""``/me/close``: closing one's account, by its password, on a page that needs no script."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from portal.domain.errors import BadInput, NotReady, PortalError, TooManyAttempts
from portal.domain.permissions import Permission
from portal.http.context import LOGIN_COOKIE, login_token, now, source_key
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import account_closure
from portal.services.account_closure import Closing, Outcome
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

# In the order in which people miss them; each a sentence.
ENDS = (
    *("login", "phone", "messages", "wishes", "shares", "helpers", "talent", "photo", "card"),
    *("external", "facts", "pass"),
)
STAYS = ("archive", "training", "audit", "logs", "identity")


@router.get("/me/close")
@guarded(Permission.SIGNED_IN)
async def form(request: Request) -> Response:
    """What ends, what stays and for how long, what must be done first."""
    found = await run_unit(account_closure.closing, login_token(request), now())
    return _page(request, found)


@router.post("/me/close")
@guarded(Permission.SIGNED_IN)
async def close(request: Request, password: Annotated[str, Form()] = "") -> Response:
    """Close it, and forget the login."""
    moment = now()
    error: PortalError
    try:
        outcome = await run_unit(
            account_closure.close,
            login_token(request),
            moment,
            password=password[:1000],
            source=source_key(request),
            now=moment,
        )
    except NotReady as refused:
        error = refused
    else:
        if outcome.closed:
            return _done(request)
        error = _refusal(outcome)
    found = await run_unit(account_closure.closing, login_token(request), moment)
    return _page(request, found, error)


def _refusal(outcome: Outcome) -> PortalError:
    if outcome.wait_seconds:
        return TooManyAttempts(seconds=outcome.wait_seconds)
    return BadInput("password", "rights.close.wrong_password")


def _page(request: Request, found: Closing, error: PortalError | None = None) -> Response:
    problem = sentence_for(error) if error else ""
    return page(
        request, "account_close", error=error, found=found, problem=problem, ends=ENDS, stays=STAYS
    )


def _done(request: Request) -> Response:
    response = page(request, "account_closed")
    response.delete_cookie(LOGIN_COOKIE, path="/")
    return response
